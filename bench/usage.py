"""The CPU time and memory of a process, as counted by the kernel."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def median(values: Iterable[float]) -> float:
    found = sorted(values)
    return found[len(found) // 2]


def machine() -> str:
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, with all else they do."
