"""The use cases that need a mail as proof: to confirm an address, and to set a new password without
the old one."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from server.auth import rules, strength
from server.auth.entity import Ending
from server.auth.pending import PendingEmail, token_hash
from server.kernel import audit
from server.kernel.clock import now_ms
from server.kernel.errors import RateLimited, WrongToken
from server.kernel.limits import AnyRate, Limiter
from server.mail.entity import Confirmed, Letter, MailKind, NewToken, Undone
from server.mail.letters import Purpose, letter
from server.mail.outgoing import Mailer, Outgoing

WEEK = 7 * 24 * 3_600_000
# How long mailed tokens are valid (ms). The week of an undo link begins when the change takes
# effect, not when it is asked for.
LIVES: dict[MailKind, int] = {"reset": 3_600_000, "verify": WEEK, "change": WEEK, "undo": WEEK}
# A user who asks for a new password gets no further link while an earlier one is valid for longer
# than this (ms).
A_WHILE = LIVES["reset"] // 2


class TokenStore(Protocol):
    """Stores mailed tokens.

    Each method is one transaction: an error means that nothing was changed. A token can be spent
    once; of calls that race, one succeeds. All raise ``Unavailable`` when the database cannot be
    reached. Times are milliseconds.
    """

    async def user_of(self, email: str) -> tuple[str, str] | None:
        """The (user_id, email as it was entered) of the user with this address, compared without
        case; None if no user has it."""
        ...

    async def add_token(self, token: NewToken) -> bool:
        """Stores a token. Returns False, and stores nothing, if the address is no longer the
        user's."""
        ...

    async def holder(self, token_hash: str, kind: MailKind, now: int) -> str | None:
        """The id of the token's user; None if the token is not valid."""
        ...

    async def can_reset(self, user_id: str, email: str, until: int) -> bool:
        """Whether a link for a new password was mailed to the address that is still valid at
        ``until``."""
        ...

    async def reset_password(
        self, token_hash: str, password_hash: str, now: int
    ) -> list[str] | None:
        """Spends the token, sets the password and revokes all sessions. Returns the revoked
        sessions; None if the token is not valid."""
        ...

    async def verify_email(self, token_hash: str, now: int, undo_until: int) -> Confirmed | None:
        """Spends the token and confirms the address. A pending address replaces the old one, which
        can be restored until ``undo_until``. None if the token is not valid or another user has
        the address by now."""
        ...

    async def undo_email_change(self, token_hash: str, now: int) -> Undone | None:
        """Spends the token and restores the address that it was mailed to. All tokens that were
        mailed since then become invalid, and all sessions are revoked. If the password was changed
        since then, it becomes invalid too. None if the token is not valid."""
        ...

    async def taken(self, email: str, user_id: str, now: int) -> bool:
        """Whether another user has the address, or can still restore it as theirs."""
        ...

    async def shorten(self, token_hash: str, until: int) -> None:
        """Makes the token expire at ``until``, unless it expires earlier. Idempotent."""
        ...

    async def forget_tokens(self, now: int) -> None:
        """Deletes expired tokens. Idempotent."""
        ...


class Hashes(Protocol):
    """Hashes a password. Raises ``Unavailable`` if too many hashes are waiting."""

    async def hash_password(self, password: str) -> str: ...


class PasswordRules(Protocol):
    async def check_new_password(self, user_id: str, value: str) -> None:
        """Raises ``Invalid`` with the field ``new_password`` unless the user may have this
        password."""
        ...


class SessionEnder(Protocol):
    async def end(self, session_ids: list[str], why: Ending) -> None:
        """Makes sessions known as ended on every node."""
        ...


class Rates(Protocol):
    """The rates that this module needs; the limits in the settings have them."""

    @property
    def mail(self) -> AnyRate: ...

    @property
    def email_changes(self) -> AnyRate: ...


