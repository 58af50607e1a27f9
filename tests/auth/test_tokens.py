"""Access and refresh tokens, and what presenting a refresh token does, without any tool."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import jwt
import pytest

from server.auth.rotation import REPEAT_GRACE, HeldToken, Rotation, rotate_token
from server.auth.tokens import AccessTokens, RefreshToken, RefreshTokens, derive_key
from server.kernel.errors import TokenExpired, Unauthenticated
from server.kernel.ids import new_id

SECRET = b"k" * 32
NOW = 1_800_000_000_123
ANN, PHONE = new_id(), new_id()


def access(secret: bytes = SECRET, now: int = NOW) -> AccessTokens:
    return AccessTokens(secret, 900, clock=lambda: now)


def claims(**changes: Any) -> dict[str, Any]:
    issued = access().issue(ANN, PHONE, 0, NOW)
    given = jwt.decode(issued, options={"verify_signature": False}) | changes
    return {name: value for name, value in given.items() if value is not None}


def signed(
    changes: dict[str, Any] | None = None, key: bytes | None = None, algorithm: str = "HS256"
) -> str:
    key = derive_key(SECRET, "access") if key is None else key
    return jwt.encode(claims(**(changes or {})), key, algorithm=algorithm)


def test_an_access_token_names_its_user_session_and_end() -> None:
    identity = access().read_access_token(access().issue(ANN, PHONE, 3, NOW))

    assert (identity.user_id, identity.session_id) == (ANN, PHONE)
    assert identity.expires_at == NOW // 1000 * 1000 + 900_000


def test_one_step_of_a_session_has_one_access_token() -> None:
    first = access().issue(ANN, PHONE, 3, NOW)

    assert access(now=NOW + 9_000).issue(ANN, PHONE, 3, NOW) == first
    assert access().issue(ANN, PHONE, 4, NOW) != first


def test_the_claims_are_ours_when_nothing_is_changed() -> None:
    assert access().read_access_token(signed()).user_id == ANN


@pytest.mark.parametrize("claim", ["exp", "iat", "sub", "jti", "sid", "aud", "iss", "typ"])
def test_a_missing_claim_is_unauthenticated(claim: str) -> None:
    with pytest.raises(Unauthenticated):
        access().read_access_token(signed({claim: None}))


@pytest.mark.parametrize(
    "changes",
    [
        {"typ": "refresh"},
        {"aud": "others"},
        {"iss": "others"},
        {"sub": 7},
        {"sid": 7},
        {"exp": "tomorrow"},
        {"exp": 1.5e12},
        {"exp": True},
    ],
)
def test_a_wrong_claim_is_unauthenticated(changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        access().read_access_token(signed(changes))


def test_a_token_expires_at_its_end_and_not_before() -> None:
    token = access().issue(ANN, PHONE, 0, NOW)
    end = access().read_access_token(token).expires_at

    assert access(now=end - 1).read_access_token(token)
    with pytest.raises(TokenExpired):
        access(now=end).read_access_token(token)


@pytest.mark.parametrize("changes", [{"typ": "refresh"}, {"aud": "others"}, {"iss": None}])
def test_an_expired_token_with_another_fault_is_unauthenticated(changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        access().read_access_token(signed({"exp": 1, **changes}))


def test_a_token_from_a_clock_ahead_of_ours_is_good() -> None:
    assert access(now=NOW - 5_000).read_access_token(access().issue(ANN, PHONE, 0, NOW))


@pytest.mark.parametrize("expired", [False, True])
def test_a_token_signed_with_another_key_is_unauthenticated(expired: bool) -> None:
    changes = {"exp": 1} if expired else {}
    for key in (b"x" * 32, SECRET):
        with pytest.raises(Unauthenticated):
            access().read_access_token(signed(changes, key))


def test_other_algorithms_are_unauthenticated() -> None:
    none = jwt.encode(claims(), "", algorithm="none")
    with pytest.raises(Unauthenticated):
        access().read_access_token(none)
    with pytest.raises(Unauthenticated):
        access().read_access_token(signed(key=b"k" * 64, algorithm="HS512"))


def test_a_changed_token_is_unauthenticated() -> None:
    head, _, tag = signed().split(".")
    body = base64.urlsafe_b64encode(b'{"sub":"bob"}').decode().rstrip("=")
    with pytest.raises(Unauthenticated):
        access().read_access_token(f"{head}.{body}.{tag}")


@pytest.mark.parametrize(
    "garbage",
    ["", "x", "a.b.c", "é.é.é", "\ud800", "." * 5, base64.b64encode(b"[" * 60_000).decode()],
    ids=lambda text: ascii(text)[:20],
)
def test_garbage_is_unauthenticated(garbage: str) -> None:
    for text in (garbage, f"{garbage}.e30.x"):
        with pytest.raises(Unauthenticated):
            access().read_access_token(text)


# Refresh tokens


@pytest.fixture
def tokens() -> RefreshTokens:
    return RefreshTokens(SECRET, ttl=3600)


def test_a_refresh_token_reads_back(tokens: RefreshTokens) -> None:
    first = tokens.first(PHONE)

    assert tokens.read_refresh_token(tokens.text(first)) == first
    assert tokens.first(PHONE) != first


def test_a_successor_is_the_same_on_every_node(tokens: RefreshTokens) -> None:
    first = tokens.first(PHONE)
    second = tokens.successor(first, 1)

    assert RefreshTokens(SECRET, 3600).successor(first, 1) == second
    assert tokens.successor(first, 2).secret != second.secret
    assert RefreshTokens(b"x" * 32, 3600).successor(first, 1).secret != second.secret


def test_only_our_own_text_reads_to_the_letter(tokens: RefreshTokens) -> None:
    text = tokens.text(tokens.first(PHONE))

    for position in range(len(text)):
        changed = "A" if text[position] != "A" else "B"
        assert tokens.read_refresh_token(text[:position] + changed + text[position + 1 :]) is None
    for other in (
        "",
        "x",
        "é",
        "\ud800",
        text + "=",
        text + "A",
        text[:-1],
        " " + text,
        "!" + text,
    ):
        assert tokens.read_refresh_token(other) is None
    assert RefreshTokens(b"x" * 32, 3600).read_refresh_token(text) is None


def test_neither_token_serves_as_the_other(tokens: RefreshTokens) -> None:
    assert tokens.read_refresh_token(access().issue(ANN, PHONE, 0, NOW)) is None
    with pytest.raises(Unauthenticated):
        access().read_access_token(tokens.text(tokens.first(PHONE)))


def test_a_refresh_token_hides_its_secret(tokens: RefreshTokens) -> None:
    first = tokens.first(PHONE)
    assert str(first.secret) not in repr(first)


# Turns


class Case:
    """A session just begun, and its first token."""

    def __init__(self, tokens: RefreshTokens) -> None:
        self.tokens = tokens
        self.first = tokens.first(PHONE)
        hashed = tokens.fingerprint(self.first)
        self.held = HeldToken(
            user_id=ANN,
            token_hash=hashed,
            parent_hash=None,
            generation=0,
            parent_generation=None,
            rotated_at=NOW,
            expires_at=NOW + 3_600_000,
            revoked_at=None,
        )

    def present(self, token: RefreshToken, at: int) -> Rotation:
        """Takes the turn, as the database would."""
        taken = rotate_token(self.held, token, self.tokens, NOW + at)
        self.held = taken.held
        return taken

    def advance(self, token: RefreshToken, at: int) -> RefreshToken:
        token_or_none = self.present(token, at).token
        assert token_or_none is not None
        return token_or_none


@pytest.fixture
def case(tokens: RefreshTokens) -> Case:
    return Case(tokens)


def test_the_newest_token_is_spent_for_its_successor(case: Case) -> None:
    second = case.advance(case.first, at=5_000)

    assert second.generation == case.held.generation == 1
    assert case.held.parent_generation == 0
    assert case.held.rotated_at == NOW + 5_000
    assert case.held.expires_at == NOW + 5_000 + 3_600_000


def test_a_repeat_gets_the_same_answer_and_changes_nothing(case: Case) -> None:
    second = case.advance(case.first, at=0)
    held = case.held

    assert case.advance(case.first, at=REPEAT_GRACE) == second
    assert case.held == held


def test_a_late_repeat_gets_a_new_pair_and_voids_the_unused_one(case: Case) -> None:
    void = case.advance(case.first, at=0)
    later = case.advance(case.first, at=REPEAT_GRACE + 1)

    assert later.generation == 2
    assert case.advance(case.first, at=2 * REPEAT_GRACE) == later
    assert case.present(void, at=REPEAT_GRACE + 2) == Rotation(case.held)
    assert case.advance(later, at=REPEAT_GRACE + 3).generation == 3


def test_a_token_whose_successor_was_used_revokes_the_session(case: Case) -> None:
    second = case.advance(case.first, at=0)
    third = case.advance(second, at=1)

    taken = case.present(case.first, at=2)

    assert taken.reused and taken.token is None
    assert case.held.revoked_at == NOW + 2
    assert case.present(third, at=3) == Rotation(case.held)


def test_an_expired_session_refuses(case: Case) -> None:
    assert case.present(case.first, at=3_600_000) == Rotation(case.held)
    assert case.advance(case.first, at=3_599_999)


def test_a_genuine_token_that_the_row_never_had_is_refused_and_revokes_nothing(
    case: Case,
) -> None:
    # After a restore from a backup, clients hold tokens from the lost future.
    future = case.tokens.successor(case.first, 7)

    assert case.present(future, at=0) == Rotation(case.held)
    assert case.present(replace(case.first, secret=b"x" * 32), at=0) == Rotation(case.held)
    assert case.held.revoked_at is None
