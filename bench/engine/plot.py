"""The figures as a picture: for each, how every server stands to node, on a logarithmic scale."""

from __future__ import annotations

import math
from html import escape

from bench.engine.report import Results, figures, median
from bench.engine.scenarios import Figure

COLOURS = {
    "ours": "#0b6e4f",
    "node": "#6c757d",
    "stock": "#c8553d",
    "C": "#f2a541",
    "C merged": "#b07d2b",
}
LEFT, WIDTH, ROW, BAR = 330, 620, 18, 13
LOWEST, HIGHEST = 1 / 16, 32.0


def svg(results: Results) -> str:
    """Longer is better, whatever the unit: where less is better the ratio is turned round."""
    parts: list[str] = []
    y = 50
    for figure in figures(results):
        runs = results[figure.name]
        if not runs.get("node") or figure.name.endswith("_rise"):
            continue
        bars = [(server, _gain(figure, runs, server)) for server in runs if server != "node"]
        parts += _group(figure, bars, y)
        y += ROW * len(bars) + 14
    legend = [
        _text(LEFT + 110 * n, 20, "node = 1×" if server == "node" else server, fill=colour)
        for n, (server, colour) in enumerate(COLOURS.items())
    ]
    body = "\n".join([*_grid(y), *legend, *parts])
    size = f'width="{LEFT + WIDTH + 70}" height="{y + 30}"'
    font = 'font-family="sans-serif" font-size="12"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>\n{_back()}\n{body}\n</svg>\n'


def _gain(figure: Figure, runs: dict[str, list[float]], server: str) -> float:
    mine, node = median(runs[server]), median(runs["node"])
    if not mine or not node:
        return 1.0
    return mine / node if figure.better == "more" else node / mine


def _group(figure: Figure, bars: list[tuple[str, float]], y: int) -> list[str]:
    middle = y + ROW * len(bars) / 2
    parts = [_text(LEFT - 10, middle + 2, figure.title, anchor="end")]
    for n, (server, gain) in enumerate(bars):
        top = y + n * ROW
        begin, end = sorted((_x(1), _x(gain)))
        parts.append(
            f'<rect x="{begin:.1f}" y="{top}" width="{max(end - begin, 1):.1f}" height="{BAR}" '
            f'fill="{COLOURS[server]}"/>'
        )
        parts.append(_text(end + 5, top + 11, f"{gain:.0f}×" if gain >= 10 else f"{gain:.2g}×"))
    if figure.target and figure.rival == "node":
        wanted = _x(figure.target if figure.better == "more" else 1 / figure.target)
        parts.append(_line(wanted, y - 3, y + ROW * len(bars), "#000", 'stroke-width="2"'))
    return parts


def _grid(bottom: int) -> list[str]:
    parts = []
    for power in range(int(math.log2(LOWEST)), int(math.log2(HIGHEST)) + 1):
        x = _x(2.0**power)
        parts.append(_line(x, 35, bottom, "#6c757d" if power == 0 else "#e3e3e3"))
        name = f"{2**power}×" if power >= 0 else f"1/{2**-power}"
        parts.append(_text(x, bottom + 15, name, anchor="middle"))
    return parts


def _x(gain: float) -> float:
    bounded = min(max(gain, LOWEST), HIGHEST)
    return LEFT + WIDTH * math.log(bounded / LOWEST) / math.log(HIGHEST / LOWEST)


def _back() -> str:
    return '<rect width="100%" height="100%" fill="#fff"/>'


def _line(x: float, top: float, bottom: float, colour: str, more: str = "") -> str:
    return f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}" stroke="{colour}" {more}/>'


def _text(x: float, y: float, text: str, anchor: str = "start", fill: str = "#222") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{escape(text)}</text>'
    )
