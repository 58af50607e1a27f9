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
N = TypeVar("N", bound=msgspec.Struct)

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
        # By event: the type of what its handlers need of its data.
        self._needs: dict[str, type[Any]] = {}
        self._unknown: set[str] = set()
        self._malformed = Seldom()

    def on_signal(self, kind: type[S], handler: Callable[[S], Awaitable[None]]) -> None:
        """Call ``handler`` for each signal of type ``kind``. It must not wait for the database or
        Redis, because all later events and signals wait for it."""
        self._signals.setdefault(SIGNAL_NAMES[kind], []).append(handler)

    def on_event(self, event: str, needs: type[N], handler: Callable[[N], None]) -> None:
        """Call ``handler`` for each event of that name. It gets those fields of the data that the
        type ``needs`` has, which is the same for all handlers of an event."""
        self._needs[event] = needs
        self._events.setdefault(event, []).append(handler)

    def digest(self, event: str, data: Any) -> Any:
        """The manager's ``digest``: the fields of an event that handlers need, for another node.
        None if the event has no handler."""
        needs = self._needs.get(event)
        if needs is None:
            return None
        return msgspec.to_builtins(msgspec.convert(data, needs, from_attributes=True))

    async def observe(self, namespace: str, event: str, data: Any) -> None:
        """The manager's ``observer``. Never raises, except if the task is cancelled."""
        if namespace == SIGNALS:
            await self._take_signal(event, data)
            return
        if event in self._needs:
            self._take_event(event, data)

    def _take_event(self, event: str, data: Any) -> None:
        try:
            needed = msgspec.convert(data, self._needs[event], from_attributes=True)
        except msgspec.ValidationError as error:
            if self._malformed.is_due():
                log.warning("malformed event", event_name=event, why=str(error))
            return
        for handler in self._events[event]:
            try:
                handler(needed)
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
