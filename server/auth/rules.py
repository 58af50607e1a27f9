"""What a name and an address may look like, and the forms they are compared in; strength.py is
about passwords.

Each check returns the value to keep or raises ``Invalid`` naming the field.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from server.kernel.errors import Invalid
from server.kernel.wire import characters, text

MAX_LOGIN = 254
MAX_USERNAME, MAX_EMAIL, MAX_NAME, MAX_DEVICE = 32, 254, 64, 200
MIN_PASSWORD, MAX_PASSWORD = 8, 1024
_MAX_DISPLAY_KEY = 192

_USERNAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
# Only a mail that arrives proves an address; this keeps out what no mailer should be given.
_EMAIL = re.compile(
    r'[^@\s\x00-\x1f\x7f<>()\[\]\\,;:"]+@[^@\s\x00-\x1f\x7f<>()\[\]\\,;:".]+'
    r'(?:\.[^@\s\x00-\x1f\x7f<>()\[\]\\,;:".]+)+'
)

# What is given, before its check below.
Username = Annotated[str, characters(2, MAX_USERNAME, pattern=f"^{_USERNAME.pattern}$")]
Email = Annotated[str, characters(3, MAX_EMAIL)]
NewPassword = Annotated[str, characters(MIN_PASSWORD, MAX_PASSWORD)]
DisplayName = Annotated[str, characters(1, MAX_NAME)]
Device = Annotated[str, characters(0, MAX_DEVICE)]


def username(value: str) -> str:
    value = text(value, "username", least=2, most=MAX_USERNAME, strip=False)
    if not _USERNAME.fullmatch(value):
        raise Invalid(
            "username may have letters, digits, _, . and -, and begins and ends with a letter, "
            "a digit or _",
            field="username",
        )
    return value


def email(value: str) -> str:
    value = text(value, "email", least=3, most=MAX_EMAIL)
    # Some letters become two in lower case, and the column of the key is as long as the address.
    if not _EMAIL.fullmatch(value) or len(email_key(value)) > MAX_EMAIL:
        raise Invalid("email must be an address such as ann@example.com", field="email")
    return value


def display_name(value: str) -> str:
    value = text(value, "display_name", least=1, most=MAX_NAME)
    if any(unicodedata.category(letter) == "Cc" for letter in value):
        raise Invalid("display_name must be one line", field="display_name")
    return value


def device(value: str | None) -> str | None:
    """None for a blank one."""
    return text(value, "device", most=MAX_DEVICE) or None if value else None


def username_key(value: str) -> str:
    return value.lower()


def email_key(value: str) -> str:
    return value.lower()


def display_key(value: str) -> str:
    """For searching only: letters compared without case, however they were composed."""
    return unicodedata.normalize("NFC", value).casefold()[:_MAX_DISPLAY_KEY]
