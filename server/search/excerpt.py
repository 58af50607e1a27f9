"""The part of a text that shows why it was found."""

from __future__ import annotations

import re
from collections.abc import Iterable

from server.search.entity import Terms
from server.search.letters import ACCENT, SPACELESS, fold

LENGTH = 200
# Characters before the first hit, and how far a cut may move to fall between words.
BEFORE, NEARBY = 60, 20
CUT = "…"

_WORD = re.compile(f"[{SPACELESS}]|[^\\W{SPACELESS}](?:[^\\W{SPACELESS}]|[{ACCENT}])*")
# Inside a word that is no word of one character.
_INSIDE = f"[^\\W{SPACELESS}]"


def pattern(terms: Terms) -> re.Pattern[str] | None:
    """Finds the terms in a folded text."""
    found = (_term(_WORD.findall(fold(term.text)), term.prefix) for term in terms)
    # The longest first, where several begin at one place.
    choices = sorted(filter(None, found), key=len, reverse=True)
    return re.compile("|".join(choices)) if choices else None


def _term(words: list[str], prefix: bool) -> str:
    parts = [_word(word) for word in words]
    if parts and prefix:
        parts[-1] = parts[-1].removesuffix(f"(?!{_INSIDE})") + f"(?:{_INSIDE}|{ACCENT})*"
    return r"\W*".join(parts)


def _word(word: str) -> str:
    if len(word) == 1 and re.match(f"[{SPACELESS}]", word):
        return word
    letters = "".join(re.escape(c) + f"{ACCENT}*" for c in word.replace(ACCENT, ""))
    return f"(?<!{_INSIDE}){letters}(?!{_INSIDE})"


def excerpt(text: str, wanted: re.Pattern[str] | None) -> tuple[str, list[tuple[int, int]]]:
    """About ``LENGTH`` characters around the first hit, and where in them the hits are."""
    hits = [match.span() for match in wanted.finditer(fold(text))] if wanted else []
    first = hits[0][0] if hits else 0
    begin = _between(text, first - BEFORE) if first > BEFORE and len(text) > LENGTH else 0
    begin = min(begin, first)
    end = begin + LENGTH if len(text) - begin > LENGTH else len(text)
    head, tail = CUT if begin else "", CUT if end < len(text) else ""
    shift = len(head) - begin
    return head + text[begin:end] + tail, list(_within(hits, begin, end, shift))


def _between(text: str, at: int) -> int:
    """The beginning of a word at or soon after ``at``; ``at`` where there is none."""
    space = re.compile(r"\s").search(text, at, at + NEARBY)
    return space.end() if space else at


def _within(
    hits: Iterable[tuple[int, int]], begin: int, end: int, shift: int
) -> Iterable[tuple[int, int]]:
    for start, stop in hits:
        if start < end and stop > begin:
            yield max(start, begin) + shift, min(stop, end) + shift
