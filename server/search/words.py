"""Divides texts into the words that the search compares.

The index, what is looked for and the excerpts have the same words: texts are folded
(``server/kernel/folding.py``) and divided at everything that is neither letter nor digit.
``search_fold_<version>.sql`` does the same for PostgreSQL's index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import regex

from server.kernel.folding import fold
from server.kernel.ranges import IGNORED, SEPARATORS

# Characters of scripts without spaces. Each is a word of its own.
SPACELESS = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d"
    "\U00020000-\U0003fffd"
)
# The most letters of a word; what follows is left out. PostgreSQL takes 2046 bytes.
MOST_OF_WORD = 500
# For how many clusters of letters the folded ones are remembered: enough for all scripts in use.
MOST_REMEMBERED = 50_000

Span = tuple[int, int]

_ascii_word = re.compile("[a-z0-9]+")
_gap = re.compile(f"[{SEPARATORS}]+")
# The parentheses keep these letters in the result of a split.
_spaceless = re.compile(f"([{SPACELESS}])")
_ignored = re.compile(f"[{IGNORED}]")
_raw_run = re.compile(f"[{SPACELESS}]+|[^{SEPARATORS}{SPACELESS}]+")
# Letters that fold alone, or a cluster of what belongs together.
_piece = regex.compile(r"[A-Za-z0-9]+(?![^\x00-\x7f])|\X")
_cluster = regex.compile(r"\X")


def count_words(text: str) -> int:
    """The number of words. A run of letters of a script without spaces counts as one word."""
    return sum(1 for _ in _raw_run.finditer(text))


def parted(text: str) -> str:
    """The folded text with spaces for what stands between words."""
    return " ".join(_spaceless.split(_gap.sub(" ", fold(text))))


def fold_words(text: str) -> str:
    """The words of a text, with a space between each two."""
    words = _ascii_word.findall(text.lower()) if text.isascii() else parted(text).split()
    if len(text) > MOST_OF_WORD:
        words = [word[:MOST_OF_WORD] for word in words]
    return " ".join(words)


def ends_in_word(text: str) -> bool:
    """Whether the text ends with a letter that could be followed by more of the same word."""
    last = parted(text)[-1:]
    return last not in ("", " ")


class _Parted(dict[str, str]):
    """Remembers what short pieces of text become."""

    def __missing__(self, piece: str) -> str:
        made = parted(piece)
        if len(self) < MOST_REMEMBERED and len(piece) < 16:
            self[piece] = made
        return made


_PARTED = _Parted()


def words_in(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of ``fold_words``, each with the place where it begins and where it ends. These
    places do not divide what readers take for one letter."""
    if text.isascii():
        for match in _ascii_word.finditer(text.lower()):
            yield match[0][:MOST_OF_WORD], *match.span()
        return
    seen, places = _without_ignored(text)
    for word, start, stop in _words_of(seen):
        if places is None:
            yield word, start, stop
        else:
            # A cluster may also contain what is ignored.
            last = _cluster.match(text, places[stop - 1])
            yield word, places[start], max(places[stop - 1] + 1, last.end() if last else 0)


def _without_ignored(text: str) -> tuple[str, list[int] | None]:
    """The text without letters that nobody sees, and where each of its letters was; None if it has
    no such letters."""
    if not _ignored.search(text):
        return text, None
    places = [at for at, letter in enumerate(text) if not _ignored.match(letter)]
    return "".join(text[at] for at in places), places


def _words_of(text: str) -> Iterator[tuple[str, int, int]]:
    letters: list[str] = []
    start = stop = 0
    for match in _piece.finditer(text):
        first, *more = _PARTED[match[0]].split(" ")
        if first:
            if not letters:
                start = match.start()
            letters.append(first)
            stop = match.end()
        if not more:
            continue
        if letters:
            yield "".join(letters)[:MOST_OF_WORD], start, stop
        for whole in filter(None, more[:-1]):
            yield whole, *match.span()
        letters = [more[-1]] if more[-1] else []
        start, stop = match.span()
    if letters:
        yield "".join(letters)[:MOST_OF_WORD], start, stop


def cluster_end(text: str, least: int, most: int) -> int:
    """The last place up to ``most`` that does not divide what readers take for one letter, and that
    is after ``least``; ``most`` if there is none."""
    if most >= len(text):
        return len(text)
    found = most
    # A cluster is rarely longer than this, and after a few letters it does not matter where one
    # began to look.
    for match in _cluster.finditer(text, max(least, most - 64)):
        if match.end() > most:
            break
        found = match.end()
    return found if found > least else most
