"""Device marks: a cookie by which a browser shows that an account was signed in there before.

A mark is bound to the account and its password. It does not reveal the password, and it becomes
invalid when the password changes. A mark alone signs nobody in. A sign-in with a mark counts its
failures in a bucket of its own, so that an attacker who guesses at the account's password does not
lock out a user who has a mark.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterator

from server.auth.store import Credentials
from server.auth.tokens import derive_key

# The most accounts for which one browser keeps marks. The latest comes first.
MOST_ACCOUNTS = 4
_ID_BYTES, _TAG_BYTES = 16, 24


class KnownDevices:
    def __init__(self, secret: bytes) -> None:
        self._key = derive_key(secret, "device")

    def recognize_device(self, held: str | None, account: Credentials) -> str | None:
        """The id by which the account knows a browser with these marks; None if it does not."""
        return next(
            (kept.hex() for kept, mark in _marks(held) if self._is(mark, kept, account)), None
        )

    def renewed(self, held: str | None, account: Credentials) -> str:
        """The new marks of a browser that has signed in to the account. A known browser keeps its
        id."""
        found = self.recognize_device(held, account)
        mine = self._mark(
            bytes.fromhex(found) if found else secrets.token_bytes(_ID_BYTES), account
        )
        return ".".join([mine, *(mark for _, mark in _marks(held) if mark != mine)][:MOST_ACCOUNTS])

    def _is(self, mark: str, kept: bytes, account: Credentials) -> bool:
        return hmac.compare_digest(mark, self._mark(kept, account))

    def _mark(self, kept: bytes, account: Credentials) -> str:
        of = b"\0".join((kept, account.user_id.encode(), account.password_hash.encode()))
        tag = hmac.digest(self._key, of, "sha256")[:_TAG_BYTES]
        return base64.urlsafe_b64encode(kept + tag).decode().rstrip("=")


def _marks(held: str | None) -> Iterator[tuple[bytes, str]]:
    """The marks in the cookie, each with the id that it begins with."""
    for mark in (held or "").split(".", MOST_ACCOUNTS)[:MOST_ACCOUNTS]:
        try:
            raw = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4))
        except ValueError:
            continue
        if len(raw) == _ID_BYTES + _TAG_BYTES and mark.isascii():
            yield raw[:_ID_BYTES], mark
