"""What a send brings along, and whom it may reach: attachments, blocks, deleted peers, ``@all``."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from yarl import URL

from server.kernel.clock import now_ms
from tests.support.client import PASSWORD, Refused, User, new_id, outcome
from tests.support.database import query
from tests.support.files import fetch, upload
from tests.support.matching import ObjectWith
from tests.support.message_calls import (
    HTTP,
    SOCKET,
    Via,
    get_message,
    group_of,
    over_both,
    refusals,
    room_and_messages,
    whole_history,
)
from tests.support.room_calls import get_room
from tests.support.shared_world import SharedWorld
from tests.support.world import World

Json = dict[str, Any]


async def refused(call: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as error:
        await call
    return error.value.code, error.value.field


def anywhere(sent: Json) -> Json:
    """The message without the host of its addresses: each node of the tests has its own."""
    files = [{**each, "url": URL(each["url"]).path_qs} for each in sent["attachments"]]
    return {**sent, "attachments": files}


@over_both
async def test_send_message_with_attachments(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    files = [await upload(ann, f"file {n}".encode(), f"{n}.txt") for n in range(3)]
    ids = [files[n]["id"] for n in (2, 0, 1)]
    client_id = new_id()

    sent = await via.send(ann, room_id, client_id=client_id, attachment_ids=ids)

    assert [each["id"] for each in sent.message["attachments"]] == ids
    assert (sent.message["text"], sent.duplicate) == ("", False)
    heard = await bob.hear("message_created", room_id=room_id, version=sent.message["version"])
    assert anywhere(heard["message"]) == anywhere(sent.message)
    found = await get_message(bob, room_id, sent.message["seq"])
    assert anywhere(found) == anywhere(sent.message)
    status, _, body = await fetch(bob, sent.message["attachments"][0]["url"])
    assert (status, body) == (200, b"file 2")
    again = await via.send(ann, room_id, client_id=client_id, attachment_ids=ids)
    assert again == (sent.message, True)


async def test_send_message_forwards_what_a_member_may_see(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    cat = await shared_world.user()
    file = await upload(ann, b"for members", "a.txt")
    one = {"attachment_ids": [file["id"]]}
    elsewhere = (await bob.group(cat))["id"]

    # Until it is sent, it is the uploader's alone.
    assert await refused(SOCKET.send(bob, elsewhere, **one)) == ("not_found", "attachment_ids")
    await SOCKET.send(ann, room_id, **one)
    forwarded = await SOCKET.send(bob, elsewhere, **one)
    again = await SOCKET.send(cat, elsewhere, **one)
    for sent in (forwarded.message, again.message):
        assert anywhere(sent)["attachments"] == anywhere({"attachments": [file]})["attachments"]
    await bob.call("leave_room", room_id=elsewhere)
    await bob.call("leave_room", room_id=room_id)
    mine = (await bob.group())["id"]
    assert await refused(SOCKET.send(bob, mine, **one)) == ("not_found", "attachment_ids")


@over_both
async def test_send_message_refuses_attachments_that_are_none(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    own, others = await upload(ann, b"x", "a.txt"), await upload(bob, b"x", "b.txt")
    before = await room_and_messages(ann, room_id)
    for ids in ([new_id()], [own["id"], others["id"]], [own["id"], new_id()]):
        wrong = via.send(ann, room_id, attachment_ids=ids)
        assert await refused(wrong) == ("not_found", "attachment_ids")
    for ids in ([own["id"]] * 2, [new_id() for _ in range(11)]):
        wrong = via.send(ann, room_id, attachment_ids=ids)
        assert await refused(wrong) == ("validation_failed", "attachment_ids")
    nothing = via.send(ann, room_id, attachment_ids=[])
    assert await refused(nothing) == ("validation_failed", "text")
    assert await room_and_messages(ann, room_id) == before


async def test_delete_message_takes_its_attachments(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    file = await upload(ann, b"gone soon", "a.txt")
    sent = (await SOCKET.send(ann, room_id, text="look", attachment_ids=[file["id"]])).message
    assert (await SOCKET.delete(ann, room_id, sent["seq"]))["attachments"] == []
    mine = (await bob.group())["id"]
    assert await refused(SOCKET.send(bob, mine, attachment_ids=[file["id"]])) == (
        "not_found",
        "attachment_ids",
    )


@over_both
async def test_send_message_is_blocked_either_way(world: World, via: Via) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    room_id = (await ann.direct(bob))["id"]
    client_id = new_id()
    first = await via.send(ann, room_id, client_id=client_id, text="hello")
    group = (await ann.group(bob))["id"]
    await bob.http("PUT", f"/users/me/blocks/{ann.id}")
    before = await room_and_messages(ann, room_id)

    tries = [via.send(user, room_id, text="hello?") for user in (ann, bob)]
    assert await refusals(*tries) == ["blocked", "blocked"]
    assert await room_and_messages(ann, room_id) == before
    # What was sent before is still answered, and groups go on.
    assert await via.send(ann, room_id, client_id=client_id, text="hello") == (first.message, True)
    assert await outcome(via.send(ann, group, text="hello all")) == "ok"

    await bob.http("DELETE", f"/users/me/blocks/{ann.id}")
    assert await outcome(via.send(ann, room_id, text="hello again")) == "ok"


async def test_after_a_block_no_message_comes(world: World) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    room_id = (await ann.direct(bob))["id"]

    async def block() -> int:
        await bob.http("PUT", f"/users/me/blocks/{ann.id}")
        return int((await get_room(bob, room_id))["last_seq"])

    for _ in range(5):
        sends = [outcome(SOCKET.send(ann, room_id, text=f"{n}")) for n in range(10)]
        last, *codes = await asyncio.gather(block(), *sends)
        assert set(codes) <= {"ok", "blocked"}
        assert (await get_room(bob, room_id))["last_seq"] == last
        await bob.http("DELETE", f"/users/me/blocks/{ann.id}")
    history = await whole_history(bob, room_id)
    assert [each["seq"] for each in history] == list(range(1, len(history) + 1))


async def test_after_a_removal_no_message_comes(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)

    async def remove() -> None:
        await ann.call("remove_member", room_id=room_id, user_id=bob.id)

    for _ in range(5):
        sends = [outcome(SOCKET.send(bob, room_id, text=f"{n}")) for n in range(10)]
        _, *codes = await asyncio.gather(remove(), *sends)
        assert set(codes) <= {"ok", "not_found"}
        history = await whole_history(ann, room_id)
        assert history[-1]["system"]["event"] == "removed"
        assert [each["seq"] for each in history] == list(range(1, len(history) + 1))
        await ann.call("add_members", room_id=room_id, user_ids=[bob.id])


async def test_after_a_deletion_of_the_peer_no_message_comes(world: World) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    room_id = (await ann.direct(bob))["id"]

    async def delete() -> int:
        await bob.http("DELETE", "/users/me", {"password": PASSWORD})
        return int((await get_room(ann, room_id))["last_seq"])

    sends = [outcome(SOCKET.send(ann, room_id, text=f"{n}")) for n in range(20)]
    last, *codes = await asyncio.gather(delete(), *sends)
    assert set(codes) <= {"ok", "forbidden"}
    assert (await get_room(ann, room_id))["last_seq"] == last == codes.count("ok")


@over_both
async def test_send_message_to_a_deleted_user_is_forbidden(world: World, via: Via) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    room_id = (await ann.direct(bob))["id"]
    await via.send(ann, room_id, text="hello")
    deleted = "UPDATE users SET deleted_at = $1 WHERE id = $2"
    await query(ann.node, deleted, now_ms(), bob.id)
    assert await refused(via.send(ann, room_id, text="still there?")) == ("forbidden", None)
    assert len(await whole_history(ann, room_id)) == 1


async def test_all_is_one_row_whatever_the_number_of_members(shared_world: SharedWorld) -> None:
    room_id, (ann, bob, cat) = await group_of(shared_world, count=3)
    sent = (await SOCKET.send(ann, room_id, text="hello @all")).message
    for user in (bob, cat):
        told = await user.hear("notification", notification=ObjectWith(seq=sent["seq"]))
        assert told["notification"]["kind"] == "mention"
    rows = await query(ann.node, "SELECT seq FROM room_notices WHERE room_id = $1", room_id)
    assert [row["seq"] for row in rows] == [sent["seq"]]
    own = "SELECT id FROM notifications WHERE room_id = $1 AND seq = $2"
    assert await query(ann.node, own, room_id, sent["seq"]) == []
    # From a member it is a text like any other.
    await SOCKET.send(bob, room_id, text="hello @all")
    assert len(await query(ann.node, "SELECT 1 FROM room_notices WHERE room_id = $1", room_id)) == 1


async def test_sending_reads_the_rooms_notifications(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    await SOCKET.send(ann, room_id, text=f"hello @{bob.username}")
    await bob.hear("notification", notification=ObjectWith(room_id=room_id))
    await HTTP.send(bob, room_id, text="I am here")
    await bob.hear("notifications_read")
    listed = await notifications(bob, room_id)
    assert listed and all(each["read_at"] for each in listed)


async def notifications(user: User, room_id: str) -> list[Json]:
    page = await user.http("GET", "/notifications")
    return [each for each in page["items"] if each["room_id"] == room_id]


async def test_one_message_is_one_notification_and_levels_decide(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    original = (await SOCKET.send(bob, room_id, text="what?")).message["seq"]
    for level, kinds in (("all", ["mention"]), ("mentions", ["reply"]), ("none", [])):
        await bob.http("PATCH", f"/rooms/{room_id}/me", {"notify": level})
        text = f"@{bob.username} this" if level == "all" else "this"
        sent = (await SOCKET.send(ann, room_id, text=text, reply_to_seq=original)).message
        listed = await notifications(bob, room_id)
        assert [each["kind"] for each in listed if each["seq"] == sent["seq"]] == kinds
