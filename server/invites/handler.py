"""Invites over HTTP."""

from __future__ import annotations

from server.invites.entity import Invite, Preview
from server.invites.usecase import Invites, NewInvite
from server.kernel.caller import Identity
from server.kernel.errors import Conflict, Forbidden
from server.kernel.routes import Route
from server.kernel.wire import Id, Page, PageQuery
from server.rooms.entity import Room


class InviteRoutes:
    def __init__(self, invites: Invites) -> None:
        self._invites = invites

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/rooms/{room_id}/invites", self.list_invites, refuses=(Forbidden,)),
            Route(
                "POST",
                "/rooms/{room_id}/invites",
                self.create_invite,
                status=201,
                refuses=(Conflict,),
            ),
            Route("GET", "/invites/{code}", self.preview_invite),
            Route("POST", "/invites/{code}", self.use_invite, refuses=(Conflict,)),
            Route("DELETE", "/invites/{code}", self.revoke_invite),
        ]

    async def list_invites(self, identity: Identity, room_id: Id, query: PageQuery) -> Page[Invite]:
        """A group's invites that are good, newest first; admins."""
        return await self._invites.list_invites(room_id, identity.user_id, query)

    async def create_invite(self, identity: Identity, room_id: Id, body: NewInvite) -> Invite:
        """Makes one, for so many seconds and uses; admins."""
        return await self._invites.create_invite(room_id, identity.user_id, body)

    async def preview_invite(self, identity: Identity, code: str) -> Preview:
        """The room that a code leads to."""
        return await self._invites.preview_invite(code)

    async def use_invite(self, identity: Identity, code: str) -> Room:
        """Joins it."""
        return await self._invites.join_by_invite(code, identity.user_id)

    async def revoke_invite(self, identity: Identity, code: str) -> None:
        """Revokes the code; the room's admins."""
        await self._invites.revoke_invite(code, identity.user_id)
