"""What presenting a refresh token does to its session: the rules, without any tool.

A session holds its newest token and the spent one (the parent) that it came from. While the
newest is unused, the parent may come again: its answer was lost on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from server.auth.tokens import RefreshToken, RefreshTokens

# How long a repeat gets the very same answer (ms).
GRACE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldToken:
    """The session's row. Times in ms; hashes are ``RefreshTokens.fingerprint``."""

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
class Turn:
    """``held`` is the row afterwards; ``token`` None is a refusal."""

    held: HeldToken
    token: RefreshToken | None = None
    reused: bool = False


def turn(held: HeldToken, token: RefreshToken, tokens: RefreshTokens, now: int) -> Turn:
    """``token`` is genuine and of this session; ``now`` in ms."""
    ends_at = min(held.expires_at, tokens.latest_end(held.created_at))
    if held.revoked_at is not None or ends_at <= now:
        return Turn(held)
    presented = tokens.fingerprint(token)
    if presented == held.token_hash:
        parented = replace(held, parent_hash=presented, parent_generation=held.generation)
        return _advance(parented, token, tokens, now)
    if presented == held.parent_hash:
        if now - held.rotated_at > GRACE:
            return _advance(held, token, tokens, now)
        return Turn(held, tokens.successor(token, held.generation))
    return _refuse(held, token, now)


def _advance(held: HeldToken, parent: RefreshToken, tokens: RefreshTokens, now: int) -> Turn:
    generation = held.generation + 1
    successor = tokens.successor(parent, generation)
    advanced = replace(
        held,
        token_hash=tokens.fingerprint(successor),
        generation=generation,
        rotated_at=now,
        expires_at=tokens.expiry(held.created_at, now),
    )
    return Turn(advanced, successor)


def _refuse(held: HeldToken, token: RefreshToken, now: int) -> Turn:
    """A token from before the parent was spent long ago: two hold this session, and one stole it.

    One between the parent and the newest is void, and was never used.
    """
    if held.parent_generation is not None and token.generation < held.parent_generation:
        return Turn(replace(held, revoked_at=now), reused=True)
    return Turn(held)
