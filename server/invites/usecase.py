"""The use cases of invites: every user who has a valid code can join the group."""

from __future__ import annotations

import secrets
from typing import Annotated, Protocol

from msgspec import Meta

from server.invites.entity import Invite, Preview, StoredInvite
from server.invites.rules import check_inviter
from server.kernel import wire
from server.kernel.clock import now_ms, timestamp_or_none
from server.kernel.errors import NotFound
from server.kernel.wire import Page, PageQuery, Payload
from server.rooms.entity import Access, Entry, Member, Room
from server.rooms.outcomes import Admitted

LONGEST_INVITE = 365 * 24 * 3600
MOST_USES = 100_000
# 128 bits, so that a code cannot be guessed.
CODE_BYTES = 16
MOST_CODE = 32


class NewInvite(Payload):
    """``expires_in`` is in seconds. A field that is absent or null sets no limit."""

    expires_in: Annotated[int, Meta(ge=1, le=LONGEST_INVITE)] | None = None
    max_uses: Annotated[int, Meta(ge=1, le=MOST_USES)] | None = None


class InviteStore(Protocol):
    """Stores invites. Each change is one transaction: an error means that nothing was changed. All
    methods raise ``Unavailable`` when the database cannot be reached."""

    async def create_invite(
        self,
        room_id: str,
        user_id: str,
        code: str,
        expires_at: int | None,
        max_uses: int | None,
    ) -> StoredInvite:
        """Raises ``NotFound`` if the user is not a member, ``Forbidden`` if the user may not create
        invites, and ``Conflict`` if there are too many."""
        ...

    async def of_room(self, room_id: str, limit: int, before: int) -> list[StoredInvite]:
        """The room's valid invites, the newest first."""
        ...

    async def revoke_invite(self, code: str, user_id: str) -> None:
        """Raises ``NotFound`` unless the user is an admin or owner of the code's room."""
        ...

    async def preview_invite(self, code: str) -> Preview | None:
        """None if the code is not valid."""
        ...

    async def find_invite(self, code: str, user_id: str) -> tuple[str, Entry] | None:
        """The (room_id, the user's way into the room); None if the code is not valid for the
        user."""
        ...

    async def join_by_invite(self, code: str, user_id: str) -> Admitted:
        """Seats the user and counts one use, together. A user who is a member already changes
        nothing, and no use is counted. Raises ``NotFound`` if the code is not valid."""
        ...


class Doors(Protocol):
    """Access to rooms. ``access`` and ``get_room`` raise ``NotFound`` for a room that the user may
    not see. ``tell_admitted`` publishes, after the commit and at most once, who has joined."""

    async def access(self, room_id: str, user_id: str) -> Access: ...
    async def get_room(self, room_id: str, user_id: str) -> Room: ...
    async def tell_admitted(self, room_id: str, admitted: Admitted) -> list[Member]: ...


class InviteSeats(Protocol):
    async def take_seats(self, user_id: str, count: int) -> None:
        """Takes ``count`` seats from the user's budget. Raises ``RateLimited`` if it has too
        few."""
        ...


class Invites:
    def __init__(
        self, store: InviteStore, rooms: Doors, seats: InviteSeats, public_url: str
    ) -> None:
        self._store = store
        self._rooms = rooms
        self._seats = seats
        self._public_url = public_url

    async def create_invite(self, room_id: str, user_id: str, new: NewInvite) -> Invite:
        access = await self._rooms.access(room_id, user_id)
        check_inviter(access.kind, access.role)
        code = secrets.token_urlsafe(CODE_BYTES)
        expires_at = now_ms() + 1000 * new.expires_in if new.expires_in else None
        return self._shown(
            await self._store.create_invite(room_id, user_id, code, expires_at, new.max_uses)
        )

    async def list_invites(self, room_id: str, user_id: str, query: PageQuery) -> Page[Invite]:
        access = await self._rooms.access(room_id, user_id)
        check_inviter(access.kind, access.role)
        limit = query.size
        (before,) = wire.read_cursor(query.cursor, int) or (wire.MAX_INT,)
        found = await self._store.of_room(room_id, limit + 1, before)
        shown, more = found[:limit], len(found) > limit
        last = wire.make_cursor(shown[-1].id) if more else None
        return Page([self._shown(invite) for invite in shown], more, last)

    async def revoke_invite(self, code: str, user_id: str) -> None:
        await self._store.revoke_invite(_checked(code), user_id)

    async def preview_invite(self, code: str) -> Preview:
        preview = await self._store.preview_invite(_checked(code))
        if preview is None:
            raise NotFound()
        return preview

    async def join_by_invite(self, code: str, user_id: str) -> Room:
        found = await self._store.find_invite(_checked(code), user_id)
        if found is None:
            raise NotFound()
        room_id, door = found
        if door == "open":
            await self._seats.take_seats(user_id, 1)
            await self._rooms.tell_admitted(
                room_id, await self._store.join_by_invite(code, user_id)
            )
        return await self._rooms.get_room(room_id, user_id)

    def _shown(self, invite: StoredInvite) -> Invite:
        return Invite(
            code=invite.code,
            url=f"{self._public_url}/#invite={invite.code}",
            expires_at=timestamp_or_none(invite.expires_at),
            max_uses=invite.max_uses,
            uses=invite.uses,
        )


def _checked(code: str) -> str:
    """Raises ``NotFound`` for a text that cannot be a code, as for an unknown code, without asking
    the database."""
    if len(code) > MOST_CODE or not code.isascii() or not code.isprintable():
        raise NotFound()
    return code
