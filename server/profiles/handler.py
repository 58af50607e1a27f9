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
    """``q``: part of a name. ``ids``: up to 100, with commas between. Not both."""

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
        """Oneself, with e-mail and preferences."""
        return await self._profiles.get_me(identity.user_id)

    async def change(self, identity: Identity, body: ProfileChanges) -> Me:
        """Changes one's profile, names and preferences; a new e-mail waits for its link."""
        return await self._profiles.change_profile(identity.user_id, body)

    async def user(self, id: Id) -> User:
        """One user."""
        return await self._profiles.get_user(id)

    async def find(self, query: FindUsers) -> Page[User]:
        """Users by ``q``, or by ``ids``."""
        if query.ids is None:
            return await self._profiles.search_users(query.q, query.cursor, query.size)
        if query.q is not None:
            raise Invalid("q and ids cannot be given together", field="ids")
        return await self._profiles.pick(query.ids)
