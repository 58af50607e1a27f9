"""Names and messages that show nothing, or that would change the text around them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.client import PASSWORD, Http, Refused, User, new_id, unique
from tests.support.files import picture, upload
from tests.support.message_calls import HTTP, group_of
from tests.support.shared_world import SharedWorld
from tests.support.world import World

NOTHING = ["\u200b", "\u2800", "\u3164", "\u00ad\u200d", "\u115f\u1160", "\ufeff", "\U000e0041"]
HARMFUL = ["\u202e", "a\u202eb", "a\u2066b", "a\u2028b", "a\u2029b", "a\nb", "a\x1bb", "a\x85b"]
FINE = ["שלום", "\u200eab", "👨‍👩‍👧", "🏳️‍🌈", "می\u200cخواهم", "ab\u0301\u0323", "क्‍ष"]


async def refusal(call: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as refused:
        await call
    return refused.value.code, refused.value.field


@pytest.fixture
async def ann(world: World) -> User:
    return await world.user("ann")


async def test_names_of_people(ann: User) -> None:
    for name in [*NOTHING, *HARMFUL]:
        for field, body in (
            ("display_name", {"display_name": name}),
            ("status.text", {"status": {"text": name}}),
        ):
            call = ann.http("PATCH", "/users/me", body)
            assert await refusal(call) == ("validation_failed", field), (field, name)
    for name in ("a\u202eb", "\u200b", "a\x07b"):
        call = ann.http("PATCH", "/users/me", {"bio": name})
        assert await refusal(call) == ("validation_failed", "bio"), name
    for name in FINE:
        me = await ann.http("PATCH", "/users/me", {"display_name": name, "bio": f"{name}\n{name}"})
        assert me["display_name"] == name


async def test_names_at_the_door(ann: User) -> None:
    http = Http(ann.node)
    try:
        for name in ("\u200b", "a\u202eb", "a\u2028b"):
            for field in ("display_name", "device"):
                body = {"email": f"{unique('x')}@example.com", "username": unique("x")}
                body |= {"password": PASSWORD, field: name}
                call = http("POST", "/auth/signup", body)
                assert await refusal(call) == ("validation_failed", field), (field, name)
            body = {"login": ann.username, "password": PASSWORD, "device": name}
            call = http("POST", "/auth/signin", body)
            assert await refusal(call) == ("validation_failed", "device"), name
    finally:
        await http.close()


async def test_names_and_topics_of_rooms(ann: User) -> None:
    room = await ann.group(name="Garden")
    for name in [*NOTHING, *HARMFUL]:
        made = {"kind": "group", "name": name, "client_id": new_id()}
        assert await refusal(ann.http("POST", "/rooms", made)) == ("validation_failed", "name")
        made = {"kind": "group", "name": "x", "topic": name, "client_id": new_id()}
        assert await refusal(ann.http("POST", "/rooms", made)) == ("validation_failed", "topic")
        for field in ("name", "topic"):
            call = ann.http("PATCH", f"/rooms/{room['id']}", {field: name})
            assert await refusal(call) == ("validation_failed", field), (field, name)
            call = ann.call("update_room", room_id=room["id"], **{field: name})
            assert await refusal(call) == ("validation_failed", field), (field, name)
    for name in FINE:
        changed = {"name": name, "topic": name}
        room = (await ann.http("PATCH", f"/rooms/{room['id']}", changed)) or room
    assert (room["name"], room["topic"]) == (FINE[-1], FINE[-1])


async def test_messages_of_nothing_visible(shared_world: SharedWorld) -> None:
    room_id, (ann, _) = await group_of(shared_world)
    sent = (await HTTP.send(ann, room_id, text="something")).message
    for text in [*NOTHING, "\u202e", " \u200b\n\u2029", "\t\x1b "]:
        for call in (
            ann.http("POST", f"/rooms/{room_id}/messages", {"client_id": new_id(), "text": text}),
            ann.call("send_message", room_id=room_id, client_id=new_id(), text=text),
            ann.http("PATCH", f"/rooms/{room_id}/messages/{sent['seq']}", {"text": text}),
            ann.call("edit_message", room_id=room_id, seq=sent["seq"], text=text),
        ):
            assert await refusal(call) == ("validation_failed", "text"), text
    for text in FINE:
        assert (await HTTP.send(ann, room_id, text=text)).message["text"] == text
    file = await upload(ann, picture("PNG"))
    body = {"client_id": new_id(), "text": "\u200b", "attachment_ids": [file["id"]]}
    answer = await ann.http("POST", f"/rooms/{room_id}/messages", body)
    assert answer["text"] == ""
