"""Hands the signals and events that pass through the client manager to this node's handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
import structlog

from events.signal_catalogue import NODES_TOLD, SIGNAL_NAMES, Signal
from server.backends.managers import SIGNALS
from server.kernel.logs import Seldom

log = structlog.get_logger("events")

S = TypeVar("S", bound=Signal)

# The most names of unknown signals that are remembered, so that each is logged only once.
MOST_UNKNOWN = 100


class Dispatcher:
    """Calls the handlers of signals, and of events that go to clients.

    Signals and events of one node are handed to their handlers in the order in which that node sent
    them. The handlers of one signal or event are called in the order in which they were added. If a
    handler raises, the error is logged with its traceback, and neither the sender nor the other
    handlers fail. All this is the same for signals from this node and from other nodes.
    """

    def __init__(self) -> None:
        self._signals: dict[str, list[Callable[[Any], Awaitable[None]]]] = {}
        self._events: dict[str, list[Callable[[Any], None]]] = {}
        self._unknown: set[str] = set()
        self._malformed = Seldom()

    def on_signal(self, kind: type[S], handler: Callable[[S], Awaitable[None]]) -> None:
        """Call ``handler`` for each signal of type ``kind``. It must not wait for the database or
        Redis, because all later events and signals wait for it."""
        self._signals.setdefault(SIGNAL_NAMES[kind], []).append(handler)

    def on_event(self, event: str, handler: Callable[[Any], None]) -> None:
        """Call ``handler`` for each event of that name, with the same data that clients get."""
        self._events.setdefault(event, []).append(handler)

    async def observe(self, namespace: str, event: str, data: Any) -> None:
        """The manager's ``observer``. Never raises, except if the task is cancelled."""
        if namespace == SIGNALS:
            await self._take_signal(event, data)
            return
        for handler in self._events.get(event, ()):
            try:
                handler(data)
            except Exception:
                log.exception("handler of a client's event failed", event_name=event)

    async def _take_signal(self, name: str, data: Any) -> None:
        kind = NODES_TOLD.get(name)
        if kind is None:
            self._note_unknown(name)
            return
        try:
            signal = msgspec.convert(data, kind)
        except msgspec.ValidationError as error:
            if self._malformed.is_due():
                log.warning("malformed signal", signal=name, why=str(error))
            return
        for handler in self._signals.get(name, ()):
            try:
                await handler(signal)
            except Exception:
                log.exception("signal handler failed", signal=name)

    def _note_unknown(self, name: str) -> None:
        """Log an unknown signal, once for each name. A newer node may send such signals."""
        if name not in self._unknown and len(self._unknown) < MOST_UNKNOWN:
            self._unknown.add(name)
            log.info("unknown signal ignored", signal=name)
