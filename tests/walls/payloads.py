"""Valid payloads for the calls of the permission matrix, the same for every caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from tests.support.client import unique
from tests.support.field_kinds import AUTH, P256DH
from tests.walls.scenes import Ids, message

# The query of a call, and its body.
Made = tuple[str, Any]
PUSH_AT = "http://127.0.0.1:9/push"
PUSH = {"endpoint": PUSH_AT, "keys": {"p256dh": P256DH, "auth": AUTH}}


def _account(_: Ids) -> Made:
    name = unique("new")
    return "", {
        "email": f"{name}@example.com",
        "username": name,
        "password": "a long one of their own",
    }


def _named(ids: Ids, *names: str) -> dict[str, Any]:
    """Those of them that the ids have."""
    return {name: ids[name] for name in names if name in ids}


def _new_room(ids: Ids) -> Made:
    if "user_id" in ids:
        return "", {"kind": "direct", "user_id": ids["user_id"]}
    return "", {"kind": "group", "name": "a group"} | _named(ids, "member_ids", "client_id")


def _search(ids: Ids) -> Made:
    return "?" + urlencode({"q": "hello"} | _named(ids, "q", "room_id", "from")), None


def _users(ids: Ids) -> Made:
    return f"?ids={ids['id']}" if "id" in ids else "?q=x", None


def _read(ids: Ids) -> Made:
    return "", {"ids": ids["notification_ids"]} if "notification_ids" in ids else {"all": True}


def _avatar(**otherwise: str) -> Callable[[Ids], Made]:
    """A change of the avatar if the ids name an attachment, else ``otherwise``."""
    return lambda ids: (
        "",
        {"avatar_id": ids["attachment_id"]} if "attachment_id" in ids else otherwise,
    )


def _message(ids: Ids) -> dict[str, Any]:
    files = {"attachment_ids": [ids["attachment_id"]]} if "attachment_id" in ids else {}
    return message() | files | _named(ids, "reply_to_seq", "client_id")


def body(**fields: Any) -> Callable[[Ids], Made]:
    return lambda _: ("", fields)


# A call that is not listed has no body and no query.
BODIES: dict[str, Callable[[Ids], Made]] = {
    "POST /auth/signup": _account,
    "POST /auth/signin": body(login="nobody", password="nothing"),
    "POST /auth/refresh": body(refresh_token="none"),
    "POST /auth/password": body(current_password="wrong", new_password="a long one of their own"),
    "POST /auth/password/forgot": body(email="nobody@example.com"),
    "POST /auth/password/reset": body(token="none", new_password="a long one of their own"),
    "POST /auth/email/verify": body(token="none"),
    "POST /auth/email/undo": body(token="none"),
    "PATCH /users/me": _avatar(bio="a bio"),
    "DELETE /users/me": body(password="wrong"),
    "GET /users": _users,
    "POST /rooms": _new_room,
    "PATCH /rooms/{room_id}": _avatar(topic="a topic"),
    "PATCH /rooms/{room_id}/me": body(notify="none"),
    "POST /rooms/{room_id}/invites": body(),
    "POST /rooms/{room_id}/members": lambda ids: ("", {"user_ids": [ids["new_id"]]}),
    "PATCH /rooms/{room_id}/members/{user_id}": body(role="member"),
    "POST /rooms/{room_id}/messages": lambda ids: ("", _message(ids)),
    "PATCH /rooms/{room_id}/messages/{seq}": body(text="changed"),
    "PUT /rooms/{room_id}/read": body(seq=1),
    "POST /notifications/read": _read,
    "PUT /push/subscriptions": lambda ids: ("", PUSH | _named(ids, "endpoint")),
    "DELETE /push/subscriptions": lambda ids: ("", {"endpoint": ids.get("endpoint", PUSH_AT)}),
    "GET /search/messages": _search,
}


def payload_of(event: str, ids: Ids, token: str) -> dict[str, Any]:
    """The payload of an event, made with the same ids."""
    room = {"room_id": ids.get("room_id")}
    at = room | {"seq": ids.get("seq")}
    who = room | {"user_id": ids.get("user_id")}
    made: dict[str, dict[str, Any]] = {
        "sync": {"rooms": {ids["room_id"]: 0} if "room_id" in ids else {}},
        "create_room": _new_room(ids)[1],
        "join_room": room,
        "leave_room": room,
        "add_members": room | {"user_ids": [ids.get("new_id")]},
        "remove_member": who,
        "set_role": who | {"role": "member"},
        "update_room": room | _avatar(topic="a topic")(ids)[1],
        "get_room": room,
        "get_messages": room,
        "send_message": room | _message(ids),
        "edit_message": at | {"text": "changed"},
        "delete_message": at,
        "react": at | {"emoji": "👍", "on": True},
        "pin_message": at | {"on": True},
        "mark_read": room | {"seq": 1},
        "typing": room | {"typing": True},
        "watch_presence": {"user_ids": [ids.get("id")]},
        "refresh_auth": {"token": ids.get("token", token)},
        "list_notifications": {},
        "mark_notifications_read": _read(ids)[1],
        "get_unread": {},
    }
    return made[event]
