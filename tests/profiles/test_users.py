"""Looking at oneself and at others."""

from __future__ import annotations

from secrets import token_hex
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.client import Refused, User, new_id
from tests.support.shared_world import SharedWorld
from tests.support.world import World

USER = {"id", "username", "display_name", "bio", "avatar_url", "status", "deleted", "created_at"}


@pytest.fixture
async def ann(shared_world: SharedWorld) -> User:
    return await shared_world.user("ann", connect=False)


@pytest.fixture
async def bob(shared_world: SharedWorld) -> User:
    return await shared_world.user("bob", connect=False)


async def refused(user: User, path: str) -> tuple[str, str | None]:
    with pytest.raises(Refused) as error:
        await user.http("GET", path)
    return error.value.code, error.value.field


async def names(user: User, query: str) -> list[str]:
    """The usernames of the first page."""
    page = await user.http("GET", f"/users?{query}")
    return [found["username"] for found in page["items"]]


async def test_users_me(ann: User) -> None:
    assert await ann.http("GET", "/users/me") == ann.session["user"]


async def test_users_by_id_shows_what_everybody_may_see(ann: User, bob: User) -> None:
    me = bob.session["user"]
    seen = await ann.http("GET", f"/users/{bob.id.upper()}")
    assert seen == {key: me[key] for key in USER}
    assert await bob.http("GET", f"/users/{bob.id}") == seen


async def test_users_by_id_refuses_unknown_ids(ann: User) -> None:
    assert await refused(ann, f"/users/{new_id()}") == ("not_found", None)
    assert await refused(ann, "/users/ann") == ("validation_failed", "id")


async def test_users_by_ids(ann: User, bob: User) -> None:
    ids = [bob.id.upper(), new_id(), ann.id, bob.id]
    page = await ann.http("GET", f"/users?ids={','.join(ids)}")

    assert [found["id"] for found in page["items"]] == [bob.id, ann.id]
    assert all(found.keys() == USER for found in page["items"])
    assert (page["has_more"], page["next"]) == (False, None)


async def test_users_by_ids_takes_a_hundred(ann: User) -> None:
    ids = [ann.id, *(new_id() for _ in range(99))]
    assert await names(ann, f"ids={','.join(ids)}") == [ann.username]
    assert await refused(ann, f"/users?ids={','.join([*ids, new_id()])}") == (
        "validation_failed",
        "ids",
    )


@pytest.fixture
async def crowd(world: World) -> tuple[User, str]:
    """Somebody who looks for a word, which four have in their names, in four ways."""
    word = token_hex(6)
    ann = await world.user("ann", connect=False)
    for username, display_name in (
        (f"w_{word}", "Zoe"),
        (f"a_{word[:5]}", f"The {word}"),
        (f"z_{word[:5]}", f"{word.upper()} Jr."),
        (f"{word}_z", "Bob"),
    ):
        await world.user(
            connect=False,
            username=username,
            email=f"{username}@example.com",
            display_name=display_name,
        )
    return ann, word


async def test_users_by_name_finds_prefixes_first(crowd: tuple[User, str]) -> None:
    ann, word = crowd
    expected = [f"{word}_z", f"z_{word[:5]}", f"a_{word[:5]}", f"w_{word}"]

    assert await names(ann, f"q={word}") == expected
    assert await names(ann, f"q={word.upper()}") == expected
    assert await names(ann, f"q=%20{word}%20") == expected
    assert await names(ann, f"q={word}_") == expected[:1]
    assert await names(ann, f"q={word}%20jr") == expected[1:2]


async def test_users_by_name_rank(world: World) -> None:
    """Exact, prefix of the username, prefix of the name, of a word in it, and anywhere."""
    word = f"l{token_hex(5)}"
    ann = await world.user("ann", connect=False)
    for username, display_name in (
        (f"a{word}", "Within"),
        (f"e_{word[-4:]}", f"Ann {word}son"),
        (f"d_{word[-4:]}", f"{word}a Smith"),
        (f"b_{word[-4:]}", word.upper()),
        (f"{word}.c", "Carl"),
        (word, "Zoe"),
        (f"f_{word[-4:]}", f"Mary-{word}"),
    ):
        email = f"{username}@example.com"
        await world.user(connect=False, username=username, email=email, display_name=display_name)
    end = word[-4:]
    expected = [f"b_{end}", word, f"{word}.c", f"d_{end}", f"e_{end}", f"f_{end}", f"a{word}"]
    for q in (word, f"@{word}", f"%20@{word.upper()}", f"%EF%BC%A0{word}"):
        assert await names(ann, f"q={q}") == expected, q
    assert (await ann.http("GET", "/users?q=@"))["items"]


async def test_users_by_name_without_accents(world: World) -> None:
    word = token_hex(4)
    ann = await world.user("ann", connect=False)
    found = await world.user("x", connect=False, display_name=f"Łukasz Sønderg\u00e5rd ß{word}")
    for q in (f"lukasz sonderga\u030ard ss{word}", f"SS{word}", f"ß{word}", f"ẞ{word}"):
        assert await names(ann, f"q={quote(q)}") == [found.username], q


async def test_users_by_name_takes_wildcards_for_letters(crowd: tuple[User, str]) -> None:
    ann, word = crowd
    for pattern in ("%25", "_", "%5C", "*", "'"):
        assert await names(ann, f"q={word[:6]}{pattern}{word[7:]}") == []


async def test_users_by_name_in_pages(crowd: tuple[User, str]) -> None:
    ann, word = crowd
    every = await names(ann, f"q={word}")
    for limit in (1, 2, 3):
        seen: list[str] = []
        query: str | None = f"q={word}&limit={limit}"
        while query:
            page = await ann.http("GET", f"/users?{query}")
            assert len(page["items"]) <= limit
            assert page["has_more"] == (page["next"] is not None)
            seen += [found["username"] for found in page["items"]]
            query = page["next"] and f"q={word}&limit={limit}&cursor={page['next']}"
        assert seen == every


async def test_users_by_name_finds_nobody(ann: User) -> None:
    page: dict[str, Any] = await ann.http("GET", f"/users?q={token_hex(12)}")
    assert page == {"items": [], "has_more": False, "next": None}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (f"q={'x' * 101}", "q"),
        ("q=a%00b", "q"),
        ("q=ann&ids=0190a5d4-7a3c-7000-8000-000000000001", "ids"),
        ("ids=ann", "ids"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=x", "cursor"),
        ("name=ann", "name"),
    ],
)
async def test_users_names_the_wrong_field(ann: User, query: str, field: str) -> None:
    assert await refused(ann, f"/users?{query}") == ("validation_failed", field)
