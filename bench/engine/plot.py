"""Draws the figures: each server's ratio to the Node.js server, on a logarithmic scale."""

from __future__ import annotations

import math
from html import escape

from bench.engine.report import Results, figures, median
from bench.engine.scenarios import Figure

SERVERS = ("ours", "node", "stock", "C", "C merged")
LEFT, WIDTH, ROW, BAR = 290, 600, 18, 12
LOWEST, HIGHEST = 1 / 16, 32.0

# The picture may be shown on a light or a dark page.
STYLE = """
text { font: 12px sans-serif; fill: #24292f } .note { fill: #57606a }
.back { fill: #ffffff } .grid { stroke: #d8dee4 } .one { stroke: #57606a }
.target { stroke: #24292f; stroke-width: 2 } .range { stroke: #24292f; stroke-width: 1 }
.ours { fill: #1a7f5a } .stock { fill: #c8553d } .C { fill: #e0a030 } .merged { fill: #8f6a1f }
.node { fill: #57606a }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .note { fill: #9198a1 }
  .back { fill: #0d1117 } .grid { stroke: #2b323b } .one { stroke: #9198a1 }
  .target, .range { stroke: #e6edf3 }
  .ours { fill: #3fb98a } .stock { fill: #e2765f } .C { fill: #e3b341 } .merged { fill: #a8842f }
  .node { fill: #9198a1 }
}
"""
NOTE = "Times node's median, longer is better. Thin line: all runs. Upright line: the target."


def svg(results: Results) -> str:
    """The picture as SVG. If a lower figure is better, the inverse of the ratio is drawn, so that
    longer bars are always better."""
    parts: list[str] = []
    y = 70
    for figure in figures(results):
        runs = results[figure.name]
        if not runs.get("node") or figure.name.endswith("_rise"):
            continue
        there = [server for server in SERVERS if server != "node" and runs.get(server)]
        parts += _group(figure, runs, there, y)
        y += ROW * len(there) + 14
    body = "\n".join([*_grid(y), _text(10, 20, NOTE, kind="note"), *_legend(), *parts])
    size = f'width="{LEFT + WIDTH + 70}" height="{y + 30}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<style>{STYLE}</style>\n'
        f'<rect class="back" width="100%" height="100%"/>\n{body}\n</svg>\n'
    )


def _group(figure: Figure, runs: dict[str, list[float]], servers: list[str], y: int) -> list[str]:
    parts = [_text(LEFT - 10, y + ROW * len(servers) / 2 + 2, figure.title, anchor="end")]
    for n, server in enumerate(servers):
        parts += _bar(figure, runs, server, y + n * ROW)
    if figure.target and figure.rival == "node":
        wanted = _x(figure.target if figure.better == "more" else 1 / figure.target)
        parts.append(_line("target", (wanted, y - 3), (wanted, y + ROW * len(servers))))
    return parts


def _bar(figure: Figure, runs: dict[str, list[float]], server: str, top: int) -> list[str]:
    gain = _gain(figure, runs, median(runs[server]))
    begin, end = sorted((_x(1), _x(gain)))
    ends = sorted(_x(_gain(figure, runs, value)) for value in runs[server])
    middle = top + BAR / 2
    shown = f"{gain:.0f}×" if gain >= 10 else f"{gain:.2g}×"
    return [
        f'<rect class="{_kind(server)}" x="{begin:.1f}" y="{top}" '
        f'width="{max(end - begin, 1):.1f}" height="{BAR}"/>',
        _line("range", (ends[0], middle), (ends[-1], middle)),
        _text(max(end, ends[-1]) + 5, top + 10, shown),
    ]


def _gain(figure: Figure, runs: dict[str, list[float]], value: float) -> float:
    node = median(runs["node"])
    if not value or not node:
        return 1.0
    return value / node if figure.better == "more" else node / value


def _legend() -> list[str]:
    parts = []
    for n, server in enumerate(SERVERS):
        x, name = LEFT + 105 * n, "node = 1×" if server == "node" else server
        parts.append(f'<rect class="{_kind(server)}" x="{x}" y="34" width="12" height="12"/>')
        parts.append(_text(x + 17, 44, name))
    return parts


def _kind(server: str) -> str:
    return server.split()[-1]


def _grid(bottom: int) -> list[str]:
    parts = []
    for power in range(int(math.log2(LOWEST)), int(math.log2(HIGHEST)) + 1):
        x = _x(2.0**power)
        parts.append(_line("grid" if power else "one", (x, 58), (x, bottom)))
        name = f"{2**power}×" if power >= 0 else f"1/{2**-power}"
        parts.append(_text(x, bottom + 15, name, anchor="middle", kind="note"))
    return parts


def _x(gain: float) -> float:
    bounded = min(max(gain, LOWEST), HIGHEST)
    return LEFT + WIDTH * math.log(bounded / LOWEST) / math.log(HIGHEST / LOWEST)


def _line(kind: str, begin: tuple[float, float], end: tuple[float, float]) -> str:
    return (
        f'<line class="{kind}" x1="{begin[0]:.1f}" y1="{begin[1]:.1f}" '
        f'x2="{end[0]:.1f}" y2="{end[1]:.1f}"/>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "label") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}>{escape(text)}</text>'
