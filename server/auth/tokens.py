"""Makes and verifies access tokens (JWT) and refresh tokens (opaque).

Both are computed from the secret key and the session's row. So the same step of a session gives the
same tokens on every node, and the database stores no secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import jwt
import msgspec

from server.kernel.caller import Identity
from server.kernel.clock import now_ms
from server.kernel.errors import TokenExpired, Unauthenticated
from server.kernel.wire import MAX_INT

ISSUER = "chat"
AUDIENCE = "chat"
ALGORITHM = "HS256"
REQUIRED = ["exp", "iat", "sub", "jti", "sid", "aud", "iss"]

# How many verified tokens are remembered, so that they need not be verified again.
MOST_KNOWN_TOKENS = 4_096

# The fields of a refresh token: session id, generation, secret, tag.
_LAYOUT = struct.Struct(">16sI32s16s")


def derive_key(secret: bytes, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose. It reveals nothing about the keys for other purposes."""
    return hmac.digest(secret, purpose.encode(), "sha256")


class _Claims(msgspec.Struct, frozen=True):
    sub: str
    sid: str
    exp: int
    typ: Literal["access"]


class AccessTokens:
    """``ttl`` in seconds."""

    def __init__(self, secret: bytes, ttl: int, clock: Callable[[], int] = now_ms) -> None:
        self._key = derive_key(secret, "access")
        self._clock = clock
        self.ttl = ttl
        # A client uses one token for many calls, and the claims of a token never change.
        self._known = lru_cache(MOST_KNOWN_TOKENS)(self._verified)

    def lasts(self, at: int, until: int) -> int:
        """How many seconds a token lasts that is made ``at`` for a session that ends at ``until``
        (both in ms). No token outlives its session."""
        return max(0, min(self.ttl, until // 1000 - at // 1000))

    def issue(
        self, user_id: str, session_id: str, generation: int, at: int, until: int = MAX_INT
    ) -> str:
        """The access token of one step of a session. The step was taken ``at``, and the session
        ends at ``until`` (both in ms). The same arguments give the same token."""
        step = f"{session_id}:{generation}".encode()
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "typ": "access",
            "sub": user_id,
            "sid": session_id,
            "jti": hmac.digest(self._key, b"jti:" + step, "sha256")[:16].hex(),
            "iat": at // 1000,
            "exp": at // 1000 + self.lasts(at, until),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def read_access_token(self, token: str) -> Identity:
        """The identity in a token. Raises ``TokenExpired`` only for a genuine token, and
        ``Unauthenticated`` for any other fault."""
        claims = self._known(token)
        if claims.exp * 1000 <= self._clock():
            raise TokenExpired()
        return Identity(claims.sub, claims.sid, claims.exp * 1000)

    def _verified(self, token: str) -> _Claims:
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                # PyJWT would report expiry before it has checked the other claims. And a token
                # from a node whose clock is a little ahead is valid already.
                options={
                    "require": REQUIRED,
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            return msgspec.convert(claims, _Claims)
        # The header is parsed before the signature is checked, so deeply nested JSON in a forged
        # token may raise RecursionError.
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise Unauthenticated("The access token is not valid.") from None


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The refresh token of one step (``generation``) of a session."""

    session_id: str
    generation: int
    secret: bytes = field(repr=False)


class RefreshTokens:
    """``ttl`` of a token and ``max_age`` of a session (None for no limit) are in seconds. A tag
    proves that a token is genuine, even an old one that is not stored."""

    def __init__(self, secret: bytes, ttl: int, max_age: int | None = None) -> None:
        self._key = derive_key(secret, "refresh")
        self._ttl = ttl
        self._max_age = max_age

    def latest_end(self, created_at: int) -> int:
        """When a session that began at ``created_at`` ends, however often it is refreshed (ms). It
        is a whole second, so that the last access token ends with the session."""
        return MAX_INT if self._max_age is None else (created_at // 1000 + self._max_age) * 1000

    def expiry(self, created_at: int, now: int) -> int:
        """When the session ends unless it is refreshed again (ms)."""
        return min(now + self._ttl * 1000, self.latest_end(created_at))

    def first(self, session_id: str) -> RefreshToken:
        return RefreshToken(session_id, 0, secrets.token_bytes(32))

    def successor(self, parent: RefreshToken, generation: int) -> RefreshToken:
        """The next token after ``parent``; the same arguments always give the same token."""
        step = _step(b"refresh", parent.session_id, generation)
        secret = hmac.digest(self._key, step + parent.secret, "sha256")
        return RefreshToken(parent.session_id, generation, secret)

    def text(self, token: RefreshToken) -> str:
        step = _step(b"tag", token.session_id, token.generation)
        tag = hmac.digest(self._key, step + token.secret, "sha256")[:16]
        sid = uuid.UUID(token.session_id).bytes
        packed = _LAYOUT.pack(sid, token.generation, token.secret, tag)
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    def read_refresh_token(self, text: str) -> RefreshToken | None:
        """The token from its text; None unless this key made exactly this text."""
        try:
            packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            sid, generation, secret, _ = _LAYOUT.unpack(packed)
        except (ValueError, struct.error):
            return None
        token = RefreshToken(str(uuid.UUID(bytes=sid)), generation, secret)
        genuine = hmac.compare_digest(self.text(token).encode(), text.encode())
        return token if genuine else None

    def fingerprint(self, token: RefreshToken) -> str:
        """The hash of a token that the database stores."""
        return hashlib.sha256(self.text(token).encode()).hexdigest()


def _step(purpose: bytes, session_id: str, generation: int) -> bytes:
    return purpose + uuid.UUID(session_id).bytes + generation.to_bytes(4, "big")
