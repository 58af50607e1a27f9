"""The pair of keys by which push services know this server (VAPID, RFC 8292)."""

from __future__ import annotations

import base64
import time
from typing import Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.push.rules import encoded

CURVE = ec.SECP256R1()
# A header is good for so long, and taken for half of it (seconds). RFC 8292 allows a day.
LIFE = 12 * 3600


class KeyStore(Protocol):
    async def keep_key(self, private: str) -> str:
        """The private key of this database: the given one, unless another was kept before."""
        ...


class VapidKeys:
    """Made at the first start, for as long as the database lives: browsers subscribe to one key.
    ``subject`` is whom a push service writes to when something is wrong."""

    def __init__(self, store: KeyStore, subject: str) -> None:
        self._store = store
        self._subject = subject
        self._private: ec.EllipticCurvePrivateKey | None = None
        # origin → (header, when to make a new one)
        self._headers: dict[str, tuple[str, float]] = {}

    async def load(self) -> None:
        self._private = _read(await self._store.keep_key(_new_private()))

    @property
    def public(self) -> str:
        assert self._private is not None, "load() comes first"
        point = self._private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return encoded(point)

    def authorization(self, origin: str) -> str:
        """The ``Authorization`` header for a push service; signing costs, so it is kept a while."""
        header, until = self._headers.get(origin, ("", 0.0))
        if time.time() < until:
            return header
        if len(self._headers) >= 1000:
            self._headers.clear()
        header = self._sign(origin)
        self._headers[origin] = (header, time.time() + LIFE / 2)
        return header

    def _sign(self, origin: str) -> str:
        assert self._private is not None, "load() comes first"
        claims = {"aud": origin, "exp": int(time.time()) + LIFE, "sub": self._subject}
        token = jwt.encode(claims, self._private, algorithm="ES256")
        return f"vapid t={token}, k={self.public}"


def _new_private() -> str:
    number = ec.generate_private_key(CURVE).private_numbers().private_value
    return encoded(number.to_bytes(32, "big"))


def _read(text: str) -> ec.EllipticCurvePrivateKey:
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return ec.derive_private_key(int.from_bytes(raw, "big"), CURVE)
