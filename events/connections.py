"""The sockets of this node, their users, and the rooms whose events they get."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from server.kernel.caller import Identity
from server.kernel.clock import now_ms

ROOMS = "/rooms"
NOTIFICATIONS = "/notifications"
# Where nothing is said: see ``events/lobby.py``.
LOBBY = "/"

RoomsOf = Callable[[str], Awaitable[list[tuple[str, int]]]]


@dataclass(eq=False, kw_only=True)
class Client:
    """One namespace of one connection. ``device`` identifies the connection, which both namespaces
    share. ``expires_at`` and ``active_at`` are in milliseconds."""

    sid: str
    device: str
    namespace: str
    user_id: str
    session_id: str
    expires_at: int
    # The client's IP address.
    address: str | None = None
    active_at: int = field(default_factory=now_ms)
    warned: bool = False
    # True while the client is being disconnected: its events are refused.
    closing: bool = False
    watching: list[str] = field(default_factory=list)
    # ``looking`` is held while the server finds out whom of ``watching`` the client may see.
    # ``unsure`` is True if that may have changed and has to be done again.
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    unsure: bool = False


@dataclass(eq=False)
class LocalUser:
    """A user with sockets on this node.

    ``rooms`` and ``left`` map the ids of rooms that the user is in or has left to the version of
    the user's seat. So nodes that hear of joining and leaving in different orders reach the same
    result: the highest version counts.
    """

    user_id: str
    clients: set[Client] = field(default_factory=set)
    rooms: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    loading: asyncio.Lock = field(default_factory=asyncio.Lock)


def socket_room(room_id: str) -> str:
    return f"room:{room_id}"


class Connections:
    """The clients of this node, and the rooms that their sockets are in.

    It holds only what this node knows, in memory; nothing here waits for other nodes. Joining and
    leaving may be reported more than once and in any order. The users and their rooms are this
    node's interest, which the manager tells the other nodes.
    """

    def __init__(self, manager: Any, rooms_of: RoomsOf) -> None:
        self._manager = manager
        self._rooms_of = rooms_of
        self.clients: dict[str, Client] = {}
        self.users: dict[str, LocalUser] = {}
        self._in_room: dict[str, set[str]] = {}

    def add_client(
        self, sid: str, device: str, namespace: str, identity: Identity, address: str | None = None
    ) -> Client:
        client = Client(
            sid=sid,
            device=device,
            namespace=namespace,
            user_id=identity.user_id,
            session_id=identity.session_id,
            expires_at=identity.expires_at,
            address=address,
        )
        self.clients[sid] = client
        user = self.users.get(client.user_id)
        if user is None:
            user = self.users[client.user_id] = LocalUser(client.user_id)
            self._manager.add_interest(client.user_id)
        user.clients.add(client)
        return client

    def remove_client(self, sid: str) -> Client | None:
        """Remove a client. Returns it, or None if it was not known."""
        client = self.clients.pop(sid, None)
        if client is None:
            return None
        user = self.users[client.user_id]
        user.clients.discard(client)
        if not user.clients:
            for room_id in list(user.rooms):
                self._out(user, room_id)
            del self.users[client.user_id]
            self._manager.end_interest(client.user_id)
        return client

    async def load_rooms(self, user_id: str) -> list[str]:
        """Bring a user's rooms in line with the database. Returns the rooms that the user was
        wrongly in and has now been taken out of.

        Changes that arrive while the database is being read may be newer than its answer, so the
        higher version counts. Raises ``Unavailable`` if the database does not answer.
        """
        user = self.users.get(user_id)
        if user is None:
            return []
        async with user.loading:
            before = dict(user.rooms)
            stored = dict(await self._rooms_of(user_id))
            for room_id, version in stored.items():
                if user.left.get(room_id, -1) < version:
                    self._into(user, room_id, version)
            stale = [
                room_id
                for room_id, version in before.items()
                if room_id not in stored and user.rooms.get(room_id) == version
            ]
            for room_id in stale:
                self._out(user, room_id)
            return stale

    def join_room(self, user_id: str, room_id: str, version: int) -> bool:
        """Put a user's sockets into a room. Returns False if the user has no sockets here, or has
        left the room at a later version."""
        user = self.users.get(user_id)
        if user is None or user.left.get(room_id, -1) >= version:
            return False
        self._into(user, room_id, version)
        return True

    def leave_room(self, user_id: str, room_id: str, version: int) -> bool:
        """Take a user's sockets out of a room. Returns False if the user has no sockets here, or if
        a later version is known."""
        user = self.users.get(user_id)
        if user is None or version <= user.left.get(room_id, -1):
            return False
        if user.rooms.get(room_id, -1) > version:
            return False
        user.left[room_id] = version
        self._out(user, room_id)
        return True

    def _into(self, user: LocalUser, room_id: str, version: int) -> None:
        user.rooms[room_id] = max(version, user.rooms.get(room_id, 0))
        inside = self._in_room.get(room_id)
        if inside is None:
            inside = self._in_room[room_id] = set()
            self._manager.add_interest(room_id)
        inside.add(user.user_id)
        for client in user.clients:
            if client.namespace == ROOMS:
                self.enter_room(client, socket_room(room_id))

    def _out(self, user: LocalUser, room_id: str) -> None:
        user.rooms.pop(room_id, None)
        inside = self._in_room.get(room_id, set())
        inside.discard(user.user_id)
        if not inside and self._in_room.pop(room_id, None) is not None:
            self._manager.end_interest(room_id)
        for client in user.clients:
            if client.namespace == ROOMS:
                self.exit(client, socket_room(room_id))

    def enter_room(self, client: Client, room: str) -> None:
        self._manager.basic_enter_room(client.sid, client.namespace, room)

    def exit(self, client: Client, room: str) -> None:
        self._manager.basic_leave_room(client.sid, client.namespace, room)

    def of_user(self, user_id: str, namespace: str | None = None) -> list[Client]:
        user = self.users.get(user_id)
        clients: Iterable[Client] = user.clients if user else ()
        return [c for c in clients if namespace in (None, c.namespace)]

    def of_sessions(self, session_ids: Iterable[str]) -> list[Client]:
        wanted = set(session_ids)
        return [c for c in self.clients.values() if c.session_id in wanted]

    def users_in(self, room_id: str) -> list[str]:
        """The users in a room who have sockets on this node."""
        return list(self._in_room.get(room_id, ()))

    def devices(self, user_id: str) -> dict[str, int]:
        """When each of a user's devices on this node was last active (ms)."""
        found: dict[str, int] = {}
        for client in self.of_user(user_id):
            found[client.device] = max(client.active_at, found.get(client.device, 0))
        return found
