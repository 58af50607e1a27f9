"""Several nodes of ours: those that have no members of the rooms, and rooms that are spread."""

from __future__ import annotations

import time

from bench.product.crowd import groups
from bench.product.figures import Figure, Found, Scale, Scenario
from bench.product.load import Load
from bench.product.rooms import FEW, MANY, told
from bench.product.sites import site
from bench.product.tools import Tools
from bench.usage import family_cpu


def idle(kind: str, tools: Tools, scale: Scale) -> Found:
    """CPU of a second and a third node while all clients are connected to the first one."""
    crowd = groups(40, 5)
    with site(kind, tools, crowd, nodes=3) as server, Load(server, crowd) as load:
        others = server.pids[1:]
        load.connect()
        load.flight(len(crowd.clients), MANY, scale.warm)

        def used() -> float:
            return sum(map(family_cpu, others))

        before, began = used(), time.monotonic()
        load(f"hold {scale.flight * 2}")
        quiet = (used() - before) / (time.monotonic() - began) * 1000 / len(others)
        before, began = used(), time.monotonic()
        flight = load.flight(len(crowd.clients), MANY, scale.flight * 2)
        busy = (used() - before) / (time.monotonic() - began) * 1000 / len(others)
    return {
        "idle": quiet,
        "idle_busy": busy,
        "idle_more": busy - quiet,
        "idle_message": used_by(busy - quiet, flight.rate),
    }


def used_by(more_ms: float, rate: float) -> float:
    """The CPU microseconds of an idle node for each message that it does not need."""
    return more_ms * 1000 / rate


def spread(kind: str, tools: Tools, scale: Scale) -> Found:
    """The same rooms on one node, and with their members on two."""
    crowd, found = groups(40, 5), Found()
    for nodes in (1, 2):
        with site(kind, tools, crowd, nodes) as server, Load(server, crowd, nodes) as load:
            load.connect()
            for under_way in (FEW, MANY):
                load.flight(len(crowd.clients), under_way, scale.warm)
                flight = load.flight(len(crowd.clients), under_way, scale.flight)
                found |= told(f"on{nodes}_{under_way}", flight)
    for under_way in (FEW, MANY):
        found[f"spread_{under_way}"] = found[f"on1_{under_way}"] / found[f"on2_{under_way}"]
    return found


_MS = "CPU ms / s"
_EACH = "messages / CPU-s"

NODE_SCENARIOS = {
    "idle": Scenario(
        "a second and a third node without members",
        idle,
        (
            Figure("idle", "an idle node beside a quiet one", _MS, "less", digits=1),
            Figure("idle_busy", "… beside one with 200 messages in flight", _MS, "less", digits=1),
            Figure("idle_more", "nodes without members: more CPU", _MS, "less", limit=2, digits=1),
            Figure("idle_message", "… for each message", "CPU µs", "less", digits=1),
        ),
        ("ours",),
    ),
    "spread": Scenario(
        "40 rooms × 5 over two nodes",
        spread,
        (
            Figure(
                f"spread_{FEW}",
                "rooms over two nodes, 20 in flight",
                "× one",
                "less",
                limit=1.4,
                digits=2,
            ),
            Figure(f"on1_{FEW}", "… on one", _EACH, "more"),
            Figure(f"on2_{FEW}", "… on two", _EACH, "more"),
            Figure(
                f"spread_{MANY}",
                "rooms over two nodes, 200 in flight",
                "× one",
                "less",
                limit=1.4,
                digits=2,
            ),
            Figure(f"on1_{MANY}", "… on one", _EACH, "more"),
            Figure(f"on2_{MANY}", "… on two", _EACH, "more"),
        ),
        ("ours",),
    ),
}
