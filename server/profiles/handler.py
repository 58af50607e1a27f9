"""/users over HTTP."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from server.auth.entity import Me, User
from server.kernel.caller import Identity
from server.kernel.errors import Conflict, Invalid, InvalidCredentials
from server.kernel.routes import Route
from server.kernel.wire import Id, Page, PageQuery, characters
from server.profiles.changes import ProfileChanges
from server.profiles.usecase import MAX_IDS, MAX_QUERY, Profiles


class FindUsers(PageQuery):
    """``q`` is part of a name. ``ids`` is a list of up to 100 ids, separated by commas. Only one of
    the two may be given."""

    q: Annotated[str, characters(0, MAX_QUERY)] | None = None
    ids: Annotated[str, Meta(max_length=MAX_IDS * 40)] | None = None

    @property
    def cost(self) -> int:
        return 1 + (self.ids or "").count(",") // 25


class ProfileRoutes:
    def __init__(self, profiles: Profiles) -> None:
        self._profiles = profiles

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/users/me", self.me),
            Route("PATCH", "/users/me", self.change, refuses=(Conflict, InvalidCredentials)),
            Route("GET", "/users/{id}", self.user),
            Route("GET", "/users", self.find),
        ]

    async def me(self, identity: Identity) -> Me:
        """Gets your own profile, with email and preferences."""
        return await self._profiles.get_me(identity.user_id)

    async def change(self, identity: Identity, body: ProfileChanges) -> Me:
        """Changes your profile, names and preferences; a new email must be confirmed by a link."""
        return await self._profiles.change_profile(identity.user_id, body)

    async def user(self, id: Id) -> User:
        """Gets one user."""
        return await self._profiles.get_user(id)

    async def find(self, query: FindUsers) -> Page[User]:
        """Finds users by ``q`` or by ``ids``."""
        if query.ids is None:
            return await self._profiles.search_users(query.q, query.cursor, query.size)
        if query.q is not None:
            raise Invalid("Give either q or ids.", field="ids")
        return await self._profiles.pick(query.ids)
