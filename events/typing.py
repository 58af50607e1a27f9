"""Who is typing in which room. A user is typing while at least one of their devices is."""

from __future__ import annotations

import asyncio

from events.catalogue import TypingChanged
from events.connections import ROOMS, Connections, socket_room
from events.feeds import Sizes
from events.sockets import Sockets
from server.kernel import wire
from server.kernel.tasks import Tasks

# Seconds after which a device counts as no longer typing, unless it says so again.
FADES = 6.0

Typist = tuple[str, str]


class TypingFeed:
    """Sends typing to the sockets of this node. Each node keeps its own record, from signals that
    all nodes get, so nothing has to be cleaned up after a node that has died."""

    def __init__(
        self, connections: Connections, sockets: Sockets, sizes: Sizes, tasks: Tasks
    ) -> None:
        self._connections = connections
        self._sockets = sockets
        self._sizes = sizes
        self._tasks = tasks
        self._devices: dict[Typist, dict[str, asyncio.TimerHandle]] = {}
        # The users whom clients were told are typing, and those about whom they are being told now.
        self._told: set[Typist] = set()
        self._telling: set[Typist] = set()

    def note_typing(self, room_id: str, user_id: str, device: str, typing: bool) -> None:
        key = (room_id, user_id)
        if not typing:
            self._stop(key, device)
            return
        devices = self._devices.setdefault(key, {})
        if device in devices:
            devices[device].cancel()
        loop = asyncio.get_running_loop()
        devices[device] = loop.call_later(FADES, self._stop, key, device)
        self._changed(key)

    def message_sent(self, room_id: str, user_id: str) -> None:
        """Stop a user's typing in a room: the user has sent the message."""
        for device in list(self._devices.get((room_id, user_id), {})):
            self._stop((room_id, user_id), device)

    def parted(self, room_id: str) -> None:
        """Stop all typing in a direct room: one member has blocked the other."""
        for key in [key for key in self._devices if key[0] == room_id]:
            self.message_sent(*key)

    def _stop(self, key: Typist, device: str) -> None:
        devices = self._devices.get(key, {})
        timer = devices.pop(device, None)
        if timer is None:
            return
        timer.cancel()
        if not devices:
            del self._devices[key]
            self._changed(key)

    def _changed(self, key: Typist) -> None:
        if key not in self._telling and (key in self._devices) != (key in self._told):
            self._telling.add(key)
            self._tasks.start(self._catch_up(key))

    async def _catch_up(self, key: Typist) -> None:
        """Tell the room until it knows the current state. Only one of these runs for each typist,
        so that the events stay in order."""
        try:
            while (typing := key in self._devices) != (key in self._told):
                if not typing:
                    self._told.discard(key)
                    await self._tell(key, False)
                elif await self._sizes.parted(key[0]):
                    return
                elif key in self._devices:
                    self._told.add(key)
                    await self._tell(key, True)
        finally:
            self._telling.discard(key)

    async def _tell(self, key: Typist, typing: bool) -> None:
        room_id, user_id = key
        own = [client.sid for client in self._connections.of_user(user_id, ROOMS)]
        data = wire.plain(TypingChanged(room_id=room_id, user_id=user_id, typing=typing))
        await self._sockets.tell("typing", data, ROOMS, room=socket_room(room_id), skip_sid=own)
