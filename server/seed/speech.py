"""What people write: sentences for the small world, and for load words as often as in real text."""

from __future__ import annotations

from functools import cache
from itertools import accumulate, chain
from random import Random
from typing import Literal, Protocol

from server.seed.texts import lines, sections

Tone = Literal["work", "life"]

# Different words.
VOCABULARY = 20_000
# Zipf's law as Mandelbrot corrected it, which fits English well: how often the word of rank r
# comes goes with 1 / (r + SHIFT) ** EXPONENT.
SHIFT, EXPONENT = 2.7, 1.0
# Words in a message: many short ones, and now and then a long one.
LENGTHS = (1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 12, 14, 17, 21, 26, 34, 60)


class Speech(Protocol):
    def say(self, rng: Random, tone: Tone) -> str: ...


class Sentences:
    """For a world that people look at."""

    def __init__(self) -> None:
        self._texts = sections("sentences.txt")
        self._slots = [name for name in self._texts if name not in ("short", "work", "life")]

    def say(self, rng: Random, tone: Tone) -> str:
        chosen = rng.choice(self._texts["short" if rng.random() < 0.35 else tone])
        filled = chosen.format_map({s: rng.choice(self._texts[s]) for s in self._slots})
        return filled[0].upper() + filled[1:]


class Words:
    """For load: no sense, but the word counts, lengths and rare words that an index meets."""

    def __init__(self) -> None:
        self._words = vocabulary()
        weights = (1 / (rank + SHIFT) ** EXPONENT for rank in range(1, len(self._words) + 1))
        self._cumulated = list(accumulate(weights))

    def say(self, rng: Random, tone: Tone) -> str:
        chosen = rng.choices(self._words, cum_weights=self._cumulated, k=rng.choice(LENGTHS))
        text = " ".join(chosen)
        return f"{text[0].upper()}{text[1:]}{rng.choice('.....?!')}"


@cache
def vocabulary() -> list[str]:
    """Words, the most frequent first: real ones, then ones that only sound like it."""
    words = dict.fromkeys(chain(*map(str.split, lines("words.txt"))))
    rng = Random("vocabulary")
    onsets, vowels, ends = "bcdfghlmnprstvw", "aeiou", "nrstlm "
    while len(words) < VOCABULARY:
        # Rarer words are longer.
        syllables = 2 + rng.randrange(1 + len(words) // 7_000)
        word = "".join(rng.choice(onsets) + rng.choice(vowels) for _ in range(syllables))
        words[(word + rng.choice(ends)).strip()] = None
    return list(words)
