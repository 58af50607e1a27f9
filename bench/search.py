"""``python -m bench search``: how long a search takes among few messages and many.

The reader is in 200 rooms. The words are those of the seeded messages which come nearest to so many
hits. A time is what a client waits for an answer of 50 messages, over HTTP on loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
from time import perf_counter
from urllib.parse import quote

import asyncpg

from bench.world import Seeded, seeded
from tests.client import User

HITS = (1, 1_000, 10_000, 100_000)
NEAREST = """
    WITH words AS MATERIALIZED (SELECT word, ndoc FROM ts_stat('SELECT words FROM search_messages'))
    SELECT w.word, w.ndoc FROM unnest($1::int[]) AS h(hits), LATERAL (
        SELECT word, ndoc FROM words ORDER BY abs(ndoc - h.hits), word LIMIT 1) w
"""


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


async def measure(world: Seeded, times: int) -> None:
    reader = await world.sign_in()
    try:
        # In a tenth of all messages at most.
        found = await words(world, [hits for hits in HITS if hits <= world.messages / 10])
        usual = [(word, f"{hits:,}") for word, hits in found]
        often, rare = found[-1][0], found[0][0]
        more = [
            (f"{often} {rare}", "both"),
            (f'"the {often}"', "phrase"),
            (f"{often[0]}*", "prefix"),
        ]
        for q, hits in [*usual, *more, ("nowhereatall", "0")]:
            spent = await milliseconds(reader, q, times)
            print(f"{world.messages:>12,} {q:<24} {hits:>10} {spent:>10.1f} ms", flush=True)
    finally:
        await reader.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench search", description=__doc__)
    parser.add_argument("--messages", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--times", type=int, default=40)
    args = parser.parse_args()
    print(f"{'messages':>12} {'search':<24} {'hits':>10} {'median':>13}")
    for messages in args.messages:
        with seeded(messages) as world:
            asyncio.run(measure(world, args.times))


if __name__ == "__main__":
    main()
