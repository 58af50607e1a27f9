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
            Route("GET", "/invites/{code}", self.preview_invite, open=True),
            Route("POST", "/invites/{code}", self.use_invite, refuses=(Conflict,)),
            Route("DELETE", "/invites/{code}", self.revoke_invite),
        ]

    async def list_invites(self, identity: Identity, room_id: Id, query: PageQuery) -> Page[Invite]:
        """Lists a group's valid invites, the newest first. For admins and owners."""
        return await self._invites.list_invites(room_id, identity.user_id, query)

    async def create_invite(self, identity: Identity, room_id: Id, body: NewInvite) -> Invite:
        """Creates an invite, with an optional life in seconds and number of uses. For admins and
        owners."""
        return await self._invites.create_invite(room_id, identity.user_id, body)

    async def preview_invite(self, code: str) -> Preview:
        """Shows the room that a valid invite code leads to, who invites, and a few of its members,
        also to users who have not signed in."""
        return await self._invites.preview_invite(code)

    async def use_invite(self, identity: Identity, code: str) -> Room:
        """Joins the room by an invite code."""
        return await self._invites.join_by_invite(code, identity.user_id)

    async def revoke_invite(self, identity: Identity, code: str) -> None:
        """Revokes an invite code. For the room's admins and owners."""
        await self._invites.revoke_invite(code, identity.user_id)
