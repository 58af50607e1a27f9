"""The use case ``sync``: a client sends the versions that it has, and gets the changes that it
lacks. Any node can answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, Protocol

from msgspec import Meta, Struct, structs

from server.auth.entity import User
from server.history.entity import Message
from server.kernel import wire
from server.kernel.wire import Count, Id, Payload
from server.rooms.entity import Room
from server.rooms.outcomes import Seat
from server.rooms.rules import seen_blocked
from server.sync.entity import RoomReads, RoomSync, SyncAnswer

MOST_ROOMS = 1_000
MOST_CHANGES = 200
MOST_HEADS = 200
# The number of rooms whose changes are read together.
ROOMS_AT_ONCE = 20


class Sync(Payload):
    long_answer = True

    rooms: Annotated[dict[Id, Count], Meta(max_length=MOST_ROOMS)]
    scope: Literal["all", "listed"] | None = None

    @property
    def cost(self) -> int:
        return 1 + len(self.rooms) // 50


class Behind(Struct, frozen=True):
    """A room of which the client has an older version: the room as it is now, and the client's
    version. ``blocked``: it is a direct room where either user has blocked the other."""

    room: Room
    peer_id: str | None
    version: int
    blocked: bool


class HeldRoom(Struct, frozen=True):
    """A room that the client named and the user is a member of. ``behind`` is None if nothing
    changed."""

    room_id: str
    reads: RoomReads
    behind: Behind | None


class Changes(Struct, frozen=True):
    """The changes of a room. A list with more than MOST_CHANGES entries has one entry too many, and
    shows that there are too many changes."""

    messages: list[Message]
    seats: list[Seat]
    gone: list[str]

    @property
    def too_many(self) -> bool:
        return max(len(self.messages), len(self.seats), len(self.gone)) > MOST_CHANGES


class SyncStore(Protocol):
    """Reads rooms and changes as last committed; it changes nothing. The methods do not share a
    transaction. All raise ``Unavailable`` when the database cannot be reached."""

    async def epoch(self) -> str: ...

    async def held(self, user_id: str, versions: dict[str, int]) -> list[HeldRoom]:
        """The named rooms that the user is a member of, the latest activity first."""
        ...

    async def readable(self, since: dict[str, int]) -> dict[str, int]:
        """Those of the rooms whose changed messages are few and small enough to read."""
        ...

    async def changes(self, user_id: str, since: dict[str, int]) -> dict[str, Changes]: ...

    async def heads(
        self, user_id: str, without: list[str], limit: int
    ) -> list[tuple[Room, str | None]]:
        """The user's other rooms, the latest activity first, each with the peer's id if it is a
        direct room."""
        ...


class SyncPeople(Protocol):
    """Users by id. Ids that no user has are left out; deleted users are included."""

    async def find_users(self, ids: Iterable[str]) -> dict[str, User]: ...


class Synchronizer:
    def __init__(self, store: SyncStore, people: SyncPeople) -> None:
        self._store = store
        self._people = people

    async def sync(self, user_id: str, wanted: Sync) -> SyncAnswer:
        """Returns the changes since the client's versions, at least once each. The rooms are read
        before their changes, so an answer never has a version without its changes. It may contain a
        change again that the client already has; clients ignore it."""
        epoch = await self._store.epoch()
        held = await self._store.held(user_id, wanted.rooms) if wanted.rooms else []
        heads, has_more = await self._heads(user_id, wanted)
        inside = {each.room_id for each in held}
        left = [room_id for room_id in wanted.rooms if room_id not in inside]
        reads = {each.room_id: each.reads for each in held}
        budget = _Budget(wire.MAX_ANSWER_BYTES - len(wire.encode((left, reads))))
        rooms, more = await self._changed(user_id, held, budget)
        if not more:
            for head in heads:
                if not budget.take(head):
                    more = True
                    break
                rooms.append(head)
        return SyncAnswer(
            epoch=epoch, rooms=rooms, left=left, reads=reads, more=more, has_more=has_more
        )

    async def _heads(self, user_id: str, wanted: Sync) -> tuple[list[RoomSync], bool]:
        if wanted.scope == "listed":
            return [], False
        found = await self._store.heads(user_id, list(wanted.rooms), MOST_HEADS + 1)
        users = await self._people.find_users(peer for _, peer in found if peer)
        heads = [
            RoomSync(_with_peer(room, peer, users), [], [], [], False)
            for room, peer in found[:MOST_HEADS]
        ]
        return heads, len(found) > MOST_HEADS

    async def _changed(
        self, user_id: str, held: list[HeldRoom], budget: _Budget
    ) -> tuple[list[RoomSync], bool]:
        """The changes of the rooms that the client has, and whether the answer is full."""
        behind = [each.behind for each in held if each.behind]
        done: list[RoomSync] = []
        for start in range(0, len(behind), ROOMS_AT_ONCE):
            chunk = behind[start : start + ROOMS_AT_ONCE]
            for entry in await self._entries(user_id, chunk):
                if not budget.take(entry):
                    return done, True
                done.append(entry)
        return done, False

    async def _entries(self, user_id: str, chunk: list[Behind]) -> list[RoomSync]:
        since = await self._store.readable({each.room.id: each.version for each in chunk})
        changes = await self._store.changes(user_id, since) if since else {}
        user_ids = {seat.user_id for change in changes.values() for seat in change.seats}
        users = await self._people.find_users(
            user_ids | {each.peer_id for each in chunk if each.peer_id}
        )
        entries = []
        for each in chunk:
            change, room = changes.get(each.room.id), _with_peer(each.room, each.peer_id, users)
            entry = RoomSync(room, [], [], [], False)
            if change and not change.too_many:
                seats = seen_blocked(change.seats, user_id) if each.blocked else change.seats
                members = [seat.member(users[seat.user_id]) for seat in seats]
                messages = sorted(change.messages, key=lambda message: message.seq)
                full = RoomSync(room, messages, members, change.gone, True)
                # A room whose changes alone would exceed an answer is read page by page instead.
                entry = full if len(wire.encode(full)) <= wire.MAX_ANSWER_BYTES // 2 else entry
            entries.append(entry)
        return entries


class _Budget:
    """The bytes left in an answer. The first entry always fits, so that each call makes
    progress."""

    def __init__(self, left: int) -> None:
        self._left = left
        self._empty = True

    def take(self, entry: RoomSync) -> bool:
        self._left -= len(wire.encode(entry))
        fits = self._left >= 0 or self._empty
        self._empty = False
        return fits


def _with_peer(room: Room, peer_id: str | None, users: dict[str, User]) -> Room:
    return structs.replace(room, peer=users.get(peer_id)) if peer_id else room
