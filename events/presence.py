"""Sends presence to the sockets of this node that watch it, and renews its devices' leases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from events.catalogue import PresenceChanged
from events.connections import ROOMS, Client, Connections
from events.publisher import Publisher
from events.sockets import Sockets
from server.kernel import wire
from server.kernel.clock import now_ms
from server.kernel.errors import Unavailable
from server.kernel.tasks import Tasks
from server.presence.entity import HIDDEN_PRESENCE, Presence
from server.presence.usecase import AWAY_AFTER, PresenceBook

# Watched users are read in groups of this size.
WATCHED_AT_ONCE = 500


class PresenceFeed:
    """Sends the presence of users to the sockets that watch them.

    A signal only says that a user's presence may have changed; the presence itself is always read
    from the leases. So a lost signal delays an update by a few seconds, until the next sweep.
    """

    def __init__(
        self,
        book: PresenceBook,
        connections: Connections,
        sockets: Sockets,
        publisher: Publisher,
        tasks: Tasks,
    ) -> None:
        self._book = book
        self._connections = connections
        self._sockets = sockets
        self._publisher = publisher
        self._tasks = tasks
        # By user id: the sockets that asked to watch the user, and those of them that may.
        self._asked: dict[str, set[Client]] = {}
        self._watchers: dict[str, set[Client]] = {}
        self._told: dict[str, Presence] = {}

    async def arrive(self, client: Client) -> None:
        await self._book.renew_devices({client.user_id: self._connections.devices(client.user_id)})
        await self._publisher.presence(client.user_id)

    async def depart(self, client: Client) -> None:
        """Handle the end of a socket. If its device has no other socket, release its lease."""
        self._unwatch(client)
        if client.device in self._connections.devices(client.user_id):
            return
        await self._book.release_device(client.user_id, client.device)
        await self._publisher.presence(client.user_id)

    def active(self, client: Client) -> None:
        """Note that an event came from a socket: its device is active."""
        now = now_ms()
        was_away = now - client.active_at >= AWAY_AFTER
        client.active_at = now
        if was_away:
            self._tasks.start(self.arrive(client))

    async def renew(self) -> None:
        """Renew the leases of this node's devices. It has to run more often than leases end."""
        users = list(self._connections.users)
        for start in range(0, len(users), WATCHED_AT_ONCE):
            group = users[start : start + WATCHED_AT_ONCE]
            await self._book.renew_devices(
                {user: self._connections.devices(user) for user in group}
            )

    async def watch(self, client: Client, user_ids: list[str]) -> dict[str, Presence]:
        """Replace the list of users that a socket watches. Returns the presence of each, as far as
        the socket's user may see it."""
        async with client.looking:
            if client.sid not in self._connections.clients:
                return {}
            self._unwatch(client)
            watching = client.watching = list(dict.fromkeys(user_ids))
            for user_id in watching:
                self._asked.setdefault(user_id, set()).add(client)
            visible = await self._book.visible_presence(client.user_id, watching)
            # The client may have gone, or may watch other users, by now.
            if client.watching is watching:
                for user_id in visible:
                    self._watchers.setdefault(user_id, set()).add(client)
        await self._learn(visible)
        return {user_id: visible.get(user_id, HIDDEN_PRESENCE) for user_id in watching}

    def _unwatch(self, client: Client) -> None:
        for user_id in client.watching:
            _discard(self._asked, user_id, client)
            self._blind(client, user_id)
        client.watching = []

    def _blind(self, client: Client, user_id: str) -> None:
        _discard(self._watchers, user_id, client)
        if user_id not in self._watchers:
            self._told.pop(user_id, None)

    async def refresh(self, user_ids: Iterable[str]) -> None:
        """Read the presence of those users who are watched here, and send what has changed."""
        watched = [user_id for user_id in user_ids if user_id in self._watchers]
        for start in range(0, len(watched), WATCHED_AT_ONCE):
            await self._learn(await self._book.statuses(watched[start : start + WATCHED_AT_ONCE]))

    async def sweep_leases(self) -> None:
        await self.refresh(list(self._watchers))

    async def repair(self) -> None:
        """Read again who may see whom, and who is online: signals may have been missed."""
        for client in list(self._connections.clients.values()):
            if client.watching:
                await self._look_again(client)
        await self.sweep_leases()

    async def _learn(self, found: Mapping[str, Presence]) -> None:
        """Send changed presence to those who watch it here. Usually only few of many users have
        changed, and only sending those is waited for."""
        for user_id in [each for each, presence in found.items() if self._is_news(each, presence)]:
            sids = [client.sid for client in self._watchers.get(user_id, ())]
            await self._tell(sids, user_id, found[user_id])

    def _is_news(self, user_id: str, presence: Presence) -> bool:
        if user_id not in self._watchers:
            return False
        before = self._told.get(user_id)
        self._told[user_id] = presence
        return before is not None and before.status != presence.status

    async def _tell(self, sids: list[str], user_id: str, presence: Presence) -> None:
        told = PresenceChanged(
            user_id=user_id, status=presence.status, last_seen_at=presence.last_seen_at
        )
        if sids:
            await self._sockets.tell("presence", wire.plain(told), ROOMS, room=sids)

    def watchers(self, user_id: str) -> set[Client]:
        """The sockets on this node that watch a user and may see them."""
        return set(self._watchers.get(user_id, ()))

    def estranged(self, user_id: str, other_id: str) -> None:
        """Check again whether two users may see each other: one has blocked or unblocked the
        other."""
        for one, other in ((user_id, other_id), (other_id, user_id)):
            watching = self._asked.get(other, set())
            self._reconsider(c for c in self._connections.of_user(one, ROOMS) if c in watching)

    def acquainted(self, user_id: str) -> None:
        """Check again who may see a user who has joined or left a room."""
        mine = self._connections.of_user(user_id, ROOMS)
        self._reconsider({*mine, *self._asked.get(user_id, ())})

    def _reconsider(self, clients: Iterable[Client]) -> None:
        for client in clients:
            if client.watching and not client.unsure:
                client.unsure = True
                self._tasks.start(self._look_again(client))

    async def _look_again(self, client: Client) -> None:
        async with client.looking:
            client.unsure = False
            watching = client.watching
            visible = await self._book.visible_presence(client.user_id, watching)
            for user_id in watching:
                saw = client in self._watchers.get(user_id, ())
                if client.watching is watching and saw != (user_id in visible):
                    await self._reveal(client, user_id, visible.get(user_id))

    async def _reveal(self, client: Client, user_id: str, presence: Presence | None) -> None:
        """Show a socket a user whom it did not see before. Without a presence: hide the user."""
        if presence:
            await self._learn({user_id: presence})
            self._watchers.setdefault(user_id, set()).add(client)
            self._told[user_id] = presence
        else:
            self._blind(client, user_id)
        await self._tell([client.sid], user_id, presence or HIDDEN_PRESENCE)

    async def release_all(self) -> None:
        """Release the leases of all devices of this node, which shuts down."""
        for user_id in list(self._connections.users):
            for device in self._connections.devices(user_id):
                try:
                    await self._book.release_device(user_id, device)
                except Unavailable:
                    return


def _discard(index: dict[str, set[Client]], user_id: str, client: Client) -> None:
    clients = index.get(user_id, set())
    clients.discard(client)
    if not clients:
        index.pop(user_id, None)
