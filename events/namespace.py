"""The base of both namespaces: every event of a client passes through it and is acknowledged.

A subclass declares an event with a method ``on_<event>(self, client, payload)``. The annotation
names the payload's type. The fields of the value it returns become the fields of the ack.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, get_type_hints

import socketio
import structlog
from msgspec import Raw, Struct

from events.connections import Client
from events.gate import Gate, SocketStats
from server.kernel import refusals, wire
from server.kernel.caller import Caller, called_by
from server.kernel.errors import ChatError, Internal, Invalid, NotFound
from server.kernel.ids import new_id
from server.kernel.wire import Payload

log = structlog.get_logger("events")

Handler = Callable[[Client, Any], Awaitable[Any]]


class Door(socketio.AsyncNamespace):  # type: ignore[misc]
    def __init__(self, namespace: str, gate: Gate) -> None:
        super().__init__(namespace)
        self._gate = gate
        self.events: dict[str, tuple[Handler, type[Payload]]] = {}
        for name in dir(self):
            if name.startswith("on_"):
                method = getattr(self, name)
                self.events[name[3:]] = (method, get_type_hints(method)["payload"])

    @property
    def stats(self) -> SocketStats:
        return self._gate.stats

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Handle ``connect`` and ``disconnect``. Events of clients never come this way."""
        if event == "connect":
            return await self._gate.connect(self.namespace, *args)
        if event == "disconnect":
            await self._gate.disconnect(args[0])
        return None

    async def handle_flood(self, sid: str) -> None:
        await self._gate.end_flood(sid)

    async def handle_event(self, sid: str, event: str, args: list[Any]) -> dict[str, Any] | Raw:
        """The ack, whatever happens. Never raises, except when the socket is to be given up."""
        self.stats.events += 1
        client = None
        try:
            client = self._gate.client(sid)
            return await self._answer(client, event, args)
        except ChatError as error:
            self.stats.errors += 1
            return refusals.ack(await self._refusal(client, error))
        except Exception:
            self.stats.errors += 1
            error_id = new_id()
            log.exception("unexpected error", event_name=event, error_id=error_id)
            return refusals.ack(Internal(f"Something went wrong ({error_id})."))

    async def _refusal(self, client: Client | None, error: ChatError) -> ChatError:
        """What a client that is refused with ``error`` is told."""
        if client is not None:
            try:
                await self._gate.count_probe(client.address, error)
            except ChatError as instead:
                return instead
        return error

    async def _answer(self, client: Client, event: str, args: list[Any]) -> Raw:
        await self._gate.limit(client, event)
        if args and isinstance(args[0], ChatError):
            raise args[0]
        handler, kind = self.events.get(event, (None, None))
        if handler is None or kind is None:
            raise NotFound("there is no such event")
        if len(args) > 1:
            raise Invalid("an event has one argument: an object")
        payload: Payload = wire.convert(args[0] if args else {}, kind)
        if payload.cost > 1:
            self._gate.spend(client.user_id, payload.cost - 1)
        if payload.long_answer:
            async with self._gate.turn(client.user_id):
                return await self._run(handler, client, payload)
        return await self._run(handler, client, payload)

    async def _run(self, handler: Handler, client: Client, payload: Payload) -> Raw:
        # The engine gives each client's events a context of their own.
        called_by(Caller(client.address, client.user_id, client.session_id))
        answer = await handler(client, payload)
        # The ack is encoded even if the client asked for none, because the client is charged for
        # its size.
        ack = wire.encode({"ok": True, **_fields(answer)})
        self._gate.charge_answer(client.user_id, len(ack))
        return Raw(ack)


def _fields(answer: Any) -> Mapping[str, Any]:
    if isinstance(answer, Struct):
        return {name: getattr(answer, name) for name in answer.__struct_fields__}
    return answer or {}
