"""``python -m bench product``: compares the whole product with an application on Node.js.

Every message is committed to a PostgreSQL with fsync, acknowledged, and delivered to all members;
the load client checks each of them. The servers take turns, and each run starts a new process with
a new database. CPU is the user and system time of the server's processes and of all of
PostgreSQL's, with what they do afterwards: indexing, and a checkpoint after each measurement. The
load client has the last core; servers and databases run where the kernel puts them.
``RATE_LIMITS=off``, because the users of the load would exceed them; the peer has none.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import time
from collections.abc import Iterator
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import msgspec

from bench.product import flame, load, report
from bench.product.figures import FULL, QUICK, Figure, Scale, Scenario
from bench.product.growth import GROWTH_SCENARIOS, MOST_STORED
from bench.product.memory import MEMORY_SCENARIOS
from bench.product.nodes import NODE_SCENARIOS
from bench.product.reads import READ_SCENARIOS
from bench.product.report import Results
from bench.product.rooms import ROOM_SCENARIOS
from bench.product.sites import KINDS, NODE
from bench.product.tools import Tools, tools

RESULTS = Path(__file__).parent.parent / "results" / "product.md"
SCENARIOS: dict[str, Scenario] = (
    ROOM_SCENARIOS | NODE_SCENARIOS | MEMORY_SCENARIOS | READ_SCENARIOS | GROWTH_SCENARIOS
)
# It takes ten minutes, so it is run once.
LONG = "growth10m"


def main() -> None:
    args = _arguments()
    load.build()
    scale, runs = (QUICK, args.runs or 1) if args.quick else (FULL, args.runs or 3)
    busy = os.getloadavg()[0]
    with tools() as found:
        if args.flame:
            flame.record(found, args.flame, args.kinds[0])
            return
        results: Results = {}
        for name in args.scenarios:
            times = 1 if name == LONG else runs
            measure(SCENARIOS[name], args.kinds, times, scale, found, results)
            print("\n" + report.table(SCENARIOS[name].figures, results), flush=True)
    figures = list(chain.from_iterable(SCENARIOS[name].figures for name in args.scenarios))
    print("\n" + report.summary(figures, results))
    if args.output:
        text = "\n".join(
            [
                _conditions(runs, scale, busy),
                "",
                report.summary(figures, results),
                "## All figures\n",
                report.table(figures, results),
            ]
        )
        args.output.parent.mkdir(parents=True, exist_ok=True)
        args.output.write_text(f"# The product, measured\n\n{INTRODUCTION}\n{text}")
        print(f"written to {args.output}")


def measure(
    scenario: Scenario, kinds: list[str], runs: int, scale: Scale, tools: Tools, results: Results
) -> None:
    for run in range(runs):
        for kind in (kind for kind in scenario.kinds if kind in kinds):
            began = time.monotonic()
            print(f"{scenario.title}: run {run + 1} of {runs}, {kind}", end=" ", flush=True)
            for key, value in scenario.run(kind, tools, scale).items():
                results.setdefault(key, {}).setdefault(kind, []).append(value)
            said = ", ".join(_said(figure, kind, results) for figure in _main(scenario, kind))
            print(f"({time.monotonic() - began:.0f} s): {said}", flush=True)


def _main(scenario: Scenario, kind: str) -> Iterator[Figure]:
    """The figures that tell most about a run."""
    seen = set()
    for figure in scenario.figures:
        if not figure.is_part and figure.key not in seen:
            seen.add(figure.key)
            yield figure


def _said(figure: Figure, kind: str, results: Results) -> str:
    values = results.get(figure.key, {}).get(kind)
    return f"{figure.key} {values[-1]:,.4g} {figure.unit}" if values else f"{figure.key} -"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench product",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "scenarios", nargs="*", metavar="SCENARIO", help=f"{', '.join(SCENARIOS)} (default: all)"
    )
    parser.add_argument("--quick", action="store_true", help="one short run: to look, not to tell")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--runs", type=int, help="of each server, in turn (3; 1 with --quick)")
    parser.add_argument(
        "--short", action="store_true", help=f"leave out {LONG}, with {MOST_STORED:,} messages"
    )
    parser.add_argument(
        "--flame", type=Path, metavar="FILE.svg", help="only a flame graph of the first of --kinds"
    )
    parser.add_argument(
        "--output", type=Path, help=f"write it there ({RESULTS.name} after all scenarios)"
    )
    args = parser.parse_args()
    if unknown := set(args.scenarios) - SCENARIOS.keys():
        parser.error(f"there is no scenario {min(unknown)}: {', '.join(SCENARIOS)}")
    whole = not args.scenarios and args.kinds == list(KINDS) and not args.quick
    if args.output is None and whole:
        args.output = RESULTS
    args.scenarios = args.scenarios or [
        name for name in SCENARIOS if name != LONG or not args.short
    ]
    return args


def _conditions(runs: int, scale: Scale, busy: float) -> str:
    node = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    packages = msgspec.json.decode((NODE / "package.json").read_bytes())["dependencies"]
    theirs = ", ".join(f"{name} {number}" for name, number in packages.items())
    ours = ", ".join(f"{name} {version(name)}" for name in ("asyncpg", "uvloop"))
    return (
        f"Python {platform.python_version()} ({ours}), node {node} ({theirs}), "
        f"Linux {platform.release()}, {os.cpu_count()} cores. Medians of {runs} runs (and ranges), "
        f"{scale.flight:g} s each. Before the run the machine's load was {busy:.1f}."
    )


INTRODUCTION = """\
`make bench ARGS=product`: [docs/performance.md](../../docs/performance.md) says how it is measured.
A ratio is the median of the runs' ratios (and their range).
"""
