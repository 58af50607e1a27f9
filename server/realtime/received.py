"""Tells whether the bytes read so far end with a request, or with a part of another one."""

from __future__ import annotations

EMPTY_LINE = b"\r\n\r\n"


class Received:
    """Never misses a part of another request. It may take one for granted wrongly where several
    requests came at once and the last of them has a body."""

    __slots__ = ("_due", "_tail")

    def __init__(self) -> None:
        # The last bytes since a request ended.
        self._tail = b""
        # Bytes of the body that are still to come; None: the end of the request is an empty line.
        self._due: int | None = None

    def add(self, data: bytes) -> None:
        """What came without a head that ends in it."""
        if self._due is not None:
            self._due -= len(data)
        self._keep(data)

    def add_head(self, data: bytes, length: int, *, alone: bool) -> None:
        """What came with the end of a head, whose body has ``length`` bytes. ``alone``: nothing of
        another request came with it. Empty where what was held back is read now."""
        self._due = (self._missing(data, length) if alone and data else -1) if length else None
        self._keep(data)

    def _missing(self, data: bytes, length: int) -> int:
        joined = self._tail[-3:] + data
        end = joined.find(EMPTY_LINE)
        return length + end + len(EMPTY_LINE) - len(joined) if end >= 0 else -1

    def _keep(self, data: bytes) -> None:
        self._tail = data[-4:] if len(data) >= 4 else (self._tail + data)[-4:]

    def is_whole(self) -> bool:
        """Whether it ends with a request."""
        whole = self._tail == EMPTY_LINE if self._due is None else self._due == 0
        if whole:
            self._tail, self._due = b"", None
        return whole
