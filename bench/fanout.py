"""``python -m bench fanout``: how a broadcast to 100,000 members of one node delays its event loop.

15,000 members have sockets. The others have a transport in memory, so everything but the kernel is
the same for them. The server has its own core. The benchmark checks that every member got every
message once and in order.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import NamedTuple

from bench.engine.processes import Load, Server, build
from bench.usage import machine

RESULTS = Path(__file__).parent / "results" / "fanout.md"
COMMAND = [sys.executable, "-m", "bench.engine.servers.crowd", "{port}", "{ping}"]
PING_INTERVAL = 25
# The number of senders. Each sends its next message once all sockets have got the one before it.
FLIGHTS = (1, 8)
# The goal: the longest delay of the loop, in milliseconds.
LONGEST = 20.0


class Flight(NamedTuple):
    at_a_time: int
    broadcasts: int
    deliveries: int
    # In milliseconds. ``late`` holds the longest delay of the loop in each broadcast.
    each: float
    late: list[float]
    cpu: float


def fly(load: Load, at_a_time: int, cpu: float, members: int) -> Flight:
    load("ask begin")
    done = load.flight(at_a_time, cpu)
    blocks = load("ask blocks")
    heard = load("ask check")["messages"]
    if heard != done["messages"]:
        raise RuntimeError(f"{done['messages']} were sent, {heard} came to those in memory")
    each = done["seconds"] / done["messages"] * 1000
    deliveries = done["messages"] * members
    return Flight(at_a_time, done["messages"], deliveries, each, blocks["late"], blocks["thread"])


def run(real: int, in_memory: int, cpu: float) -> list[Flight]:
    with Server("ours", PING_INTERVAL, COMMAND) as server, Load(server) as load:
        load.connect(1, 0)
        members = 0
        while members < in_memory:
            members = load("ask grow")["members"]
        load.connect(real, 1)
        load.flight(1, cpu / 4)
        return [fly(load, at_a_time, cpu, members + real) for at_a_time in FLIGHTS]


def shown(flight: Flight) -> str:
    longest = max(flight.late)
    return (
        f"| {flight.at_a_time} | {flight.broadcasts} | {flight.deliveries:,} | {flight.each:,.0f} "
        f"| {statistics.median(flight.late):.1f} | {longest:.1f} | {flight.cpu:.1f} |"
    )


def report(flights: list[Flight], real: int, in_memory: int) -> str:
    kept = "holds" if max(max(flight.late) for flight in flights) <= LONGEST else "missed"
    rows = "\n".join(shown(flight) for flight in flights)
    return f"""# A broadcast to {real + in_memory:,} members of one node

`python -m bench fanout`: one room of {real:,} websockets over loopback, and {in_memory:,} whose
transport is in memory: they come in by the same handshake, answer pings within 50 ms, and keep what
is written to them, so only the kernel's part is missing. Members send messages of 270 bytes, one or
eight at a time, each when all sockets have heard the one before it. Every member, of either kind,
heard every message once and in each sender's order; else there would be no figures.

How long the loop is away: by how much it was late for a timer that is due every millisecond, the
worst moment of each broadcast; and the CPU time of its thread between two such looks, which leaves
out what other processes took.

Wanted: never away for more than {LONGEST:g} ms. {kept.capitalize()}.

{machine()}

| at a time | broadcasts | deliveries | each takes, ms | away: median, ms | longest | CPU |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{rows}
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench fanout", description=__doc__)
    parser.add_argument("--real", type=int, default=15_000, help="members with sockets")
    parser.add_argument("--in-memory", type=int, default=85_000, help="in thousands")
    parser.add_argument("--cpu", type=float, default=8.0, help="seconds of it for each flight")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    build(["ours"])
    flights = []
    for _ in range(args.runs):
        for flight in run(args.real, args.in_memory, args.cpu):
            print(shown(flight), flush=True)
            flights.append(flight)
    text = report(flights, args.real, args.in_memory)
    print(text)
    if args.real + args.in_memory >= 100_000:
        RESULTS.write_text(text)


if __name__ == "__main__":
    main()
