"""Renders the figures as a Markdown table: medians, ranges, and the comparison with the targets."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from bench.engine.scenarios import SCENARIOS, Figure

# By figure and server, one value for each run.
Results = dict[str, dict[str, list[float]]]


def median(values: list[float]) -> float:
    return statistics.median(values)


def ratio(figure: Figure, runs: dict[str, list[float]], server: str = "ours") -> float | None:
    """The ratio of the median to the rival's; None if it would mean nothing."""
    if not runs.get(server) or not runs.get(figure.rival):
        return None
    against = median(runs[figure.rival])
    return median(runs[server]) / against if against > 0 else None


def holds(figure: Figure, runs: dict[str, list[float]]) -> bool | None:
    """Whether the target is reached; None if there is no target or the rival was not run."""
    found, wanted = ratio(figure, runs), figure.target
    if figure.limit is not None and runs.get("ours"):
        found, wanted = median(runs["ours"]), figure.limit
    if wanted is None or found is None:
        return None
    return found >= wanted if figure.better == "more" else found <= wanted


def shown(figure: Figure, values: list[float]) -> str:
    if not values:
        return ""
    middle = f"{median(values):,.{figure.digits}f}"
    low, high = min(values), max(values)
    if len(values) == 1:
        return middle
    return f"{middle} ({low:,.{figure.digits}f}-{high:,.{figure.digits}f})"


def target(figure: Figure) -> str:
    limit = "≥" if figure.better == "more" else "≤"
    if figure.limit is not None:
        return f"{limit} {figure.limit:g} {figure.unit}"
    if figure.target is None:
        return ""
    aim = f", aim {figure.aim:g}×" if figure.aim else ""
    against = f" {figure.rival}" if figure.rival != "node" else ""
    return f"{limit} {figure.target:g}×{against}{aim}"


def figures(results: Results) -> Iterator[Figure]:
    for scenario in SCENARIOS.values():
        yield from (figure for figure in scenario.figures if figure.name in results)


def table(results: Results) -> str:
    servers = list(dict.fromkeys(server for runs in results.values() for server in runs))
    head = ["", "unit", *servers, "ours to node", "target", ""]
    lines = [_row(head), _row(["---", "---", *["---:"] * len(servers), "---:", "---", "---"])]
    for figure in figures(results):
        runs = results[figure.name]
        found = ratio(figure, runs)
        verdict = {None: "", True: "holds", False: "missed"}[holds(figure, runs)]
        cells = [shown(figure, runs.get(server, [])) for server in servers]
        times = "" if found is None else f"{found:.2f}×"
        if times and figure.rival != "node":
            times += f" {figure.rival}"
        lines.append(_row([figure.title, figure.unit, *cells, times, target(figure), verdict]))
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
