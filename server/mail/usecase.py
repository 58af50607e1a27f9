"""What takes a mail to prove: that an address is one's own, and who one is without a password."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import structlog

from server import audit
from server.auth import rules, strength
from server.clock import now_ms
from server.errors import Invalid, RateLimited
from server.limits import AnyRate, Limiter
from server.mail.entity import Kind, Letter, NewToken

log = structlog.get_logger("mail")

# How long what is mailed is good for (ms).
LIVES: dict[Kind, int] = {"reset": 3_600_000, "verify": 7 * 24 * 3_600_000}
# Connections to the mail server at once, and mails that may wait for one.
AT_ONCE = 4
MOST_WAITING = 1_000

SUBJECTS: dict[Kind, str] = {
    "reset": "Choose a new password",
    "verify": "Confirm your e-mail address",
}
# Nothing in them is anybody's own words: whoever signs up would write to whom they like.
TEXTS: dict[Kind, str] = {
    "reset": (
        "Somebody asked for a new password for your account at {site}.\n\n"
        "To choose one, open this within an hour:\n\n{link}\n\n"
        "If it was not you, there is nothing to do: the password stays as it is.\n"
    ),
    "verify": (
        "Somebody gave this e-mail address for an account at {site}.\n\n"
        "To confirm that it is yours, open this within a week:\n\n{link}\n\n"
        "If it was not you, there is nothing to do.\n"
    ),
}


class Mailer(Protocol):
    async def send(self, letter: Letter) -> None:
        """Raises when it was not taken; ends within half a minute."""
        ...


class TokenStore(Protocol):
    """Each method is one transaction. Times are milliseconds."""

    async def user_of(self, email: str) -> tuple[str, str] | None:
        """(user_id, e-mail as it was given) of who has this address; compared without case."""
        ...

    async def add(self, token: NewToken) -> bool:
        """False when the address is not the user's any more."""
        ...

    async def holder(self, token_hash: str, kind: Kind, now: int) -> str | None:
        """Whose token it is (a user's id); None when it is not good."""
        ...

    async def reset(self, token_hash: str, password_hash: str, now: int) -> list[str] | None:
        """Spends the token: sets the password, and revokes all sessions, which it answers. None
        when it is not good, or not any more."""
        ...

    async def verify(self, token_hash: str, now: int) -> bool:
        """Spends the token; False when it is not good, or not any more."""
        ...

    async def forget(self, now: int) -> None:
        """Removes tokens that have expired."""
        ...


class Hashes(Protocol):
    async def hash(self, password: str) -> str: ...


class NewPasswords(Protocol):
    async def check(self, user_id: str, value: str) -> None:
        """``Invalid``, naming ``new_password``, unless the user may have it."""
        ...


class Ends(Protocol):
    async def end(self, session_ids: list[str]) -> None:
        """Makes the end of sessions known on every node."""
        ...


class Rates(Protocol):
    @property
    def signin(self) -> AnyRate: ...

    @property
    def mail(self) -> AnyRate: ...


class Mails:
    """``mailer``: None when there is no mail. ``background`` runs what no answer waits for."""

    def __init__(
        self,
        mailer: Mailer | None,
        store: TokenStore,
        passwords: Hashes,
        new_passwords: NewPasswords,
        sessions: Ends,
        limiter: Limiter,
        rates: Rates,
        site: str,
        background: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._mailer = mailer
        self._store = store
        self._passwords = passwords
        self._new_passwords = new_passwords
        self._sessions = sessions
        self._limiter = limiter
        self._rates = rates
        self._site = site
        self._background = background
        self._lines = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    def address_given(self, user_id: str, email: str) -> None:
        """A user has a new address: it is asked whether it is theirs. Never raises."""
        if self._mailer:
            self._begin(self._ask(user_id, email))

    async def forgot(self, email: str, address: str) -> None:
        """The same for every address, and before anybody looks whose it is."""
        email = rules.email(email)
        await self._limiter.take("forgot", address, self._rates.signin)
        await self._limiter.take("mail_reset", rules.email_key(email), self._rates.mail)
        if self._mailer:
            self._begin(self._remind(email))

    async def reset(self, token: str, password: str) -> None:
        """``Invalid`` naming ``token`` or ``new_password``; all sessions of the user end."""
        strength.check(password, "new_password")
        hashed = _hash(token)
        # Spares the password's hash, which is dear.
        user_id = await self._store.holder(hashed, "reset", now_ms())
        if user_id is None:
            raise _not_good()
        await self._new_passwords.check(user_id, password)
        ended = await self._store.reset(hashed, await self._passwords.hash(password), now_ms())
        if ended is None:
            raise _not_good()
        audit.note("password_reset", user_id=user_id, sessions_ended=len(ended))
        await self._sessions.end(ended)

    async def verify(self, token: str) -> None:
        """``Invalid`` naming ``token``."""
        hashed = _hash(token)
        user_id = await self._store.holder(hashed, "verify", now_ms())
        if not await self._store.verify(hashed, now_ms()):
            raise _not_good()
        audit.note("email_confirmed", user_id=user_id)

    async def forget(self) -> None:
        await self._store.forget(now_ms())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        if self._waiting >= MOST_WAITING:
            work.close()
            log.warning("a mail was dropped: too many wait")
            return
        self._waiting += 1
        self._background(self._in_turn(work))

    async def _in_turn(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            async with self._lines:
                await work
        except Exception as error:
            # The reason's text may quote the address.
            log.warning("a mail was not sent", reason=type(error).__name__)
        finally:
            work.close()
            self._waiting -= 1

    async def _ask(self, user_id: str, email: str) -> None:
        try:
            # Another bucket: that of ``forgot`` must not tell that an account was made lately.
            await self._limiter.take("mail_verify", rules.email_key(email), self._rates.mail)
        except RateLimited:
            return
        await self._send("verify", user_id, email)

    async def _remind(self, email: str) -> None:
        found = await self._store.user_of(email)
        audit.note("password_reset_asked", user_id=found[0] if found else None)
        if found:
            await self._send("reset", *found)

    async def _send(self, kind: Kind, user_id: str, email: str) -> None:
        token, now = secrets.token_urlsafe(32), now_ms()
        kept = NewToken(_hash(token), user_id, kind, email, now, now + LIVES[kind])
        if self._mailer and await self._store.add(kept):
            link = f"{self._site}/#{kind}={token}"
            text = TEXTS[kind].format(site=self._site, link=link)
            await self._mailer.send(Letter(email, SUBJECTS[kind], text))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _not_good() -> Invalid:
    return Invalid("token is not one of ours, was used, or has expired", field="token")
