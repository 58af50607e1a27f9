"""The permission matrix. For each call and each scene (what the call's ids refer to) it has one
letter for each caller.

The letters are in the order of ``scenes.CALLERS``: anonymous, forged, stranger, former member,
blocked, member, admin, owner. ``o`` means ok; the other letters stand for the codes in ``LETTERS``.
``test_permissions.py`` fails if a route or an event of the server has no row here.
"""

from __future__ import annotations

from tests.walls.message_permissions import MESSAGE_CALLS
from tests.walls.room_permissions import ROOM_CALLS

LETTERS = {
    "o": "ok",
    "u": "unauthenticated",
    "n": "not_found",
    "f": "forbidden",
    "b": "blocked",
    "c": "conflict",
    "i": "invalid_credentials",
    "v": "validation_failed",
    # A search that may be made, and finds nothing.
    "e": "nothing_found",
}

# Events that do the same as a call, with the same outcomes.
SAME = {
    "/rooms create_room": "POST /rooms",
    "/rooms join_room": "POST /rooms/{room_id}/join",
    "/rooms leave_room": "DELETE /rooms/{room_id}/members/{user_id}",
    "/rooms add_members": "POST /rooms/{room_id}/members",
    "/rooms remove_member": "DELETE /rooms/{room_id}/members/{user_id}",
    "/rooms set_role": "PATCH /rooms/{room_id}/members/{user_id}",
    "/rooms update_room": "PATCH /rooms/{room_id}",
    "/rooms get_messages": "GET /rooms/{room_id}/messages",
    "/rooms send_message": "POST /rooms/{room_id}/messages",
    "/rooms edit_message": "PATCH /rooms/{room_id}/messages/{seq}",
    "/rooms delete_message": "DELETE /rooms/{room_id}/messages/{seq}",
    "/rooms react": "PUT /rooms/{room_id}/messages/{seq}/reactions/{emoji}",
    "/rooms pin_message": "PUT /rooms/{room_id}/messages/{seq}/pin",
    "/rooms mark_read": "PUT /rooms/{room_id}/read",
    "/notifications list_notifications": "GET /notifications",
    "/notifications mark_notifications_read": "POST /notifications/read",
    "/notifications get_unread": "GET /unread",
    "/notifications refresh_auth": "/rooms refresh_auth",
}

CALLS: dict[str, dict[str, str]] = {
    "GET /config": {
        "nothing": "oooooooo",
    },
    "POST /auth/signup": {
        "nothing": "oooooooo",
    },
    "POST /auth/signin": {
        "nothing": "iiiiiiii",
    },
    "POST /auth/refresh": {
        "nothing": "uuuuuuuu",
    },
    "POST /auth/signout": {
        "nothing": "uuoooooo",
    },
    "POST /auth/password": {
        "nothing": "uuiiiiii",
    },
    "POST /auth/password/forgot": {
        "nothing": "oooooooo",
    },
    "POST /auth/password/reset": {
        "nothing": "vvvvvvvv",
    },
    "POST /auth/email/verify": {
        "nothing": "vvvvvvvv",
    },
    "GET /auth/sessions": {
        "nothing": "uuoooooo",
    },
    "POST /auth/email/undo": {
        "nothing": "vvvvvvvv",
    },
    "DELETE /auth/sessions": {
        "nothing": "uuoooooo",
    },
    "DELETE /auth/sessions/{id}": {
        "session_of_another": "uunnnnnn",
        "session_missing": "uunnnnnn",
    },
    "GET /users/me": {
        "nothing": "uuoooooo",
    },
    "PATCH /users/me": {
        "attachment_of_another": "uunnnnnn",
        "attachment_missing": "uunnnnnn",
        "nothing": "uuoooooo",
        "attachment_of_a_message": "uunnnnnn",
    },
    "DELETE /users/me": {
        "nothing": "uuiiiiii",
    },
    "GET /users/me/blocks": {
        "nothing": "uuoooooo",
    },
    "PUT /users/me/blocks/{user_id}": {
        "user": "uuoooooo",
        "oneself": "uuvvvvvv",
        "user_who_blocks": "uuooooov",
        "user_gone": "uunnnnnn",
        "user_missing": "uunnnnnn",
    },
    "DELETE /users/me/blocks/{user_id}": {
        "user": "uuoooooo",
        "oneself": "uuvvvvvv",
        "user_who_blocks": "uuooooov",
        "user_gone": "uunnnnnn",
        "user_missing": "uunnnnnn",
    },
    "GET /users/{id}": {
        "user": "uuoooooo",
        "oneself": "uuoooooo",
        "user_who_blocks": "uuoooooo",
        "user_gone": "uuoooooo",
        "user_missing": "uunnnnnn",
    },
    "GET /users": {
        "nothing": "uuoooooo",
        "user": "uuoooooo",
        "oneself": "uuoooooo",
        "user_who_blocks": "uuoooooo",
        "user_gone": "uuoooooo",
        "user_missing": "uuoooooo",
    },
    **ROOM_CALLS,
    **MESSAGE_CALLS,
    "GET /unread": {
        "nothing": "uuoooooo",
    },
    "GET /notifications": {
        "nothing": "uuoooooo",
    },
    "POST /notifications/read": {
        "nothing": "uuoooooo",
        "notification_of_another": "uuoooooo",
        "notification_missing": "uuoooooo",
    },
    "POST /attachments": {
        "nothing": "uuoooooo",
    },
    "GET /push/key": {
        "nothing": "oooooooo",
    },
    "PUT /push/subscriptions": {
        "nothing": "uuoooooo",
        "endpoint_of_another": "uuoooooo",
    },
    "DELETE /push/subscriptions": {
        "nothing": "uuoooooo",
        "endpoint_left_alone": "uuoooooo",
    },
    "GET /search/messages": {
        "nothing": "uuoooooo",
        "private": "uunnnooo",
        "public": "uunnnooo",
        "direct": "uunnnono",
        "direct_blocked": "uunnonno",
        "deleted": "uunnnnnn",
        "missing": "uunnnnnn",
        "from_member": "uueeeooo",
        "from_member_in_the_room": "uunnnooo",
        "from_another_user": "uueeeeee",
        "from_gone": "uueeeeee",
        "from_missing": "uueeeeee",
    },
    "/rooms sync": {
        "nothing": "uuoooooo",
        "private": "uuoooooo",
        "public": "uuoooooo",
        "direct": "uuoooooo",
        "direct_blocked": "uuoooooo",
        "deleted": "uuoooooo",
        "missing": "uuoooooo",
    },
    "/rooms get_room": {
        "private": "uunnnooo",
        "public": "uuoooooo",
        "direct": "uunnnono",
        "direct_blocked": "uunnonno",
        "deleted": "uunnnnnn",
        "missing": "uunnnnnn",
    },
    "/rooms typing": {
        "private": "uunnnooo",
        "public": "uunnnooo",
        "direct": "uunnnono",
        "direct_blocked": "uunnbnnb",
        "deleted": "uunnnnnn",
        "missing": "uunnnnnn",
    },
    "/rooms watch_presence": {
        "user": "uuoooooo",
        "user_who_blocks": "uuoooooo",
        "oneself": "uuoooooo",
        "user_gone": "uuoooooo",
        "user_missing": "uuoooooo",
    },
    "/rooms refresh_auth": {
        "nothing": "uuoooooo",
        "token_of_another": "uuuuuuuu",
    },
}
