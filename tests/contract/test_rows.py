"""Each call and event of the contract has a test by its name, on both databases; where there is
another user in it, they are at another node."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from events.catalogue import NOTIFICATIONS_TOLD, ROOMS_TOLD
from tests.support.contract import EVENTS, ROUTES

TESTS = Path(__file__).parents[1]
# How the names of a call's tests begin. An event's begin with its own name.
CALLS = {
    "POST /auth/signup": "signup_",
    "POST /auth/signin": "signin_",
    "POST /auth/refresh": "refresh_",
    "POST /auth/signout": "signout",
    "POST /auth/password": "change_password_",
    "POST /auth/password/forgot": "password_forgot_",
    "POST /auth/password/reset": "password_reset_",
    "POST /auth/email/verify": "email_verify",
    "POST /auth/email/undo": "email_undo_",
    "GET /auth/sessions": "list_sessions",
    "DELETE /auth/sessions": "delete_sessions_",
    "DELETE /auth/sessions/{id}": "delete_session",
    "GET /users/me": "users_me",
    "PATCH /users/me": "users_me_changes_",
    "DELETE /users/me": "delete_me_",
    "GET /users/me/blocks": "blocks_are_listed_",
    "PUT /users/me/blocks/{user_id}": "blocked_from_",
    "DELETE /users/me/blocks/{user_id}": "blocked_from_",
    "GET /users/{id}": "users_by_id_",
    "GET /users": "users_by_name_",
    "GET /rooms": "list_rooms_",
    "POST /rooms": "create_room_",
    "GET /rooms/public": "list_public_",
    "POST /rooms/{room_id}/join": "join_room_over_http_",
    "GET /rooms/{room_id}": "get_room_",
    "PATCH /rooms/{room_id}": "update_room_",
    "DELETE /rooms/{room_id}": "delete_room_",
    "PATCH /rooms/{room_id}/me": "room_me_",
    "DELETE /rooms/{room_id}/invitation": "an_invitation_is_declined",
    "GET /rooms/{room_id}/members": "get_room_gives_the_first_100_members",
    "POST /rooms/{room_id}/members": "add_members_over_http",
    "PATCH /rooms/{room_id}/members/{user_id}": "set_role_over_http",
    "DELETE /rooms/{room_id}/members/{user_id}": "leave_room_over_http_",
    "GET /rooms/{room_id}/invites": "invites_are_listed_",
    "POST /rooms/{room_id}/invites": "an_invite_lets_in_",
    "GET /invites/{code}": "an_invite_lets_in_",
    "POST /invites/{code}": "an_invite_lets_in_",
    "DELETE /invites/{code}": "revoking_is_for_admins_",
    "GET /rooms/{room_id}/messages": "get_messages_",
    "POST /rooms/{room_id}/messages": "send_message_answers_",
    "GET /rooms/{room_id}/messages/{seq}": "a_message_that_is_not_there_",
    "PATCH /rooms/{room_id}/messages/{seq}": "edit_message_changes_the_text_",
    "DELETE /rooms/{room_id}/messages/{seq}": "delete_message_leaves_an_empty_place",
    "PUT /rooms/{room_id}/messages/{seq}/reactions/{emoji}": "react_over_http_",
    "DELETE /rooms/{room_id}/messages/{seq}/reactions/{emoji}": "react_on_and_off_",
    "PUT /rooms/{room_id}/messages/{seq}/pin": "pin_message_and_unpin_",
    "DELETE /rooms/{room_id}/messages/{seq}/pin": "pin_message_and_unpin_",
    "GET /rooms/{room_id}/messages/{seq}/readers": "readers_",
    "GET /rooms/{room_id}/pins": "pins_are_listed_",
    "GET /rooms/{room_id}/attachments": "attachments_are_listed_",
    "PUT /rooms/{room_id}/read": "mark_read_moves_",
    "GET /unread": "get_unread_",
    "GET /notifications": "list_notifications_",
    "POST /notifications/read": "mark_notifications_read_",
    "POST /attachments": "upload_answers_",
    "GET /push/key": "push_key_",
    "GET /config": "get_config_",
    "PUT /push/subscriptions": "push_subscriptions_put_",
    "DELETE /push/subscriptions": "push_subscriptions_delete",
    "GET /search/messages": "search_messages_",
}
# What gives a test both databases; and the one event that only a node among several tells.
FIXTURES = {"shared_world", "world", "nodes", "node", "ann", "bob", "sample", "crowd"}
NODES_ONLY = {"resync"}
# The engine's tests know no event of the contract, and those of the attacks look at little else.
ELSEWHERE = {"realtime", "support", "walls"}


def test_each_call_has_a_test_by_its_name() -> None:
    assert CALLS.keys() == ROUTES.keys()
    names = {name.removeprefix("test_") for name, _ in on_both()}
    for call, beginning in CALLS.items():
        assert any(name.startswith(beginning) for name in names), call


def test_each_event_of_a_client_has_a_test_by_its_name() -> None:
    names = {name for name, _ in on_both()}
    for event in {event for events in EVENTS.values() for event in events}:
        assert any(name.startswith(f"test_{event}_") for name in names), event


def test_each_event_that_is_told_is_heard_in_a_test() -> None:
    words = {word for _, words in on_both() for word in words}
    for event in {*ROOMS_TOLD, *NOTIFICATIONS_TOLD} - NODES_ONLY:
        assert event in words, event


def on_both() -> Iterator[tuple[str, set[str]]]:
    """(name, strings in it) of each test that runs on SQLite and on PostgreSQL."""
    for path in TESTS.rglob("test_*.py"):
        if path.relative_to(TESTS).parts[0] in ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                given = {argument.arg for argument in node.args.args}
                if node.name.startswith("test_") and given & FIXTURES and not _on_one(node):
                    yield node.name, _strings(node)


def _on_one(test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it says on which kind of deployment it runs, and that is one."""
    said = [ast.unparse(each) for each in test.decorator_list]
    return any("'kind'" in each and "('kind', 'via')" not in each for each in said)


def _strings(node: ast.AST) -> set[str]:
    found = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
    return {value for value in found if isinstance(value, str)}
