"""Renders the figures as a Markdown table: medians, ranges, ratios, and what holds."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from bench.product.figures import Figure
from bench.product.sites import KINDS

# By key and kind of server, one value for each run.
Results = dict[str, dict[str, list[float]]]


def spread(values: list[float], digits: int) -> str:
    """The median and the range."""
    if not values:
        return ""
    middle = f"{statistics.median(values):,.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"


def ratios(figure: Figure, runs: dict[str, list[float]]) -> list[float]:
    """Of each run, the ratio to what the rival did in the same run."""
    pairs = zip(runs.get(figure.who, []), runs.get(figure.rival, []), strict=False)
    return [ours / rival for ours, rival in pairs if rival > 0]


def holds(figure: Figure, runs: dict[str, list[float]]) -> bool | None:
    """Whether the target is reached at the median; None if there is none or nothing to compare."""
    if figure.limit is not None:
        found, wanted = runs.get(figure.who, []), figure.limit
    elif figure.target is not None:
        found, wanted = ratios(figure, runs), figure.target
    else:
        return None
    if not found:
        return None
    middle = statistics.median(found)
    return middle >= wanted if figure.better == "more" else middle <= wanted


def _target(figure: Figure) -> list[str]:
    sign = "≥" if figure.better == "more" else "≤"
    if figure.limit is not None:
        wish = "" if figure.wish is None else f"{figure.wish:g}"
        return [f"{sign} {figure.limit:g} {figure.unit}", wish]
    if figure.target is None:
        return ["", ""]
    return [f"{sign} {figure.target:g}×", f"{figure.aim:g}×" if figure.aim else ""]


def summary(figures: Iterable[Figure], results: Results) -> str:
    """A table of the figures that are no part of another one."""
    return table([figure for figure in figures if not figure.is_part], results)


def table(figures: Iterable[Figure], results: Results) -> str:
    shown = [figure for figure in figures if figure.key in results]
    kinds = [kind for kind in KINDS if any(kind in results[figure.key] for figure in shown)]
    head = ["", "unit", *(KINDS[kind] for kind in kinds), "ours to Node", "target", "aim", ""]
    lines = [_row(head), _row(["---", "---", *["---:"] * (len(kinds) + 1), "---", "---", "---"])]
    for figure in shown:
        runs = results[figure.key]
        found = ratios(figure, runs) if figure.limit is None else []
        verdict = {None: "", True: "holds", False: "missed"}[holds(figure, runs)]
        cells = [spread(runs.get(kind, []), figure.digits) for kind in kinds]
        times = f"{spread(found, 2)}×" if found else ""
        if found and figure.rival != "node":
            times += f" {KINDS[figure.rival]}"
        lines.append(_row([figure.title, figure.unit, *cells, times, *_target(figure), verdict]))
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
