"""Subscriptions and the VAPID key in the database. The outbox is in outbox.py."""

from __future__ import annotations

import hashlib

from server.kernel.clock import now_ms
from server.kernel.database import Database
from server.push.entity import Subscription

# A waiting job of the same user is sent with the endpoint's new keys. If the endpoint now belongs
# to another user, waiting jobs are lost, because the subscription's id changes.
_PUT = """
    INSERT INTO push_subscriptions AS s
        (id, user_id, session_id, endpoint, endpoint_key, p256dh, auth, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (endpoint_key) DO UPDATE SET
        id = CASE WHEN s.user_id = excluded.user_id THEN s.id ELSE excluded.id END,
        user_id = excluded.user_id, session_id = excluded.session_id, p256dh = excluded.p256dh,
        auth = excluded.auth, created_at = excluded.created_at
"""
# The public key that the subscriptions were made with.
_SUBSCRIBED_WITH = "SELECT value FROM facts WHERE name = 'vapid_public' FOR UPDATE"
_SUBSCRIBE_WITH = """
    INSERT INTO facts (name, value) VALUES ('vapid_public', $1)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
_TRIM = """
    DELETE FROM push_subscriptions WHERE user_id = $1 AND id NOT IN (
        SELECT id FROM push_subscriptions WHERE user_id = $1
        ORDER BY created_at DESC, id DESC LIMIT $2
    )
"""
_FORGET = """
    DELETE FROM push_subscriptions WHERE NOT EXISTS (
        SELECT 1 FROM sessions e WHERE e.id = push_subscriptions.session_id
            AND e.revoked_at IS NULL AND e.expires_at > $1
    )
"""


class SubscriptionRepository:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def keep_key(self, private: str) -> str:
        await self._db.execute(
            "INSERT INTO facts (name, value) VALUES ('vapid', $1) ON CONFLICT (name) DO NOTHING",
            private,
        )
        row = await self._db.fetchrow("SELECT value FROM facts WHERE name = 'vapid'")
        assert row is not None
        return str(row["value"])

    async def drop_foreign(self, public: str, *, new: bool) -> int:
        async with self._db.transaction() as tx:
            row = await tx.fetchrow(_SUBSCRIBED_WITH)
            if row and row["value"] == public:
                return 0
            await tx.execute(_SUBSCRIBE_WITH, public)
            if row is None and not new:
                # A version that did not note the key has made them, with this one.
                return 0
            dropped = await tx.fetchrow("SELECT count(*) AS n FROM push_subscriptions")
            await tx.execute("DELETE FROM push_subscriptions")
        return int(dropped["n"]) if dropped else 0

    async def put_subscription(
        self, subscription: Subscription, session_id: str, most: int
    ) -> None:
        async with self._db.transaction() as tx:
            await tx.execute(
                _PUT,
                subscription.id,
                subscription.user_id,
                session_id,
                subscription.endpoint,
                _key(subscription.endpoint),
                subscription.p256dh,
                subscription.auth,
                now_ms(),
            )
            await tx.execute(_TRIM, subscription.user_id, most)

    async def remove_subscription(self, user_id: str, endpoint: str) -> None:
        await self._db.execute(
            "DELETE FROM push_subscriptions WHERE user_id = $1 AND endpoint_key = $2",
            user_id,
            _key(endpoint),
        )

    async def forget_subscriptions(self) -> None:
        """Deletes subscriptions whose session has ended."""
        await self._db.execute(_FORGET, now_ms())


def _key(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()
