"""The use cases of auth: sign up, sign in, sign out, passwords and sessions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import structlog

from server.auth import rules, strength
from server.auth.attempts import Attempts
from server.auth.checks import PasswordChecks
from server.auth.devices import KnownDevices
from server.auth.entity import Ending, Known, Me, OpenedSession, Session, SessionInfo
from server.auth.guard import Guard
from server.auth.passwords import Passwords
from server.auth.rotation import HeldToken, rotate_token
from server.auth.store import Account, Accounts, Credentials, NewSession, SessionRow, Sessions
from server.auth.tokens import AccessTokens, RefreshToken, RefreshTokens
from server.kernel import audit
from server.kernel.caller import Identity
from server.kernel.clock import now_ms, timestamp
from server.kernel.errors import (
    Conflict,
    InvalidCredentials,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from server.kernel.ids import new_id
from server.kernel.wire import Id, Page, make_cursor, read_cursor

log = structlog.get_logger("auth")

# The most sessions of one user. A further sign-in ends the least recently used session.
MOST_SESSIONS = 100
# The most characters of a session's address that are stored; no address is longer.
MAX_ADDRESS = 64
# The least time between two writes of a session's ``last_seen_at`` (ms).
TOUCH_EVERY = 60_000


class Auth:
    """``address_given`` is called with a new user's id and email. It must not wait or raise."""

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
        devices: KnownDevices,
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
        self._devices = devices
        self._checks = PasswordChecks(
            accounts=accounts,
            sessions=sessions,
            refresh=refresh,
            passwords=passwords,
            attempts=attempts,
            devices=devices,
        )
        self._new_passwords = strength.NewPasswords(accounts)
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
        marks: str | None = None,
    ) -> OpenedSession:
        """Creates an account and opens its first session. Raises ``Invalid``, ``RateLimited``, or
        ``Conflict`` with the field ``username`` or ``email``."""
        email = rules.email(email)
        username = rules.username(username)
        rules.check_unreserved(username)
        shown = username if display_name is None else rules.display_name(display_name)
        device = rules.device(device)
        strength.check_password_strength(password, "password", username=username, email=email)
        await self._attempts.signup(address)
        # This check saves computing the hash. The database decides again when calls race.
        if taken := await self._accounts.taken(username, email):
            raise Conflict(f"This {taken} is already taken.", field=taken)
        hashed = await self._passwords.hash_password(password)
        now = self._clock()
        account = Account(
            user_id=new_id(),
            email=email,
            username=username,
            display_name=shown,
            password_hash=hashed,
            created_at=now,
        )
        session, token = self._begin(account.user_id, device, address, now)
        me = await self._accounts.create_account(account, session)
        self._address_given(me.id, me.email)
        audit.note("signed_up", user_id=me.id, session_id=session.id)
        marked = self._devices.renewed(marks, Credentials(me.id, hashed))
        return replace(self._opened(me, token, now, session.expires_at), marks=marked)

    async def signin(
        self, *, login: str, password: str, device: str | None, address: str, known: Known
    ) -> OpenedSession:
        """Opens a session. Raises ``InvalidCredentials``, or ``RateLimited`` after too many
        failures."""
        login, device = rules.login_key(login.strip()), rules.device(device)
        found = await self._checks.verify_signin(login, password, address, known)
        session, token = self._begin(found.user_id, device, address, self._clock())
        ended = await self._sessions.open_session(session, found.password_hash, MOST_SESSIONS)
        if ended is None:
            raise InvalidCredentials()
        await self._guard.end(ended, "too_many")
        audit.note("signed_in", user_id=found.user_id, session_id=session.id)
        found = await self._checks.renew_hash(found, password)
        opened = await self._answer(found.user_id, token, session.created_at, session.expires_at)
        return replace(opened, marks=self._devices.renewed(known.marks, found))

    async def refresh(self, text: str, address: str) -> OpenedSession:
        """Exchanges a refresh token for the next pair of tokens. A repeat within ten seconds gets
        the same pair. Raises ``Unauthenticated`` for every token that is refused."""
        held, token = await self._spend(text, address)
        return await self._answer(held.user_id, token, held.rotated_at, held.expires_at)

    async def identify(self, text: str, address: str) -> Identity:
        """Spends a refresh token and returns the identity behind it. Raises ``Unauthenticated`` for
        every token that is refused."""
        held, token = await self._spend(text, address)
        return Identity(held.user_id, token.session_id, held.expires_at)

    async def signout(self, identity: Identity) -> None:
        await self._sessions.revoke_sessions(identity.user_id, identity.session_id, self._clock())
        audit.note("signed_out", user_id=identity.user_id, session_id=identity.session_id)
        await self._guard.end([identity.session_id], "signed_out")

    async def change_password(
        self, identity: Identity, current: str, new: str, marks: str | None = None
    ) -> str | None:
        """Sets a new password and ends every other session of the user. The marks of all browsers
        become invalid; returns new marks for this browser if it was known. Raises ``Invalid``,
        ``InvalidCredentials`` or ``RateLimited``."""
        user_id = identity.user_id
        await self._new_passwords.check_new_password(user_id, new)
        before = await self._checks.confirm_password(user_id, current)
        hashed = await self._passwords.hash_password(new)
        now = self._clock()
        ended = await self._accounts.set_password(user_id, hashed, identity.session_id, now)
        audit.note("password_changed", sessions_ended=len(ended))
        await self._guard.end(ended, "password_changed")
        if not self._devices.recognize_device(marks, before):
            return None
        return self._devices.renewed(marks, Credentials(user_id, hashed))

    async def check_password(self, user_id: str, password: str) -> str:
        """The stored hash that the password matches. Raises ``InvalidCredentials`` if it is not the
        user's password, and ``RateLimited`` after too many failures, as ``signin`` does."""
        return (await self._checks.confirm_password(user_id, password)).password_hash

    async def end_others(self, identity: Identity) -> None:
        """Ends every session of the caller except this one."""
        ended = await self._sessions.revoke_all(
            identity.user_id, identity.session_id, self._clock()
        )
        audit.note("sessions_ended", user_id=identity.user_id, sessions_ended=len(ended))
        await self._guard.end(ended, "ended")

    async def list_sessions(
        self, identity: Identity, cursor: str | None, limit: int
    ) -> Page[SessionInfo]:
        before = read_cursor(cursor, int, Id)
        rows = await self._sessions.list_sessions(
            identity.user_id, self._clock(), before and (before[0], before[1]), limit + 1
        )
        shown, more = rows[:limit], len(rows) > limit
        return Page(
            [_info(row, identity) for row in shown],
            more,
            make_cursor(shown[-1].created_at, shown[-1].id) if more else None,
        )

    async def end_session(self, identity: Identity, session_id: str) -> None:
        """Ends a session. Raises ``NotFound`` unless it is a live session of the caller."""
        if not await self._sessions.revoke_sessions(identity.user_id, session_id, self._clock()):
            raise NotFound()
        audit.note("session_ended", ended_session_id=session_id)
        why: Ending = "signed_out" if session_id == identity.session_id else "ended"
        await self._guard.end([session_id], why)

    async def touch(self, session_id: str) -> None:
        """Records that the session is in use. Callers may ignore a failure."""
        now = self._clock()
        with suppress(Unavailable):
            await self._sessions.touch_session(session_id, now, now - TOUCH_EVERY)

    async def authenticate(self, token: str) -> Identity:
        """Does the same as ``Guard.authenticate``."""
        return await self._guard.authenticate(token)

    def _begin(
        self, user_id: str, device: str | None, address: str, now: int
    ) -> tuple[NewSession, RefreshToken]:
        token = self._refresh.first(new_id())
        hashed, expires_at = self._refresh.fingerprint(token), self._refresh.expiry(now, now)
        shown = address[:MAX_ADDRESS]
        session = NewSession(
            id=token.session_id,
            user_id=user_id,
            device=device,
            address=shown,
            token_hash=hashed,
            created_at=now,
            expires_at=expires_at,
        )
        return session, token

    async def _spend(self, text: str, address: str) -> tuple[HeldToken, RefreshToken]:
        """Spends a refresh token. Returns the session's new row and the next token."""
        token = self._refresh.read_refresh_token(text)
        if token is None:
            raise Unauthenticated("The refresh token is not valid.")
        now = self._clock()
        taken = await self._sessions.rotate(
            token.session_id,
            address[:MAX_ADDRESS],
            lambda held: rotate_token(held, token, self._refresh, now),
        )
        if taken and taken.reused:
            log.warning("refresh token reused: session revoked", session_id=token.session_id)
            whose = taken.held.user_id
            audit.note("refresh_reused", user_id=whose, session_id=token.session_id)
            await self._guard.end([token.session_id], "token_reused")
        if taken is None or taken.token is None:
            raise Unauthenticated("The refresh token is no longer valid.")
        return taken.held, taken.token

    async def _answer(
        self, user_id: str, token: RefreshToken, at: int, until: int
    ) -> OpenedSession:
        """The session as its owner gets it. ``at`` is when the session took this step, ``until``
        when it ends (ms)."""
        me = await self._accounts.find_me(user_id)
        if me is None:
            raise Unauthenticated("This account was deleted.")
        return self._opened(me, token, at, until)

    def _opened(self, me: Me, token: RefreshToken, at: int, until: int) -> OpenedSession:
        session = Session(
            user=me,
            session_id=token.session_id,
            access_token=self._access.issue(me.id, token.session_id, token.generation, at, until),
            token_type="Bearer",
            expires_in=self._access.lasts(at, until),
            refresh_token=self._refresh.text(token),
        )
        return OpenedSession(session, (until - at) // 1000)


def _info(row: SessionRow, identity: Identity) -> SessionInfo:
    return SessionInfo(
        id=row.id,
        device=row.device,
        address=row.address,
        created_at=timestamp(row.created_at),
        last_seen_at=timestamp(row.last_seen_at),
        current=row.id == identity.session_id,
    )
