"""Tells whether the bytes read so far end with a request, or with a part of another one."""

from __future__ import annotations

EMPTY_LINE = b"\r\n\r\n"


class Received:
    """Follows the bytes of one connection.

    If the bytes end with a part of another request, ``is_whole`` is never True. It may be False
    although they end with a whole request, if several requests came at once and the last of them
    has a body.
    """

    __slots__ = ("_due", "_tail")

    def __init__(self) -> None:
        # The last bytes that have come since a request ended, four at most.
        self._tail = b""
        # The number of bytes of the body that are still to come. None if the request has no body
        # and ends with an empty line.
        self._due: int | None = None

    def add(self, data: bytes) -> None:
        """Note bytes in which no head ends."""
        if self._due is not None:
            self._due -= len(data)
        self._keep(data)

    def add_head(self, data: bytes, length: int, *, alone: bool) -> None:
        """Note bytes in which a head ends. The body that follows has ``length`` bytes. ``alone``
        says that no part of another request came with the head. ``data`` is empty if the head was
        among bytes that had been held back."""
        self._due = (self._missing(data, length) if alone and data else -1) if length else None
        self._keep(data)

    def _missing(self, data: bytes, length: int) -> int:
        joined = self._tail[-3:] + data
        end = joined.find(EMPTY_LINE)
        return length + end + len(EMPTY_LINE) - len(joined) if end >= 0 else -1

    def _keep(self, data: bytes) -> None:
        self._tail = data[-4:] if len(data) >= 4 else (self._tail + data)[-4:]

    def is_whole(self) -> bool:
        """Whether the bytes end with a whole request. If so, the next request begins."""
        whole = self._tail == EMPTY_LINE if self._due is None else self._due == 0
        if whole:
            self._tail, self._due = b"", None
        return whole
