"""Bodies that are much larger after decompression."""

from __future__ import annotations

import gzip

import aiohttp

from tests.walls.harness import Attack, Round, Target

ZEROS = gzip.compress(bytes(970_000_000), compresslevel=1)[:970_000]


def posting(path: str) -> Round:
    async def post(target: Target) -> None:
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        async with (
            aiohttp.ClientSession(connector=target.connector()) as http,
            http.post(target.url + path, data=ZEROS, headers=headers) as answer,
        ):
            await answer.read()

    return post


ATTACKS = [
    Attack("gzip_404", "0.97 MB of gzip to a path that does not exist", posting("/nowhere")),
    Attack("gzip_signin", "0.97 MB of gzip to sign-in", posting("/api/v1/auth/signin")),
    Attack(
        "gzip_polling",
        "0.97 MB of gzip to `/socket.io/`",
        posting("/socket.io/?EIO=4&transport=polling"),
    ),
]
