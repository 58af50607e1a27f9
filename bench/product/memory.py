"""What the server's process keeps in memory for each user who is connected."""

from __future__ import annotations

import time

from bench.product.crowd import woven
from bench.product.figures import Figure, Found, Scale, Scenario
from bench.product.load import Load
from bench.product.sites import site
from bench.product.tools import Tools

# The rooms of each user, and the members of each room.
ROOMS = 20


def memory(kind: str, tools: Tools, scale: Scale) -> Found:
    """The growth of the process, read a while after all have connected: what connecting needed is
    freed then."""
    crowd = woven(scale.users, ROOMS)
    with site(kind, tools, crowd) as server, Load(server, crowd) as load:
        before, cpu = server.memory_kib(), server.spent()
        load.connect()
        used = server.spent().less(cpu)
        load(f"hold {scale.flight}")
        time.sleep(scale.warm)
        return {
            "memory": (server.memory_kib() - before) / scale.users,
            "connect": used.total * 1000 / scale.users,
        }


MEMORY_SCENARIOS = {
    "memory": Scenario(
        "users of 20 rooms each, connected",
        memory,
        (
            Figure(
                "memory",
                "10,000 connected users of 20 rooms each",
                "KiB a client",
                "less",
                limit=12,
                wish=8,
                digits=1,
            ),
            Figure("connect", "… each connect", "CPU ms", "less", digits=2),
        ),
    ),
}
