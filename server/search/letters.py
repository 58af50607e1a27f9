"""Letters as the databases compare them, one for each of a text's: places stay what they are."""

from __future__ import annotations

import re
import unicodedata

# As in the migration that makes the index: each of these is a word of its own.
SPACELESS = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d"
    "\U00020000-\U0003fffd"
)
# An accent that stands by itself, after its letter.
ACCENT = "\u0300"

# In parentheses: what splits a text stays in it.
_spaceless = re.compile(f"([{SPACELESS}])")


# So many letters' folded ones are remembered: those of all scripts in use, and not of all Unicode.
MOST_REMEMBERED = 50_000


class _Folded(dict[int, str]):
    def __missing__(self, code: int) -> str:
        folded = _fold(chr(code))
        if len(self) < MOST_REMEMBERED:
            self[code] = folded
        return folded


def _fold(letter: str) -> str:
    if "\u0300" <= letter <= "\u036f":
        return ACCENT
    if letter == "_":
        return " "
    apart = unicodedata.normalize("NFKD", letter).lower()
    # Of a letter that is several, such as a ligature, the first; of other scripts the letter.
    plain = apart[:1].isascii() and apart[:1].isalnum()
    return apart[0] if plain else (letter.lower()[:1] or letter)


_FOLDED = _Folded()


def fold_letters(text: str) -> str:
    """As long as ``text``."""
    if text.isascii():
        return text.lower().replace("_", " ")
    return text.translate(_FOLDED)


def is_spaceless(letter: str) -> bool:
    return _spaceless.match(letter) is not None


def spaced(text: str) -> str:
    """With spaces around each character that is a word of its own."""
    return " ".join(_spaceless.split(text))
