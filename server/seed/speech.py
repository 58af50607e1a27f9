"""What people write: sentences for the small world, and for load words as often as in real text."""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Literal, Protocol

FOLDER = Path(__file__).parent

Tone = Literal["work", "life"]

# As many different words as a few years of chat have, nearly.
VOCABULARY = 20_000
# Zipf's law as Mandelbrot corrected it: the word of rank r comes 1 / (r + SHIFT) ** EXPONENT
# times as often as the first would. It fits English text well.
SHIFT, EXPONENT = 2.7, 1.0
# Words in a message: many short ones, and now and then a long one.
LENGTHS = (1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 12, 14, 17, 21, 26, 34, 60)

SLOTS = {
    "day": "today tomorrow Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "weekday": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "time": "8:30 9:00 9:15 10:00 11:30 12:15 14:00 15:30 16:45 18:00 19:30 20:15".split(),
    "n": "2 3 4 5 6 7 8 9".split(),
    "thing": (
        "release notes,budget,landing page,report,invoice,roadmap,search page,login form,"
        "data model,press kit,contract,translation,slide deck,checklist,mobile app,survey"
    ).split(","),
    "food": (
        "pizza,dumplings,pasta al forno,ramen,lentil soup,apple cake,tacos,paella,moussaka,"
        "pancakes,khachapuri,cinnamon rolls"
    ).split(","),
    "place": (
        "the lake,the market,the station,the old town,the library,the climbing hall,the castle,"
        "the harbour,Café Luna,the museum,the river,the park"
    ).split(","),
}


class Speech(Protocol):
    def say(self, rng: Random, tone: Tone) -> str: ...


class Sentences:
    """For a world that people look at."""

    def __init__(self) -> None:
        self._sentences = _sections((FOLDER / "sentences.txt").read_text("utf-8"))

    def say(self, rng: Random, tone: Tone) -> str:
        chosen = rng.choice(self._sentences["short" if rng.random() < 0.35 else tone])
        filled = chosen.format_map({slot: rng.choice(words) for slot, words in SLOTS.items()})
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
    words = dict.fromkeys((FOLDER / "words.txt").read_text("utf-8").split())
    rng = Random("vocabulary")
    onsets, vowels, ends = "b c d f g h l m n p r s t v w st tr pl ch".split(), "aeiou", "nrstl "
    while len(words) < VOCABULARY:
        # Rarer words are longer.
        syllables = 2 + rng.randrange(1 + len(words) // 7_000)
        word = "".join(rng.choice(onsets) + rng.choice(vowels) for _ in range(syllables))
        words[(word + rng.choice(ends)).strip()] = None
    return list(words)


def _sections(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = []
        elif line:
            found[list(found)[-1]].append(line)
    return found
