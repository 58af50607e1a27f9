"""The CPU time and memory of a process, as counted by the kernel."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterable
from pathlib import Path

import psutil

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def family_cpu(pid: int) -> float:
    """The CPU seconds of a process and of its children, those that have ended too."""
    parent = psutil.Process(pid)
    found = sum(parent.cpu_times()[:4])
    for child in parent.children():
        # A child that ends meanwhile is in the figures of its parent from then on.
        with contextlib.suppress(psutil.NoSuchProcess):
            found += sum(child.cpu_times()[:4])
    return float(found)


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
