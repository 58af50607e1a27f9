"""Whatever an event holds, it gets the contract's answer: never ``internal``, never a traceback,
nothing half done, and the connection goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.bad_requests import (
    NOT_JSON,
    TOO_MUCH,
    field_of,
    problem_of,
)
from tests.support.client import Refused, new_id
from tests.support.contract import EVENTS, ROUTES, Fields, each_wrong, required
from tests.support.descriptions import beyond, descriptions_of
from tests.support.field_kinds import SOME_ID
from tests.support.raw_sockets import raw_user
from tests.support.sample_world import SampleWorld

pytestmark = pytest.mark.usefixtures("no_errors_logged")

# What must not get past the decoding is the same whatever lies behind it.
once = pytest.mark.parametrize("kind", ["sqlite"])

ALL_EVENTS = [(namespace, event) for namespace in EVENTS for event in EVENTS[namespace]]


# --- Events ---


@once
@pytest.mark.parametrize(("namespace", "event"), ALL_EVENTS)
async def test_a_wrong_payload_is_validation_failed(
    sample: SampleWorld, namespace: str, event: str
) -> None:
    socket = await sample.ann.connect()

    async def refused(*args: Any) -> str | None:
        ack = await socket.emit(event, *args, namespace=namespace)
        assert ack["ok"] is False, (args, ack)
        assert ack["error"]["code"] == "validation_failed", (args, ack)
        return ack["error"].get("field")

    fields = EVENTS[namespace][event]
    fitting = sample.fitting(fields)
    for shape in (None, [], [fitting], "", "x", 0, 17, 1.5, True):
        assert await refused(shape) is None, shape
    assert await refused(fitting, fitting) is None
    assert await refused({**fitting, "extra": 1}) == "extra"
    for name in required(fields):
        assert await refused({k: v for k, v in fitting.items() if k != name}) == name
        assert await refused({**fitting, name: None}) == name
    for name, value in each_wrong(fields):
        assert await refused({**fitting, name: value}) == name, (name, value)
    # No argument at all is a payload without fields.
    if required(fields):
        assert await refused() in required(fields)
    assert (await socket.emit("get_unread", namespace="/notifications"))["ok"]


@once
async def test_what_is_beyond_a_described_limit_is_validation_failed(sample: SampleWorld) -> None:
    descriptions, socket = descriptions_of(sample.ann.node), await sample.ann.connect()
    for namespace, event in ALL_EVENTS:
        for field, payload in _beyond(
            sample, EVENTS[namespace][event], descriptions.event_fields(namespace, event)
        ):
            error = (await socket.emit(event, payload, namespace=namespace))["error"]
            assert (error["code"], error.get("field")) == ("validation_failed", field), payload
    for name, call in ROUTES.items():
        for field, body in _beyond(sample, call.body or {}, descriptions.body_fields(name)):
            problem = await problem_of(sample, name, data=json.dumps(body).encode())
            assert (problem["code"], field_of(problem)) == ("validation_failed", field), body
        for field, query in _beyond(sample, {}, descriptions.query_fields(name)):
            needed = {each: "x" for each in required(call.query or {})}
            text = "&".join(f"{k}={v}" for k, v in (needed | query).items())
            problem = await problem_of(sample, name, query=f"?{text}")
            assert (problem["code"], field_of(problem)) == ("validation_failed", field), text


def _beyond(
    sample: SampleWorld, fields: Fields, descriptions: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(field, what would fit without it)."""
    for field, schema in descriptions.items():
        outer, _, inner = field.partition(".")
        for value in beyond(schema):
            yield field, sample.fitting(fields) | {outer: {inner: value} if inner else value}


async def test_what_is_no_json_is_answered_whatever_the_event(sample: SampleWorld) -> None:
    async with raw_user(sample.ann, *EVENTS) as socket:
        for namespace, event in ALL_EVENTS:
            for name in ("20,000 deep", "20,000 objects deep", "half a character", "not a number"):
                body = NOT_JSON[name].decode()
                await socket.send(f'42{namespace},7["{event}",{body}]')
                _, ack = await socket.ack()
                assert ack["error"]["code"] == "validation_failed", (event, name)
        assert (await socket.call("get_unread", ns="/notifications"))["ok"]


async def test_too_much_is_answered_whatever_the_event(sample: SampleWorld) -> None:
    socket = await sample.ann.connect()
    for namespace, event in ALL_EVENTS:
        for payload in ({"text": TOO_MUCH}, [TOO_MUCH], TOO_MUCH, {TOO_MUCH: 1}):
            ack = await socket.emit(event, payload, namespace=namespace)
            assert ack["error"]["code"] == "payload_too_large", event
    assert (await socket.emit("get_unread", namespace="/notifications"))["ok"]


async def test_another_users_room_does_not_exist(sample: SampleWorld) -> None:
    socket = await sample.carol.connect()
    for event, fields in EVENTS["/rooms"].items():
        if "room_id" in fields:
            acks = [
                await socket.emit(event, {**sample.fitting(fields), "room_id": room_id})
                for room_id in (sample.room_id, sample.direct_id, SOME_ID, sample.ann.id)
            ]
            assert acks[0]["error"]["code"] == "not_found", event
            assert all(ack == acks[0] for ack in acks), event


