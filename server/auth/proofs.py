"""When a proof still counts inside the transaction that acts on it, as pure functions.

A password is checked before the transaction, since that takes long, and a mailed link was sent long
before it. The row of the credentials is locked when these are asked.
"""

from __future__ import annotations


def is_current(checked_hash: str, present_hash: str | None) -> bool:
    """Whether the password that was checked is still the user's. ``present_hash`` is None once the
    account is deleted."""
    return present_hash is not None and present_hash == checked_hash


def is_to_present_address(token_email: str, email: str) -> bool:
    """Whether a link was sent to the address that is still the user's. A link to an earlier one
    proves nothing now."""
    return token_email == email


def keeps_password(password_proof: str, present_proof: str) -> bool:
    """Whether the password survives the undoing of a change of address. It does if it is the one
    that was given with the change; a later one may have been set by somebody else."""
    return password_proof == present_proof
