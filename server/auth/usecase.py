"""Signing up, in and out, and the sessions that one has."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import structlog

from server.auth import rules
from server.auth.attempts import Attempts
from server.auth.entity import Identity, Me, Opened, Session, SessionInfo
from server.auth.guard import Guard
from server.auth.passwords import Passwords
from server.auth.rotation import Held, turn
from server.auth.store import Account, Accounts, Credentials, NewSession, SessionRow, Sessions
from server.auth.tokens import AccessTokens, RefreshToken, RefreshTokens
from server.clock import now_ms, timestamp
from server.errors import (
    Conflict,
    InvalidCredentials,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from server.ids import new_id
from server.wire import Id, Page, make_cursor, read_cursor

log = structlog.get_logger("auth")

# Of one user; the one used least lately ends for one more.
MOST_SESSIONS = 100
# What is kept of where a session comes from; no address is longer.
MAX_ADDRESS = 64
# last_seen_at is not written more often (ms).
TOUCH_EVERY = 60_000


class Auth:
    """``address_given``: told of a new user's id and e-mail; it neither waits nor raises."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        sessions: Sessions,
        guard: Guard,
        access: AccessTokens,
        refresh: RefreshTokens,
        passwords: Passwords,
        attempts: Attempts,
        address_given: Callable[[str, str], None] = lambda user_id, email: None,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._guard = guard
        self._access = access
        self._refresh = refresh
        self._passwords = passwords
        self._attempts = attempts
        self._address_given = address_given
        self._clock = clock

    async def signup(
        self,
        *,
        email: str,
        username: str,
        password: str,
        display_name: str | None,
        device: str | None,
        address: str,
    ) -> Opened:
        """``Invalid``, ``RateLimited``, or ``Conflict`` naming ``username`` or ``email``."""
        email = rules.email(email)
        username = rules.username(username)
        rules.password(password)
        shown = username if display_name is None else rules.display_name(display_name)
        device = rules.device(device)
        await self._attempts.signup(address)
        # Spares the hash; a race is decided by the database all the same.
        if taken := await self._accounts.taken(username, email):
            raise Conflict(f"this {taken} is taken", field=taken)
        hashed = await self._passwords.hash(password)
        now = self._clock()
        account = Account(new_id(), email, username, shown, hashed, now)
        session, token = self._begin(account.user_id, device, address, now)
        me = await self._accounts.create(account, session)
        self._address_given(me.id, me.email)
        return self._opened(me, token, now, session.expires_at)

    async def signin(
        self, *, login: str, password: str, device: str | None, address: str
    ) -> Opened:
        """``InvalidCredentials``, or ``RateLimited`` after too many of them."""
        login, device = login.strip(), rules.device(device)

        async def verify() -> Credentials | None:
            return await self._matching(await self._accounts.find(login), password)

        found = await self._attempts.signin(login, address, verify)
        session, token = self._begin(found.user_id, device, address, self._clock())
        ended = await self._sessions.open(session, found.password_hash, MOST_SESSIONS)
        if ended is None:
            raise InvalidCredentials()
        await self._guard.end(ended)
        await self._renew_hash(found, password)
        return await self._answer(found.user_id, token, session.created_at, session.expires_at)

    async def refresh(self, text: str, address: str) -> Opened:
        """The next pair of tokens for a refresh token. Every refusal is ``Unauthenticated``."""
        held, token = await self._spend(text, address)
        return await self._answer(held.user_id, token, held.rotated_at, held.expires_at)

    async def identify(self, text: str, address: str) -> Identity:
        """Whose refresh token this is; it is spent. Every refusal is ``Unauthenticated``."""
        held, token = await self._spend(text, address)
        return Identity(held.user_id, token.session_id, held.expires_at)

    async def signout(self, identity: Identity) -> None:
        await self._sessions.revoke(identity.user_id, identity.session_id, self._clock())
        await self._guard.end([identity.session_id])

    async def change_password(self, identity: Identity, current: str, new: str) -> None:
        """``InvalidCredentials``; every other session of the user ends."""
        rules.password(new, "new_password")
        await self.check_password(identity.user_id, current)
        hashed = await self._passwords.hash(new)
        ended = await self._accounts.set_password(
            identity.user_id, hashed, identity.session_id, self._clock()
        )
        await self._guard.end(ended)

    async def check_password(self, user_id: str, password: str) -> str:
        """The hash that it matches. ``InvalidCredentials`` unless it is the user's,
        ``RateLimited`` as at signing in."""

        async def verify() -> Credentials | None:
            found = await self._accounts.find_by_id(user_id)
            if found is None:
                raise Unauthenticated("this user was deleted")
            return await self._matching(found, password)

        return (await self._attempts.confirm(user_id, verify)).password_hash

    async def end_others(self, identity: Identity) -> None:
        """Ends every session of the caller's but this one."""
        ended = await self._sessions.revoke_all(
            identity.user_id, identity.session_id, self._clock()
        )
        await self._guard.end(ended)

    async def list_sessions(
        self, identity: Identity, cursor: str | None, limit: int
    ) -> Page[SessionInfo]:
        before = read_cursor(cursor, int, Id)
        rows = await self._sessions.page(
            identity.user_id, self._clock(), before and (before[0], before[1]), limit + 1
        )
        shown, more = rows[:limit], len(rows) > limit
        return Page(
            [_info(row, identity) for row in shown],
            more,
            make_cursor(shown[-1].created_at, shown[-1].id) if more else None,
        )

    async def end_session(self, identity: Identity, session_id: str) -> None:
        """``NotFound`` unless it is a live one of the caller's."""
        if not await self._sessions.revoke(identity.user_id, session_id, self._clock()):
            raise NotFound()
        await self._guard.end([session_id])

    async def touch(self, session_id: str) -> None:
        """The session is in use. Of no consequence when it fails."""
        now = self._clock()
        with suppress(Unavailable):
            await self._sessions.touch(session_id, now, now - TOUCH_EVERY)

    async def authenticate(self, token: str) -> Identity:
        """As ``Guard.authenticate``."""
        return await self._guard.authenticate(token)

    def _begin(
        self, user_id: str, device: str | None, address: str, now: int
    ) -> tuple[NewSession, RefreshToken]:
        token = self._refresh.first(new_id())
        hashed, expires_at = self._refresh.fingerprint(token), self._refresh.expiry(now, now)
        shown = address[:MAX_ADDRESS]
        session = NewSession(token.session_id, user_id, device, shown, hashed, now, expires_at)
        return session, token

    async def _spend(self, text: str, address: str) -> tuple[Held, RefreshToken]:
        """The session's row afterwards, and the token's successor."""
        token = self._refresh.read(text)
        if token is None:
            raise Unauthenticated("the refresh token is not valid")
        now = self._clock()
        taken = await self._sessions.rotate(
            token.session_id,
            address[:MAX_ADDRESS],
            lambda held: turn(held, token, self._refresh, now),
        )
        if taken and taken.reused:
            log.warning("refresh token reused: session revoked", session_id=token.session_id)
            await self._guard.end([token.session_id])
        if taken is None or taken.token is None:
            raise Unauthenticated("the refresh token is not valid any more")
        return taken.held, taken.token

    async def _matching(self, found: Credentials | None, password: str) -> Credentials | None:
        hashed = found.password_hash if found else None
        return found if await self._passwords.verify(hashed, password) else None

    async def _renew_hash(self, found: Credentials, password: str) -> None:
        if self._passwords.outdated(found.password_hash):
            await self._accounts.replace_hash(found, await self._passwords.hash(password))

    async def _answer(self, user_id: str, token: RefreshToken, at: int, until: int) -> Opened:
        """``at``: when the session took this step; ``until``: when it ends (ms)."""
        me = await self._accounts.me(user_id)
        if me is None:
            raise Unauthenticated("this user was deleted")
        return self._opened(me, token, at, until)

    def _opened(self, me: Me, token: RefreshToken, at: int, until: int) -> Opened:
        session = Session(
            user=me,
            session_id=token.session_id,
            access_token=self._access.issue(me.id, token.session_id, token.generation, at, until),
            token_type="Bearer",
            expires_in=self._access.lasts(at, until),
            refresh_token=self._refresh.text(token),
        )
        return Opened(session, (until - at) // 1000)


def _info(row: SessionRow, identity: Identity) -> SessionInfo:
    return SessionInfo(
        id=row.id,
        device=row.device,
        address=row.address,
        created_at=timestamp(row.created_at),
        last_seen_at=timestamp(row.last_seen_at),
        current=row.id == identity.session_id,
    )
