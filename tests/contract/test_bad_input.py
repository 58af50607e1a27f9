"""Whatever a client sends, it gets the contract's answer: never ``internal``, never a traceback,
nothing half done, and the connection goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from events.namespace import Door
from events.notifications import NotificationEvents
from events.rooms import RoomEvents
from server.auth.handler import AuthRoutes
from server.blocks.handler import BlockRoutes
from server.deletion.handler import DeletionRoutes
from server.http import parameters
from server.invites.handler import InviteRoutes
from server.mail.handler import MailRoutes
from server.media.handler import MediaRoutes
from server.messages.handler import MessageRoutes
from server.notifications.handler import NotificationRoutes
from server.profiles.handler import ProfileRoutes
from server.push.handler import PushRoutes
from server.rooms.handler import RoomRoutes
from server.routes import Route
from server.search.handler import SearchRoutes
from server.unread.handler import UnreadRoutes
from server.wire import make_cursor
from tests.support.client import PASSWORD, Http, Refused, User, new_id, unique
from tests.support.contract import (
    CODES,
    EVENTS,
    PATHS,
    ROUTES,
    SOME_ID,
    Fields,
    each_wrong,
    required,
)
from tests.support.descriptions import beyond, descriptions_of
from tests.support.node import Node
from tests.support.raw_sockets import raw_user
from tests.support.sample_world import SampleRecord, SampleWorld, make_sample, sample_world
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("no_errors_logged")

# What must not get past the decoding is the same whatever lies behind it.
once = pytest.mark.parametrize("kind", ["sqlite"])

NOBODY: Any = None
DOORS: dict[str, Door] = {
    "/rooms": RoomEvents(*[NOBODY] * 7),
    "/notifications": NotificationEvents(*[NOBODY] * 3),
}
SERVICES = (
    AuthRoutes(NOBODY, 0),
    ProfileRoutes(NOBODY),
    MailRoutes(NOBODY),
    DeletionRoutes(NOBODY),
    BlockRoutes(NOBODY),
    RoomRoutes(NOBODY),
    InviteRoutes(NOBODY),
    MessageRoutes(NOBODY),
    UnreadRoutes(NOBODY),
    NotificationRoutes(NOBODY),
    MediaRoutes(NOBODY),
    PushRoutes(NOBODY, NOBODY),
    SearchRoutes(NOBODY),
)
REAL_ROUTES: dict[str, Route] = {
    f"{route.method} {route.path}": route for service in SERVICES for route in service.routes()
}
ALL_EVENTS = [(namespace, event) for namespace in EVENTS for event in EVENTS[namespace]]

TOO_DEEP = "[" * 20_000 + "]" * 20_000
TOO_MUCH = "x" * 128 * 1024
# As text, since Python's own writer would refuse some of them.
NOT_JSON = {
    "nothing but a brace": b"{",
    "two values": b"{} {}",
    "a bare word": b"hello",
    "not a number": b'{"seq": NaN}',
    "infinity": b'{"seq": -Infinity}',
    "a number without end": b'{"seq": ' + b"9" * 5000 + b"}",
    "beyond floats": b'{"seq": 1e999}',
    "half a character": b'{"text": "\\ud800"}',
    "not UTF-8": b'{"text": "\xff\xfe"}',
    "a surrogate in UTF-8": b'{"text": "\xed\xa0\x80"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"text": "x"}'.encode("utf-16"),
    "a line break in a string": b'{"text": "a\nb"}',
    "20,000 deep": TOO_DEEP.encode(),
    "20,000 deep in a field": b'{"text": ' + TOO_DEEP.encode() + b"}",
    "20,000 objects deep": b'{"":' * 20_000 + b"1" + b"}" * 20_000,
    "20,000 deep and no end": b"[" * 20_000,
}


@pytest.fixture(scope="module")
def records() -> dict[str, SampleRecord]:
    return {}


@pytest.fixture
async def sample(
    kind: str, nodes: list[Node], records: dict[str, SampleRecord]
) -> AsyncIterator[SampleWorld]:
    """No bad input may move a counter of its rooms."""
    if kind not in records:
        records[kind] = await make_sample(nodes)
    async with sample_world(nodes, records[kind]) as sample:
        before = await sample.counters()
        yield sample
        assert await sample.counters() == before


# --- The code and the contract's tables ---


@once
def test_the_events_are_those_of_the_contract(kind: str) -> None:
    real = {
        name: {event: _fields(kind) for event, (_, kind) in door.events.items()}
        for name, door in DOORS.items()
    }
    table = {
        name: {event: set(fields) for event, fields in events.items()}
        for name, events in EVENTS.items()
    }
    assert real == table


@once
def test_the_routes_are_those_of_the_contract(kind: str) -> None:
    real = {
        name: (_part(route, "body"), _part(route, "query"), route.open)
        for name, route in REAL_ROUTES.items()
    }
    table = {
        name: (_names(call.body), _names(call.query), call.open) for name, call in ROUTES.items()
    }
    assert real == table


def _fields(kind: type[Struct]) -> set[str]:
    fields = msgspec.structs.fields(kind)
    return {field.encode_name + ("" if field.required else "?") for field in fields}


def _part(route: Route, name: str) -> set[str] | None:
    kind = parameters(route.handler).get(name)
    return _fields(kind) if kind else None


def _names(fields: Fields | None) -> set[str] | None:
    return None if fields is None else set(fields)


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
            problem = await _problem(sample, name, data=json.dumps(body).encode())
            assert (problem["code"], _field(problem)) == ("validation_failed", field), body
        for field, query in _beyond(sample, {}, descriptions.query_fields(name)):
            needed = {each: "x" for each in required(call.query or {})}
            text = "&".join(f"{k}={v}" for k, v in (needed | query).items())
            problem = await _problem(sample, name, query=f"?{text}")
            assert (problem["code"], _field(problem)) == ("validation_failed", field), text


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


# --- HTTP ---


@once
@pytest.mark.parametrize("name", [name for name, call in ROUTES.items() if not call.upload])
async def test_a_wrong_request_is_a_problem(sample: SampleWorld, name: str) -> None:
    """Wrong in its body, its query or its path; the field is named where there is one."""
    call = ROUTES[name]
    await _unreadable_bodies(sample, name)
    await _wrong_bodies(sample, name, call.body)
    await _wrong_queries(sample, name, call.query)
    await _wrong_paths(sample, name)
    assert (await sample.ann.http("GET", "/users/me"))["id"] == sample.ann.id


async def _unreadable_bodies(sample: SampleWorld, name: str) -> None:
    for what, body in NOT_JSON.items():
        problem = await _problem(sample, name, data=body)
        assert problem["code"] == "validation_failed", what
    problem = await _problem(sample, name, data=json.dumps({"text": TOO_MUCH}).encode())
    assert problem["code"] == "payload_too_large"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"):
        problem = await _problem(sample, name, data=b"{}", headers={"Content-Type": kind})
        assert problem["code"] == "unsupported_media_type", kind


async def _wrong_bodies(sample: SampleWorld, name: str, fields: Fields | None) -> None:
    async def refused(body: Any) -> str | None:
        problem = await _problem(sample, name, data=json.dumps(body).encode())
        assert problem["code"] == "validation_failed", (body, problem)
        return _field(problem)

    fitting = sample.fitting(fields or {})
    for shape in (None, [], [fitting], "", "x", 0, 17, 1.5, True):
        assert await refused(shape) is None, shape
    assert await refused({**fitting, "extra": 1}) == "extra"
    for field in required(fields or {}):
        assert await refused({k: v for k, v in fitting.items() if k != field}) == field
        assert await refused({**fitting, field: None}) == field
    for field, value in each_wrong(fields or {}):
        assert await refused({**fitting, field: value}) == field, (field, value)
    if required(fields or {}):
        assert _field(await _problem(sample, name)) in fitting


async def _wrong_queries(sample: SampleWorld, name: str, fields: Fields | None) -> None:
    needed = required(fields or {})
    for field in needed:
        assert _field(await _problem(sample, name)) == field
    wrong = [*each_wrong(fields or {}), ("extra", "1")]
    for field, value in wrong:
        rest = "".join(f"&{other}=x" for other in needed if other != field)
        problem = await _problem(sample, name, query=f"?{field}={value}{rest}")
        assert problem["code"] == "validation_failed", (field, value, problem)
        assert _field(problem) == field, (field, value, problem)


async def _wrong_paths(sample: SampleWorld, name: str) -> None:
    for place in ("room_id", "user_id", "id", "seq", "emoji"):
        if f"{{{place}}}" in name:
            for value in PATHS[place.removeprefix("room_").removeprefix("user_")]:
                problem = await _problem(sample, name, path={place: value})
                assert problem["code"] == "validation_failed", (value, problem)
                assert _field(problem) == place, (value, problem)


async def test_another_users_room_does_not_exist_over_http(sample: SampleWorld) -> None:
    for name, call in ROUTES.items():
        if "{room_id}" not in name:
            continue
        body = json.dumps(sample.fitting(call.body)).encode() if call.body is not None else None
        answers = [
            await _request(sample.carol.http, sample, name, data=body, path={"room_id": room_id})
            for room_id in (sample.room_id, sample.direct_id, SOME_ID, sample.ann.id)
        ]
        assert answers[0][0] == 404, name
        assert all(answer == answers[0] for answer in answers), name


async def test_ids_of_nothing_are_not_found_over_http(sample: SampleWorld) -> None:
    carols = (await sample.carol.http("GET", "/auth/sessions"))["items"][0]["id"]
    for method, path in [
        ("GET", f"/users/{SOME_ID}"),
        ("DELETE", f"/auth/sessions/{SOME_ID}"),
        ("DELETE", f"/auth/sessions/{carols}"),
        ("GET", sample.path("/rooms/{room_id}/messages/999")),
        ("GET", sample.path("/rooms/{room_id}/messages/9007199254740991")),
        ("GET", "/nowhere"),
        ("GET", "/rooms/"),
        ("POST", "/users//"),
        ("GET", "/rooms/{room_id}"),
    ]:
        with pytest.raises(Refused) as refused:
            await sample.ann.http(method, path.replace("{room_id}", "public/x"))
        assert (refused.value.status, refused.value.code) == (404, "not_found"), path
    assert await sample.carol.http("GET", "/users/me")


async def test_forged_cursors_are_validation_failed(sample: SampleWorld) -> None:
    """Cursors are opaque, and what somebody makes of them must not reach the database."""
    lists = [name.split()[1] for name, call in ROUTES.items() if "cursor?" in (call.query or {})]
    parts: list[tuple[int | str, ...]] = [
        (),
        ("x",),
        (-1, -1, -1),
        (10**30,),
        (-(10**30),),
        (10**30, SOME_ID),
        (-(10**30), SOME_ID),
        (1, "x"),
        (1, SOME_ID + "\n"),
        ("x", "x"),
        ("a\0b", SOME_ID),
        (7, "x"),
        (1, 2**63),
    ]
    for path in lists:
        for forged in parts:
            if path == "/users" and forged[:1] == (1,) and isinstance(forged[1], str):
                # That is one of its own: a rank, and any username.
                continue
            needed = required(ROUTES[f"GET {path}"].query or {})
            query = "?" + "".join(f"{name}=x&" for name in needed)
            query += f"cursor={make_cursor(*forged)}"
            problem = await _problem(sample, f"GET {path}", query=query)
            refused = (problem["code"], _field(problem))
            assert refused == ("validation_failed", "cursor"), (path, forged)


async def test_a_body_in_an_encoding_is_not_taken(sample: SampleWorld) -> None:
    for encoding in ("gzip", "deflate"):
        headers = {"Content-Encoding": encoding}
        problem = await _problem(sample, "POST /rooms", data=b"no archive", headers=headers)
        assert problem["code"] == "unsupported_media_type", encoding


async def test_a_body_of_exactly_128_kib_is_read(sample: SampleWorld) -> None:
    def padded(size: int) -> bytes:
        body = json.dumps({"seq": 0}).encode()
        return body + b" " * (size - len(body))

    name = "PUT /rooms/{room_id}/read"
    status, _ = await _request(sample.ann.http, sample, name, data=padded(128 * 1024))
    assert status == 200
    problem = await _problem(sample, name, data=padded(128 * 1024 + 1))
    assert problem["code"] == "payload_too_large"
    # In pieces, so that no Content-Length tells.
    status, answer = await _request(sample.ann.http, sample, name, data=_pieces(300 * 1024))
    assert (status, json.loads(answer)["code"]) == (413, "payload_too_large")


# --- The same thing twice at once ---


async def test_an_event_twice_at_once_is_one_change(world: World, nodes: list[Node]) -> None:
    """Two sockets of ann's, on two nodes where there are two, send the same."""
    room, (ann, bob) = await world.room("ann", "bob")
    carol = await world.user("carol")
    await ann.connect(nodes[-1])
    here = {"room_id": room["id"]}
    one = {**here, "seq": (await ann.send(room["id"], "one"))["seq"]}
    for event, payload in (
        ("send_message", {**here, "client_id": new_id(), "text": "two"}),
        ("edit_message", {**one, "text": "ONE"}),
        ("react", {**one, "emoji": "👍", "on": True}),
        ("react", {**one, "emoji": "👍", "on": False}),
        ("pin_message", {**one, "on": True}),
        ("delete_message", one),
        ("update_room", {**here, "name": "ours"}),
        ("set_role", {**here, "user_id": bob.id, "role": "admin"}),
        ("add_members", {**here, "user_ids": [carol.id]}),
    ):
        before = (await ann.call("get_room", **here))["room"]["version"]
        acks = await asyncio.gather(*(socket.emit(event, payload) for socket in ann.sockets))
        assert [ack["ok"] for ack in acks] == [True, True], (event, acks)
        assert (await ann.call("get_room", **here))["room"]["version"] == before + 1, event
    for event, payload in (
        ("remove_member", {**here, "user_id": carol.id}),
        ("leave_room", here),
    ):
        acks = await asyncio.gather(*(socket.emit(event, payload) for socket in ann.sockets))
        assert sorted(ack["ok"] for ack in acks) == [False, True], (event, acks)
        assert [a["error"]["code"] for a in acks if not a["ok"]] == ["not_found"], event
    seqs = [m["seq"] for m in (await bob.call("get_messages", **here))["messages"]]
    assert seqs == list(range(len(seqs), 0, -1))


