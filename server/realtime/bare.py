"""Transports that are in no namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from server.realtime.deadlines import Deadlines, each


class BareTransports:
    """Each has ``patience`` seconds to get into a namespace, or it is hung up on.

    A connect handler that runs when the time is over may come to its end, ``grace`` seconds at
    most; trying again does not buy more time.
    """

    def __init__(self, patience: float, grace: float, hang_up: Callable[[str], None]) -> None:
        self._hang_up = hang_up
        self._waiting: Deadlines[str] = Deadlines(patience, each(self._expired))
        self._late: Deadlines[str] = Deadlines(grace, each(hang_up))
        self._admitting: set[str] = set()

    def add_transport(self, eio_sid: str) -> None:
        self._waiting.start(eio_sid)

    def remove_transport(self, eio_sid: str) -> None:
        self._waiting.stop(eio_sid)
        self._late.stop(eio_sid)

    def clear(self) -> None:
        self._waiting.clear()
        self._late.clear()

    @contextmanager
    def admission(self, eio_sid: str) -> Iterator[None]:
        """While a connect handler runs for this transport."""
        self._admitting.add(eio_sid)
        try:
            yield
        finally:
            self._admitting.discard(eio_sid)

    def _expired(self, eio_sid: str) -> None:
        if eio_sid in self._admitting:
            self._late.start(eio_sid)
        else:
            self._hang_up(eio_sid)
