"""The texts of messages: sentences for the small world, and words for load tests, which occur as
often as in real text."""

from __future__ import annotations

from functools import cache
from itertools import accumulate, chain
from random import Random
from typing import Literal, Protocol

from server.seed.texts import lines, sections

Tone = Literal["work", "life"]

# The number of different words.
VOCABULARY = 20_000
# Zipf's law with Mandelbrot's correction, which fits English well: the frequency of the word of
# rank r is proportional to 1 / (r + SHIFT) ** EXPONENT.
SHIFT, EXPONENT = 2.7, 1.0
# The number of words in a message: many messages are short, and a few are long.
LENGTHS = (1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 12, 14, 17, 21, 26, 34, 60)


class Speech(Protocol):
    """Makes the text of one message. The same state of ``rng`` gives the same text."""

    def say(self, rng: Random, tone: Tone) -> str: ...


class Sentences:
    """Texts for a world that people look at."""

    def __init__(self) -> None:
        self._texts = sections("sentences.txt")
        self._slots = [name for name in self._texts if name not in ("short", "work", "life")]

    def say(self, rng: Random, tone: Tone) -> str:
        chosen = rng.choice(self._texts["short" if rng.random() < 0.35 else tone])
        filled = chosen.format_map({s: rng.choice(self._texts[s]) for s in self._slots})
        return filled[0].upper() + filled[1:]


class Words:
    """Texts for load tests. They make no sense, but have the word counts, lengths and rare words of
    real texts."""

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
    """The words, the most frequent first: real words, then invented ones."""
    words = dict.fromkeys(chain(*map(str.split, lines("words.txt"))))
    rng = Random("vocabulary")
    onsets, vowels, ends = "bcdfghlmnprstvw", "aeiou", "nrstlm "
    while len(words) < VOCABULARY:
        # Rare words are longer.
        syllables = 2 + rng.randrange(1 + len(words) // 7_000)
        word = "".join(rng.choice(onsets) + rng.choice(vowels) for _ in range(syllables))
        words[(word + rng.choice(ends)).strip()] = None
    return list(words)
