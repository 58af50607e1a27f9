"""Deletion of an account over HTTP."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from server.auth.rules import MAX_PASSWORD
from server.deletion.usecase import Deletion
from server.kernel.caller import Identity
from server.kernel.clock import now_ms
from server.kernel.errors import InvalidCredentials
from server.kernel.routes import Route
from server.kernel.wire import Payload


class DeleteMe(Payload):
    password: Annotated[str, Meta(max_length=MAX_PASSWORD)]


class DeletionRoutes:
    def __init__(self, deletion: Deletion) -> None:
        self._deletion = deletion

    def routes(self) -> list[Route]:
        return [
            Route("DELETE", "/users/me", self.delete_me, status=204, refuses=(InvalidCredentials,))
        ]

    async def delete_me(self, identity: Identity, body: DeleteMe) -> None:
        """Deletes your account permanently."""
        await self._deletion.delete_account(identity.user_id, body.password, now_ms())
