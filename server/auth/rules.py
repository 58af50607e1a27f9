"""Checks names and email addresses, and makes the keys by which they are compared. Passwords are
checked in strength.py.

Each check returns the value to store, or raises ``Invalid`` with the name of the field.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from server.auth.reserved import is_reserved
from server.kernel.errors import Invalid
from server.kernel.folding import fold_name
from server.kernel.mailbox import to_ascii_address
from server.kernel.unseen import has_unseen, one_line
from server.kernel.wire import characters, text

MAX_LOGIN = 254
MIN_USERNAME, MAX_USERNAME, MAX_EMAIL, MAX_NAME, MAX_DEVICE = 2, 32, 254, 64, 200
MIN_PASSWORD, MAX_PASSWORD = 8, 1024
_MAX_DISPLAY_KEY = 192

_USERNAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
# Only a mail that arrives proves that an address exists. This pattern keeps out texts that must not
# be handed to a mailer.
_EMAIL = re.compile(r'[^@\s\x00-\x1f\x7f<>()\[\]\\,;:"]+@[^@\s\x00-\x1f\x7f<>()\[\]\\,;:"]+')

# Fields as they are received, before the checks below.
Username = Annotated[str, characters(MIN_USERNAME, MAX_USERNAME, pattern=f"^{_USERNAME.pattern}$")]
Email = Annotated[str, characters(3, MAX_EMAIL)]
NewPassword = Annotated[str, characters(MIN_PASSWORD, MAX_PASSWORD)]
DisplayName = Annotated[str, characters(1, MAX_NAME)]
Device = Annotated[str, characters(0, MAX_DEVICE)]


def username(value: str) -> str:
    value = text(value, "username", least=MIN_USERNAME, most=MAX_USERNAME, strip=False)
    if not _USERNAME.fullmatch(value):
        raise Invalid(
            "username can contain letters, digits, _, . and -, and must begin and end with a "
            "letter, a digit or _.",
            field="username",
        )
    return value


def check_unreserved(username: str, own: str | None = None) -> None:
    """Refuses a name that nobody may take. ``own``: the user's present name, which stays theirs."""
    if is_reserved(username) and (own is None or username_key(own) != username_key(username)):
        raise Invalid("This username is reserved. Choose another one.", field="username")


def email(value: str) -> str:
    value = unicodedata.normalize("NFC", text(value, "email", least=3, most=MAX_EMAIL))
    # Some letters become two in lower case, so the key may be too long for its column. The form in
    # which mails go out may be too long for SMTP.
    if (
        not _EMAIL.fullmatch(value)
        or has_unseen(value)
        or not (sent_as := to_ascii_address(value))
        or len(sent_as) > MAX_EMAIL
        or len(email_key(value)) > MAX_EMAIL
    ):
        raise Invalid("email must be an address such as ann@example.com.", field="email")
    return value


def display_name(value: str) -> str:
    return one_line(value, "display_name", least=1, most=MAX_NAME)


def device(value: str | None) -> str | None:
    """The name of a device; None if it is blank."""
    return one_line(value, "device", most=MAX_DEVICE) or None if value else None


def username_key(value: str) -> str:
    return value.lower()


def email_key(value: str) -> str:
    """A key for comparing addresses: without case, the letters before the @ in their composed form,
    and the domain as DNS knows it. A text that is no address gets a key that no address has.
    """
    composed = unicodedata.normalize("NFC", value)
    return (to_ascii_address(composed) or composed).lower()


def login_key(value: str) -> str:
    """A key for comparing what is typed as an address or as a username."""
    return email_key(value) if "@" in value else username_key(value)


def display_key(value: str) -> str:
    """A key for searching names without regard to case, accents and how letters are composed."""
    return fold_name(value)[:_MAX_DISPLAY_KEY]
