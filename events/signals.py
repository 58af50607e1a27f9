"""What every node does on a signal: the receiving end of the publisher."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from msgspec import structs

from events.catalogue import Gone, RoomJoined, RoomLeft, RoomMeChanged, UserUpdated
from events.connections import ROOMS, Connections
from events.dispatch import Dispatcher
from events.feeds import ReadFeed, UnreadFeed
from events.notification_feed import NotificationFeed
from events.presence import PresenceFeed
from events.signal_catalogue import (
    BlocksSignal,
    CreatedSignal,
    JoinedSignal,
    LeftSignal,
    MessageCreatedFacts,
    MessageUpdatedFacts,
    NoticeEndedSignal,
    NotificationsReadSignal,
    NotifiedSignal,
    PartedSignal,
    PresenceSignal,
    ReadSignal,
    ResyncSignal,
    RevokedSignal,
    RoomDeletedSignal,
    RoomMeSignal,
    TypingSignal,
    UserUpdatedSignal,
)
from events.sockets import Sockets
from events.typing import TypingFeed
from server.kernel import wire
from server.kernel.errors import Unavailable
from server.kernel.tasks import Tasks
from server.rooms.entity import Room

Learn = Callable[[Collection[str]], None]
VersionOf = Callable[[str], Awaitable[int]]

# Seconds to wait before the next attempt if the database does not answer.
RELOAD_RETRY = 1.0


class NodeInterest(Protocol):
    """What the manager tells other nodes to send here, and they this one (see ``RedisManager``)."""

    def expect(self, id: str) -> None: ...
    async def confirmed(self, seconds: float | None = None) -> bool: ...


class Signals:
    """The handlers of all signals, and of those events that change counts, marks or typing.

    They run while events are delivered, so they do not read the database and wait for nothing but
    the queues of local sockets. Longer work runs in a task.
    """

    def __init__(
        self,
        *,
        connections: Connections,
        sockets: Sockets,
        reads: ReadFeed,
        unread: UnreadFeed,
        typing: TypingFeed,
        notifications: NotificationFeed,
        presence: PresenceFeed,
        learn: Learn,
        version_of: VersionOf,
        interest: NodeInterest,
        tasks: Tasks,
    ) -> None:
        self._connections = connections
        self._sockets = sockets
        self._reads = reads
        self._unread = unread
        self._typing = typing
        self._notifications = notifications
        self._presence = presence
        self._learn = learn
        self._version_of = version_of
        self._interest = interest
        # By room: the users who have just joined, and the version of the room that they got.
        self._arrived: dict[str, dict[str, int]] = {}
        self._tasks = tasks
        # Whether a repair is under way, and whether another one has to follow it.
        self._repairing = False
        self._again = False

    def add_to(self, dispatcher: Dispatcher) -> None:
        """Register the handlers. From then on this node handles signals."""
        dispatcher.on_signal(CreatedSignal, self._created)
        dispatcher.on_signal(JoinedSignal, self._joined)
        dispatcher.on_signal(LeftSignal, self._left)
        dispatcher.on_signal(RoomDeletedSignal, self._room_deleted)
        dispatcher.on_signal(ReadSignal, self._read)
        dispatcher.on_signal(RoomMeSignal, self._room_me)
        dispatcher.on_signal(NotifiedSignal, self._notified)
        dispatcher.on_signal(NotificationsReadSignal, self._notifications_read)
        dispatcher.on_signal(NoticeEndedSignal, self._notice_ended)
        dispatcher.on_signal(TypingSignal, self._typed)
        dispatcher.on_signal(PresenceSignal, self._presence_changed)
        dispatcher.on_signal(BlocksSignal, self._blocks_changed)
        dispatcher.on_signal(PartedSignal, self._parted)
        dispatcher.on_signal(UserUpdatedSignal, self._user_updated)
        dispatcher.on_signal(RevokedSignal, self._revoked)
        dispatcher.on_signal(ResyncSignal, self._resync)
        dispatcher.on_event("message_created", MessageCreatedFacts, self._message_created)
        dispatcher.on_event("message_updated", MessageUpdatedFacts, self._message_updated)

    def _message_created(self, facts: MessageCreatedFacts) -> None:
        room_id, author_id = facts.room_id, facts.message.author_id
        if author_id is not None:
            self._typing.message_sent(room_id, author_id)
        self._unread.room_changed(room_id)

    def _message_updated(self, facts: MessageUpdatedFacts) -> None:
        # An edit may change which users the message mentions.
        if facts.change in ("deleted", "edited"):
            self._unread.room_changed(facts.room_id)

    async def _joined(self, signal: JoinedSignal) -> None:
        self._interest.expect(signal.room_id)
        await self._join(signal.user_id, signal.room_id, signal.version, signal.room)

    async def _created(self, signal: CreatedSignal) -> None:
        room = signal.room
        self._interest.expect(room.id)
        for user_id, me in signal.seats.items():
            await self._join(user_id, room.id, room.version, structs.replace(room, me=me))

    async def _join(self, user_id: str, room_id: str, version: int, room: Room) -> None:
        if self._connections.join_room(user_id, room_id, version):
            joined = wire.plain(RoomJoined(room))
            await self._sockets.tell_user("room_joined", joined, user_id)
            self._unread.user_changed(room_id, user_id)
            self._note_arrival(room_id, user_id, room.version)
        self._presence.acquainted(user_id)

    def _note_arrival(self, room_id: str, user_id: str, version: int) -> None:
        if room_id not in self._arrived:
            self._arrived[room_id] = {}
            self._tasks.start(self._catch_up(room_id))
        self._arrived[room_id][user_id] = version

    async def _catch_up(self, room_id: str) -> None:
        """Send ``resync`` to new members whose room has changed since it was read for their
        ``room_joined``. The change was published before their sockets were in the room, or before
        another node knew that this one has members of the room, so they missed it."""
        await self._interest.confirmed()
        arrived = self._arrived.pop(room_id)
        try:
            current = await self._version_of(room_id)
        except Unavailable:
            # The version is not known. An unnecessary resync is better than a missed event.
            current = max(arrived.values()) + 1
        for user_id, version in arrived.items():
            if version < current:
                await self._sockets.tell_user("resync", {}, user_id)

    async def _left(self, signal: LeftSignal) -> None:
        await self._leave(signal.user_id, signal.room_id, signal.version, signal.reason)

    async def _room_deleted(self, signal: RoomDeletedSignal) -> None:
        users = list(self._connections.users_in(signal.room_id))
        self._notifications.room_ended(signal.room_id, users)
        for user_id in users:
            await self._leave(user_id, signal.room_id, signal.version, "deleted")

    async def _leave(self, user_id: str, room_id: str, version: int, reason: Gone) -> None:
        if self._connections.leave_room(user_id, room_id, version):
            left = RoomLeft(room_id=room_id, version=version, reason=reason)
            await self._sockets.tell_user("room_left", wire.plain(left), user_id)
            self._unread.user_changed(room_id, user_id)
        self._presence.acquainted(user_id)

    async def _read(self, signal: ReadSignal) -> None:
        self._reads.note_read(signal.room_id, signal.user_id, signal.last_read_seq)
        self._unread.user_changed(signal.room_id, signal.user_id)

    async def _room_me(self, signal: RoomMeSignal) -> None:
        data = wire.plain(RoomMeChanged(room_id=signal.room_id, me=signal.me))
        await self._sockets.tell_user("room_me", data, signal.user_id)

    async def _notified(self, signal: NotifiedSignal) -> None:
        self._notifications.note_notified(
            signal.room_id, signal.cause, signal.user_ids, signal.everyone
        )

    async def _notifications_read(self, signal: NotificationsReadSignal) -> None:
        await self._notifications.tell_read(signal.user_id, signal.ids, signal.up_to)

    async def _notice_ended(self, signal: NoticeEndedSignal) -> None:
        self._notifications.notice_ended(signal.room_id, signal.notice_id)

    async def _typed(self, signal: TypingSignal) -> None:
        self._typing.note_typing(signal.room_id, signal.user_id, signal.device, signal.typing)

    async def _presence_changed(self, signal: PresenceSignal) -> None:
        self._tasks.start(self._presence.refresh([signal.user_id]))

    async def _blocks_changed(self, signal: BlocksSignal) -> None:
        self._presence.estranged(signal.user_id, signal.other_id)

    async def _parted(self, signal: PartedSignal) -> None:
        self._typing.parted(signal.room_id)

    async def _user_updated(self, signal: UserUpdatedSignal) -> None:
        """Send the profile to each socket once, however many rooms are shared."""
        user = signal.user
        people = {user.id}.union(*map(self._connections.users_in, signal.room_ids))
        clients = self._presence.watchers(user.id)
        for user_id in people:
            clients.update(self._connections.of_user(user_id, ROOMS))
        if sids := [client.sid for client in clients]:
            data = wire.plain(UserUpdated(user))
            await self._sockets.tell("user_updated", data, ROOMS, room=sids)

    async def _revoked(self, signal: RevokedSignal) -> None:
        self._learn(signal.session_ids)
        clients = self._connections.of_sessions(signal.session_ids)
        for client in clients:
            # Refuse the client's events from this moment on; disconnecting takes a little longer.
            client.closing = True
        if clients:
            closing = self._sockets.close(clients, "unauthenticated", reason=signal.why)
            self._tasks.start(closing)

    async def _resync(self, signal: ResyncSignal) -> None:
        await self.resync()

    async def resync(self) -> None:
        """Repair this node's state and tell its clients to sync: signals may have been missed."""
        if self._repairing:
            self._again = True
            return
        self._repairing = True
        self._tasks.start(self._repair_all())

    async def _repair_all(self) -> None:
        try:
            await self._repair()
            while self._again:
                self._again = False
                await self._repair()
        finally:
            self._repairing = False

    async def _repair(self) -> None:
        await self._sockets.tell("resync", {}, ROOMS)
        await self.reload_rooms()
        await self._presence.repair()

    async def reload_rooms(self) -> None:
        """Load the rooms of all users of this node again: signals about joining and leaving may
        have been lost. A client that syncs is checked then; this covers clients that do not."""
        for user_id in list(self._connections.users):
            while True:
                try:
                    await self._connections.load_rooms(user_id)
                    break
                except Unavailable:
                    await asyncio.sleep(RELOAD_RETRY)
