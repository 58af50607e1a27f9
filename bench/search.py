"""``python -m bench search``: how long a search takes among few and among many messages.

The reader is in 200 rooms. The words are those in the seeded messages whose number of hits comes
nearest to the wanted one. A time is how long a client waits for an answer of 50 messages, over HTTP
on loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
from pathlib import Path
from time import perf_counter
from typing import NamedTuple
from urllib.parse import quote

import asyncpg

from bench.usage import machine
from bench.world import Seeded, seeded
from tests.support.client import User

RESULTS = Path(__file__).parent / "results" / "search.md"
HITS = (1, 1_000, 10_000, 100_000)
NEAREST = """
    WITH words AS MATERIALIZED (SELECT word, ndoc FROM ts_stat('SELECT words FROM search_messages'))
    SELECT w.word, w.ndoc FROM unnest($1::int[]) AS h(hits), LATERAL (
        SELECT word, ndoc FROM words ORDER BY abs(ndoc - h.hits), word LIMIT 1) w
"""


class Row(NamedTuple):
    messages: int
    q: str
    hits: str
    median: float


async def words(world: Seeded, hits: list[int]) -> list[tuple[str, int]]:
    connection = await asyncpg.connect(world.url)
    try:
        return [(row["word"], row["ndoc"]) for row in await connection.fetch(NEAREST, hits)]
    finally:
        await connection.close()


async def milliseconds(reader: User, q: str, times: int) -> float:
    waits = []
    for _ in range(times):
        began = perf_counter()
        await reader.http("GET", f"/search/messages?q={quote(q)}")
        waits.append((perf_counter() - began) * 1000)
    return statistics.median(waits)


async def measure(world: Seeded, times: int) -> list[Row]:
    reader = await world.sign_in()
    rows = []
    try:
        # Only words that occur in at most a tenth of all messages.
        found = await words(world, [hits for hits in HITS if hits <= world.messages / 10])
        usual = [(word, f"{hits:,}") for word, hits in found]
        often, rare = found[-1][0], found[0][0]
        more = [
            (f"{often} {rare}", "both words"),
            (f'"the {often}"', "phrase"),
            (f"{often[0]}*", "beginning"),
        ]
        for q, hits in [*usual, *more, ("nowhereatall", "0")]:
            spent = await milliseconds(reader, q, times)
            print(f"{world.messages:>12,} {q:<24} {hits:>10} {spent:>10.1f} ms", flush=True)
            rows.append(Row(world.messages, q, hits, spent))
    finally:
        await reader.close()
    return rows


def table(rows: list[Row]) -> str:
    head = "| messages | search | hits | median, ms |\n| ---: | --- | ---: | ---: |\n"
    return head + "".join(
        f"| {row.messages:,} | `{row.q}` | {row.hits} | {row.median:.1f} |\n" for row in rows
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench search", description=__doc__)
    parser.add_argument("--messages", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--times", type=int, default=40)
    args = parser.parse_args()
    print(f"{'messages':>12} {'search':<24} {'hits':>10} {'median':>13}")
    rows = []
    for messages in args.messages:
        with seeded(messages) as world:
            rows += asyncio.run(measure(world, args.times))
    RESULTS.write_text(f"{INTRODUCTION}\n{machine()}\n\n{table(rows)}")


INTRODUCTION = """# Searching in a large database

`python -m bench search`: PostgreSQL with seeded messages; the reader is in 200 rooms, which hold
about half of them. What one client waits for a page of 50 messages, one search after the other. The
words are those that come nearest to so many hits in all messages.

Wanted: words with 1, 1,000 and 100,000 hits among 1,000,000 messages in 50 ms at the median.
"""


if __name__ == "__main__":
    main()
