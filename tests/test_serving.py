"""``python -m server`` from a shell; all other tests take its processes from tests/nursery.py."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from tests.cluster import ready
from tests.node import STOP_TIMEOUT, Node


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
