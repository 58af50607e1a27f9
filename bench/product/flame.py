"""A flame graph of the server's process while clients send."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from bench.product.crowd import groups
from bench.product.load import Load
from bench.product.rooms import FEW
from bench.product.sites import site
from bench.product.tools import Tools

TITLE = "The server while 20 messages are in flight in 40 rooms of 5"
SECONDS = 10
# Samples a second. With more, the picture grows.
RATE = 200


def record(tools: Tools, target: Path, kind: str) -> None:
    """40 rooms of 5 members, 20 messages in flight; ``kind`` is one of ours."""
    crowd = groups(40, 5)
    senders = len(crowd.clients)
    with site(kind, tools, crowd) as server, Load(server, crowd) as load:
        load.connect()
        load.flight(senders, FEW, 2)
        spy = subprocess.Popen(
            [
                str(Path(sys.executable).parent / "py-spy"),
                "record",
                f"--pid={server.pids[0]}",
                f"--duration={SECONDS}",
                f"--rate={RATE}",
                f"--output={target}",
                "--format=flamegraph",
                "--function",
            ]
        )
        flight = load.flight(senders, FEW, SECONDS + 2)
        if spy.wait():
            raise SystemExit("py-spy failed; does it have the permission to read other processes?")
    # Its title is the command line, with the paths of this machine.
    picture = target.read_text()
    target.write_text(re.sub(r">[^<]*py-spy record [^<]*<", f">{TITLE}<", picture))
    print(f"{target}: {flight.rate:.0f} messages a second meanwhile")
