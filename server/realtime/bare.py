"""Transports that are not in any namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from server.realtime.deadlines import Deadlines, each


class BareTransports:
    """Closes transports that do not get into a namespace within ``patience`` seconds.

    If a connect handler runs when that time is over, it may go on for up to ``grace`` seconds.
    Further attempts to connect do not extend the time.
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
        """Mark the transport while a connect handler runs for it."""
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
