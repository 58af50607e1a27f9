"""The most common passwords, as a Bloom filter that ships with the server.

The filter answers "yes" to each of the 100,000 passwords and, by chance, to one other password in
ten thousand. It contains no password in readable form and takes 240 KB; docs/security.md says where
the list comes from. ``python -m server.auth.common LIST…`` builds the filter from files with one
password on each line, the most common first.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path

from server.kernel.unseen import has_unseen

FILE = Path(__file__).with_name("common.bloom")
MOST_COMMON = 100_000
# The least length of a password. Shorter ones are refused anyway, so the filter leaves them out.
SHORTEST = 8
# Bytes: 19.2 bits for each password, which sets 13 of them. A false "yes" has a chance of 0.0001.
SIZE = 240_000
HASHES = 13


def folded(password: str) -> str:
    """The form in which a password is compared with words: without case, invisible characters,
    marks without a base, and surrounding space, with inner white space as single spaces, and with
    Unicode letters in one composed form.

    Only the rules use it. Hashes are made of the password itself (``passwords.py``), so this form
    may change while passwords stay valid.
    """
    # Invisible letters go first: one between a letter and its mark would keep them apart.
    plain = unicodedata.normalize("NFKC", _visible(password)).casefold()
    # Case folding may produce a letter that has another composed form, or is invisible.
    plain = unicodedata.normalize("NFKC", _visible(plain))
    return " ".join(_with_bases(_visible(plain)).split())


def _visible(text: str) -> str:
    return "".join(c for c in text if c.isspace() or _shows(c))


def _with_bases(text: str) -> str:
    """Without marks that have no letter before them."""
    kept: list[str] = []
    for letter in text:
        if not _is_mark(letter) or (kept and not kept[-1].isspace()):
            kept.append(letter)
    return "".join(kept)


def _shows(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf") and not has_unseen(letter)


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter) in ("Mn", "Me")


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
    """Whether a password, in its ``folded`` form, is one of the most common."""
    return password in _shipped()


@cache
def _shipped() -> Bloom:
    """The filter from its file. It is read when the first password is set, not at every start."""
    return Bloom(FILE.read_bytes())


def _chosen(files: Iterable[Path]) -> dict[str, None]:
    chosen: dict[str, None] = {}
    for file in files:
        for line in file.read_text("utf-8", errors="ignore").split("\n"):
            word = folded(line)
            if len(word) >= SHORTEST and len(chosen) < MOST_COMMON:
                chosen[word] = None
    return chosen


if __name__ == "__main__":
    FILE.write_bytes(bytes(Bloom.of(_chosen(map(Path, sys.argv[1:])))))
