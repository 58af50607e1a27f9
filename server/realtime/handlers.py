"""Calls into the application: whatever goes wrong in a handler ends here, with an answer."""

from __future__ import annotations

import asyncio
from math import ceil
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from socketio.exceptions import ConnectionRefusedError as Refused

from server.kernel.errors import ChatError, Internal, Invalid, RateLimited

if TYPE_CHECKING:
    from server.realtime.namespaces import NamespaceServer

log = structlog.get_logger(__name__)

NOTHING: dict[str, Any] = {}
UNAVAILABLE = {"message": "unavailable", "data": {"code": "unavailable"}}
INTERNAL = {"message": "internal", "data": {"code": "internal"}}

# What Socket.IO clients and servers tell themselves; "*" is python-socketio's catch-all.
RESERVED = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "error"}
    | {"newListener", "removeListener", "*"}
)
DISCONNECT_TIMEOUT = 10.0


class EventHandler(Protocol):
    """A namespace that takes all its events in one place.

    The value is the ack's one argument. An event that could not be read comes as ``""`` with a
    ``ChatError`` as its argument; a client's own ``""`` never has one.
    """

    async def handle_event(self, sid: str, event: str, args: list[Any]) -> Any: ...


class FloodHandler(Protocol):
    """A namespace that has a last word for a client that is closed because it does not stop."""

    async def handle_flood(self, sid: str) -> None: ...


async def admit(sio: NamespaceServer, sid: str, namespace: str, auth: Any) -> dict[str, Any] | None:
    """None when the connect handler returned True in time, else what the client is told."""
    environ = sio.environ[sio.eio_sid(sid, namespace)]
    try:
        async with asyncio.timeout(sio.admit_timeout) as deadline:
            answer = await _ask(sio, namespace, sid, environ, auth)
    except Refused as refused:
        return refused.error_args
    except ChatError as error:
        return {"message": error.message, "data": shown(error)}
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
    log.warning("connect handler did not say yes", namespace=namespace, late=deadline.expired())
    return UNAVAILABLE


async def answer(sio: NamespaceServer, sid: str, namespace: str, data: list[Any]) -> list[Any]:
    """The arguments of the ack for one event."""
    try:
        result, whole = _call(sio, sid, namespace, data[0], data[1:])
        if isinstance(result, CoroutineType):
            result = await result
        return [result] if whole else _arguments(sio, result)
    except ChatError as error:
        return [{"ok": False, "error": shown(error)}]
    except asyncio.CancelledError:
        if _is_cancelled():
            raise
        log.warning("event handler was cancelled", namespace=namespace)
    except Exception:
        log.exception("event handler failed", namespace=namespace)
    return [{"ok": False, "error": shown(Internal())}]


def wait_a_moment(seconds: float) -> list[Any]:
    """The ack's arguments for an event that came too early."""
    error = RateLimited(retry_after=max(1, ceil(seconds)))
    return [{"ok": False, "error": shown(error)}]


async def tell_flood(sio: NamespaceServer, sid: str, namespace: str) -> None:
    """A last word from the application to a client that is about to be closed."""
    door = sio.namespace_handlers.get(namespace)
    if not hasattr(door, "handle_flood"):
        return
    try:
        async with asyncio.timeout(DISCONNECT_TIMEOUT):
            await door.handle_flood(sid)
    except Exception:
        log.exception("flood handler failed", namespace=namespace)


async def leave(sio: NamespaceServer, sid: str, namespace: str, reason: str) -> None:
    """Tell the application that a client it said yes to is gone."""
    try:
        async with asyncio.timeout(DISCONNECT_TIMEOUT):
            await sio._trigger_event("disconnect", namespace, sid, reason)
    except asyncio.CancelledError:
        if _is_cancelled():
            raise
        log.warning("disconnect handler was cancelled", namespace=namespace)
    except Exception:
        log.exception("disconnect handler failed", namespace=namespace)


def shown(error: ChatError) -> dict[str, Any]:
    """A refusal as acks and connect errors show it."""
    fields = {"field": error.field, "retry_after": error.retry_after}
    given = {name: value for name, value in fields.items() if value is not None}
    return {"code": error.code, "message": error.message, **given}


async def _ask(sio: NamespaceServer, namespace: str, *told: Any) -> Any:
    """A connect handler need not take the client's ``auth`` where there is none."""
    try:
        return await sio._trigger_event("connect", namespace, *told)
    except TypeError as error:
        if told[-1] is not None:
            raise
        try:
            return await sio._trigger_event("connect", namespace, *told[:-1])
        except TypeError:
            raise error from None


def _call(
    sio: NamespaceServer, sid: str, namespace: str, event: str, args: list[Any]
) -> tuple[Any, bool]:
    """What the application's handler returns, and whether that is the ack's one argument."""
    door: EventHandler | None = sio.namespace_handlers.get(namespace)
    if door is not None and hasattr(door, "handle_event"):
        return door.handle_event(sid, event, args), True
    if args and isinstance(args[0], ChatError):
        raise args[0]
    if event in RESERVED:
        raise Invalid("this event's name is reserved")
    handler = sio.handlers.get(namespace, NOTHING).get(event)
    if handler is not None:
        # As the stock way has it, which looks for more, and longer.
        return handler(sid, *args), False
    return sio._trigger_event(event, namespace, sid, *args), False


def _arguments(sio: NamespaceServer, result: Any) -> list[Any]:
    if result is sio.not_handled:
        raise Invalid("there is no such event")
    if result is None:
        return []
    return list(result) if isinstance(result, tuple) else [result]


def _is_cancelled() -> bool:
    """Whether the cancellation is of this task, not of something that the handler waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
