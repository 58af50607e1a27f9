"""What every node does when something happened anywhere: the other end of the publisher."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from events.catalogue import Gone, RoomLeft
from events.connections import ROOMS, Connections
from events.feeds import ReadFeed, UnreadFeed
from events.notices import NoticeFeed
from events.presence import PresenceFeed
from events.sockets import Sockets
from events.typing import TypingFeed
from server.backends.managers import SIGNALS
from server.kernel import wire
from server.kernel.errors import Unavailable
from server.kernel.tasks import Tasks

Learn = Callable[[Collection[str]], None]
VersionOf = Callable[[str], Awaitable[int]]

# Seconds to wait for a database that is away.
RETRY = 1.0


class Signals:
    """Watches all that passes through the client manager; see ``Observer`` there.

    Nothing here reads the database or waits for anything but the queues of local sockets: it
    runs where events are delivered, and what takes longer becomes a task.
    """

    def __init__(
        self,
        connections: Connections,
        sockets: Sockets,
        *,
        reads: ReadFeed,
        unread: UnreadFeed,
        typing: TypingFeed,
        notices: NoticeFeed,
        presence: PresenceFeed,
        learn: Learn,
        version_of: VersionOf,
        tasks: Tasks,
    ) -> None:
        self._connections = connections
        self._sockets = sockets
        self._reads = reads
        self._unread = unread
        self._typing = typing
        self._notices = notices
        self._presence = presence
        self._learn = learn
        self._version_of = version_of
        # By room: who got in just now, and the version of the room that they were told.
        self._arrived: dict[str, dict[str, int]] = {}
        self._tasks = tasks
        self._signals: dict[str, Callable[..., Awaitable[None]]] = {
            "created": self._created,
            "joined": self._joined,
            "left": self._left,
            "room_deleted": self._room_deleted,
            "read": self._read,
            "room_me": self._room_me,
            "notified": self._notified,
            "notifications_read": self._notifications_read,
            "typing": self._typed,
            "presence": self._presence_changed,
            "blocks": self._blocks_changed,
            "parted": self._parted,
            "user_updated": self._user_updated,
            "revoked": self._revoked,
            "resync": self.resync,
        }

    async def observe(self, namespace: str, event: str, data: Any) -> None:
        if namespace == SIGNALS:
            # A newer node may signal what this one does not know.
            if handler := self._signals.get(event):
                await handler(**data)
        elif event == "message_created":
            self._message_created(data)
        elif event == "message_updated" and data["change"] in ("deleted", "edited"):
            # An edit may have changed whom it mentions.
            self._unread.room_changed(data["room_id"])

    def _message_created(self, data: dict[str, Any]) -> None:
        message = data["message"]
        room_id, author_id = data["room_id"], message["author_id"]
        self._typing.message(room_id, author_id)
        # Sending moved the author's mark.
        self._reads.note(room_id, author_id, message["seq"])
        self._unread.room_changed(room_id)

    async def _joined(self, user_id: str, room_id: str, version: int, room: dict[str, Any]) -> None:
        if self._connections.join(user_id, room_id, version):
            await self._sockets.tell_user("room_joined", {"room": room}, user_id)
            self._unread.user_changed(room_id, user_id)
            self._check_arrival(room_id, user_id, room["version"])
        self._presence.acquainted(user_id)

    async def _created(self, room: dict[str, Any], seats: dict[str, dict[str, Any]]) -> None:
        """A group, with what each of its first members has there."""
        for user_id, me in seats.items():
            await self._joined(user_id, room["id"], room["version"], room | {"me": me})

    def _check_arrival(self, room_id: str, user_id: str, version: int) -> None:
        if room_id not in self._arrived:
            self._arrived[room_id] = {}
            self._tasks.start(self._catch_up(room_id))
        self._arrived[room_id][user_id] = version

    async def _catch_up(self, room_id: str) -> None:
        """What happened in a room after it was read for ``room_joined``, and before the sockets
        came into it, was told to the others alone."""
        arrived = self._arrived.pop(room_id)
        try:
            current = await self._version_of(room_id)
        except Unavailable:
            # Nobody knows; better once too often.
            current = max(arrived.values()) + 1
        for user_id, version in arrived.items():
            if version < current:
                await self._sockets.tell_user("resync", {}, user_id)

    async def _left(self, user_id: str, room_id: str, version: int, reason: Gone) -> None:
        if self._connections.leave(user_id, room_id, version):
            left = RoomLeft(room_id=room_id, version=version, reason=reason)
            await self._sockets.tell_user("room_left", wire.plain(left), user_id)
            self._unread.user_changed(room_id, user_id)
        self._presence.acquainted(user_id)

    async def _room_deleted(self, room_id: str, version: int) -> None:
        for user_id in self._connections.users_in(room_id):
            await self._left(user_id, room_id, version, "deleted")

    async def _read(self, room_id: str, user_id: str, last_read_seq: int) -> None:
        self._reads.note(room_id, user_id, last_read_seq)
        self._unread.user_changed(room_id, user_id)

    async def _room_me(self, room_id: str, user_id: str, me: dict[str, Any]) -> None:
        data = {"room_id": room_id, "me": me}
        await self._sockets.tell_user("room_me", data, user_id)

    async def _notified(
        self, room_id: str, cause: str, user_ids: list[str], everyone: int | None
    ) -> None:
        self._notices.note(room_id, cause, user_ids, everyone)

    async def _notifications_read(
        self, user_id: str, ids: list[str] | None, up_to: str | None
    ) -> None:
        await self._notices.tell_read(user_id, ids, up_to)

    async def _typed(self, room_id: str, user_id: str, device: str, typing: bool) -> None:
        self._typing.note(room_id, user_id, device, typing)

    async def _presence_changed(self, user_id: str) -> None:
        self._tasks.start(self._presence.refresh([user_id]))

    async def _blocks_changed(self, user_id: str, other_id: str) -> None:
        self._presence.estranged(user_id, other_id)

    async def _parted(self, room_id: str) -> None:
        self._typing.parted(room_id)

    async def _user_updated(self, user: dict[str, Any], room_ids: list[str]) -> None:
        """Once for each socket, however many rooms are shared."""
        people = {user["id"]}.union(*map(self._connections.users_in, room_ids))
        clients = self._presence.watchers(user["id"])
        for user_id in people:
            clients.update(self._connections.of_user(user_id, ROOMS))
        if sids := [client.sid for client in clients]:
            await self._sockets.tell("user_updated", {"user": user}, ROOMS, room=sids)

    async def _revoked(self, session_ids: list[str]) -> None:
        self._learn(session_ids)
        clients = self._connections.of_sessions(session_ids)
        for client in clients:
            # From this moment on; the goodbyes take a little longer.
            client.closing = True
        if clients:
            self._tasks.start(self._sockets.close(clients, "unauthenticated"))

    async def resync(self) -> None:
        """This node may have missed something: it repairs what it holds, and says so."""
        self._tasks.start(self._repair())

    async def _repair(self) -> None:
        await self._sockets.tell("resync", {}, ROOMS)
        await self.check_rooms()
        await self._presence.repair()

    async def check_rooms(self) -> None:
        """Everybody's rooms anew: news of who joined or left may have been lost on the way. Who
        syncs is checked at once; this is for those who do not."""
        for user_id in list(self._connections.users):
            while True:
                try:
                    await self._connections.load(user_id)
                    break
                except Unavailable:
                    await asyncio.sleep(RETRY)
