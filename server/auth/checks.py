"""Checks of a password that somebody enters: at sign-in, and again before dangerous changes."""

from __future__ import annotations

from server.auth.attempts import Attempts, Try
from server.auth.devices import KnownDevices
from server.auth.entity import Known
from server.auth.passwords import Passwords
from server.auth.store import Accounts, Credentials, Sessions
from server.auth.tokens import RefreshTokens
from server.kernel import audit
from server.kernel.errors import InvalidCredentials, RateLimited, Unauthenticated

# Used for a login that no user has, so that the same code runs and takes the same time. No user has
# this id.
NO_ACCOUNT = Credentials("00000000-0000-0000-0000-000000000000", "")


class PasswordChecks:
    def __init__(
        self,
        *,
        accounts: Accounts,
        sessions: Sessions,
        refresh: RefreshTokens,
        passwords: Passwords,
        attempts: Attempts,
        devices: KnownDevices,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._refresh = refresh
        self._passwords = passwords
        self._attempts = attempts
        self._devices = devices

    async def verify_signin(
        self, login: str, password: str, address: str, known: Known
    ) -> Credentials:
        """The account that the login and the password belong to. Raises ``InvalidCredentials``, or
        ``RateLimited`` after too many failures. Both are noted in the audit log."""
        user_id: str | None = None
        try:
            await self._attempts.arrive(address)
            found = await self._accounts.find_account(login)
            user_id = found.user_id if found else None
            stand_in = self._attempts.stand_in(login)
            at = await self._known_device(found or NO_ACCOUNT, known)
            wanted = Try(login, address, user_id or stand_in, at)
            return await self._attempts.signin(wanted, lambda: self._matching(found, password))
        except InvalidCredentials:
            nobodys = None if user_id else self._attempts.stand_in(login)
            audit.note("signin_failed", user_id=user_id, login_hash=nobodys)
            raise
        except RateLimited:
            audit.note("signin_limited", user_id=user_id)
            raise

    async def _known_device(self, account: Credentials, known: Known) -> str | None:
        if found := self._devices.recognize_device(known.marks, account):
            return found
        token = (
            self._refresh.read_refresh_token(known.refresh_token) if known.refresh_token else None
        )
        if token and await self._sessions.is_of(token.session_id, account.user_id):
            return token.session_id
        return None

    async def confirm_password(self, user_id: str, password: str) -> Credentials:
        """The user's credentials, if the password is theirs. It raises the same errors as
        ``verify_signin``. A signed-in user enters their password again for dangerous changes."""

        async def verify() -> Credentials | None:
            found = await self._accounts.find_by_id(user_id)
            if found is None:
                raise Unauthenticated("This account was deleted.")
            return await self._matching(found, password)

        try:
            return await self._attempts.confirm(user_id, verify)
        except InvalidCredentials:
            audit.note("password_failed", user_id=user_id)
            raise InvalidCredentials("Incorrect password.") from None
        except RateLimited:
            audit.note("signin_limited", user_id=user_id)
            raise

    async def _matching(self, found: Credentials | None, password: str) -> Credentials | None:
        hashed = found.password_hash if found else None
        return found if await self._passwords.verify_password(hashed, password) else None

    async def renew_hash(self, found: Credentials, password: str) -> Credentials:
        """Replaces an outdated hash. Returns the credentials with the new hash. Nothing is
        stored if the password was changed in the meantime."""
        if not self._passwords.outdated(found.password_hash):
            return found
        hashed = await self._passwords.hash_password(password)
        await self._accounts.replace_hash(found, hashed)
        return Credentials(found.user_id, hashed)