async def test_a_room_made_twice_at_once_is_one(world: World, nodes: list[Node]) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    await ann.connect(nodes[-1])
    group = {"kind": "group", "name": "g", "member_ids": [bob.id, bob.id], "client_id": new_id()}
    for payload in (group, {"kind": "direct", "user_id": bob.id}):
        acks = await asyncio.gather(*(s.emit("create_room", payload) for s in ann.sockets))
        assert acks[0]["ok"] and acks[0] == acks[1]
    assert len((await bob.http("GET", "/rooms"))["items"]) == 2


async def test_a_request_twice_at_once_is_one_change(world: World, nodes: list[Node]) -> None:
    ann, bob = await world.user("ann", connect=False), await world.user("bob", connect=False)
    room = await ann.group(name="open", visibility="public")

    async def twice(user: User, method: str, path: str, body: Any = None) -> list[int]:
        calls = [Http(node, user.token) for node in (nodes[0], nodes[-1])]
        options = {} if body is None else {"json": body}
        answers = await asyncio.gather(*(call.raw(method, path, **options) for call in calls))
        for call in calls:
            await call.close()
        return sorted(status for status, _, _ in answers)

    here = f"/rooms/{room['id']}"
    assert await twice(bob, "POST", f"{here}/join") == [200, 200]
    text = {"client_id": new_id(), "text": "once"}
    assert await twice(bob, "POST", f"{here}/messages", text) == [200, 201]
    assert await twice(bob, "PUT", f"{here}/read", {"seq": 3}) == [200, 200]
    assert await twice(bob, "DELETE", f"{here}/messages/3") == [200, 200]
    assert await twice(bob, "DELETE", f"{here}/members/{bob.id}") == [204, 404]
    seen = await ann.http("GET", here)
    # Created, joined, the message, its deletion, left.
    assert (seen["version"], seen["last_seq"], seen["member_count"]) == (5, 4, 1)
    assert await twice(ann, "DELETE", here) == [204, 404]
    assert (await twice(bob, "DELETE", f"/auth/sessions/{bob.session['session_id']}"))[0] == 204


