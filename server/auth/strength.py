"""What a new password may be. Old ones are not asked: they are known only as hashes."""

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
# A shorter name is in too many words: it may stand in a password that has other letters.
LEAST_NAME = 4
_LETTER = re.compile(r"[^\W\d_]")


class AccountNames(Protocol):
    async def find_me(self, user_id: str) -> Me | None: ...


class NewPasswords:
    """For users who are there already, and called ``new_password``."""

    def __init__(self, accounts: AccountNames) -> None:
        self._accounts = accounts

    async def check_new_password(self, user_id: str, value: str) -> None:
        """As ``check``; of a user who is no more it asks nothing."""
        if me := await self._accounts.find_me(user_id):
            check_password_strength(value, "new_password", username=me.username, email=me.email)


def check_password_strength(value: str, field: str, *, username: str = "", email: str = "") -> None:
    """``Invalid``, naming ``field``, unless ``value`` may become the password of this user, or of
    one who is not known yet."""
    text(value, field, least=MIN_PASSWORD, most=MAX_PASSWORD, strip=False)
    plain = folded(value)
    if not plain:
        raise _refused(field, "must have more than spaces")
    if len(plain) < MIN_PASSWORD:
        raise _refused(field, f"must have at least {MIN_PASSWORD} characters that show")
    if is_common(plain):
        raise _refused(field, "is one of the most common: attackers try it first")
    for name, what in _names(username, email):
        if _holds(plain, name):
            raise _refused(field, f"must not hold {what}")


def _names(username: str, email: str) -> Iterator[tuple[str, str]]:
    local = email.rpartition("@")[0]
    yield username, "your username"
    yield email, "your e-mail address"
    yield local, "your e-mail address"
    # What is after the plus is a label of one's own.
    yield local.partition("+")[0], "your e-mail address"
    yield PRODUCT, "the name of this product"


def _holds(plain: str, name: str) -> bool:
    name = folded(name)
    if not name or name not in plain:
        return False
    return len(name) >= LEAST_NAME or not _LETTER.search(plain.replace(name, ""))


def _refused(field: str, why: str) -> Invalid:
    return Invalid(f"{field} {why}", field=field)
