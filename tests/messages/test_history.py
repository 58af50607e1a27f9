"""History: both ways and around, cursors that exclude themselves, pages that end near 512 KiB."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.support.client import Refused, User
from tests.support.field_kinds import BIGGEST
from tests.support.message_calls import (
    HTTP,
    SOCKET,
    Via,
    get_message,
    group_of,
    over_both,
    over_either,
    whole_history,
)
from tests.support.room_calls import get_room
from tests.support.shared_world import SharedWorld

Json = dict[str, Any]
LIMIT = 512 * 1024


def seqs(page: Json) -> list[int]:
    return [each["seq"] for each in page["items"]]


def shape(page: Json) -> tuple[list[int], bool]:
    return seqs(page), page["has_more"]


async def chat(shared_world: SharedWorld, count: int) -> tuple[str, list[User]]:
    """A room with ``count`` messages, that of its making included."""
    room_id, (ann, bob) = await group_of(shared_world)
    await asyncio.gather(*(ann.send(room_id, f"message {n}") for n in range(2, count + 1)))
    return room_id, [ann, bob]


@over_both
async def test_get_messages_comes_newest_first_50_at_a_time(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (_, bob) = await chat(shared_world, 52)
    page = await via.history(bob, room_id)
    assert set(page) == {"items", "has_more", "version"}
    assert shape(page) == (list(range(52, 2, -1)), True)
    assert page["version"] == (await get_room(bob, room_id))["version"]
    assert page["items"][0] == await get_message(bob, room_id, 52)


@over_either
async def test_get_messages_before_a_seq_excludes_it(shared_world: SharedWorld, via: Via) -> None:
    room_id, (_, bob) = await chat(shared_world, 10)

    async def before(seq: int, limit: int = 50) -> tuple[list[int], bool]:
        return shape(await via.history(bob, room_id, before_seq=seq, limit=limit))

    assert await before(6, 3) == ([5, 4, 3], True)
    assert await before(4, 3) == ([3, 2, 1], False)
    assert await before(5, 3) == ([4, 3, 2], True)
    assert await before(2) == ([1], False)
    assert await before(1) == ([], False)
    assert await before(0) == ([], False)
    # Past the end is after the last one.
    assert await before(BIGGEST, 2) == ([10, 9], True)


@over_either
async def test_get_messages_after_a_seq_comes_oldest_first_and_excludes_it(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (_, bob) = await chat(shared_world, 10)

    async def after(seq: int, limit: int = 50) -> tuple[list[int], bool]:
        return shape(await via.history(bob, room_id, after_seq=seq, limit=limit))

    assert await after(0, 3) == ([1, 2, 3], True)
    assert await after(6, 3) == ([7, 8, 9], True)
    assert await after(7, 3) == ([8, 9, 10], False)
    assert await after(9) == ([10], False)
    assert await after(10) == ([], False)
    assert await after(BIGGEST) == ([], False)


@over_both
async def test_get_messages_around_a_seq_has_it_and_half_of_the_rest_before_it(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (_, bob) = await chat(shared_world, 20)

    async def around(seq: int, limit: int = 50) -> tuple[list[int], bool]:
        return shape(await via.history(bob, room_id, around_seq=seq, limit=limit))

    assert await around(10, 1) == ([10], True)
    assert await around(20, 1) == ([20], False)
    assert await around(10, 2) == ([9, 10], True)
    assert await around(10, 5) == ([8, 9, 10, 11, 12], True)
    assert await around(18, 5) == ([16, 17, 18, 19, 20], False)
    # Where one side has too few, the page still holds the seq.
    assert await around(1, 4) == ([1, 2, 3, 4], True)
    assert await around(2, 6) == ([1, 2, 3, 4, 5, 6], True)
    short, more = await around(20, 6)
    assert (short[-1], more) == (20, False) and 4 <= len(short) <= 6
    assert await around(10) == (list(range(1, 21)), False)
    # Where there is no such message, there are its neighbours.
    assert await around(0, 3) == ([1, 2, 3], True)
    assert (await around(BIGGEST, 4))[0][-1] == 20


@over_either
async def test_get_messages_page_by_page_is_all_of_it_once(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (_, bob) = await chat(shared_world, 12)

    async def walk(cursor: str, start: int, limit: int) -> list[int]:
        read = [start]
        more = True
        while more:
            page = await via.history(bob, room_id, **{cursor: read[-1]}, limit=limit)
            read, more = read + seqs(page), page["has_more"]
        return read[1:]

    for limit in (1, 5, 6, 100):
        assert await walk("before_seq", BIGGEST, limit) == list(range(12, 0, -1))
        assert await walk("after_seq", 0, limit) == list(range(1, 13))


@over_either
async def test_get_messages_takes_one_cursor_at_a_time(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, _) = await group_of(shared_world)
    for names in (
        ("before_seq", "after_seq"),
        ("before_seq", "around_seq"),
        ("after_seq", "around_seq"),
        ("before_seq", "after_seq", "around_seq"),
    ):
        for value in (0, 1):
            with pytest.raises(Refused) as refused:
                await via.history(ann, room_id, **dict.fromkeys(names, value))
            assert refused.value.code == "validation_failed"
            assert refused.value.field in names


@over_either
async def test_get_messages_takes_a_limit_from_1_to_100(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (ann, _) = await chat(shared_world, 102)
    assert shape(await via.history(ann, room_id, limit=1)) == ([102], True)
    assert shape(await via.history(ann, room_id, limit=100)) == (list(range(102, 2, -1)), True)
    for limit in (0, 101, -1):
        with pytest.raises(Refused) as refused:
            await via.history(ann, room_id, limit=limit)
        assert (refused.value.code, refused.value.field) == ("validation_failed", "limit")


async def test_get_messages_takes_null_for_a_cursor_that_is_absent(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, _) = await chat(shared_world, 3)
    ack = await ann.call(
        "get_messages",
        room_id=room_id.upper(),
        before_seq=None,
        after_seq=1,
        around_seq=None,
        limit=None,
    )
    assert [each["seq"] for each in ack["messages"]] == [2, 3]
    assert seqs(await HTTP.history(ann, room_id.upper(), after_seq=1)) == [2, 3]


@over_either
async def test_get_messages_of_a_direct_room_without_any_is_empty(
    ann: User, bob: User, via: Via
) -> None:
    room = await ann.direct(bob)
    for query in ({}, {"before_seq": 5}, {"after_seq": 0}, {"around_seq": 1}):
        page = await via.history(bob, room["id"], **query)
        assert (page["items"], page["has_more"]) == ([], False)
        assert page["version"] == (await get_room(bob, room["id"]))["version"]


@over_either
async def test_get_messages_shows_each_message_as_it_is_now(
    shared_world: SharedWorld, via: Via
) -> None:
    """Deleted ones keep their place, and each viewer sees their own reactions as theirs."""
    room_id, (ann, bob) = await chat(shared_world, 5)
    await SOCKET.edit(ann, room_id, 2, "edited")
    await SOCKET.delete(ann, room_id, 3)
    await SOCKET.react(ann, room_id, 4, "👍")
    reacted = await SOCKET.react(bob, room_id, 4, "🎉")
    await SOCKET.react(bob, room_id, 5, "👍")

    for user in (ann, bob):
        page = await via.history(user, room_id, after_seq=0)
        assert seqs(page) == [1, 2, 3, 4, 5]
        assert page["items"] == [await get_message(user, room_id, seq) for seq in range(1, 6)]
        assert page["items"][::-1] == (await via.history(user, room_id))["items"]
        assert page["items"] == (await via.history(user, room_id, around_seq=3))["items"]
        assert page["items"][1]["text"] == "edited"
        assert page["items"][2]["text"] == "" and page["items"][2]["deleted_at"]
        mine = [{r["emoji"]: r["me"] for r in each["reactions"]} for each in page["items"][3:]]
        assert mine == [{"👍": user is ann, "🎉": user is bob}, {"👍": user is bob}]
        assert page["version"] == 5 + 5
    assert reacted in page["items"]


async def test_get_messages_goes_back_to_the_start_for_who_joins_late(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, _) = await chat(shared_world, 4)
    cat = await shared_world.user()
    await ann.call("add_members", room_id=room_id, user_ids=[cat.id])
    assert await whole_history(cat, room_id) == await whole_history(ann, room_id)
    assert len(await whole_history(cat, room_id)) == 5


@over_both
async def test_get_messages_ends_near_512_kib(shared_world: SharedWorld, via: Via) -> None:
    """Twenty of the largest texts are more than one page holds, whatever the limit."""
    room_id, (ann, bob) = await group_of(shared_world)
    await asyncio.gather(*(ann.send(room_id, "😀" * 8000) for _ in range(20)))
    whole = await whole_history(bob, room_id)
    assert len(whole) == 21

    for query in ({}, {"before_seq": 21}, {"after_seq": 1}, {"around_seq": 11}):
        page = await via.history(bob, room_id, **query, limit=100)
        size = len(json.dumps(page["items"], ensure_ascii=False).encode())
        assert LIMIT * 0.9 < size < LIMIT * 1.05
        assert page["has_more"] is True
        assert 11 in seqs(page)
        backwards = not query or "before_seq" in query
        assert page["items"] == [
            each for each in whole[:: -1 if backwards else 1] if each["seq"] in seqs(page)
        ]
        assert abs(seqs(page)[-1] - seqs(page)[0]) == len(page["items"]) - 1

    # The same cursors lead on from there.
    page = await via.history(bob, room_id, after_seq=0)
    rest = await via.history(bob, room_id, after_seq=seqs(page)[-1])
    assert page["items"] + rest["items"] == whole
    assert rest["has_more"] is False


async def test_the_version_of_a_page_is_never_newer_than_its_messages(
    shared_world: SharedWorld,
) -> None:
    """Else a client would take a change for known that the page does not show."""
    room_id, (ann, bob) = await chat(shared_world, 3)

    async def write() -> None:
        for n in range(30):
            await ann.call("edit_message", room_id=room_id, seq=2, text=f"edit {n}")

    async def read(via: Via) -> list[Json]:
        return [await via.history(bob, room_id) for _ in range(15)]

    _, *read_pages = await asyncio.gather(write(), read(SOCKET), read(HTTP))
    pages = [page for pages in read_pages for page in pages]
    assert len({page["version"] for page in pages}) > 1
    for page in pages:
        # Before the first edit the room's latest change was another message.
        assert page["items"][1]["version"] >= page["version"] or page["version"] == 3
