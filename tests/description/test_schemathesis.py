"""Schemathesis makes requests that fit the description, and such that do not, and holds the answers
against it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.support.node import Node
from tests.support.world import signup

# These would end the session that the others are called with.
ENDING = ("signout", "delete_me")
# What no schema can say is refused with validation_failed where the schema is kept, too: two
# cursors at once, a text that is only blanks, an emoji that is none. And PATCH /rooms/public is
# taken for a PATCH of the room `public`, which is no id.
LEFT_OUT = ("positive_data_acceptance", "unsupported_method", "allow_header_conformance")


async def run(folder: Path, phases: str, examples: int) -> str:
    """What it says; nothing when it is content."""
    node = Node(folder / "node").start()
    ann = await signup(node, "ann")
    try:
        arguments = [
            *("run", f"{node.url}/api/openapi.json"),
            *("-H", f"Authorization: Bearer {ann.token}"),
            *(word for name in ENDING for word in ("--exclude-operation-id", name)),
            *("--exclude-checks", ",".join(LEFT_OUT)),
            *("--phases", phases, "--max-examples", str(examples)),
            *("--continue-on-failure", "--no-color"),
            *("--generation-deterministic", "--warnings", "off"),
        ]
        program = Path(sys.executable).with_name("schemathesis")
        process = await asyncio.create_subprocess_exec(
            str(program),
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=folder,
        )
        said, _ = await process.communicate()
        assert node.errors() == []
        return said.decode() if process.returncode else ""
    finally:
        await ann.close()
        node.stop()


async def test_answers_are_as_described(tmp_path: Path) -> None:
    if said := await run(tmp_path, "fuzzing", examples=2):
        pytest.fail(said)


@pytest.mark.long
async def test_answers_are_as_described_at_length(tmp_path: Path) -> None:
    if said := await run(tmp_path, "coverage,fuzzing", examples=200):
        pytest.fail(said)
