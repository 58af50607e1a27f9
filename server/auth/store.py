"""The storage ports of the use cases of auth: accounts and their sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from server.auth.entity import Me
from server.auth.rotation import HeldToken, Rotation


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A new user, whose fields have been checked. ``created_at`` is in ms."""

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
    """``created_at`` and ``expires_at`` are in ms."""

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
    """Stores accounts.

    Each method is one transaction: an error means that nothing was changed. All raise
    ``Unavailable`` when the database cannot be reached; then a change may still have been
    committed. Times are milliseconds.
    """

    async def taken(self, username: str, email: str) -> str | None:
        """The field (``username`` or ``email``) whose value another user has, compared by key; None
        if both are free. They may be taken before ``create_account``, which checks again."""
        ...

    async def create_account(self, account: Account, session: NewSession) -> Me:
        """Creates a user and their first session. Raises ``Conflict`` with the field whose value
        another user has; of two racing calls, one succeeds."""
        ...

    async def find_account(self, login: str) -> Credentials | None:
        """Finds a user by email if ``login`` has an @, else by username, without regard to case.
        None for a login that no user has."""
        ...

    async def find_by_id(self, user_id: str) -> Credentials | None: ...

    async def find_me(self, user_id: str) -> Me | None: ...

    async def set_password(
        self, user_id: str, password_hash: str, keep: str | None, now: int
    ) -> list[str]:
        """Sets the password and revokes all sessions except ``keep``. Returns the revoked sessions,
        of which the caller must tell the guard."""
        ...

    async def replace_hash(self, credentials: Credentials, password_hash: str) -> None:
        """Replaces the hash of an unchanged password. Changes nothing if the password was changed
        in the meantime."""
        ...


class Sessions(Protocol):
    """Stores sessions.

    Each method is one transaction: an error means that nothing was changed. All raise
    ``Unavailable`` when the database cannot be reached; then a change may still have been
    committed. Revoking is idempotent. Times are milliseconds.
    """

    async def open_session(
        self, session: NewSession, password_hash: str, most: int
    ) -> list[str] | None:
        """Opens a session, if the user's password hash is still ``password_hash``; else returns
        None. A user has at most ``most`` sessions: the least recently used ones beyond that are
        revoked and returned."""
        ...

    async def rotate(
        self, session_id: str, address: str, decide: Callable[[HeldToken], Rotation]
    ) -> Rotation | None:
        """Locks the session's row, calls ``decide`` with it, and stores and returns the result,
        together with the address. None if there is no such session. ``decide`` must not wait."""
        ...

    async def revoke_sessions(self, user_id: str, session_id: str, now: int) -> bool:
        """Revokes a session. Returns False if the user has no such session or it has ended."""
        ...

    async def revoke_all(self, user_id: str, keep: str | None, now: int) -> list[str]:
        """Revokes all of the user's sessions except ``keep``. Returns those that were alive."""
        ...

    async def list_sessions(
        self, user_id: str, now: int, before: tuple[int, str] | None, limit: int
    ) -> list[SessionRow]:
        """Live sessions, the newest first. ``before`` is the (created_at, id) of the last session
        on the previous page."""
        ...

    async def is_of(self, session_id: str, user_id: str) -> bool:
        """Whether the session is the user's, alive or expired; False if it was revoked."""
        ...

    async def touch_session(self, session_id: str, now: int, unless_since: int) -> None: ...