async def test_a_name_signed_up_twice_at_once_is_taken_once(nodes: list[Node]) -> None:
    username = unique("ann")
    body = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
    calls = [Http(node) for node in (nodes[0], nodes[-1])]
    answers = await asyncio.gather(
        *(call("POST", "/auth/signup", body) for call in calls), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [error.code for error in refused] == ["conflict"]
    assert refused[0].field in ("username", "email")
    for call in calls:
        await call.close()


# --- How requests are made here ---


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1024):
        yield b" " * 1024


async def _request(
    http: Http,
    sample: SampleWorld,
    name: str,
    *,
    data: Any = None,
    query: str = "",
    path: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes]:
    method, route = name.split()
    headers = {"Content-Type": "application/json", **(headers or {})}
    status, given, body = await http.raw(
        method, sample.path(route, **(path or {})) + query, data=data, headers=headers
    )
    if status >= 400:
        assert given["Content-Type"] == "application/problem+json", (name, given)
    return status, body


async def _problem(sample: SampleWorld, name: str, **request: Any) -> dict[str, Any]:
    """The refusal, which looks like one of RFC 9457."""
    status, body = await _request(sample.ann.http, sample, name, **request)
    problem: dict[str, Any] = json.loads(body)
    assert status >= 400, (name, request, problem)
    assert {"type", "title", "status", "detail", "code"} <= set(problem), problem
    assert problem["status"] == status == CODES[problem["code"]], problem
    return problem


def _field(problem: dict[str, Any]) -> str | None:
    errors = problem.get("errors")
    if errors is None:
        return None
    assert [set(error) for error in errors] == [{"field", "message"}]
    return str(errors[0]["field"])
