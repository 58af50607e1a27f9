"""The use cases of push subscriptions."""

from __future__ import annotations

from typing import Annotated, Protocol

from msgspec import Meta

from server.kernel.caller import Identity
from server.kernel.ids import new_id
from server.kernel.wire import MAX_INT, Payload
from server.push import rules
from server.push.entity import Subscription

MOST_SUBSCRIPTIONS = 20


class SubscriptionKeys(Payload):
    p256dh: rules.AlertKey
    auth: rules.AlertKey


class NewSubscription(Payload):
    """A browser's ``PushSubscription.toJSON()``, with the names that browsers use.
    ``expirationTime`` is ignored, because the push service reports when a subscription has
    expired."""

    endpoint: rules.Endpoint
    keys: SubscriptionKeys
    expirationTime: Annotated[float, Meta(ge=0, le=MAX_INT)] | None = None


class OldSubscription(Payload):
    endpoint: Annotated[str, Meta(max_length=rules.MOST_ENDPOINT)]


class SubscriptionStore(Protocol):
    """Stores push subscriptions. Each method is idempotent. Raises ``Unavailable`` when the
    database cannot be reached."""

    async def put_subscription(
        self, subscription: Subscription, session_id: str, most: int
    ) -> None:
        """Stores a subscription in one transaction. It replaces the one with the same endpoint, of
        whichever user, and removes the user's oldest ones beyond ``most``."""
        ...

    async def remove_subscription(self, user_id: str, endpoint: str) -> None: ...


class EndpointReach(Protocol):
    async def check_endpoint(self, endpoint: str) -> None:
        """Raises ``Invalid`` if this server will not send pushes to the endpoint."""
        ...


class Subscriptions:
    def __init__(self, store: SubscriptionStore, reach: EndpointReach) -> None:
        self._store = store
        self._reach = reach

    async def subscribe(self, identity: Identity, new: NewSubscription) -> None:
        """Subscribes a browser until the session ends. The endpoint is a secret of the browser, so
        the user who sends it is the one who uses the browser now."""
        subscription = Subscription(
            id=new_id(),
            user_id=identity.user_id,
            endpoint=rules.endpoint(new.endpoint),
            p256dh=rules.public_key(new.keys.p256dh, "keys.p256dh"),
            auth=rules.auth_secret(new.keys.auth, "keys.auth"),
        )
        await self._reach.check_endpoint(subscription.endpoint)
        await self._store.put_subscription(subscription, identity.session_id, MOST_SUBSCRIPTIONS)

    async def unsubscribe(self, identity: Identity, old: OldSubscription) -> None:
        """Removes a subscription. Does nothing if the user has none with this endpoint."""
        await self._store.remove_subscription(identity.user_id, old.endpoint)
