"""Makes excerpts: the part of a text that shows why it was found.

Texts and searches come from strangers, so neither is turned into a regular expression. One pass
divides a text into words until the first hit, and the terms are looked up among the words as plain
strings. Both take time that is linear in the length of the text. The words are those of the index,
so a message that was found by its words has hits.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from server.search.entity import Terms
from server.search.words import Span, cluster_end, fold_words, words_in

EXCERPT_CHARACTERS = 200
# How many characters are shown before the first hit, and how far a cut may move to fall between
# two words.
BEFORE, NEARBY = 60, 20
CUT = "…"

# How many words are taken from a text at a time.
WORDS_AT_ONCE = 256

# This separates the words; no word contains it.
_GAP = " "
_SPACE = re.compile(r"\s")


def pattern(terms: Terms) -> list[str] | None:
    """The strings that find the terms among the words, the longest first; None if there are no
    terms."""
    found = (_needle(term.text, term.prefix) for term in terms)
    return sorted({each for each in found if each != _GAP}, key=len, reverse=True) or None


def _needle(text: str, prefix: bool) -> str:
    words = fold_words(text)
    return _GAP + words + (_GAP if words and not prefix else "")


def excerpt(text: str, wanted: list[str] | None) -> tuple[str, list[Span]]:
    """About ``EXCERPT_CHARACTERS`` characters around the first hit, and the places of the hits in
    them."""
    hits = _hits(text, wanted) if wanted else []
    first = hits[0][0] if hits else 0
    begin = (
        _between(text, first - BEFORE) if first > BEFORE and len(text) > EXCERPT_CHARACTERS else 0
    )
    begin = cluster_end(text, 0, min(begin, first)) if begin else 0
    end = cluster_end(text, first, begin + EXCERPT_CHARACTERS)
    head, tail = CUT if begin else "", CUT if end < len(text) else ""
    shift = len(head) - begin
    return head + text[begin:end] + tail, list(_within(hits, end, shift))


def _between(text: str, at: int) -> int:
    """The beginning of a word at or soon after ``at``; ``at`` itself if there is none."""
    space = _SPACE.search(text, at, at + NEARBY)
    return space.end() if space else at


def _within(hits: Iterable[Span], end: int, shift: int) -> Iterator[Span]:
    for start, stop in hits:
        if start < end:
            yield start + shift, min(stop, end) + shift


def _hits(text: str, needles: list[str]) -> list[Span]:
    """The hits in the ``EXCERPT_CHARACTERS`` characters that begin at the first hit."""
    words = _Words(text)
    seen = 0
    while (first := words.first(needles, seen)) is None and not words.at_end:
        # A hit may begin in the words seen so far and end in the next ones.
        seen = max(0, words.length - len(needles[0]))
        words.read(WORDS_AT_ONCE)
    if first is None:
        return []
    end = first + EXCERPT_CHARACTERS
    while not words.at_end and words.last < end:
        words.read(WORDS_AT_ONCE)
    return words.hits(needles, first, end)


class _Words:
    """The words of a text up to some place, joined in one string."""

    def __init__(self, text: str) -> None:
        self._coming = words_in(text)
        self._joined = _GAP
        # For each word, its place in the text and the place of its gap in the string.
        self._spans: list[Span] = []
        self._places: list[int] = []
        self.at_end = False

    @property
    def length(self) -> int:
        return len(self._joined)

    @property
    def last(self) -> int:
        """The place where the last word begins."""
        return self._spans[-1][0] if self._spans else 0

    def read(self, count: int) -> None:
        more = []
        place = len(self._joined) - 1
        for word, start, stop in self._coming:
            self._spans.append((start, stop))
            self._places.append(place)
            more.append(word)
            place += len(word) + 1
            if len(more) == count:
                break
        self.at_end = len(more) < count
        if more:
            self._joined += _GAP.join(more) + _GAP

    def first(self, needles: list[str], since: int) -> int | None:
        """The place in the text where the first hit begins."""
        found = [at for needle in needles if (at := self._joined.find(needle, since)) >= 0]
        return self._spans[self._word(min(found))][0] if found else None

    def hits(self, needles: list[str], begin: int, end: int) -> list[Span]:
        """The hits that begin in a part of the text. Of overlapping hits it is the first, and of
        hits with the same beginning the longest."""
        low = bisect_left(self._spans, (begin, 0))
        high = bisect_left(self._spans, (end, 0))
        found = [hit for needle in needles for hit in self._each(needle, low, high)]
        kept: list[Span] = []
        for start, stop in sorted(found, key=lambda hit: (hit[0], -hit[1])):
            if not kept or start >= kept[-1][1]:
                kept.append((start, stop))
        return kept

    def _each(self, needle: str, low: int, high: int) -> Iterator[Span]:
        """The hits of one needle that begin at the words from ``low`` to before ``high``."""
        at, count = self._places[low], needle.strip(_GAP).count(_GAP)
        while (at := self._joined.find(needle, at)) >= 0 and (word := self._word(at)) < high:
            yield self._spans[word][0], self._spans[word + count][1]
            at += 1

    def _word(self, place: int) -> int:
        return bisect_left(self._places, place)
