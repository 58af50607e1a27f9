"""E-mail addresses as mail servers and DNS know them."""

from __future__ import annotations

from functools import lru_cache

import idna


def to_ascii_address(address: str) -> str | None:
    """The address with its domain in the form of IDNA, which every mail server takes. None if the
    domain cannot be one.

    The part before the @ stays as it is, also where it is not ASCII.
    """
    local, _, domain = address.rpartition("@")
    ascii_domain = _to_ascii(domain)
    return f"{local}@{ascii_domain}" if ascii_domain else None


@lru_cache(maxsize=4_096)
def _to_ascii(domain: str) -> str | None:
    """The domain with each label that is not ASCII as ``xn--…``; None if it has only one label, an
    empty one, or one that IDNA refuses."""
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return None
    labels = domain.split(".")
    return domain if len(labels) > 1 and all(labels) else None
