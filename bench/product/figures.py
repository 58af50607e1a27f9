"""What a figure is, and the sizes of the scenarios."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from bench.product.tools import Tools

# The figures of one run, by key.
Found = dict[str, float]


class Scale(NamedTuple):
    """Seconds, and how many users connect when memory is measured."""

    warm: float
    flight: float
    users: int
    requests: int


FULL = Scale(warm=0.8, flight=3.0, users=10_000, requests=1_500)
QUICK = Scale(warm=0.5, flight=1.5, users=2_000, requests=300)


class Figure(NamedTuple):
    """A row of the table. ``who`` is the kind of server whose figure has to reach the target, and
    ``rival`` the kind that it is compared with."""

    key: str
    title: str
    unit: str
    better: Literal["more", "less"]
    # Ratios to the rival's figure: what must be reached, and what is aimed for.
    target: float | None = None
    aim: float | None = None
    # Limits in the figure's own unit, where there is no rival.
    limit: float | None = None
    wish: float | None = None
    digits: int = 0
    who: str = "ours"
    rival: str = "node"

    @property
    def is_part(self) -> bool:
        """Whether it explains the figure above it."""
        return self.title.startswith("…")


class Scenario(NamedTuple):
    title: str
    run: Callable[[str, Tools, Scale], Found]
    figures: tuple[Figure, ...]
    kinds: tuple[str, ...] = ("ours", "node")
