"""Who is in which room on this node, and how an event gets to them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import socketio

# Callbacks of `call` and of `emit(callback=...)` that one client may owe us.
MAX_CALLBACKS = 32


NOBODY: dict[Any, Any] = {}
# Sockets that get an event in one turn of the event loop.
MOST_AT_ONCE = 10_000


class Membership(socketio.AsyncManager):
    """The stock manager, except that nothing of a client that is gone comes back or stays, and
    that an event is encoded once for all who get it here; the base of every client manager."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Held by an event that takes several turns: the next ones come after it everywhere.
        self._turns = asyncio.Lock()
        self._joined: dict[tuple[str, str], set[str | None]] = {}

    async def deliver(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: str | list[str] | None = None,
        to: Any = None,
        **_: Any,
    ) -> None:
        """Emits to sockets of this node. Arguments as python-socketio's ``emit`` has them."""
        eio_sids = self._recipients(namespace, to or room, skip_sid)
        if not eio_sids:
            return
        args = list(data) if isinstance(data, tuple) else [] if data is None else [data]
        packet = self.server.encode_event(event, args, namespace)
        if len(eio_sids) <= MOST_AT_ONCE and not self._turns.locked():
            self.server.post_to_all(eio_sids, packet)
            return
        async with self._turns:
            for start in range(0, len(eio_sids), MOST_AT_ONCE):
                self.server.post_to_all(eio_sids[start : start + MOST_AT_ONCE], packet)
                await asyncio.sleep(0)

    def _recipients(self, namespace: str, room: Any, skip_sid: str | list[str] | None) -> list[str]:
        if not skip_sid and (room is None or isinstance(room, str)):
            members = self.rooms.get(namespace, NOBODY).get(room)
            return list(members._fwdm.values()) if members else []
        skipped = skip_sid if isinstance(skip_sid, list) else [skip_sid]
        found = self.get_participants(namespace, room)
        return [eio_sid for sid, eio_sid in found if sid not in skipped]

    def basic_enter_room(
        self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None
    ) -> None:
        """Does nothing for a client that has left meanwhile: that is no mistake of the caller."""
        if eio_sid is None and sid not in self.rooms.get(namespace, {}).get(None, {}):
            return
        super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
        self._joined.setdefault((namespace, sid), set()).add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        super().basic_leave_room(sid, namespace, room)
        rooms = self._joined.get((namespace, sid))
        if rooms is not None:
            rooms.discard(room)
            if not rooms:
                del self._joined[namespace, sid]

    def basic_disconnect(self, sid: str, namespace: str, **kwargs: Any) -> None:
        # The stock method looks through all rooms of the node.
        for room in list(self._joined.get((namespace, sid), ())):
            self.basic_leave_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)
                if not pending[namespace]:
                    del pending[namespace]

    def get_rooms(self, sid: str, namespace: str) -> list[str]:
        return [room for room in self._joined.get((namespace, sid), ()) if room is not None]

    async def trigger_callback(self, sid: str, id: int, data: list[Any]) -> None:
        # Under 0 the stock manager keeps its counter.
        if id and id in self.callbacks.get(sid, ()):
            await super().trigger_callback(sid, id, data)

    def _generate_ack_id(self, sid: str, callback: Callable[..., Any]) -> int:
        number: int = super()._generate_ack_id(sid, callback)
        waiting = self.callbacks[sid]
        if len(waiting) > MAX_CALLBACKS + 1:
            del waiting[min(key for key in waiting if key)]
        return number


class ChatManager(Membership):
    """For one process."""

    def emit(self, event: str, data: Any, namespace: str, **options: Any) -> Awaitable[None]:
        if options.get("callback"):
            emitted: Awaitable[None] = super().emit(event, data, namespace, **options)
            return emitted
        return self.deliver(event, data, namespace, **options)
