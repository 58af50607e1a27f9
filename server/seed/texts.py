"""Reads the texts of the seeded world from the files beside this one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

TEXTS_FOLDER = Path(__file__).parent


def lines(file: str) -> list[str]:
    return (TEXTS_FOLDER / file).read_text("utf-8").splitlines()


@cache
def sections(file: str) -> dict[str, list[str]]:
    """The lines below each ``[name]`` in a file."""
    found: dict[str, list[str]] = {}
    section: list[str] = []
    for line in lines(file):
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), [])
        else:
            section.append(line)
    return found
