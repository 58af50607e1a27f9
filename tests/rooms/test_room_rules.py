"""Who may do what in rooms: each role, each kind of room, each target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server.invites.rules import check_counts, check_inviter
from server.kernel.errors import Conflict
from server.kernel.limits import Quotas
from server.media.rules import has_room
from server.rooms import rules
from tests.support.rule_tables import answer, cases, table

Json = dict[str, Any]

TABLES: dict[str, Json] = table("rooms")["tables"]


def _heir(case: Json) -> str:
    first = ("somebody", case["first"]) if case["first"] else None
    return "owner" if rules.heir(case["role"], first) == "somebody" else "stays"


def _added(case: Json) -> str:
    invited = rules.is_to_be_invited(case["add_to_groups"], case["acquainted"])
    return "invited" if invited else "member"


# By table and action: what the server answers to a case.
ANSWERS: dict[tuple[str, str], Callable[[Json], str]] = {
    ("room", "add"): lambda case: answer(rules.check_add, case["kind"], case["role"]),
    ("room", "update"): lambda case: answer(rules.check_update, case["kind"], case["role"]),
    ("room", "invite"): lambda case: answer(rules.check_invite, case["kind"], case["role"]),
    ("room", "delete"): lambda case: answer(rules.check_delete_room, case["kind"], case["role"]),
    ("remove", "remove"): lambda case: answer(
        rules.check_remove, case["kind"], case["role"], case["target"], oneself=False
    ),
    ("leave", "leave"): lambda case: answer(
        rules.check_remove, case["kind"], case["role"], case["role"], oneself=True
    ),
    ("leave", "heir"): _heir,
    ("set_role", "set_role"): lambda case: answer(
        rules.check_set_role,
        case["kind"],
        case["role"],
        case["target"],
        case["new"],
        only_owner=case["only_owner"],
    ),
    ("join", "join"): lambda case: answer(rules.check_join, case["visibility"], case["invited"]),
    ("added", "becomes"): _added,
}


def test_each_action_is_in_a_table() -> None:
    listed = [(name, action) for name, table in TABLES.items() for action in table["actions"]]
    assert listed == list(ANSWERS)


@pytest.mark.parametrize(("name", "action"), ANSWERS)
def test_who_may(name: str, action: str) -> None:
    found = [(case, ANSWERS[name, action](case)) for case in cases(TABLES[name])]
    assert not [(case, answered) for case, answered in found if answered != case[action]]


def test_inviting_is_for_those_who_run_the_room() -> None:
    """A call asks it before the room is locked, and again under the lock: both answers agree."""
    for case in cases(TABLES["room"]):
        if case["role"] is not None:
            assert answer(check_inviter, case["kind"], case["role"]) == case["invite"]
            assert rules.leads(case["kind"], case["role"]) == (case["invite"] == "ok")
            assert (case["role"] in rules.LEADERS) == (case["role"] != "member")
    assert not rules.leads("group", None)


def test_a_direct_room_has_nothing_to_manage() -> None:
    for check in (rules.check_add, rules.check_update, rules.check_invite, rules.check_delete_room):
        assert answer(check, "direct", "owner") == "forbidden"


QUOTAS = Quotas(
    rooms_made_per_user=2,
    rooms_per_user=2,
    seats_per_room=2,
    invites_per_room=2,
    invites_per_user=2,
)
# What is counted before one more, or with it: (check, its arguments for a count, the answers).
COUNTED: list[tuple[Callable[[int], str], list[str]]] = [
    (lambda n: answer(rules.check_made, n, QUOTAS), ["ok", "conflict", "conflict"]),
    (lambda n: answer(rules.check_size, n, QUOTAS), ["ok", "ok", "conflict"]),
    (lambda n: answer(check_counts, n, 0, QUOTAS), ["ok", "conflict", "conflict"]),
    (lambda n: answer(check_counts, 0, n, QUOTAS), ["ok", "conflict", "conflict"]),
    (lambda n: str(has_room(n, 1, 3)), ["True", "True", "False"]),
    (lambda n: str(has_room(n, 1, None)), ["True", "True", "True"]),
]


@pytest.mark.parametrize(("counted", "answers"), COUNTED)
def test_quotas(counted: Callable[[int], str], answers: list[str]) -> None:
    assert [counted(n) for n in (1, 2, 3)] == answers


@pytest.mark.parametrize("yes", [False, True])
def test_what_a_seat_takes(yes: bool) -> None:
    refused = "conflict" if yes else "ok"
    assert answer(rules.check_own_rooms, yes, QUOTAS) == refused
    assert answer(rules.check_their_rooms, yes, "user_ids") == refused
    assert answer(rules.check_no_block, yes, "user_ids") == ("blocked" if yes else "ok")


def test_a_refusal_names_the_field() -> None:
    with pytest.raises(Conflict) as error:
        rules.check_size(3, QUOTAS, "member_ids")
    assert error.value.field == "member_ids"
    assert error.value.message == "A group can have at most 2 members and invitations."
