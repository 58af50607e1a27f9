"""Bodies in chunks of a few bytes: each costs a hundred times as much to read as to send.

aiohttp reads all that has come in one turn of the loop, and a read may bring 40,000 chunks. It
stops reading further when many wait, which is after the fact; here the connection ends at the first
few hundred.
"""

from __future__ import annotations

from typing import Any

from aiohttp.http_exceptions import TransferEncodingError
from aiohttp.streams import StreamReader

# So many may wait to be read, of whatever size, and more if they are of a decent size (bytes).
SOME = 256
DECENT = 64
REASON = "chunks of a few bytes"


def refuse_tiny_chunks() -> None:
    """For all requests of this process. What is overridden is no public part of aiohttp, whose
    release is pinned."""
    StreamReader.end_http_chunk_receiving = _end_chunk  # type: ignore[assignment, method-assign]


_ended = StreamReader.end_http_chunk_receiving


def _end_chunk(body: Any) -> None:
    _ended(body)
    waiting = len(body._http_chunk_splits)
    if waiting > SOME and body._size < DECENT * waiting:
        body.set_exception(TransferEncodingError(REASON))
        # Nothing more is read of it. To raise ends what is being read.
        body._protocol.force_close()
        raise TransferEncodingError(REASON)
