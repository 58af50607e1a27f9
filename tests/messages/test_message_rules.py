"""Who may change a message: each role in each kind of room, and each kind of message."""

from __future__ import annotations

from typing import Any

import pytest

from server.kernel.errors import ChatError, Conflict, Forbidden
from server.messages import rules
from server.messages.rules import Attempt
from tests.support.rule_tables import answer, cases, table

Json = dict[str, Any]

TABLE = table("messages")
CHECKS = {
    "edit": rules.check_edit,
    "delete": rules.check_delete_message,
    "pin": rules.check_pin,
    "react": rules.check_react,
}


def attempt(case: Json) -> Attempt:
    message = case["message"]
    return Attempt(
        "direct" if case["room"] == "blocked" else case["room"],
        case["role"],
        blocked=case["room"] == "blocked",
        found=message != "missing",
        own=message.startswith("own"),
        system=message == "system",
        deleted=message.endswith("deleted"),
    )


def test_each_action_is_in_the_table() -> None:
    assert list(CHECKS) == TABLE["actions"]


@pytest.mark.parametrize("action", CHECKS)
def test_who_may_change_a_message(action: str) -> None:
    wrong = {
        f"{case['role']} in {case['room']}, {case['message']}": found
        for case in cases(TABLE)
        if (found := answer(CHECKS[action], attempt(case))) != case[action]
    }
    assert not wrong


@pytest.mark.parametrize(
    ("message", "action", "refusal"),
    [
        ("other", "edit", Forbidden("You can edit only your own messages.")),
        ("system", "react", Forbidden("A system message cannot be changed.")),
        ("own deleted", "edit", Conflict("This message was deleted.")),
    ],
)
def test_a_refusal_says_why(message: str, action: str, refusal: ChatError) -> None:
    case = {"room": "group", "role": "member", "message": message}
    with pytest.raises(type(refusal), match=f"^{refusal.message}$"):
        CHECKS[action](attempt(case))


@pytest.mark.parametrize("check", [rules.check_own_reactions, rules.check_emoji])
def test_reactions_have_quotas(check: Any) -> None:
    assert [answer(check, count, 2) for count in (1, 2, 3)] == ["ok", "ok", "conflict"]
    with pytest.raises(Conflict) as error:
        check(3, 2)
    assert error.value.field == "emoji" and "at most 2" in error.value.message
