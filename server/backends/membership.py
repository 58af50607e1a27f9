"""Who is in which room on this node; the base of every client manager here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import socketio

# Callbacks of `call` and of `emit(callback=...)` that one client may owe us.
MAX_CALLBACKS = 32


class ChatManager(socketio.AsyncManager):
    """The stock manager, except that nothing of a client that is gone comes back or stays."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._joined: dict[tuple[str, str], set[str | None]] = {}

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
