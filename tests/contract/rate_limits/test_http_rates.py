"""Limits of requests: for each user, and for each address where nobody has signed in."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.support.client import PASSWORD, Http, Refused
from tests.support.node import Node
from tests.support.rate_limits import (
    Guests,
    check_burst,
    check_rate_limited,
    new_address,
    outcomes,
    sign_up_as,
)

# --- HTTP ---


async def test_http_is_limited_for_each_user(strict: list[Node], guests: Guests) -> None:
    """On all nodes together, wherever the user calls from."""
    ann, bob = [await guests.user(strict[0], name) for name in ("ann", "bob")]
    calls = [guests.caller(strict[n % len(strict)]) for n in range(4)]
    for each in calls:
        each.token = ann.token
    done, refused = await outcomes([calls[n % 4]("GET", "/users/me") for n in range(70)])
    check_burst(done, 60, strict)
    check_rate_limited(refused, "http")
    assert await bob.http("GET", "/users/me")


async def test_a_rate_limited_request_says_when_to_come_back(
    strict: list[Node], guests: Guests
) -> None:
    ann = await guests.user(strict[0], "ann")
    await outcomes([ann.http("GET", "/unread") for _ in range(70)])
    status, headers, body = await ann.http.raw("POST", "/rooms", json={})
    problem = json.loads(body)
    assert status == 429
    assert headers["Content-Type"] == "application/problem+json"
    assert (problem["status"], problem["code"]) == (429, "rate_limited")
    assert headers["Retry-After"] == str(problem["retry_after"])


async def test_open_calls_are_limited_for_each_address(strict: list[Node], guests: Guests) -> None:
    address = new_address()
    calls = [guests.caller(node, address) for node in strict]
    body = {"refresh_token": "x"}
    _, refused = await outcomes(
        [calls[n % len(calls)]("POST", "/auth/refresh", body) for n in range(70)]
    )
    codes = Counter(each.code for each in refused)
    assert codes.keys() == {"unauthenticated", "rate_limited"}
    check_burst(codes["unauthenticated"], 60, strict)
    check_rate_limited([each for each in refused if each.code == "rate_limited"], "http")
    with pytest.raises(Refused) as other:
        await guests.caller(strict[0])("POST", "/auth/refresh", body)
    assert other.value.code == "unauthenticated"


async def test_signup_is_limited_for_each_address(strict: list[Node], guests: Guests) -> None:
    address = new_address()
    calls = [guests.caller(node, address) for node in strict]
    done, refused = await outcomes([sign_up_as(calls[n % len(calls)], "ann") for n in range(20)])
    check_burst(done, 10, strict)
    check_rate_limited(refused, "signup")
    assert await sign_up_as(guests.caller(strict[0]), "bob")


async def test_signin_is_limited_after_five_failures(strict: list[Node], guests: Guests) -> None:
    ann = await guests.user(strict[0], "ann")
    address = new_address()
    calls = [guests.caller(node, address) for node in strict]

    def signin(http: Http, password: str, login: str = ann.username) -> Any:
        return http("POST", "/auth/signin", {"login": login, "password": password})

    # A success in between: five in a row are meant.
    for n in range(4):
        with pytest.raises(Refused):
            await signin(calls[n % len(calls)], "wrong password")
    await signin(calls[0], PASSWORD)
    _, refused = await outcomes([signin(calls[n % len(calls)], "wrong again") for n in range(15)])
    codes = Counter(each.code for each in refused)
    assert codes.keys() == {"invalid_credentials", "rate_limited"}
    check_burst(codes["invalid_credentials"], 5, strict)
    check_rate_limited([each for each in refused if each.code == "rate_limited"], "signin")
    # Not even the right one, in whatever case the login is written.
    with pytest.raises(Refused) as right:
        await signin(calls[-1], PASSWORD, ann.username.upper())
    assert right.value.code == "rate_limited"
    # Nobody can lock ann out of where she is herself.
    assert await signin(guests.caller(strict[0]), PASSWORD)


async def test_signin_is_limited_for_each_address(strict: list[Node], guests: Guests) -> None:
    ann = await guests.user(strict[0], "ann")
    body = {"login": ann.username, "password": PASSWORD}
    address = new_address()
    calls = [guests.caller(node, address) for node in strict]
    done, refused = await outcomes(
        [calls[n % len(calls)]("POST", "/auth/signin", body) for n in range(35)]
    )
    check_burst(done, 25, strict)
    check_rate_limited(refused, "signin")
    assert await guests.caller(strict[0])("POST", "/auth/signin", body)
