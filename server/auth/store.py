"""What the use case needs of the database: accounts, and the sessions they have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from server.auth.entity import Me
from server.auth.rotation import HeldToken, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A new user, checked."""

    user_id: str
    email: str
    username: str
    display_name: str
    password_hash: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Credentials:
    user_id: str
    password_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """``created_at`` and ``expires_at`` in ms."""

    id: str
    user_id: str
    device: str | None
    address: str
    token_hash: str
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: str
    device: str | None
    address: str | None
    created_at: int
    last_seen_at: int


class Accounts(Protocol):
    """Each method is one transaction. Times are milliseconds."""

    async def taken(self, username: str, email: str) -> str | None:
        """The field (``username`` or ``email``) that somebody has already, compared by key."""
        ...

    async def create_account(self, account: Account, session: NewSession) -> Me:
        """``Conflict`` naming the field that somebody has already."""
        ...

    async def find_account(self, login: str) -> Credentials | None:
        """By e-mail when ``login`` has an @, else by username; without case."""
        ...

    async def find_by_id(self, user_id: str) -> Credentials | None: ...

    async def find_me(self, user_id: str) -> Me | None: ...

    async def set_password(
        self, user_id: str, password_hash: str, keep: str | None, now: int
    ) -> list[str]:
        """Revokes all sessions but ``keep``; answers those that were alive."""
        ...

    async def replace_hash(self, credentials: Credentials, password_hash: str) -> None:
        """The same password, hashed anew; changes nothing if it was changed meanwhile."""
        ...


class Sessions(Protocol):
    """Each method is one transaction. Times are milliseconds."""

    async def open_session(
        self, session: NewSession, password_hash: str, most: int
    ) -> list[str] | None:
        """None, and none is opened, when the user's hash is no longer this one. Else those that
        had to end for it: a user has at most so many, and the ones used least lately go."""
        ...

    async def rotate(
        self, session_id: str, address: str, decide: Callable[[HeldToken], Turn]
    ) -> Turn | None:
        """``decide`` on the locked row, and its outcome kept, with the address that it came from;
        None without such a session."""
        ...

    async def revoke_sessions(self, user_id: str, session_id: str, now: int) -> bool:
        """False when the user has no such session, or it is dead."""
        ...

    async def revoke_all(self, user_id: str, keep: str | None, now: int) -> list[str]:
        """All but ``keep``; answers those that were alive."""
        ...

    async def list_sessions(
        self, user_id: str, now: int, before: tuple[int, str] | None, limit: int
    ) -> list[SessionRow]:
        """Live ones, newest first, after the (created_at, id) of the last page's end."""
        ...

    async def is_of(self, session_id: str, user_id: str) -> bool:
        """Whether it is the user's, alive or run out; False for one that was ended."""
        ...

    async def touch_session(self, session_id: str, now: int, unless_since: int) -> None: ...
