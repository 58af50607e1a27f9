"""Whatever passes through the client manager, handed to the handlers of this node."""

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

# So many names of unknown signals are remembered as logged.
MOST_UNKNOWN = 100


class Dispatcher:
    """Calls the handlers of signals, and of events that go to clients.

    Handlers of one signal or event are called in the order in which they were added. One that
    raises is logged with its trace, and fails neither the sender nor the other handlers: this is
    the same for what this node sent and for what came from another one.
    """

    def __init__(self) -> None:
        self._signals: dict[str, list[Callable[[Any], Awaitable[None]]]] = {}
        self._events: dict[str, list[Callable[[Any], None]]] = {}
        self._unknown: set[str] = set()
        self._malformed = Seldom()

    def on_signal(self, kind: type[S], handler: Callable[[S], Awaitable[None]]) -> None:
        """``handler`` must not wait for the database or for Redis: it holds up all that comes
        after."""
        self._signals.setdefault(SIGNAL_NAMES[kind], []).append(handler)

    def on_event(self, event: str, handler: Callable[[Any], None]) -> None:
        """``handler`` gets the event's data as the clients get it."""
        self._events.setdefault(event, []).append(handler)

    async def observe(self, namespace: str, event: str, data: Any) -> None:
        """For the manager's ``observer``. Never raises, except when the task is cancelled."""
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
        """A newer node may send what this one does not know: it is said once."""
        if name not in self._unknown and len(self._unknown) < MOST_UNKNOWN:
            self._unknown.add(name)
            log.info("unknown signal ignored", signal=name)
