"""Checks new passwords. Stored passwords cannot be checked, since only their hashes are known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from server.auth.common import SHORTEST, folded, is_common
from server.auth.entity import Me
from server.auth.rules import MAX_PASSWORD, MIN_PASSWORD
from server.kernel.errors import Invalid
from server.kernel.wire import text

assert SHORTEST == MIN_PASSWORD

PRODUCT = "chat"
# A name shorter than this is part of too many words, so a password may contain it besides other
# letters.
LEAST_NAME = 4
_LETTER = re.compile(r"[^\W\d_]")


class AccountNames(Protocol):
    """Finds a user's own names; None if the user was deleted."""

    async def find_me(self, user_id: str) -> Me | None: ...


class NewPasswords:
    """Checks the field ``new_password`` of calls by existing users."""

    def __init__(self, accounts: AccountNames) -> None:
        self._accounts = accounts

    async def check_new_password(self, user_id: str, value: str) -> None:
        """Does the same as ``check_password_strength``; checks nothing if the user was deleted."""
        if me := await self._accounts.find_me(user_id):
            check_password_strength(value, "new_password", username=me.username, email=me.email)


def check_password_strength(value: str, field: str, *, username: str = "", email: str = "") -> None:
    """Raises ``Invalid`` with ``field`` unless ``value`` may become the password of this user.
    ``username`` and ``email`` are empty if the user is not known yet."""
    text(value, field, least=MIN_PASSWORD, most=MAX_PASSWORD, strip=False)
    plain = folded(value)
    if not plain:
        raise _refused(field, "must not be only spaces.")
    if len(plain) < MIN_PASSWORD:
        raise _refused(field, f"must have at least {MIN_PASSWORD} visible characters.")
    if is_common(plain):
        raise _refused(field, "is too common. Attackers try common passwords first.")
    for name, what in _names(username, email):
        if _holds(plain, name):
            raise _refused(field, f"must not contain {what}.")


def _names(username: str, email: str) -> Iterator[tuple[str, str]]:
    local = email.rpartition("@")[0]
    yield username, "your username"
    yield email, "your email address"
    yield local, "your email address"
    # The part after a plus is a label that the user chose.
    yield local.partition("+")[0], "your email address"
    yield PRODUCT, "the name of this product"


def _holds(plain: str, name: str) -> bool:
    name = folded(name)
    if not name or name not in plain:
        return False
    return len(name) >= LEAST_NAME or not _LETTER.search(plain.replace(name, ""))


def _refused(field: str, why: str) -> Invalid:
    return Invalid(f"{field} {why}", field=field)
