"""The key pair that identifies this server to push services (VAPID, RFC 8292)."""

from __future__ import annotations

import base64
import time
from typing import Protocol

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.push.rules import encoded

log = structlog.get_logger("push")

CURVE = ec.SECP256R1()
# How long a header is valid (seconds); it is used for half of that. RFC 8292 allows a day.
HEADER_LIFE = 12 * 3600


class KeyStore(Protocol):
    async def keep_key(self, private: str) -> str:
        """Stores the given private key, unless the database already has one. Returns the key that
        is stored: all nodes get the same one, even if they race."""
        ...

    async def drop_foreign(self, public: str, *, new: bool) -> int:
        """Deletes the subscriptions that were made with another key than this public one. Returns
        how many. ``new``: the key was made just now, so all that exist are of another one."""
        ...


class VapidKeys:
    """The keys are made at the first start and stay the same for the life of the database, because
    browsers subscribe to one key. ``subject`` is the contact for operators of push services."""

    def __init__(self, store: KeyStore, subject: str) -> None:
        self._store = store
        self._subject = subject
        self._private: ec.EllipticCurvePrivateKey | None = None
        # Maps each origin to its header and the time at which to make a new one.
        self._headers: dict[str, tuple[str, float]] = {}

    async def load(self) -> None:
        """Reads the key, or makes it. Subscriptions of a key that was lost or replaced are dropped,
        since no push service takes a push for them from this key. Browsers make new ones."""
        offered = _new_private()
        kept = await self._store.keep_key(offered)
        self._private = _read(kept)
        dropped = await self._store.drop_foreign(self.public, new=kept == offered)
        if dropped:
            reason = "they were made with another VAPID key"
            log.warning("push subscriptions dropped", reason=reason, count=dropped)

    @property
    def public(self) -> str:
        assert self._private is not None, "load() comes first"
        point = self._private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return encoded(point)

    def authorization(self, origin: str) -> str:
        """The ``Authorization`` header for a push service. Headers are kept for a while, because
        signing is costly."""
        header, until = self._headers.get(origin, ("", 0.0))
        if time.time() < until:
            return header
        if len(self._headers) >= 1000:
            self._headers.clear()
        header = self._sign(origin)
        self._headers[origin] = (header, time.time() + HEADER_LIFE / 2)
        return header

    def _sign(self, origin: str) -> str:
        assert self._private is not None, "load() comes first"
        claims = {"aud": origin, "exp": int(time.time()) + HEADER_LIFE, "sub": self._subject}
        token = jwt.encode(claims, self._private, algorithm="ES256")
        return f"vapid t={token}, k={self.public}"


def _new_private() -> str:
    number = ec.generate_private_key(CURVE).private_numbers().private_value
    return encoded(number.to_bytes(32, "big"))


def _read(text: str) -> ec.EllipticCurvePrivateKey:
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return ec.derive_private_key(int.from_bytes(raw, "big"), CURVE)