class Mails:
    """``mailer`` is None if no mail server is set. ``background`` runs the work that no answer
    waits for."""

    def __init__(
        self,
        *,
        mailer: Mailer | None,
        store: TokenStore,
        passwords: Hashes,
        new_passwords: PasswordRules,
        sessions: SessionEnder,
        limiter: Limiter,
        rates: Rates,
        site: str,
        background: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._outgoing = Outgoing(mailer, self._unsent, background) if mailer else None
        self._store = store
        self._passwords = passwords
        self._new_passwords = new_passwords
        self._sessions = sessions
        self._limiter = limiter
        self._rates = rates
        self._site = site

    def address_given(self, user_id: str, email: str) -> None:
        """Mails a new user a link to confirm their address. Never raises or waits."""
        self._begin(self._ask(user_id, email))

    def begin_change(self, email: str, password_hash: str) -> PendingEmail:
        """Makes the tokens of a change of address that begins now. Stores nothing."""
        now = now_ms()
        change, undo = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        return PendingEmail(
            email=email,
            password_hash=password_hash,
            change=change,
            undo=undo,
            now=now,
            change_until=now + LIVES["change"],
            undo_until=now + LIVES["undo"],
        )

    async def count_change(self, user_id: str) -> None:
        """Counts a change of address. Raises ``RateLimited`` after too many in a day."""
        await self._limiter.take_tokens("email_changes", user_id, self._rates.email_changes)

    def change_begun(self, user_id: str, pending: PendingEmail, present: str) -> None:
        """Mails both addresses, after the change was stored. Never raises, and takes the same time
        whether or not another user has the new address."""
        self._begin(self._warn(present, pending))
        self._begin(self._ask_new(user_id, pending))

    def forgot(self, email: str) -> None:
        """Mails a link for a new password, if a user has this address. It returns before the
        address is looked up, so that the call looks the same for every address."""
        self._begin(self._remind(rules.email(email)))

    async def reset_password(self, token: str, password: str) -> None:
        """Sets a new password and ends all sessions of the user. Raises ``Invalid`` with the field
        ``token`` or ``new_password``."""
        strength.check_password_strength(password, "new_password")
        hashed = token_hash(token)
        # For an invalid token this saves computing the hash, which is costly.
        user_id = await self._store.holder(hashed, "reset", now_ms())
        if user_id is None:
            raise _refused("reset")
        await self._new_passwords.check_new_password(user_id, password)
        ended = await self._store.reset_password(
            hashed, await self._passwords.hash_password(password), now_ms()
        )
        if ended is None:
            raise _refused("reset")
        audit.note("password_reset", user_id=user_id, sessions_ended=len(ended))
        await self._sessions.end(ended, "password_changed")

    async def verify_email(self, token: str) -> None:
        """Confirms an address. Raises ``Invalid`` with the field ``token`` if that is not valid."""
        now = now_ms()
        confirmed = await self._store.verify_email(token_hash(token), now, now + LIVES["undo"])
        if confirmed is None:
            raise _refused("verify")
        audit.note(
            "email_changed" if confirmed.changed else "email_confirmed",
            user_id=confirmed.user_id,
        )

    async def undo_email_change(self, token: str) -> None:
        """Undoes a change of address and ends all sessions of the user. Raises ``Invalid`` with the
        field ``token`` if that is not valid."""
        undone = await self._store.undo_email_change(token_hash(token), now_ms())
        if undone is None:
            raise _refused("undo")
        audit.note(
            "email_change_undone", user_id=undone.user_id, sessions_ended=len(undone.session_ids)
        )
        await self._sessions.end(undone.session_ids, "email_restored")
        self._begin(self._token("reset", "undone", undone.user_id, undone.email))

    async def forget_tokens(self) -> None:
        await self._store.forget_tokens(now_ms())

    def _begin(self, look: Coroutine[Any, Any, Letter | None]) -> None:
        if self._outgoing:
            self._outgoing.begin(look)
        else:
            look.close()

    async def _ask(self, user_id: str, email: str) -> Letter | None:
        if await self._used_up("mail_verify", email):
            return None
        return await self._token("verify", "verify", user_id, email)

    async def _ask_new(self, user_id: str, pending: PendingEmail) -> Letter | None:
        now, email = now_ms(), pending.email
        if await self._store.holder(token_hash(pending.change), "change", now) is None:
            # Another change has replaced this one.
            return None
        if await self._store.taken(email, user_id, now):
            if await self._used_up("mail_taken", email):
                return None
            return letter("taken", email, self._site)
        if await self._used_up("mail_verify", email):
            return None
        return letter("change", email, self._site, pending.change)

    async def _warn(self, present: str, pending: PendingEmail) -> Letter:
        # This mail counts only against the user's own bucket, so that no other mail can hold it
        # back.
        return letter("undo", present, self._site, pending.undo)

    async def _remind(self, email: str) -> Letter | None:
        found = await self._store.user_of(email)
        audit.note("password_reset_asked", user_id=found[0] if found else None)
        if found is None:
            return None
        used_up = await self._used_up("mail_reset", email)
        # The bucket of the address is empty, but an earlier link that is still valid for a while
        # serves the same purpose.
        if used_up and await self._store.can_reset(*found, now_ms() + A_WHILE):
            return None
        return await self._token("reset", "reset", *found)

    async def _unsent(self, token_hash: str) -> None:
        """Handles a token whose mail may not have been sent. The mail may have arrived all the
        same, so the token stays valid, but only so long that it does not keep the user from getting
        another link."""
        await self._store.shorten(token_hash, now_ms() + A_WHILE)

    async def _used_up(self, bucket: str, email: str) -> bool:
        try:
            await self._limiter.take_tokens(bucket, rules.email_key(email), self._rates.mail)
        except RateLimited:
            return True
        return False

    async def _token(
        self, kind: MailKind, purpose: Purpose, user_id: str, email: str
    ) -> Letter | None:
        """A mail with a new token; None if the address is no longer the user's."""
        token, now = secrets.token_urlsafe(32), now_ms()
        hashed = token_hash(token)
        kept = NewToken(
            token_hash=hashed,
            user_id=user_id,
            kind=kind,
            email=email,
            created_at=now,
            expires_at=now + LIVES[kind],
        )
        if not await self._store.add_token(kept):
            return None
        return letter(purpose, email, self._site, token, hashed if kind == "reset" else None)


def _refused(kind: MailKind) -> WrongToken:
    audit.note("mailed_token_refused", kind=kind)
    return WrongToken(field="token")
