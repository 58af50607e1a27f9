"""The rules of refresh tokens: what happens to a session when one of its tokens is presented. All
functions are pure.

A session keeps its newest token and its parent, the spent token from which the newest was made.
While the newest token is unused, the parent may be presented again, because the answer with the
newest token may have been lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from server.auth.tokens import RefreshToken, RefreshTokens

# How long a repeated token gets the same answer as before (ms).
REPEAT_GRACE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldToken:
    """The session's row. Times are in ms; hashes come from ``RefreshTokens.fingerprint``."""

    user_id: str
    token_hash: str
    parent_hash: str | None
    generation: int
    parent_generation: int | None
    rotated_at: int
    expires_at: int
    revoked_at: int | None
    created_at: int = 0


@dataclass(frozen=True, slots=True)
class Rotation:
    """The result: ``held`` is the new row, and ``token`` the next token, None for a refusal.
    ``reused``: an old token was presented again, so the session was revoked."""

    held: HeldToken
    token: RefreshToken | None = None
    reused: bool = False


def rotate_token(held: HeldToken, token: RefreshToken, tokens: RefreshTokens, now: int) -> Rotation:
    """Decides on a presented token, which must be genuine and of this session. ``now`` is in ms."""
    ends_at = min(held.expires_at, tokens.latest_end(held.created_at))
    if held.revoked_at is not None or ends_at <= now:
        return Rotation(held)
    presented = tokens.fingerprint(token)
    if presented == held.token_hash:
        parented = replace(held, parent_hash=presented, parent_generation=held.generation)
        return _advance(parented, token, tokens, now)
    if presented == held.parent_hash:
        if now - held.rotated_at > REPEAT_GRACE:
            return _advance(held, token, tokens, now)
        return Rotation(held, tokens.successor(token, held.generation))
    return _refuse(held, token, now)


def _advance(held: HeldToken, parent: RefreshToken, tokens: RefreshTokens, now: int) -> Rotation:
    generation = held.generation + 1
    successor = tokens.successor(parent, generation)
    advanced = replace(
        held,
        token_hash=tokens.fingerprint(successor),
        generation=generation,
        rotated_at=now,
        expires_at=tokens.expiry(held.created_at, now),
    )
    return Rotation(advanced, successor)


def _refuse(held: HeldToken, token: RefreshToken, now: int) -> Rotation:
    """Refuses a token. A token from before the parent was spent long ago; two parties then have
    tokens of this session, and one of them stole it, so the session is revoked.

    A token between the parent and the newest was replaced before its use, and is only refused.
    """
    if held.parent_generation is not None and token.generation < held.parent_generation:
        return Rotation(replace(held, revoked_at=now), reused=True)
    return Rotation(held)