async def test_ids_of_nothing_are_not_found(sample: SampleWorld) -> None:
    ann, room = await sample.ann.connect(), {"room_id": sample.room_id}
    calls: list[tuple[str, dict[str, Any], str | None]] = [
        ("create_room", {"kind": "direct", "user_id": SOME_ID}, "user_id"),
        ("create_room", {"kind": "group", "name": "x", "member_ids": [SOME_ID]}, "member_ids"),
        ("add_members", {**room, "user_ids": [sample.carol.id, SOME_ID]}, "user_ids"),
        ("remove_member", {**room, "user_id": SOME_ID}, None),
        ("remove_member", {**room, "user_id": sample.carol.id}, None),
        ("set_role", {**room, "user_id": SOME_ID, "role": "admin"}, None),
        ("set_role", {**room, "user_id": sample.carol.id, "role": "admin"}, None),
        ("update_room", {**room, "avatar_id": SOME_ID}, "avatar_id"),
        ("edit_message", {**room, "seq": 999, "text": "x"}, None),
        ("delete_message", {**room, "seq": 2**53 - 1}, None),
        ("react", {**room, "seq": 0, "emoji": "👍", "on": True}, None),
        ("pin_message", {**room, "seq": 999, "on": True}, None),
        ("send_message", {**room, "client_id": new_id(), "text": "x", "reply_to_seq": 999},
         "reply_to_seq"),
        ("send_message", {**room, "client_id": new_id(), "attachment_ids": [SOME_ID]},
         "attachment_ids"),
    ]  # fmt: skip
    for event, payload, field in calls:
        with pytest.raises(Refused) as refused:
            await ann.call(event, **payload)
        assert (refused.value.code, refused.value.field) == ("not_found", field), (event, payload)


async def test_what_others_wrote_or_own_is_forbidden(sample: SampleWorld) -> None:
    bob, room = await sample.bob.connect(), {"room_id": sample.room_id, "seq": sample.seq}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("edit_message", {**room, "text": "not mine"}),
        ("delete_message", room),
        ("pin_message", {**room, "on": True}),
        ("set_role", {"room_id": sample.room_id, "user_id": sample.bob.id, "role": "owner"}),
        ("update_room", {"room_id": sample.room_id, "name": "bob's"}),
        ("remove_member", {"room_id": sample.room_id, "user_id": sample.ann.id}),
        ("leave_room", {"room_id": sample.direct_id}),
        ("update_room", {"room_id": sample.direct_id, "name": "us"}),
        ("add_members", {"room_id": sample.direct_id, "user_ids": [sample.carol.id]}),
    ]
    for event, payload in calls:
        with pytest.raises(Refused) as refused:
            await bob.call(event, **payload)
        assert refused.value.code == "forbidden", (event, payload)


async def test_what_fits_its_type_and_still_is_wrong(sample: SampleWorld) -> None:
    ann, room = await sample.ann.connect(), {"room_id": sample.room_id}
    send = {**room, "client_id": new_id()}
    ids = [new_id() for _ in range(1001)]
    calls: list[tuple[str, dict[str, Any], str]] = [
        ("create_room", {"kind": "group"}, "name"),
        ("create_room", {"kind": "group", "name": " \t "}, "name"),
        ("create_room", {"kind": "group", "name": "x" * 101}, "name"),
        ("create_room", {"kind": "group", "name": "x", "topic": "x" * 501}, "topic"),
        ("create_room", {"kind": "group", "name": "x", "user_id": sample.bob.id}, "user_id"),
        ("create_room", {"kind": "group", "name": "x", "member_ids": ids}, "member_ids"),
        ("create_room", {"kind": "direct"}, "user_id"),
        ("create_room", {"kind": "direct", "user_id": sample.ann.id}, "user_id"),
        ("create_room", {"kind": "direct", "user_id": sample.ann.id.upper()}, "user_id"),
        ("create_room", {"kind": "direct", "user_id": sample.bob.id, "name": "us"}, "name"),
        ("update_room", {**room, "name": ""}, "name"),
        ("update_room", {**room, "name": None}, "name"),
        ("update_room", {**room, "visibility": None}, "visibility"),
        ("add_members", {**room, "user_ids": []}, "user_ids"),
        ("add_members", {**room, "user_ids": ids[:101]}, "user_ids"),
        ("watch_presence", {"user_ids": ids[:501]}, "user_ids"),
        ("sync", {"rooms": dict.fromkeys(ids, 0)}, "rooms"),
        ("get_messages", {**room, "before_seq": 1, "after_seq": 1}, "after_seq"),
        ("get_messages", {**room, "after_seq": 1, "around_seq": 1}, "around_seq"),
        ("send_message", send, "text"),
        ("send_message", {**send, "text": ""}, "text"),
        ("send_message", {**send, "text": " \n "}, "text"),
        ("send_message", {**send, "text": "é" * 8001}, "text"),
        ("send_message", {**send, "attachment_ids": ids[:11]}, "attachment_ids"),
        ("edit_message", {**room, "seq": sample.seq, "text": "x" * 8001}, "text"),
    ]
    for event, payload, field in calls:
        with pytest.raises(Refused) as refused:
            await ann.call(event, **payload)
        assert (refused.value.code, refused.value.field) == ("validation_failed", field), payload


async def test_refresh_auth_takes_no_token_but_ones_own(sample: SampleWorld) -> None:
    socket = await sample.ann.connect()
    for namespace in EVENTS:
        for token in ("", "x", "a.b.c", "é" * 100, sample.bob.token, f"{sample.ann.token}x"):
            ack = await socket.emit("refresh_auth", {"token": token}, namespace=namespace)
            assert ack["error"]["code"] == "unauthenticated", token
    assert (await socket.emit("get_unread", namespace="/notifications"))["ok"]
