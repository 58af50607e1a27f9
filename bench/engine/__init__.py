"""``python -m bench engine``: compares the realtime engine with Node.js, python-socketio and C.

The server and the load client have a core each. The servers take turns, and each run starts a new
process. Every delivery of every run is checked. CPU is the user and system time of the server's
process.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

from bench.engine import plot, report
from bench.engine.processes import ROOT, SERVERS, build
from bench.engine.report import Results
from bench.engine.scenarios import FULL, QUICK, SCENARIOS, Scale

RESULTS = ROOT / "bench" / "results"


def main() -> None:
    args = _arguments()
    build(args.servers)
    scale, runs = (QUICK, args.runs or 1) if args.quick else (FULL, args.runs or 3)
    results: Results = {}
    for name in args.scenario:
        measure(name, args.servers, runs, scale, results)
    text = f"{_conditions(runs, scale)}\n\n{report.table(results)}"
    print(f"\n{text}")
    if args.output:
        _write(args.output, text, results)


def measure(name: str, servers: list[str], runs: int, scale: Scale, results: Results) -> None:
    scenario = SCENARIOS[name]
    for run in range(runs):
        for server in (server for server in servers if server in scenario.servers):
            began = time.monotonic()
            print(f"{scenario.title}: run {run + 1} of {runs}, {server}", end=" ", flush=True)
            found = scenario.run(server, scale)
            for figure, value in found.items():
                results.setdefault(figure, {}).setdefault(server, []).append(value)
            said = ", ".join(f"{figure} {value:,.4g}" for figure, value in found.items())
            print(f"({time.monotonic() - began:.0f} s): {said}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench engine",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--quick", action="store_true", help="minutes, one run: to look, not to tell"
    )
    parser.add_argument("--scenario", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=list(SERVERS))
    parser.add_argument("--runs", type=int, help="of each server, in turn (3; 1 with --quick)")
    parser.add_argument(
        "--output",
        type=Path,
        help="write NAME.md and NAME.svg (bench/results/engine after a full run of everything)",
    )
    args = parser.parse_args()
    whole = len(args.scenario) == len(SCENARIOS) and len(args.servers) == len(SERVERS)
    if args.output is None and whole and not args.quick:
        args.output = RESULTS / "engine"
    return args


def _conditions(runs: int, scale: Scale) -> str:
    node = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    libraries = ", ".join(
        f"{name} {version(name)}" for name in ("python-socketio", "aiohttp", "uvloop")
    )
    return (
        f"Python {platform.python_version()} ({libraries}), node {node} (socket.io 4.8.4), "
        f"Linux {platform.release()}, {os.cpu_count()} cores. Medians of {runs} runs (and ranges), "
        f"{scale.cpu:g} s of CPU each where CPU is divided by."
    )


def _write(output: Path, text: str, results: Results) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    output.with_suffix(".md").write_text(f"# The engine, measured\n\n{text}")
    output.with_suffix(".svg").write_text(plot.svg(results))
    print(f"written to {output}.md and {output}.svg")
