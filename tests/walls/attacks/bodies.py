"""Bodies that are much larger after decompression."""

from __future__ import annotations

import zlib

import aiohttp

from tests.walls.harness import Attack, Round, Target

MB = 1_000_000


def gzipped_zeros(size: int) -> bytes:
    """The first ``size`` bytes of a gzip of zeros; they become a thousand times as many. A full
    flush ends a part that stands by itself, so one megabyte is compressed and its part repeated.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits=31)
    head = packer.compress(b"")
    part = packer.compress(bytes(MB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + (part * (size // len(part) + 1))[: size - len(head)]


ZEROS = gzipped_zeros(970_000)


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
