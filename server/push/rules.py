"""Checks the fields of a browser's subscription."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from msgspec import Meta

from server.kernel.errors import Invalid
from server.kernel.wire import characters

MOST_ENDPOINT = 2_048
AUTH_BYTES = 16

Endpoint = Annotated[str, characters(1, MOST_ENDPOINT, format="uri")]
# The base64url text of at most 65 bytes, possibly with padding.
AlertKey = Annotated[str, Meta(max_length=128)]


def public_key(text: str, field: str) -> str:
    """Checks that the text is an uncompressed point on P-256, and returns it as base64url without
    padding."""
    raw = _decoded(text, field)
    try:
        if len(raw) != 65:
            raise ValueError
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw)
    except ValueError:
        raise Invalid(f"{field} must be an uncompressed point on P-256.", field=field) from None
    return encoded(raw)


def auth_secret(text: str, field: str) -> str:
    raw = _decoded(text, field)
    if len(raw) != AUTH_BYTES:
        raise Invalid(f"{field} must have {AUTH_BYTES} bytes.", field=field)
    return encoded(raw)


def endpoint(text: str) -> str:
    """Checks the length and characters of an endpoint. The transport checks where it leads."""
    plain = text.isascii() and text.isprintable() and not set(text) & set(' "<>\\^`{|}')
    if not plain or len(text) > MOST_ENDPOINT:
        message = f"endpoint must be a URL of at most {MOST_ENDPOINT} characters."
        raise Invalid(message, field="endpoint")
    return text


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(text: str, field: str) -> bytes:
    """Decodes base64 in either alphabet, with or without padding, because clients differ."""
    try:
        plain = text.rstrip("=").replace("+", "-").replace("/", "_")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(f"{field} must be base64url.", field=field) from None
