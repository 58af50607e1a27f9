"""Messages in many small rooms, and in a large one."""

from __future__ import annotations

from bench.product.crowd import Crowd, groups
from bench.product.figures import Figure, Found, Scale, Scenario
from bench.product.load import Flight, Load
from bench.product.sites import site
from bench.product.tools import Tools

FEW, MANY = 20, 200
# Messages a second that every server can do.
PACE = 200
# Node comes first: the others get half of what it can do.
ALL = ("node", "ours", "sqlite", "grouped")


def told(key: str, flight: Flight) -> Found:
    """The figures of one flight."""
    found = {
        key: flight.per_cpu,
        f"{key}_server": flight.each_ms("server"),
        f"{key}_postgres": flight.each_ms("postgres"),
        f"{key}_redis": flight.each_ms("redis"),
        f"{key}_rate": flight.rate,
        f"{key}_p50": flight.p50_ms,
        f"{key}_p99": flight.p99_ms,
        f"{key}_others": flight.others / flight.messages,
        f"{key}_load": flight.load_cpu / flight.seconds,
    }
    if flight.commits > 0:
        found[f"{key}_grouped"] = flight.messages / flight.commits
    return found


def _small(rooms: int, kind: str, tools: Tools, scale: Scale, paced: bool) -> Found:
    crowd, found = groups(rooms, 5), Found()
    senders = len(crowd.clients)
    with site(kind, tools, crowd) as server, Load(server, crowd) as load:
        load.connect()
        load.flight(senders, FEW, scale.warm)
        few = load.flight(senders, FEW, scale.flight)
        load.flight(senders, MANY, scale.warm / 2)
        many = load.flight(senders, MANY, scale.flight)
        found |= told(f"r{rooms}_{FEW}", few) | told(f"r{rooms}_{MANY}", many)
        if paced:
            most = max(few.rate, many.rate)
            if kind == "node":
                tools.node_rate = most
            found |= told(f"r{rooms}_half", load.pace(senders, most / 2, scale.flight))
            if tools.node_rate:
                same = load.pace(senders, tools.node_rate / 2, scale.flight)
                found |= told(f"r{rooms}_same", same)
            found |= told(f"r{rooms}_pace", load.pace(senders, PACE, scale.flight))
    return found


def rooms40(kind: str, tools: Tools, scale: Scale) -> Found:
    return _small(40, kind, tools, scale, paced=True)


def rooms200(kind: str, tools: Tools, scale: Scale) -> Found:
    return _small(200, kind, tools, scale, paced=False)


def _hot(members: int, senders: int, kind: str, tools: Tools, scale: Scale) -> Found:
    crowd = groups(1, members)
    with site(kind, tools, crowd) as server, Load(server, crowd) as load:
        load.connect()
        load.flight(senders, senders, scale.warm)
        return told(f"hot{members}", load.flight(senders, senders, scale.flight))


def hot200(kind: str, tools: Tools, scale: Scale) -> Found:
    return _hot(200, 20, kind, tools, scale)


def hot1000(kind: str, tools: Tools, scale: Scale) -> Found:
    return _hot(1000, 50, kind, tools, scale)


# How many messages a sender has under way who does not wait for acks.
AHEAD = 4


def order(kind: str, tools: Tools, scale: Scale) -> Found:
    """20 senders in 40 rooms and 20 in one room of 100, who do not wait for their acks."""
    found = Found(reordered=0, unsorted=0)
    for crowd in (groups(40, 5), groups(1, 100)):
        _count_disorder(kind, tools, crowd, scale, found)
    return found


def _count_disorder(kind: str, tools: Tools, crowd: Crowd, scale: Scale, found: Found) -> None:
    with site(kind, tools, crowd) as server, Load(server, crowd) as load:
        load.connect()
        flight = load.flight(FEW, FEW * AHEAD, scale.flight / 2)
    found["reordered"] += flight.reordered
    found["unsorted"] += flight.unsorted


_EACH = "messages / CPU-s"
_MS = "CPU ms / message"


def _parts(key: str) -> tuple[Figure, ...]:
    return (
        Figure(f"{key}_server", "… of it the server", _MS, "less", digits=2),
        Figure(f"{key}_postgres", "… PostgreSQL", _MS, "less", digits=2),
        Figure(f"{key}_redis", "… Redis, not counted above", _MS, "less", digits=2),
        Figure(f"{key}_grouped", "… messages a commit", "", "more", digits=1),
        Figure(f"{key}_rate", "… as fast as it goes", "messages / s", "more"),
        Figure(f"{key}_p50", "… ack p50", "ms", "less", digits=1),
        Figure(f"{key}_p99", "… ack p99", "ms", "less", digits=1),
        Figure(f"{key}_load", "… the load client's core", "used", "less", digits=2),
    )


def _paced(key: str, title: str) -> tuple[Figure, ...]:
    return (
        Figure(f"{key}_p50", f"{title}: ack p50", "ms", "less", 1, 0.5, digits=1),
        Figure(f"{key}_p99", f"{title}: ack p99", "ms", "less", 1, 0.5, digits=1),
        Figure(f"{key}_rate", "… so fast was that", "messages / s", "more"),
        Figure(key, "… messages / CPU-s at that pace", _EACH, "more"),
    )


ROOM_SCENARIOS = {
    "rooms40": Scenario(
        "40 rooms × 5",
        rooms40,
        (
            Figure("r40_20", "40 rooms × 5, 20 in flight", _EACH, "more", 1.5, 3),
            Figure("r40_20", "the same, SQLite, one process", _EACH, "more", 3, 5, who="sqlite"),
            *_parts("r40_20"),
            Figure("r40_200", "40 rooms × 5, 200 in flight", _EACH, "more", 2.5, 4),
            *_parts("r40_200"),
            Figure(
                "r40_200_postgres",
                "PostgreSQL in groups (200 in flight)",
                _MS,
                "less",
                0.25,
                0.1,
                digits=3,
            ),
            *_paced("r40_half", "each at half of its own maximum"),
            *_paced("r40_same", "all at half of Node's maximum"),
            Figure("r40_pace_p50", f"all at {PACE} messages/s: ack p50", "ms", "less", digits=1),
            Figure("r40_pace_p99", f"all at {PACE} messages/s: ack p99", "ms", "less", digits=1),
            Figure("r40_pace", "… messages / CPU-s at that pace", _EACH, "more"),
        ),
        ALL,
    ),
    "rooms200": Scenario(
        "200 rooms × 5",
        rooms200,
        (
            Figure("r200_20", "200 rooms × 5, 20 in flight", _EACH, "more", 1.5, 3),
            *_parts("r200_20"),
            Figure("r200_200", "200 rooms × 5, 200 in flight", _EACH, "more", 2.5, 4),
            *_parts("r200_200"),
        ),
    ),
    "hot200": Scenario(
        "1 room × 200, 20 senders",
        hot200,
        (
            Figure("hot200", "1 room × 200, 20 senders", _EACH, "more", 8, 15),
            *_parts("hot200"),
        ),
        ALL,
    ),
    "hot1000": Scenario(
        "1 room × 1,000, 50 senders",
        hot1000,
        (
            Figure("hot1000", "1 room × 1,000, 50 senders", _EACH, "more", 8, 15),
            *_parts("hot1000"),
        ),
        ("ours", "node", "grouped"),
    ),
    "order": Scenario(
        "senders who do not wait for acks",
        order,
        (
            Figure(
                "reordered", "a sender's own out of order, 4 ahead", "deliveries", "less", limit=0
            ),
            Figure("unsorted", "… heard after a later number", "deliveries", "less"),
        ),
        ALL,
    ),
}
