"""Decides whether a proof is still valid in the transaction that acts on it. All functions are
pure.

A password is checked before the transaction, because a check takes long, and a mailed link was sent
long before it. The caller has locked the row of the credentials.
"""

from __future__ import annotations


def is_current(checked_hash: str, present_hash: str | None) -> bool:
    """Whether the password that was checked is still the user's. ``present_hash`` is None if the
    account was deleted."""
    return present_hash is not None and present_hash == checked_hash


def is_to_present_address(token_email: str, email: str) -> bool:
    """Whether a link was sent to the user's present address. A link that was sent to an earlier
    address proves nothing any more."""
    return token_email == email


def keeps_password(password_proof: str, present_proof: str) -> bool:
    """Whether the password stays valid when a change of address is undone. It does if it is the
    password that was given with the change. A later password may have been set by an attacker."""
    return password_proof == present_proof
