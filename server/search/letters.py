"""Folds letters as the databases do when they compare. Each letter becomes exactly one letter, so
that places in the text stay the same."""

from __future__ import annotations

import re
import unicodedata

# Characters of scripts without spaces. Each is a word of its own, as in the migration that makes
# the index.
SPACELESS = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d"
    "\U00020000-\U0003fffd"
)
# A combining accent, which follows its letter.
ACCENT = "\u0300"

# The parentheses keep the separators in the result of a split.
_spaceless = re.compile(f"([{SPACELESS}])")


# For how many letters the folded ones are remembered: enough for all scripts in use, though not for
# all of Unicode.
MOST_FOLDED_LETTERS = 50_000


class _Folded(dict[int, str]):
    def __missing__(self, code: int) -> str:
        folded = _fold(chr(code))
        if len(self) < MOST_FOLDED_LETTERS:
            self[code] = folded
        return folded


def _fold(letter: str) -> str:
    if "\u0300" <= letter <= "\u036f":
        return ACCENT
    if letter == "_":
        return " "
    apart = unicodedata.normalize("NFKD", letter).lower()
    # A letter that consists of several, such as a ligature, becomes the first of them. A letter of
    # another script stays as it is.
    plain = apart[:1].isascii() and apart[:1].isalnum()
    return apart[0] if plain else (letter.lower()[:1] or letter)


_FOLDED = _Folded()


def fold_letters(text: str) -> str:
    """The text with folded letters. It has the same length as ``text``."""
    if text.isascii():
        return text.lower().replace("_", " ")
    return text.translate(_FOLDED)


def is_spaceless(letter: str) -> bool:
    return _spaceless.match(letter) is not None


def spaced(text: str) -> str:
    """The text with spaces around each character that is a word of its own."""
    return " ".join(_spaceless.split(text))
