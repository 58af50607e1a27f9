"""``python -m server`` from a shell; all other tests take its processes from
tests/support/server_processes.py."""

from __future__ import annotations

import json
import signal
import stat
from pathlib import Path

from tests.support.cluster import ready
from tests.support.node import STOP_TIMEOUT, Node


def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    node = Node(tmp_path)
    process = node.begin()
    try:
        assert process.stderr is not None
        lines = (json.loads(line) for line in process.stderr)
        node.port = next(line["port"] for line in lines if line["event"] == "serving")
        status, body = ready(node)
        assert (status, body["tools"]) == (200, {"database": "ok"})
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_TIMEOUT) == 0
        assert [line["event"] for line in lines] == ["draining", "stopped"]
    finally:
        process.kill()


def test_the_folder_that_a_command_makes_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    done = Node(tmp_path).run("migrate", "up", DATA_DIR=str(folder))
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
