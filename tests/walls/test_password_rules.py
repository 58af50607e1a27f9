"""The rules for passwords: at sign-up, when a password is changed, and when it is reset."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.auth.common import FILE, Bloom, folded, is_common
from server.auth.passwords import Passwords
from tests.support.client import PASSWORD, Http, Refused, unique
from tests.support.world import World

# Passwords that people often choose, from the lists that are published every year.
COMMON = [
    *("password", "12345678", "123456789", "1234567890", "qwertyuiop", "iloveyou", "princess"),
    *("sunshine", "football", "baseball", "superman", "trustno1", "password1", "password123"),
    *("1q2w3e4r", "qwerty123", "11111111", "00000000", "987654321", "1qaz2wsx", "letmein1"),
    *("zaq12wsx", "michelle", "asdfghjkl", "computer", "starwars", "whatever", "iloveyou1"),
    *("passw0rd", "p@ssw0rd", "qwerty12345", "admin123", "abcd1234", "welcome1", "dragonball"),
]


# What shows nothing, and is neither a control nor a format character; marks on nothing.
UNSEEN = ["\ufe0f", "\u180b", "\U000e0100", "\u17b4", "\u2065", "\ufff0", "\u0300", "\u20dd"]


@pytest.mark.parametrize("password", COMMON)
def test_common_ones_are_known_however_they_are_written(password: str) -> None:
    for written in (
        password,
        password.upper(),
        password.title(),
        f"  {password} ",
        f"{password[:3]}\u200b{password[3:]}",
        "".join(chr(ord(c) + 0xFEE0) for c in password),
    ):
        assert is_common(folded(written)), written


def test_one_good_password_in_thousands_is_taken_for_a_common_one() -> None:
    taken = sum(is_common(secrets.token_hex(8)) for _ in range(20_000))
    assert taken < 20
    for good in (PASSWORD, "correct horse battery staple", "caf\u00e9 au lait", "zut alors 17"):
        assert not is_common(folded(good))


def test_the_filter_is_small_and_knows_what_it_was_made_of() -> None:
    assert FILE.stat().st_size < 300_000
    # Such a filter takes one other word in thousands for one of its own, so the words are fixed.
    words = [f"a word, number {n}" for n in range(1_000)]
    made = Bloom.of(words, size=2_400)
    assert all(word in made for word in words)
    assert not any(f"another word, number {n}" in made for n in range(50))


def refused_for(username: str) -> dict[str, str]:
    """Passwords that the user may not have, each with a word from the reason."""
    return {
        "seven77": "8 to 1024",
        "x" * 1025: "8 to 1024",
        "        ": "spaces",
        "\u00a0\u2003\u3000 \t  \u2028": "spaces",
        "\u200b\u200d\u2060\ufeff\u00ad\u3164\u2800 \u115f": "spaces",
        "a\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b": "at least 8",
        **{letter * 8: "spaces" for letter in UNSEEN},
        "a" + "\ufe0f" * 8: "at least 8",
        "password1\ufe0f": "common",
        "pass\u17b4word1": "common",
        f"{username[:1]}\ufe0f{username[1:]}": "username",
        f"{username[:2]}\U000e0100{username[2:]} and more": "username",
        "     seven77     ": "at least 8",
        # Eight code points as sent, but only four letters once they are composed.
        "e\u0301" * 4: "at least 8",
        "Sunshine": "common",
        " PASSWORD123 ": "common",
        username: "username",
        f"my {username.upper()} is long": "username",
        f"{username}@example.com": "username",
        "realtime Chat, 2026": "product",
    }


def test_marks_are_kept_on_letters() -> None:
    for written in ("e\u0301", "e\ufe0f\u0301", "\u0301\u00e9", "\u0300 \u00e9"):
        assert folded(written) == "\u00e9", written
    assert folded("\u0915\u094d") == "\u0915\u094d"
    assert folded("x\u0338 \u0338 y") == "x\u0338 y"


async def test_a_password_from_before_is_good_whatever_is_folded_away() -> None:
    """Its hash is of what was typed, and not of what the rules see."""
    passwords = Passwords()
    try:
        for old in ("\ufe0f" * 8, "\u0300" * 8, "password1\ufe0f"):
            hashed = await passwords.hash_password(old)
            assert await passwords.verify_password(hashed, old)
            assert not await passwords.verify_password(hashed, folded(old))
    finally:
        passwords.close()


async def refusal(call: Any) -> tuple[str, str | None, str]:
    with pytest.raises(Refused) as refused:
        await call
    return refused.value.code, refused.value.field, refused.value.error["detail"]


@pytest.fixture
async def guest(world: World) -> AsyncIterator[Http]:
    http = Http(world.nodes[0])
    yield http
    await http.close()


async def test_at_signup(guest: Http) -> None:
    name = unique("ann")
    body = {"username": name, "email": f"{name}@example.com"}
    for password, why in refused_for(name).items():
        code, field, detail = await refusal(
            guest("POST", "/auth/signup", {**body, "password": password})
        )
        assert (code, field) == ("validation_failed", "password"), password
        assert why in detail, (password, detail)
    # The refused attempts have left nothing behind.
    assert await guest("POST", "/auth/signup", {**body, "password": PASSWORD})


@pytest.mark.parametrize(
    ("email", "password", "good"),
    [
        ("wilhelmina@example.com", "Wilhelmina 1880", False),
        ("wilhelmina+chess@example.com", "my wilhelmina 99", False),
        ("w.helm@example.com", "W.HELM@example.com", False),
        # A short name occurs in many words.
        ("al@example.com", "galvanic alabaster", True),
        ("al@example.com", "alalalal1234", False),
        ("al@example.com", "AL-6471-9938", False),
        ("al@example.com", "al, 6471 lamps", True),
    ],
)
async def test_with_ones_address(guest: Http, email: str, password: str, good: bool) -> None:
    local, _, host = email.partition("@")
    # Each account has a different address with the same name before the @.
    address = f"{local}@{unique('host').replace('_', '-')}.{host}"
    body = {"username": unique("bob"), "email": address, "password": password}
    if "@" in password:
        body["password"] = address.upper()
    if good:
        assert await guest("POST", "/auth/signup", body)
        return
    code, field, detail = await refusal(guest("POST", "/auth/signup", body))
    assert (code, field) == ("validation_failed", "password")
    assert "email" in detail


async def test_with_a_short_username(guest: Http) -> None:
    # There are enough names of three letters for one to be free.
    name = secrets.token_hex(8)[:3]
    body = {"username": name, "email": f"{unique('x')}@example.com"}
    code, field, _ = await refusal(
        guest("POST", "/auth/signup", {**body, "password": f"{name}-{name}-{name}!!"})
    )
    assert (code, field) == ("validation_failed", "password")


async def test_when_it_is_changed(world: World) -> None:
    ann = await world.user("ann", connect=False)
    for password, why in refused_for(ann.username).items():
        body = {"current_password": PASSWORD, "new_password": password}
        code, field, detail = await refusal(ann.http("POST", "/auth/password", body))
        assert (code, field) == ("validation_failed", "new_password"), password
        assert why in detail, (password, detail)
    assert await ann.http("GET", "/users/me")
    body = {"current_password": PASSWORD, "new_password": "another good password"}
    assert await ann.http("POST", "/auth/password", body) is None


async def test_with_the_username_that_one_has_now(world: World) -> None:
    ann = await world.user("ann", connect=False)
    now = unique("annabel")
    await ann.http("PATCH", "/users/me", {"username": now})
    body = {"current_password": PASSWORD, "new_password": f"it is {now}"}
    code, field, _ = await refusal(ann.http("POST", "/auth/password", body))
    assert (code, field) == ("validation_failed", "new_password")
