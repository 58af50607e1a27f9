"""Random values at random events and routes: every answer is the contract's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.client import Socket, User, new_id
from tests.support.contract import CODES, EVENTS, ROUTES, Fields
from tests.support.field_kinds import SOME_ID

pytestmark = pytest.mark.usefixtures("no_errors_logged")

# Nothing here takes a server down, and nothing here is limited.
UNEXPECTED = {"internal", "unavailable", "rate_limited", "storage_full"}

fuzzed = settings(
    # On each kind.
    max_examples=90,
    deadline=None,
    # The users stay for all examples: what one leaves behind is more to stumble over.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

FIELDS = sorted(
    {
        name.rstrip("?")
        for table in (*EVENTS.values(), {name: call.body or {} for name, call in ROUTES.items()})
        for fields in table.values()
        for name in fields
    }
)

# Replaced by the ids of the test's own rooms and users.
ROOM, DIRECT, ANN, BOB = "<room>", "<direct>", "<ann>", "<bob>"

_ids = st.sampled_from([ROOM, ROOM, ROOM, DIRECT, ANN, BOB, SOME_ID, "x", SOME_ID.upper()])
_numbers = st.integers(0, 12) | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_words = st.sampled_from(
    [
        *(
            "",
            "👍",
            "❤",
            "@ann",
            "a\0b",
            "\u2028",
            "\u202e",
            "ＡＮＮ",
            "İ",
            "ß" * 40,
            "%",
            "_",
            "'; --",
        ),
        *("private", "public", "owner", "admin", "member", "direct", "group", "all", "listed"),
    ]
)
_texts = _words | st.text(max_size=20)
_scalars = st.none() | st.booleans() | _numbers | _ids | _texts
_json = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_ids | _texts, inner, max_size=4),
    max_leaves=12,
)
# Most fields fit what they are sent to, so that much gets far.
_seqs = st.none() | st.integers(0, 5)
_likely: dict[str, st.SearchStrategy[Any]] = {
    "room_id": st.sampled_from([ROOM, ROOM, ROOM, ROOM, DIRECT]),
    "user_id": st.sampled_from([ANN, BOB]),
    "user_ids": st.lists(_ids, max_size=3) | st.just([BOB]),
    "member_ids": st.lists(st.sampled_from([ANN, BOB]), max_size=3),
    "client_id": st.builds(new_id) | st.just(SOME_ID),
    "attachment_ids": st.sampled_from([None, []]),
    "text": st.sampled_from(["hello", "hello @ann"]) | _texts,
    "name": st.sampled_from(["a name", "another"]) | _texts,
    "seq": st.integers(1, 5),
    "reply_to_seq": _seqs,
    "before_seq": _seqs,
    "after_seq": _seqs,
    "around_seq": _seqs,
    "limit": st.none() | st.integers(1, 100),
    "rooms": st.dictionaries(st.sampled_from([ROOM, DIRECT, SOME_ID]), st.integers(0, 20)),
    "scope": st.sampled_from([None, "all", "listed"]),
    "on": st.booleans(),
    "typing": st.booleans(),
    "emoji": st.sampled_from(["👍", "❤", "❤️", "👩‍👩‍👧", "x"]),
    "role": st.sampled_from(["owner", "admin", "member"]),
    "kind": st.sampled_from(["group", "direct"]),
    "visibility": st.sampled_from([None, "private", "public"]),
    "avatar_id": st.none(),
}


def _once_in(draw: Callable[..., Any], times: int) -> bool:
    return bool(draw(st.integers(1, times)) == times)


@st.composite
def _payload(draw: Callable[..., Any], fields: Fields) -> Any:
    if _once_in(draw, 10):
        return draw(_json)
    names = [name for name in fields if not _once_in(draw, 2 if name.endswith("?") else 20)]
    if _once_in(draw, 20):
        names.append(draw(st.sampled_from(FIELDS) | _texts))
    return {
        name: draw(_json if _once_in(draw, 15) else _likely.get(name, _texts))
        for name in (name.rstrip("?") for name in names)
    }


@st.composite
def _event(draw: Callable[..., Any]) -> tuple[str, str, list[Any]]:
    namespace = "/notifications" if _once_in(draw, 10) else "/rooms"
    known = EVENTS[namespace]
    event = draw(_texts) if _once_in(draw, 20) else draw(st.sampled_from(sorted(known)))
    if _once_in(draw, 20):
        return namespace, event, draw(st.lists(_json, max_size=2))
    return namespace, event, [draw(_payload(known.get(event, {})))]


@st.composite
def _request(draw: Callable[..., Any]) -> tuple[str, str, Any]:
    """(method, path with its query, body or nothing)."""
    # Signing out would end the game.
    name = draw(st.sampled_from(sorted(set(ROUTES) - {"POST /auth/signout"})))
    call, (method, path) = ROUTES[name], name.split()
    places = {
        place: draw(_segments if _once_in(draw, 10) else _likely.get(place, _ids))
        for place in re.findall(r"\{(\w+)\}", path)
    }
    query = {
        name: draw(_scalars if _once_in(draw, 5) else _likely.get(name, _texts))
        for name in (field.rstrip("?") for field in call.query or {})
        if not _once_in(draw, 2)
    }
    body = draw(_payload(call.body)) if call.body is not None else None
    pairs = "&".join(f"{name}={_quoted(value)}" for name, value in query.items() if value)
    return method, path.format(**{k: _quoted(v) for k, v in places.items()}) + "?" + pairs, body


# URLs with the empty one or dots are other URLs.
_segments = _texts.filter(lambda text: text not in ("", ".", ".."))


def _quoted(value: Any) -> str:
    return quote(str(value), safe="<>")


class Game:
    """Ann with bob in a group and in a direct room."""

    def __init__(self, ann: User, bob: User) -> None:
        self.ann, self.bob = ann, bob
        self.ids = {ANN: ann.id, BOB: bob.id}

    @property
    def socket(self) -> Socket:
        return self.ann.socket

    async def begin(self) -> None:
        """A new group, also where the last one came to its end, and the direct room."""
        # A game before may have blocked bob.
        await self.ann.http("DELETE", f"/users/me/blocks/{self.bob.id}")
        room, direct = await self.ann.group(self.bob), await self.ann.direct(self.bob)
        self.ids |= {ROOM: room["id"], DIRECT: direct["id"]}
        for text in ("one", "two", "three"):
            await self.ann.send(room["id"], text)

    def filled(self, value: Any) -> Any:
        """With real ids in place of their names."""
        text = json.dumps(value)
        for name, real in self.ids.items():
            text = text.replace(name, real)
        return json.loads(text)


@pytest.fixture
async def game(ann: User, bob: User) -> Game:
    game = Game(ann, bob)
    await game.begin()
    return game


@fuzzed
@given(event=_event())
async def test_any_event_is_answered_as_the_contract_says(
    game: Game, event: tuple[str, str, list[Any]]
) -> None:
    namespace, name, payloads = event
    ack = await game.socket.emit(name, *game.filled(payloads), namespace=namespace)
    if ack["ok"] is True:
        assert name in EVENTS[namespace]
        if name in ("leave_room", "remove_member"):
            await game.begin()
        return
    assert set(ack) == {"ok", "error"}
    error = ack["error"]
    assert error["code"] in CODES.keys() - UNEXPECTED, error
    assert {"code", "message"} <= set(error) <= {"code", "message", "field"}
    assert isinstance(error["message"], str) and error["message"]


@fuzzed
@given(request=_request())
async def test_any_request_is_answered_as_the_contract_says(
    game: Game, request: tuple[str, str, Any]
) -> None:
    method, path, body = request
    options = {} if body is None else {"json": game.filled(body)}
    path = game.filled(path)
    status, headers, raw = await game.ann.http.raw(method, path, **options)
    if status < 400:
        assert status in (200, 201, 204)
        assert status == 204 or headers["Content-Type"].startswith("application/json")
        if method == "DELETE":
            await game.begin()
        return
    assert headers["Content-Type"] == "application/problem+json"
    problem = json.loads(raw)
    assert problem["code"] in CODES.keys() - UNEXPECTED, problem
    assert CODES[problem["code"]] == status == problem["status"]
