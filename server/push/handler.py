"""/push over HTTP."""

from __future__ import annotations

from server.kernel.caller import Identity
from server.kernel.routes import Route
from server.push.entity import PushKey
from server.push.keys import VapidKeys
from server.push.usecase import NewSubscription, OldSubscription, Subscriptions


class PushRoutes:
    def __init__(self, subscriptions: Subscriptions, keys: VapidKeys) -> None:
        self._subscriptions = subscriptions
        self._keys = keys

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/push/key", self.get_key, open=True),
            Route("PUT", "/push/subscriptions", self.subscribe, status=204),
            Route("DELETE", "/push/subscriptions", self.unsubscribe, status=204),
        ]

    async def get_key(self) -> PushKey:
        """Gets the public VAPID key, for ``applicationServerKey``."""
        return PushKey(self._keys.public)

    async def subscribe(self, identity: Identity, body: NewSubscription) -> None:
        """Subscribes a browser (``PushSubscription.toJSON()``) until the session ends."""
        await self._subscriptions.subscribe(identity, body)

    async def unsubscribe(self, identity: Identity, body: OldSubscription) -> None:
        """Removes the subscription with this ``endpoint``."""
        await self._subscriptions.unsubscribe(identity, body)
