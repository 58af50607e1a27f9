"""A room that one may not see looks like one that does not exist."""

from __future__ import annotations

import json
from typing import Any

from tests.support.client import User, new_id
from tests.support.room_calls import (
    get_room,
)
from tests.support.shared_world import SharedWorld
from tests.support.world import settled

Json = dict[str, Any]


# Another user's room


async def test_what_one_may_not_see_looks_like_what_does_not_exist(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    foreign = {
        "a private group": (await ann.group(bob))["id"],
        "a direct room": (await ann.direct(bob))["id"],
        "one that was left": (await ann.group(bob, cat))["id"],
        "one that cat was removed from": (await ann.group(bob, cat))["id"],
        "a deleted one": (await ann.group(bob, cat))["id"],
    }
    await cat.call("leave_room", room_id=foreign["one that was left"])
    removed_from = foreign["one that cat was removed from"]
    await ann.call("remove_member", room_id=removed_from, user_id=cat.id)
    await ann.http("DELETE", f"/rooms/{foreign['a deleted one']}")
    nothing = await answers(cat, new_id(), ann.id)
    assert len(nothing) == len(CALLS) + len(EVENTS)
    for call, answer in nothing.items():
        code = answer["error"]["code"] if "error" in answer else answer["code"]
        assert code == "not_found", call

    for what, room_id in foreign.items():
        assert await answers(cat, room_id, ann.id) == nothing, what

    # None of this has done anything, nor was it heard.
    await settled(cat, ann, bob)
    for what in ("a private group", "one that cat was removed from"):
        room = await get_room(ann, foreign[what])
        heard = {name for name, data in ann.socket.of_room(room["id"])}
        assert heard <= {"room_joined", "member_left"}, what
        assert room["member_count"] == 2


CLIENT_ID = new_id()

CALLS: list[tuple[str, str, Json | None]] = [
    ("GET", "", None),
    ("PATCH", "", {"name": "mine"}),
    ("DELETE", "", None),
    ("POST", "/join", None),
    ("GET", "/members", None),
    ("POST", "/members", {"user_ids": ["{user_id}"]}),
    ("PATCH", "/members/{user_id}", {"role": "member"}),
    ("DELETE", "/members/{user_id}", None),
    ("GET", "/messages", None),
    ("GET", "/messages?around_seq=1", None),
    ("POST", "/messages", {"client_id": CLIENT_ID, "text": "hello"}),
    ("GET", "/messages/1", None),
    ("PATCH", "/messages/1", {"text": "mine"}),
    ("DELETE", "/messages/1", None),
    ("PUT", "/messages/1/reactions/%F0%9F%91%8D", None),
    ("DELETE", "/messages/1/reactions/%F0%9F%91%8D", None),
    ("PUT", "/messages/1/pin", None),
    ("DELETE", "/messages/1/pin", None),
    ("GET", "/pins", None),
    ("GET", "/attachments", None),
    ("PUT", "/read", {"seq": 1}),
]

EVENTS: list[tuple[str, Json]] = [
    ("get_room", {}),
    ("join_room", {}),
    ("leave_room", {}),
    ("add_members", {"user_ids": ["{user_id}"]}),
    ("remove_member", {"user_id": "{user_id}"}),
    ("set_role", {"user_id": "{user_id}", "role": "admin"}),
    ("update_room", {"name": "mine"}),
    ("get_messages", {}),
    ("send_message", {"client_id": CLIENT_ID, "text": "hello"}),
    ("edit_message", {"seq": 1, "text": "mine"}),
    ("delete_message", {"seq": 1}),
    ("react", {"seq": 1, "emoji": "👍", "on": True}),
    ("pin_message", {"seq": 1, "on": True}),
    ("mark_read", {"seq": 1}),
    ("typing", {"typing": True}),
]


async def answers(user: User, room_id: str, user_id: str) -> dict[str, Json]:
    """What the user gets for each call and event about a room, as a whole."""
    found: dict[str, Json] = {}
    for method, path, body in CALLS:
        url = f"/rooms/{room_id}{path}".replace("{user_id}", user_id)
        given = json.loads(json.dumps(body).replace("{user_id}", user_id))
        status, headers, raw = await user.http.raw(method, url, **({"json": given} if body else {}))
        found[f"{method} {path}"] = json.loads(raw) | {
            "answered": status,
            "type of content": headers["Content-Type"],
        }
    for event, payload in EVENTS:
        given = json.loads(json.dumps(payload).replace("{user_id}", user_id))
        found[event] = await user.socket.emit(event, {"room_id": room_id, **given})
    return found
