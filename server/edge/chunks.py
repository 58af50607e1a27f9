"""Refuses bodies in tiny chunks. Reading a chunk of a few bytes costs a hundred times as much as
sending it.

aiohttp parses everything that has arrived in one turn of the event loop, and one read may bring
40,000 chunks. aiohttp pauses when many chunks wait, but only after it has parsed them. This module
closes the connection at the first few hundred.
"""

from __future__ import annotations

from typing import Any

from aiohttp.http_exceptions import TransferEncodingError
from aiohttp.streams import StreamReader

# How many chunks of any size may wait to be read. More may wait if they are of a decent size on
# average (bytes).
MOST_SMALL_CHUNKS = 256
DECENT = 64
REASON = "chunks of a few bytes"


def refuse_tiny_chunks() -> None:
    """Installs the check for all requests of this process. It overrides a private part of aiohttp,
    whose release is therefore pinned."""
    StreamReader.end_http_chunk_receiving = _end_chunk  # type: ignore[assignment, method-assign]


_ended = StreamReader.end_http_chunk_receiving


def _end_chunk(body: Any) -> None:
    _ended(body)
    waiting = len(body._http_chunk_splits)
    if waiting > MOST_SMALL_CHUNKS and body._size < DECENT * waiting:
        body.set_exception(TransferEncodingError(REASON))
        # This stops further reads. The exception ends the read that is under way.
        body._protocol.force_close()
        raise TransferEncodingError(REASON)
