"""The members of each room on this node, and the delivery of events to them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

import socketio

from server.realtime.outgoing import Encoded

# The most callbacks of `call` and `emit(callback=...)` that may wait for one client. Above it the
# oldest is forgotten.
MAX_CALLBACKS = 32


NO_MEMBERS: dict[Any, Any] = {}
# An event for up to MOST_DELIVERED_AT_ONCE sockets is delivered in one turn of the event loop. For
# more sockets it may take several turns, with DELIVERY_SLICE seconds of each.
MOST_DELIVERED_AT_ONCE = 2_000
DELIVERY_SLICE = 0.003


class Membership(socketio.AsyncManager):
    """The base of every client manager: python-socketio's manager with these differences.

    A client that is gone leaves nothing behind, and a late call cannot bring it back. An event is
    encoded once for all its recipients on this node. Every socket gets the events emitted on this
    node in the order in which they were emitted, each at most once: a socket that is gone, or
    whose client reads too slowly, misses them.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Held by an event that takes several turns, so that later events reach every socket later.
        self._turns = asyncio.Lock()
        self._joined: dict[tuple[str, str], set[str | None]] = {}
        # The sockets of large rooms as lists, which take milliseconds to build. A list is dropped
        # when a socket enters or leaves the room.
        self._crowds: dict[tuple[str, str | None], list[str]] = {}

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
        """Emit to sockets of this node. Takes the arguments of python-socketio's ``emit``.

        Returns once the packets are handed to the sockets, not when clients have received them.
        """
        await self.deliver_packet(
            lambda: self.encode(event, data, namespace), namespace, to or room, skip_sid
        )

    def encode(self, event: str, data: Any, namespace: str) -> Encoded:
        """An event as all its recipients get it."""
        args = list(data) if isinstance(data, tuple) else [] if data is None else [data]
        packet: Encoded = self.server.encode_event(event, args, namespace)
        return packet

    async def deliver_packet(
        self,
        encoded: Callable[[], Encoded],
        namespace: str,
        room: Any,
        skip_sid: str | list[str] | None = None,
    ) -> None:
        """Send a packet to sockets of this node. It is encoded only if there are any."""
        recipients = self._recipients(namespace, room)
        skipped = self._transports(namespace, skip_sid) if skip_sid else set()
        at_once = len(recipients) <= MOST_DELIVERED_AT_ONCE
        if at_once:
            recipients = _without(recipients, skipped)
        if not recipients:
            return
        packet = encoded()
        if at_once and not self._turns.locked():
            self.server.post_to_all(recipients, packet)
            return
        async with self._turns:
            await self._post_in_turns(recipients, skipped, packet)

    async def _post_in_turns(self, recipients: list[str], skipped: set[str], packet: Any) -> None:
        until = perf_counter() + DELIVERY_SLICE
        for start in range(0, len(recipients), MOST_DELIVERED_AT_ONCE):
            part = recipients[start : start + MOST_DELIVERED_AT_ONCE]
            self.server.post_to_all(_without(part, skipped), packet)
            if perf_counter() > until:
                await asyncio.sleep(0)
                until = perf_counter() + DELIVERY_SLICE
        # The next event starts in a turn of its own.
        await asyncio.sleep(0)

    def _recipients(self, namespace: str, room: Any) -> list[str]:
        if room is not None and not isinstance(room, str):
            return [eio_sid for _, eio_sid in self.get_participants(namespace, room)]
        members = self.rooms.get(namespace, NO_MEMBERS).get(room)
        if not members:
            return []
        crowd = self._crowds.get((namespace, room)) if self._crowds else None
        if crowd is None:
            crowd = list(members._fwdm.values())
            if len(crowd) > MOST_DELIVERED_AT_ONCE:
                self._crowds[namespace, room] = crowd
        return crowd

    def _transports(self, namespace: str, sids: str | list[str]) -> set[str]:
        listed = sids if isinstance(sids, list) else [sids]
        return {self.eio_sid_from_sid(sid, namespace) for sid in listed}

    def basic_enter_room(
        self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None
    ) -> None:
        """Add a client to a room. Does nothing if the client has left in the meantime, which the
        caller cannot know."""
        if eio_sid is None and sid not in self.rooms.get(namespace, {}).get(None, {}):
            return
        super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
        self._crowds.pop((namespace, room), None)
        self._joined.setdefault((namespace, sid), set()).add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        super().basic_leave_room(sid, namespace, room)
        self._crowds.pop((namespace, room), None)
        rooms = self._joined.get((namespace, sid))
        if rooms is not None:
            rooms.discard(room)
            if not rooms:
                del self._joined[namespace, sid]

    def basic_disconnect(self, sid: str, namespace: str, **kwargs: Any) -> None:
        # The stock method searches all rooms of the node.
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
        # The stock manager keeps its counter of ids under the key 0.
        if id and id in self.callbacks.get(sid, ()):
            await super().trigger_callback(sid, id, data)

    def _generate_ack_id(self, sid: str, callback: Callable[..., Any]) -> int:
        number: int = super()._generate_ack_id(sid, callback)
        waiting = self.callbacks[sid]
        if len(waiting) > MAX_CALLBACKS + 1:
            del waiting[min(key for key in waiting if key)]
        return number


def _without(eio_sids: list[str], skipped: set[str]) -> list[str]:
    return [each for each in eio_sids if each not in skipped] if skipped else eio_sids


class ChatManager(Membership):
    """The manager for a server of one process."""

    def emit(self, event: str, data: Any, namespace: str, **options: Any) -> Awaitable[None]:
        if options.get("callback"):
            emitted: Awaitable[None] = super().emit(event, data, namespace, **options)
            return emitted
        return self.deliver(event, data, namespace, **options)
