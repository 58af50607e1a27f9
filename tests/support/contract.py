"""What clients may send according to the contract's tables, and values that are not allowed.

A field that ends in ``?`` may be absent. The tables are written by hand on purpose, so that the
types in the code can be compared with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.field_kinds import (
    BIGGEST,
    COUNT,
    CURSOR,
    EMOJI,
    ENDPOINT,
    FILE_KIND,
    ID,
    IDS,
    LIMIT,
    MOMENT,
    NOTIFY,
    OBJECT,
    PUSH_KEYS,
    Q_COUNT,
    Q_ID,
    Q_IDS,
    Q_LIMIT,
    Q_ORIGIN,
    Q_SEARCH,
    Q_TEXT,
    Q_TIME,
    ROLE,
    ROOM_KIND,
    SCOPE,
    SOME_ID,
    SPAN,
    SWITCH,
    TEXT,
    TIME,
    VERSIONS,
    VISIBILITY,
    FieldKind,
)

Fields = dict[str, FieldKind]

_MESSAGE: Fields = {
    "client_id": ID,
    "text?": TEXT,
    "attachment_ids?": IDS,
    "reply_to_seq?": COUNT,
}
_HISTORY: Fields = {
    "before_seq?": COUNT,
    "after_seq?": COUNT,
    "around_seq?": COUNT,
    "limit?": LIMIT,
}
_NEW_ROOM: Fields = {
    "kind": ROOM_KIND,
    "user_id?": ID,
    "name?": TEXT,
    "topic?": TEXT,
    "visibility?": VISIBILITY,
    "member_ids?": IDS,
    "client_id?": ID,
}
_ROOM_CHANGES: Fields = {
    "name?": TEXT,
    "topic?": TEXT,
    "avatar_id?": ID,
    "visibility?": VISIBILITY,
}

_READ_NOTIFICATIONS: Fields = {"ids?": IDS, "all?": SWITCH}

EVENTS: dict[str, dict[str, Fields]] = {
    "/rooms": {
        "sync": {"rooms": VERSIONS, "scope?": SCOPE},
        "create_room": _NEW_ROOM,
        "join_room": {"room_id": ID},
        "leave_room": {"room_id": ID},
        "add_members": {"room_id": ID, "user_ids": IDS},
        "remove_member": {"room_id": ID, "user_id": ID},
        "set_role": {"room_id": ID, "user_id": ID, "role": ROLE},
        "update_room": {"room_id": ID, **_ROOM_CHANGES},
        "get_room": {"room_id": ID},
        "get_messages": {"room_id": ID, **_HISTORY},
        "send_message": {"room_id": ID, **_MESSAGE},
        "edit_message": {"room_id": ID, "seq": COUNT, "text": TEXT},
        "delete_message": {"room_id": ID, "seq": COUNT},
        "react": {"room_id": ID, "seq": COUNT, "emoji": EMOJI, "on": SWITCH},
        "pin_message": {"room_id": ID, "seq": COUNT, "on": SWITCH},
        "mark_read": {"room_id": ID, "seq": COUNT},
        "typing": {"room_id": ID, "typing": SWITCH},
        "watch_presence": {"user_ids": IDS},
        "refresh_auth": {"token": TEXT},
    },
    "/notifications": {
        "list_notifications": {"limit?": LIMIT, "cursor?": TEXT},
        "mark_notifications_read": _READ_NOTIFICATIONS,
        "get_unread": {},
        "refresh_auth": {"token": TEXT},
    },
}


_PAGE: Fields = {"limit?": Q_LIMIT, "cursor?": CURSOR}
_Q_HISTORY: Fields = {
    "before_seq?": Q_COUNT,
    "after_seq?": Q_COUNT,
    "around_seq?": Q_COUNT,
    "limit?": Q_LIMIT,
}


@dataclass(frozen=True)
class Call:
    """One call over HTTP: the fields of its body and of its query. If ``body`` is None, it takes no
    body or a file (``upload``)."""

    body: Fields | None = None
    query: Fields | None = None
    open: bool = False
    upload: bool = False


_MESSAGES = "/rooms/{room_id}/messages"
_ONE = _MESSAGES + "/{seq}"
_MEMBER = "/rooms/{room_id}/members/{user_id}"

ROUTES: dict[str, Call] = {
    "GET /config": Call(query={"origin?": Q_ORIGIN}, open=True),
    "POST /auth/signup": Call(
        {
            "email": TEXT,
            "username": TEXT,
            "password": TEXT,
            "display_name?": TEXT,
            "device?": TEXT,
            "cookie?": SWITCH,
        },
        open=True,
    ),
    "POST /auth/signin": Call(
        {"login": TEXT, "password": TEXT, "device?": TEXT, "cookie?": SWITCH}, open=True
    ),
    "POST /auth/refresh": Call({"refresh_token?": TEXT}, open=True),
    "POST /auth/signout": Call(),
    "POST /auth/password": Call({"current_password": TEXT, "new_password": TEXT}),
    "POST /auth/password/forgot": Call({"email": TEXT}, open=True),
    "POST /auth/password/reset": Call({"token": TEXT, "new_password": TEXT}, open=True),
    "POST /auth/email/verify": Call({"token": TEXT}, open=True),
    "POST /auth/email/undo": Call({"token": TEXT}, open=True),
    "GET /auth/sessions": Call(query=_PAGE),
    "DELETE /auth/sessions": Call(),
    "DELETE /auth/sessions/{id}": Call(),
    "GET /users/me": Call(),
    "PATCH /users/me": Call(
        {
            "display_name?": TEXT,
            "bio?": TEXT,
            "status?": OBJECT,
            "avatar_id?": ID,
            "username?": TEXT,
            "email?": TEXT,
            "current_password?": TEXT,
            "preferences?": OBJECT,
        }
    ),
    "DELETE /users/me": Call({"password": TEXT}),
    "GET /users/me/blocks": Call(query=_PAGE),
    "PUT /users/me/blocks/{user_id}": Call(),
    "DELETE /users/me/blocks/{user_id}": Call(),
    "GET /users/{id}": Call(),
    "GET /users": Call(query={"q?": Q_TEXT, "ids?": Q_IDS, **_PAGE}),
    "GET /rooms": Call(query=_PAGE),
    "POST /rooms": Call(_NEW_ROOM),
    "GET /rooms/public": Call(query={"q?": Q_TEXT, **_PAGE}),
    "POST /rooms/{room_id}/join": Call(),
    "DELETE /rooms/{room_id}/invitation": Call(),
    "GET /rooms/{room_id}": Call(),
    "PATCH /rooms/{room_id}": Call(_ROOM_CHANGES),
    "DELETE /rooms/{room_id}": Call(),
    "PATCH /rooms/{room_id}/me": Call({"notify?": NOTIFY, "muted_until?": TIME}),
    "GET /rooms/{room_id}/invites": Call(query=_PAGE),
    "POST /rooms/{room_id}/invites": Call({"expires_in?": SPAN, "max_uses?": SPAN}),
    "GET /invites/{code}": Call(open=True),
    "POST /invites/{code}": Call(),
    "DELETE /invites/{code}": Call(),
    "GET /rooms/{room_id}/members": Call(query={"q?": Q_TEXT, **_PAGE}),
    "POST /rooms/{room_id}/members": Call({"user_ids": IDS}),
    f"PATCH {_MEMBER}": Call({"role": ROLE}),
    f"DELETE {_MEMBER}": Call(),
    f"GET {_MESSAGES}": Call(query=_Q_HISTORY),
    f"POST {_MESSAGES}": Call(_MESSAGE),
    f"GET {_ONE}": Call(),
    f"GET {_ONE}/readers": Call(query=_PAGE),
    f"PATCH {_ONE}": Call({"text": TEXT}),
    f"DELETE {_ONE}": Call(),
    f"PUT {_ONE}/reactions/{{emoji}}": Call(),
    f"DELETE {_ONE}/reactions/{{emoji}}": Call(),
    f"PUT {_ONE}/pin": Call(),
    f"DELETE {_ONE}/pin": Call(),
    "GET /rooms/{room_id}/pins": Call(query=_PAGE),
    "GET /rooms/{room_id}/attachments": Call(
        query={"kind?": FILE_KIND, "before_seq?": Q_COUNT, "limit?": Q_LIMIT}
    ),
    "PUT /rooms/{room_id}/read": Call({"seq": COUNT}),
    "GET /unread": Call(),
    "GET /notifications": Call(query=_PAGE),
    "POST /notifications/read": Call(_READ_NOTIFICATIONS),
    "POST /attachments": Call(upload=True),
    "GET /push/key": Call(open=True),
    "PUT /push/subscriptions": Call(
        {"endpoint": ENDPOINT, "keys": PUSH_KEYS, "expirationTime?": MOMENT}
    ),
    "DELETE /push/subscriptions": Call({"endpoint": TEXT}),
    "GET /search/messages": Call(
        query={
            "q": Q_SEARCH,
            "room_id?": Q_ID,
            "from?": Q_ID,
            "before?": Q_TIME,
            "after?": Q_TIME,
            **_PAGE,
        }
    ),
}

# By placeholder in a path: values that are not allowed there.
PATHS: dict[str, tuple[str, ...]] = {
    "id": ("x", "1", "%00", "%20", SOME_ID + "%0A", SOME_ID + "%00", "%FF", "x" * 5000),
    "seq": ("x", "-1", "%00", "1.5", "1%0A", "%D9%A3", str(BIGGEST + 1), "9" * 5000, "NaN"),
    "emoji": ("x", "%00", "%FF", "%F0%9F", "1", "%F0%9F%91%8D%F0%9F%91%8D", "%ED%A0%80", "x" * 500),
}

# Code → HTTP status.
CODES = {
    "unauthenticated": 401,
    "token_expired": 401,
    "invalid_credentials": 401,
    "forbidden": 403,
    "blocked": 403,
    "not_found": 404,
    "conflict": 409,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "method_not_allowed": 405,
    "validation_failed": 422,
    "rate_limited": 429,
    "unavailable": 503,
    "storage_full": 507,
    "internal": 500,
}


def required(fields: Fields) -> list[str]:
    return [name for name in fields if not name.endswith("?")]


def each_wrong(fields: Fields) -> list[tuple[str, Any]]:
    """Pairs of a field and a value that is not allowed in it."""
    return [(name.rstrip("?"), value) for name, kind in fields.items() for value in kind.wrong]
