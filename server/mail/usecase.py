"""What takes a mail to prove: that an address is one's own, and who one is without a password."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from server.auth import rules, strength
from server.auth.pending import PendingEmail, token_hash
from server.kernel import audit
from server.kernel.clock import now_ms
from server.kernel.errors import RateLimited, WrongToken
from server.kernel.limits import AnyRate, Limiter
from server.mail.entity import Confirmed, Letter, MailKind, NewToken, Undone
from server.mail.letters import Purpose, letter
from server.mail.outgoing import Mailer, Outgoing

WEEK = 7 * 24 * 3_600_000
# How long what is mailed is good for (ms). An undo's week begins anew when the change is made.
LIVES: dict[MailKind, int] = {"reset": 3_600_000, "verify": WEEK, "change": WEEK, "undo": WEEK}
# Who asks for a new password while a link is good for longer than this needs no other (ms).
A_WHILE = LIVES["reset"] // 2


class TokenStore(Protocol):
    """Each method is one transaction. Times are milliseconds."""

    async def user_of(self, email: str) -> tuple[str, str] | None:
        """(user_id, e-mail as it was given) of who has this address; compared without case."""
        ...

    async def add_token(self, token: NewToken) -> bool:
        """False when the address is not the user's any more."""
        ...

    async def holder(self, token_hash: str, kind: MailKind, now: int) -> str | None:
        """Whose token it is (a user's id); None when it is not good."""
        ...

    async def can_reset(self, user_id: str, email: str, until: int) -> bool:
        """Whether a link for a new password was mailed there that is good until then."""
        ...

    async def reset_password(
        self, token_hash: str, password_hash: str, now: int
    ) -> list[str] | None:
        """Spends the token: sets the password, and revokes all sessions, which it answers. None
        when it is not good, or not any more."""
        ...

    async def verify_email(self, token_hash: str, now: int, undo_until: int) -> Confirmed | None:
        """Spends the token: the address is confirmed, and one that waited takes the old one's
        place, which may be put back until ``undo_until``. None when the token is not good, or
        not any more, or somebody else has the address by now."""
        ...

    async def undo_email_change(self, token_hash: str, now: int) -> Undone | None:
        """Spends the token: the address that it went to is the user's again, nothing else that
        was mailed since is good, and all sessions are revoked. If the password was changed since,
        it is void. None when the token is not good, or not any more."""
        ...

    async def taken(self, email: str, user_id: str, now: int) -> bool:
        """Whether somebody else has the address, or may have it put back."""
        ...

    async def shorten(self, token_hash: str, until: int) -> None:
        """The token is good until then at most."""
        ...

    async def forget_tokens(self, now: int) -> None:
        """Removes tokens that have expired."""
        ...


class Hashes(Protocol):
    async def hash_password(self, password: str) -> str: ...


class PasswordRules(Protocol):
    async def check_new_password(self, user_id: str, value: str) -> None:
        """``Invalid``, naming ``new_password``, unless the user may have it."""
        ...


class SessionEnder(Protocol):
    async def end(self, session_ids: list[str]) -> None:
        """Makes the end of sessions known on every node."""
        ...


class Rates(Protocol):
    @property
    def mail(self) -> AnyRate: ...

    @property
    def email_changes(self) -> AnyRate: ...


class Mails:
    """``mailer``: None when there is no mail. ``background`` runs what no answer waits for."""

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
        """Somebody has signed up: they are asked whether the address is theirs. Never raises."""
        self._begin(self._ask(user_id, email))

    def begin_change(self, email: str, password_hash: str) -> PendingEmail:
        """What is stored of a change that begins now."""
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
        """``RateLimited`` after too many in a day."""
        await self._limiter.take_tokens("email_changes", user_id, self._rates.email_changes)

    def change_begun(self, user_id: str, pending: PendingEmail, present: str) -> None:
        """It is stored: both addresses are told. Never raises, and takes the same time whether
        somebody has the new one or not."""
        self._begin(self._warn(present, pending))
        self._begin(self._ask_new(user_id, pending))

    def forgot(self, email: str) -> None:
        """The same for every address, and before anybody looks whose it is."""
        self._begin(self._remind(rules.email(email)))

    async def reset_password(self, token: str, password: str) -> None:
        """``Invalid`` naming ``token`` or ``new_password``; all sessions of the user end."""
        strength.check_password_strength(password, "new_password")
        hashed = token_hash(token)
        # Spares the password's hash, which is dear.
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
        await self._sessions.end(ended)

    async def verify_email(self, token: str) -> None:
        """``Invalid`` naming ``token``."""
        now = now_ms()
        confirmed = await self._store.verify_email(token_hash(token), now, now + LIVES["undo"])
        if confirmed is None:
            raise _refused("verify")
        audit.note(
            "email_changed" if confirmed.changed else "email_confirmed",
            user_id=confirmed.user_id,
        )

    async def undo_email_change(self, token: str) -> None:
        """``Invalid`` naming ``token``; all sessions of the user end."""
        undone = await self._store.undo_email_change(token_hash(token), now_ms())
        if undone is None:
            raise _refused("undo")
        audit.note(
            "email_change_undone", user_id=undone.user_id, sessions_ended=len(undone.session_ids)
        )
        await self._sessions.end(undone.session_ids)
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
            # Another one has taken its place.
            return None
        if await self._store.taken(email, user_id, now):
            if await self._used_up("mail_taken", email):
                return None
            return letter("taken", email, self._site)
        if await self._used_up("mail_verify", email):
            return None
        return letter("change", email, self._site, pending.change)

    async def _warn(self, present: str, pending: PendingEmail) -> Letter:
        # No bucket but the user's own: no other mail may keep this one back.
        return letter("undo", present, self._site, pending.undo)

    async def _remind(self, email: str) -> Letter | None:
        found = await self._store.user_of(email)
        audit.note("password_reset_asked", user_id=found[0] if found else None)
        if found is None:
            return None
        used_up = await self._used_up("mail_reset", email)
        # Whoever used it up: a link that is good for a while yet does what this one would.
        if used_up and await self._store.can_reset(*found, now_ms() + A_WHILE):
            return None
        return await self._token("reset", "reset", *found)

    async def _unsent(self, token_hash: str) -> None:
        """It may have arrived all the same, so it stays good, and is no reason to send no other."""
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
        """A letter with a new token; None when the address is not the user's any more."""
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
