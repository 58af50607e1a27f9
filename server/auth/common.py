"""The most common passwords, as a filter that ships with the server.

It answers "yes" to each of the 100,000 and, by chance, to one other password in ten thousand. It
keeps no password, and is 240 KB; docs/security.md says where the list comes from. To make it anew:
``python -m server.auth.common LIST…``, files with one password a line, the most common first.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path

FILE = Path(__file__).with_name("common.bloom")
MOST = 100_000
# As long as a password has to be: the rest are refused for that.
SHORTEST = 8
# 19.2 bits for each password, 13 of which it sets: a false "yes" has a chance of 0.0001.
SIZE = 240_000
HASHES = 13


def folded(password: str) -> str:
    """As passwords are compared with words: without case, invisible characters, and space around;
    white space within is one space, and however letters were composed they are the same."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    # A folded letter may have another composed form.
    plain = unicodedata.normalize("NFKC", plain)
    return " ".join("".join(c for c in plain if c.isspace() or _shows(c)).split())


def _shows(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf") and letter not in _BLANK


# Letters and marks that show nothing: fillers of Hangul, the blank pattern of Braille, a joiner.
_BLANK = "\u115f\u1160\u2800\u3164\uffa0\u034f"


class Bloom:
    def __init__(self, bits: bytes | bytearray) -> None:
        self._bits = bits

    @classmethod
    def of(cls, words: Iterable[str], size: int = SIZE) -> Bloom:
        made = cls(bytearray(size))
        for word in words:
            for place in made._places(word):
                made._bits[place >> 3] |= 1 << (place & 7)  # type: ignore[index]
        return made

    def __contains__(self, word: str) -> bool:
        return all(self._bits[place >> 3] >> (place & 7) & 1 for place in self._places(word))

    def __bytes__(self) -> bytes:
        return bytes(self._bits)

    def _places(self, word: str) -> Iterator[int]:
        digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        first, step = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big") | 1
        return ((first + n * step) % (8 * len(self._bits)) for n in range(HASHES))


def is_common(password: str) -> bool:
    """``password`` is ``folded``."""
    return password in _shipped()


@cache
def _shipped() -> Bloom:
    """Read when the first password is chosen, not at every start."""
    return Bloom(FILE.read_bytes())


def _chosen(files: Iterable[Path]) -> dict[str, None]:
    chosen: dict[str, None] = {}
    for file in files:
        for line in file.read_text("utf-8", errors="ignore").split("\n"):
            word = folded(line)
            if len(word) >= SHORTEST and len(chosen) < MOST:
                chosen[word] = None
    return chosen


if __name__ == "__main__":
    FILE.write_bytes(bytes(Bloom.of(_chosen(map(Path, sys.argv[1:])))))
