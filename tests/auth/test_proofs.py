"""When a password that was checked, or a mailed link, still counts."""

from __future__ import annotations

import pytest

from server.auth import proofs


@pytest.mark.parametrize(("present", "counts"), [("hash", True), ("other", False), (None, False)])
def test_a_checked_password_counts_while_it_is_the_users(present: str | None, counts: bool) -> None:
    assert proofs.is_current("hash", present) is counts


def test_a_link_counts_at_the_present_address_alone() -> None:
    assert proofs.is_to_present_address("ann@example.com", "ann@example.com")
    assert not proofs.is_to_present_address("old@example.com", "ann@example.com")


def test_undoing_a_change_keeps_the_password_that_was_given_with_it() -> None:
    assert proofs.keeps_password("proof", "proof")
    assert not proofs.keeps_password("proof", "later proof")
