"""The scenarios. Each starts a server of the given kind and returns its figures by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from bench.engine.processes import Load, Server

Figures = dict[str, float]

WEBSOCKET = ("ours", "node", "stock", "C", "C merged")


class Scale(NamedTuple):
    """The size of the scenarios. Do not publish figures of the quick scale."""

    # Seconds of the server's CPU time.
    warm: float
    cpu: float
    # Seconds.
    pace: float
    hold: float
    settle: float
    ping_interval: int
    crowd: int


FULL = Scale(warm=0.5, cpu=2.0, pace=5.0, hold=30.0, settle=3.0, ping_interval=25, crowd=15_000)
QUICK = Scale(warm=0.3, cpu=0.7, pace=2.0, hold=10.0, settle=1.0, ping_interval=9, crowd=5_000)


class Figure(NamedTuple):
    name: str
    title: str
    unit: str
    better: Literal["more", "less"]
    # Ratios to `rival`: the one that must be reached, and the one aimed for. None: only shown.
    target: float | None = None
    aim: float | None = None
    rival: str = "node"
    digits: int = 0
    # A limit in the figure's own unit, if there is no rival to compare with.
    limit: float | None = None


class Scenario(NamedTuple):
    title: str
    run: Callable[[str, Scale], Figures]
    figures: tuple[Figure, ...]
    servers: tuple[str, ...] = WEBSOCKET


def eight(name: str, scale: Scale) -> Figures:
    return {"eight": _one_room(name, scale, senders=8)}


def one(name: str, scale: Scale) -> Figures:
    return {"one": _one_room(name, scale, senders=1)}


def _one_room(name: str, scale: Scale, senders: int) -> float:
    """Deliveries per CPU second."""
    with Server(name, scale.ping_interval) as server, Load(server) as load:
        load.connect(1000, 1)
        load.flight(senders, scale.warm)
        done = load.flight(senders, scale.cpu)
    deliveries: float = done["deliveries"] / done["cpu"]
    return deliveries


def groups(name: str, scale: Scale) -> Figures:
    """200 rooms of 5 members who all send: first as fast as possible, then at an even pace."""
    with Server(name, scale.ping_interval) as server, Load(server) as load:
        load.connect(1000, 200)
        load.flight(5, scale.warm)
        fast = load.flight(5, scale.cpu)
        paced = load(f"pace 1000 {scale.pace}")
    return {
        "groups": fast["messages"] / fast["cpu"],
        "paced": paced["messages"] / paced["cpu"],
        "p50": paced["p50_ms"],
        "p99": paced["p99_ms"],
    }


def idle(name: str, scale: Scale) -> Figures:
    """The memory of idle clients. It is read at the end, when what connecting needed is freed."""
    count = 5000
    with Server(name, scale.ping_interval) as server, Load(server) as load:
        load.connect(10, 0)
        before = server.memory_kib()
        connected = load.connect(count, 0)
        held = load(f"hold {scale.hold}")
        if held["pings"] < count:
            raise RuntimeError(f"{name}: {held['pings']} pings for {count} clients")
        return {
            "connects": count / connected["cpu"],
            "memory": (server.memory_kib() - before) / count,
            "pings": held["cpu"],
        }


SIZES = (100, 1000, 10_000)
CROWDS = (1000, 5000, 15_000)


def growth(name: str, scale: Scale) -> Figures:
    """The memory for each client as more connect. Each step adds a room of the next size, and
    clients that are in no room."""
    found = {}
    with Server(name, scale.ping_interval) as server, Load(server) as load:
        load.connect(10, 0)
        before, there = server.memory_kib(), 0
        for size, crowd in zip(SIZES, CROWDS, strict=True):
            load.connect(size, 1)
            load.connect(crowd - there - size, 0)
            there = crowd
            load(f"hold {scale.settle}")
            found[f"memory_{crowd}"] = (server.memory_kib() - before) / crowd
        for room, size in enumerate(SIZES):
            load.flight(1, scale.warm, room)
            done = load.flight(1, scale.cpu, room)
            found[f"members_{size}"] = done["cpu"] / done["deliveries"] * 1e6
    few, most = CROWDS[0], CROWDS[-1]
    more = most * found[f"memory_{most}"] - few * found[f"memory_{few}"]
    found["memory_rise"] = more / (most - few)
    found["members_rise"] = found[f"members_{SIZES[-1]}"] - found[f"members_{SIZES[0]}"]
    return found


def stall(name: str, scale: Scale) -> Figures:
    """Messages to a room that all clients are in. The server itself reports how long its event loop
    was blocked."""
    with Server(name, scale.ping_interval) as server, Load(server) as load:
        load.connect(scale.crowd, 1)
        load("ask lag")
        load.flight(1, scale.warm)
        return {"stall": load("ask lag")["longest_ms"]}


def polling(name: str, scale: Scale) -> Figures:
    with Server(name, scale.ping_interval) as server, Load(server) as load:
        load.connect(100, 20, transport="polling", parallel=16)
        load.flight(5, scale.warm)
        done = load.flight(5, scale.cpu)
    return {"polling": done["messages"] / done["cpu"]}


_MESSAGES = "messages / CPU-s"
_DELIVERIES = "deliveries / CPU-s"
_EACH = "KiB / connection"

SCENARIOS = {
    "eight": Scenario(
        "1 room × 1,000, 8 messages in flight",
        eight,
        (Figure("eight", "1 room × 1,000, 8 in flight", _DELIVERIES, "more", 5, 9),),
    ),
    "one": Scenario(
        "1 room × 1,000, 1 message in flight",
        one,
        (Figure("one", "1 room × 1,000, 1 in flight", _DELIVERIES, "more", 1.8, 3.9),),
    ),
    "groups": Scenario(
        "200 rooms × 5, all send, acks",
        groups,
        (
            Figure("groups", "200 rooms × 5, all send, acks", _MESSAGES, "more", 2, 3),
            Figure("paced", "the same at 1,000 messages/s", _MESSAGES, "more"),
            Figure("p50", "… ack p50", "ms", "less", digits=2),
            Figure("p99", "… ack p99", "ms", "less", digits=2),
        ),
    ),
    "idle": Scenario(
        "5,000 idle clients",
        idle,
        (
            Figure("memory", "memory per idle connection", "KiB", "less", 0.4, 0.2, digits=1),
            Figure("connects", "connects", "connects / CPU-s", "more", 1.5, 2.5),
            Figure("pings", "idle CPU with pings, 5,000 clients", "CPU-s", "less", 0.4, digits=2),
        ),
    ),
    "growth": Scenario(
        "larger rooms, more clients",
        growth,
        (
            *(
                Figure(f"members_{n}", f"CPU, room of {n:,}", "µs / delivery", "less", digits=2)
                for n in SIZES
            ),
            Figure("members_rise", "… from 100 to 10,000", "µs more", "less", 1, digits=2),
            *(
                Figure(f"memory_{n}", f"memory, {n:,} clients", _EACH, "less", digits=1)
                for n in CROWDS
            ),
            Figure("memory_rise", "… of each beyond 1,000", "KiB", "less", 1, digits=1),
        ),
    ),
    "stall": Scenario(
        "a fan-out to 15,000 sockets",
        stall,
        (
            Figure(
                "stall", "longest stall, fan-out to 15,000", "CPU ms", "less", digits=1, limit=20
            ),
        ),
        ("ours", "node", "stock"),
    ),
    "polling": Scenario(
        "20 rooms × 5 over polling",
        polling,
        (Figure("polling", "20 rooms × 5, polling", _MESSAGES, "more", 1, rival="stock"),),
        ("ours", "node", "stock"),
    ),
}
