"""Refresh tokens: rotated, repeatable for a while, and a stolen one ends the session.

Time passes here by moving what the database knows of the last rotation.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import jwt
import pytest

from tests.support.answers import code_of
from tests.support.client import Http, Refused, User, new_id
from tests.support.database import query
from tests.support.node import Node
from tests.support.session_calls import (
    HALF_A_YEAR,
    THIRTY_DAYS,
    grown_older,
    refresh,
    refused_refresh,
)
from tests.support.world import World, world_of


async def pass_seconds(user: User, seconds: int) -> None:
    """The user's session was last rotated, and would expire, that much earlier."""
    await query(
        user.node,
        "UPDATE sessions SET rotated_at = rotated_at - $1, expires_at = expires_at - $1"
        " WHERE id = $2",
        seconds * 1000,
        user.session["session_id"],
    )


@pytest.fixture
async def ann(world: World) -> User:
    return await world.user("ann", connect=False)


async def test_refresh_answers_the_next_pair(ann: User, here: Node, there: Node) -> None:
    session = await refresh(there, ann.session)

    assert session.keys() == ann.session.keys()
    assert session["session_id"] == ann.session["session_id"]
    assert session["user"] == ann.session["user"]
    assert session["refresh_token"] != ann.session["refresh_token"]
    assert session["access_token"] != ann.session["access_token"]
    for node in (here, there):
        assert await code_of(node, session["access_token"]) == "ok"
        # It is the same session, and its first access token has not expired.
        assert await code_of(node, ann.token) == "ok"
    assert (await refresh(here, session))["refresh_token"] != session["refresh_token"]


async def test_refresh_ten_at_once_is_one_rotation(ann: User, here: Node, there: Node) -> None:
    answers = await asyncio.gather(*(refresh((here, there)[n % 2], ann.session) for n in range(10)))

    assert all(answer == answers[0] for answer in answers)
    [row] = await query(
        here, "SELECT generation FROM sessions WHERE id = $1", ann.session["session_id"]
    )
    assert row["generation"] == 1
    assert await refresh(there, answers[9])


async def test_refresh_repeated_soon_gets_the_same_answer(
    ann: User, here: Node, there: Node
) -> None:
    first = await refresh(here, ann.session)
    await pass_seconds(ann, 5)
    again = await refresh(there, ann.session)

    assert again["refresh_token"] == first["refresh_token"]
    assert await code_of(here, again["access_token"]) == "ok"


async def test_refresh_repeated_later_gets_a_new_pair_and_voids_the_unused_one(
    ann: User, here: Node, there: Node
) -> None:
    unused = await refresh(here, ann.session)
    await pass_seconds(ann, 11)
    session = await refresh(there, ann.session)

    assert session["refresh_token"] != unused["refresh_token"]
    assert session["session_id"] == unused["session_id"]
    # Void, but no sign of a theft: the session goes on.
    assert await refused_refresh(here, unused) == "unauthenticated"
    assert await code_of(here, session["access_token"]) == "ok"
    assert await refresh(here, session)


async def test_refresh_with_a_token_whose_successor_was_used_revokes_the_session(
    ann: User, here: Node, there: Node
) -> None:
    second = await refresh(here, ann.session)
    third = await refresh(here, second)

    assert await refused_refresh(there, ann.session) == "unauthenticated"

    for node in (here, there):
        for session in (ann.session, second, third):
            assert await code_of(node, session["access_token"]) == "unauthenticated"
            assert await refused_refresh(node, session) == "unauthenticated"


async def test_refresh_counts_a_used_successor_at_any_later_time(ann: User, here: Node) -> None:
    second = await refresh(here, ann.session)
    third = await refresh(here, second)
    await pass_seconds(ann, 24 * 3600)

    assert await refused_refresh(here, ann.session) == "unauthenticated"
    assert await refused_refresh(here, third) == "unauthenticated"


async def test_refresh_makes_the_session_last(ann: User, here: Node) -> None:
    await pass_seconds(ann, THIRTY_DAYS - 60)
    session = await refresh(here, ann.session)
    await pass_seconds(ann, THIRTY_DAYS - 60)
    assert await refresh(here, session)


async def test_refresh_after_the_session_has_expired(ann: User, here: Node, there: Node) -> None:
    await pass_seconds(ann, THIRTY_DAYS + 1)
    for node in (here, there):
        assert await refused_refresh(node, ann.session) == "unauthenticated"


async def test_refresh_makes_no_session_last_for_ever(ann: User, here: Node, there: Node) -> None:
    await grown_older(ann, HALF_A_YEAR - 600)

    session = await refresh(there, ann.session)

    # The access token ends with the session, before its own time, and so does the session's row.
    assert 500 < session["expires_in"] <= 600
    claims = jwt.decode(session["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == session["expires_in"]
    [row] = await query(
        here,
        "SELECT expires_at - created_at AS life FROM sessions WHERE id = $1",
        ann.session["session_id"],
    )
    assert 0 <= HALF_A_YEAR * 1000 - row["life"] < 1000
    assert await refresh(here, session)
    # Also where the row says otherwise: a session that is older than a setting.
    session = await refresh(here, (await refresh(here, session)))
    await grown_older(ann, 601)
    for node in (here, there):
        assert await refused_refresh(node, session) == "unauthenticated"


async def test_sockets_end_with_their_session(folder: Path) -> None:
    node = Node(folder, SESSION_MAX_AGE="3s").start()
    try:
        async with world_of([node]) as world:
            ann = await world.user("ann")
            assert ann.session["expires_in"] <= 3
            await ann.hear("closing", code="token_expired")
            assert await code_of(node, ann.token) == "token_expired"
            assert await refused_refresh(node, ann.session) == "unauthenticated"
    finally:
        node.stop()


async def test_refresh_refuses_what_is_no_refresh_token(ann: User, here: Node) -> None:
    good = ann.session["refresh_token"]
    middle = len(good) // 2
    swapped = "A" if good[middle] != "A" else "B"
    for token in (
        "",
        "x",
        "é",
        ann.token,
        good[:-1],
        good + "A",
        good[:middle] + swapped + good[middle + 1 :],
        new_id(),
    ):
        assert await refused_refresh(here, {"refresh_token": token}) == "unauthenticated"
    assert await refresh(here, ann.session)


async def test_refresh_names_a_missing_token(here: Node) -> None:
    http = Http(here)
    for body in ({}, {"refresh_token": None}):
        with pytest.raises(Refused) as refused:
            await http("POST", "/auth/refresh", body)
        assert (refused.value.code, refused.value.field) == ("validation_failed", "refresh_token")
    await http.close()
