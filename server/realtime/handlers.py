"""Calls of the application's handlers. Every error in a handler ends here, as a reply."""

from __future__ import annotations

import asyncio
from math import ceil
from types import CoroutineType
from typing import Any, Protocol

import structlog
from socketio.exceptions import ConnectionRefusedError as Refused

from server.kernel import refusals
from server.kernel.errors import ChatError, Internal, Invalid, RateLimited, Unavailable

log = structlog.get_logger(__name__)

NOTHING: dict[str, Any] = {}
UNAVAILABLE = refusals.connect_error(Unavailable("unavailable"))
INTERNAL = refusals.connect_error(Internal("internal"))

# The names of events that Socket.IO uses internally; "*" is python-socketio's catch-all.
RESERVED_EVENTS = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "error"}
    | {"newListener", "removeListener", "*"}
)
DISCONNECT_TIMEOUT = 10.0


class Application(Protocol):
    """The part of ``NamespaceServer`` that this module uses."""

    environ: dict[str | None, Any]
    handlers: dict[str, dict[str, Any]]
    namespace_handlers: dict[str, Any]
    not_handled: object
    admit_timeout: float
    explicit_accept: bool

    def eio_sid(self, sid: str, namespace: str) -> str | None: ...
    async def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any: ...


class EventHandler(Protocol):
    """A namespace that handles all its events in one method.

    It is called for one event of a client at a time, in the order sent. The value it returns
    becomes the only argument of the ack. If it raises ``ChatError``, the client gets that error;
    any other exception is logged and the client gets ``internal``.

    An event that could not be read has the name ``""`` and a ``ChatError`` as its only argument. A
    client can send the name ``""`` too, but never with a ``ChatError``.
    """

    async def handle_event(self, sid: str, event: str, args: list[Any]) -> Any: ...


class FloodHandler(Protocol):
    """A namespace that wants to send something to a client before it is closed for flooding. It has
    ``DISCONNECT_TIMEOUT`` seconds; an exception is logged, and the client is closed anyway."""

    async def handle_flood(self, sid: str) -> None: ...


async def admit(sio: Application, sid: str, namespace: str, auth: Any) -> dict[str, Any] | None:
    """Call the connect handler. Returns None if it admits the client in time, else the data of the
    CONNECT_ERROR that the client gets."""
    if _is_open(sio, namespace):
        return None
    environ = sio.environ[sio.eio_sid(sid, namespace)]
    try:
        async with asyncio.timeout(sio.admit_timeout) as deadline:
            answer = await _ask(sio, namespace, sid, environ, auth)
    except Refused as refused:
        return refused.error_args
    except ChatError as error:
        return refusals.connect_error(error)
    except TimeoutError:
        answer = False
    except asyncio.CancelledError:
        if _is_cancelled():
            raise
        answer = False
    except Exception:
        log.exception("connect handler failed", namespace=namespace)
        return INTERNAL
    said_yes = answer is True if sio.explicit_accept else answer is not False
    if said_yes and not deadline.expired():
        return None
    if answer is False and not sio.explicit_accept and not deadline.expired():
        return Refused().error_args
    log.warning(
        "connect handler did not say yes",
        namespace=namespace,
        late=deadline.expired(),
        option="admit_timeout" if deadline.expired() else "explicit_accept",
    )
    return UNAVAILABLE


def _is_open(sio: Application, namespace: str) -> bool:
    """Whether the namespace has no handlers at all. It can only be entered if the option
    ``namespaces`` names it, and then by everyone."""
    names = {namespace, "*"}
    return names.isdisjoint(sio.handlers) and names.isdisjoint(sio.namespace_handlers)


async def answer(sio: Application, sid: str, namespace: str, data: list[Any]) -> list[Any]:
    """Call the handler of one event. Returns the arguments of its ack; errors are among them."""
    try:
        result, whole = _call(sio, sid, namespace, data[0], data[1:])
        if isinstance(result, CoroutineType):
            result = await result
        return [result] if whole else _arguments(sio, result)
    except ChatError as error:
        return [refusals.ack(error)]
    except asyncio.CancelledError:
        if _is_cancelled():
            raise
        log.warning("event handler was cancelled", namespace=namespace)
    except Exception:
        log.exception("event handler failed", namespace=namespace)
    return [refusals.ack(Internal())]


def wait_a_moment(seconds: float) -> list[Any]:
    """The arguments of the ack for an event that is above the rate limit."""
    error = RateLimited(retry_after=max(1, ceil(seconds)))
    return [refusals.ack(error)]


async def tell_flood(sio: Application, sid: str, namespace: str) -> None:
    """Let the application send something to a client that is about to be closed for flooding."""
    door = sio.namespace_handlers.get(namespace)
    if door is None or not hasattr(door, "handle_flood"):
        return
    try:
        async with asyncio.timeout(DISCONNECT_TIMEOUT):
            await door.handle_flood(sid)
    except Exception:
        log.exception("flood handler failed", namespace=namespace)


async def leave(sio: Application, sid: str, namespace: str, reason: str) -> None:
    """Call the disconnect handler for a client that was admitted. It has ``DISCONNECT_TIMEOUT``
    seconds; an exception is logged."""
    try:
        async with asyncio.timeout(DISCONNECT_TIMEOUT):
            await sio._trigger_event("disconnect", namespace, sid, reason)
    except asyncio.CancelledError:
        if _is_cancelled():
            raise
        log.warning("disconnect handler was cancelled", namespace=namespace)
    except Exception:
        log.exception("disconnect handler failed", namespace=namespace)


async def _ask(sio: Application, namespace: str, *told: Any) -> Any:
    """Call the connect handler. If the client sent no ``auth``, or an empty one, a handler without
    that parameter is called without it."""
    try:
        return await sio._trigger_event("connect", namespace, *told)
    except TypeError as error:
        if told[-1]:
            raise
        try:
            return await sio._trigger_event("connect", namespace, *told[:-1])
        except TypeError:
            raise error from None


def _call(
    sio: Application, sid: str, namespace: str, event: str, args: list[Any]
) -> tuple[Any, bool]:
    """What the handler returns, and whether that is the ack's only argument (``EventHandler``)."""
    door: EventHandler | None = sio.namespace_handlers.get(namespace)
    if door is not None and hasattr(door, "handle_event"):
        return door.handle_event(sid, event, args), True
    if args and isinstance(args[0], ChatError):
        raise args[0]
    if event in RESERVED_EVENTS:
        raise Invalid("this event's name is reserved")
    handler = sio.handlers.get(namespace, NOTHING).get(event)
    if handler is not None:
        # The same as ``_trigger_event`` does, but faster: that looks for other kinds of handlers.
        return handler(sid, *args), False
    return sio._trigger_event(event, namespace, sid, *args), False


def _arguments(sio: Application, result: Any) -> list[Any]:
    if result is sio.not_handled:
        raise Invalid("there is no such event")
    if result is None:
        return []
    return list(result) if isinstance(result, tuple) else [result]


def _is_cancelled() -> bool:
    """Whether this task was cancelled, rather than something that the handler waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
