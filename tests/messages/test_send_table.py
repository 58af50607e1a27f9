"""One table of sends for both databases: each answers what the table says, and both store the same.

A case is what there is before (calls of ``SendWorld``), the sends, and what is answered to each:
its outcome, and after it what else the answer says. Sends of one list share a commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.client import new_id
from tests.support.node import KINDS, Node
from tests.support.send_world import SendWorld, opened_for_sends
from tests.support.services import Postgres

Json = dict[str, Any]
Before = tuple[Any, ...]


@dataclass(frozen=True)
class Case:
    name: str
    # One list for each commit, in order.
    commits: list[list[Json]]
    answers: list[str | tuple[str, Json]]
    before: tuple[Before, ...] = ()
    role: str = "member"


def case(
    name: str,
    send: Json | list[Json],
    *answers: str | tuple[str, Json],
    before: tuple[Before, ...] = (),
    role: str = "member",
) -> Case:
    return Case(name, [send if isinstance(send, list) else [send]], list(answers), before, role)


SAID = ("message", "group", "bob", "what was said")
HERS = ("message", "group", "ann", "what she said")
BLOCKED = ("block", "bob", "ann")
FILE = ("upload", "file", "ann")
THEIRS = ("upload", "file", "bob")
DIRECT: Json = {"room": "direct"}
TOLD: tuple[str, Json] = ("sent", {"notified": ["bob"]})
UNTOLD: tuple[str, Json] = ("sent", {"notified": []})

CASES = [
    # Who may send where
    case("a text", {}, ("sent", {"seq": 1, "version": 4, "notified": [], "read": False})),
    case("two in order", [{}, {}], ("sent", {"seq": 1}), ("sent", {"seq": 2})),
    case("two rooms at once", [DIRECT, {}, DIRECT], *(["sent"] * 3)),
    case("who never was in the room", {"author": "eve"}, "not_found"),
    case("who has left the room", {"author": "lea"}, "not_found"),
    case("a room that is not there", {"room": "nowhere"}, "not_found"),
    case("a deleted room", {}, "not_found", before=(("set_room", "group", "deleted_at", 5),)),
    case("one refused among others", [{}, {"author": "eve"}, {}], "sent", "not_found", "sent"),
    # A repeat
    case("a repeat", [{"client": "one"}] * 2, "sent", ("duplicate", {"seq": 1})),
    case("a repeat takes no number", [{"client": "one"}] * 2 + [{}], "sent", "duplicate", "sent"),
    Case(
        "a repeat in a later commit",
        [[{"client": "one"}], [{"client": "one", "text": "another text"}]],
        ["sent", ("duplicate", {"seq": 1})],
    ),
    case(
        "the same client_id of somebody else",
        [{"client": "one"}, {"client": "one", "author": "bob"}],
        *(["sent"] * 2),
    ),
    case(
        "the same client_id in another room",
        [{"client": "one"}, {"client": "one", **DIRECT}],
        *(["sent"] * 2),
    ),
    Case(
        "a repeat is answered before anything is refused",
        [[{"client": "one"}], [{"client": "one", "reply": 9, "files": ["none"]}]],
        ["sent", ("duplicate", {"seq": 1})],
    ),
    # Direct rooms
    case("a direct message", DIRECT, TOLD),
    case("who blocks the other", DIRECT, "blocked", before=(("block", "ann", "bob"),)),
    case("who is blocked by the other", DIRECT, "blocked", before=(BLOCKED,)),
    case("a deleted peer", DIRECT, "forbidden", before=(("delete", "bob"),)),
    case("a deleted peer who blocked", DIRECT, "forbidden", before=(("delete", "bob"), BLOCKED)),
    case("a repeat where one is blocked", {"client": "direct 1", **DIRECT},
         ("duplicate", {"seq": 1}), before=(("message", "direct", "ann", "hi"), BLOCKED)),
    case("blocked in a group", {"names": ["bob"]}, UNTOLD, before=(BLOCKED,)),
    case("a direct message to who hears mentions alone", DIRECT, UNTOLD,
         before=(("set_seat", "direct", "bob", "notify", "mentions"),)),
    case("a mention in a direct room is a mention", {"names": ["bob"], **DIRECT}, TOLD,
         before=(("set_seat", "direct", "bob", "notify", "mentions"),)),
    case("a muted direct room", DIRECT, TOLD,
         before=(("set_seat", "direct", "bob", "muted_until", 10**15),)),
    case("a direct room that the other has silenced", DIRECT, UNTOLD,
         before=(("set_seat", "direct", "bob", "notify", "none"),)),
    # Replies
    case("a reply", {"reply": 1}, ("sent", {"reply_author": "bob", "notified": ["bob"],
         "reply_text": "what was said", "reply_deleted": False}), before=(SAID,)),
    case("a reply to oneself", {"reply": 1}, ("sent", {"reply_author": "ann", "notified": []}),
         before=(HERS,)),
    case("a reply to a system message", {"reply": 1}, ("sent", {"reply_author": None}),
         before=(("message", "group", None, ""),)),
    case("a reply to who has left", {"reply": 1}, ("sent", {"reply_author": "lea", "notified": []}),
         before=(("message", "group", "lea", "bye"),)),
    case("a reply to a deleted message", {"reply": 1}, ("sent", {"reply_deleted": True}),
         before=(("erased", "group", "bob"),)),
    case("the excerpt of a long original", {"reply": 1}, ("sent", {"reply_text": "😀" * 140}),
         before=(("message", "group", "bob", "😀" * 200),)),
    case("a reply to what is not there", {"reply": 1}, "no_original"),
    case("a reply to a message of another room", {"reply": 2}, "no_original",
         before=(SAID, *[("message", "elsewhere", "bob", "there")] * 2)),
    case("a reply to the message before it", [{}, {"reply": 1}], "sent",
         ("sent", {"reply_text": "hello"})),
    # Attachments
    case("an upload", {"files": ["file"], "text": ""}, "sent", before=(FILE,)),
    case("two in the order given", {"files": ["other", "file"]}, "sent",
         before=(FILE, ("upload", "other", "ann"))),
    case("one's own again", [{"files": ["file"]}] * 2, *(["sent"] * 2), before=(FILE,)),
    case("an upload of somebody else", {"files": ["file"]}, "no_attachment", before=(THEIRS,)),
    case("what was sent to one's room", {"files": ["file"]}, "sent",
         before=(THEIRS, SAID, ("use", "file", "group", 1))),
    case("what was sent to a room of others", {"files": ["file"]}, "no_attachment",
         before=(THEIRS, SAID, ("use", "file", "elsewhere", 1))),
    case("what was sent to a room that one has left", {"author": "lea", "files": ["file"],
         "room": "theirs"}, "no_attachment",
         before=(THEIRS, ("use", "file", "group", 1), ("room", "theirs", {"lea": "owner"}))),
    case("a file that is not there", {"files": ["file"]}, "no_attachment"),
    case("one that is there and one that is not", {"files": ["file", "none"]}, "no_attachment",
         before=(FILE,)),
    case("an original missing before a file", {"reply": 7, "files": ["none"]}, "no_original"),
    # Mentions and messages to all
    case("a mention", {"names": ["bob"]}, ("sent", {"mentions": ["bob"], "notified": ["bob"]})),
    case("a mention of oneself", {"names": ["ann"]}, ("sent", {"mentions": ["ann"],
         "notified": []})),
    case("names of nobody in the room", {"names": ["eve", "lea", "who"]},
         ("sent", {"mentions": [], "notified": []})),
    case("as many names as a text may mention", {"names": ["bob", *map(str, range(49))]}, TOLD),
    case("a mention and a reply are one notification", {"names": ["bob"], "reply": 1}, TOLD,
         before=(SAID,)),
    case("a mention of who hears mentions", {"names": ["cat"]}, ("sent", {"notified": ["cat"]}),
         before=(("set_seat", "group", "cat", "notify", "mentions"),)),
    case("a mention of who hears nothing", {"names": ["cat"]}, UNTOLD,
         before=(("set_seat", "group", "cat", "notify", "none"),)),
    *(
        case(f"to all from {role}", {"all": True, "names": ["bob"]},
             ("sent", {"everyone": role != "member", "notified": ["bob"]}), role=role)
        for role in ("member", "admin", "owner")
    ),
    case("to all in a direct room", {"all": True, **DIRECT}, ("sent", {"everyone": False})),
    # What a send brings along
    case("what the author had not read", {}, ("sent", {"read": True}),
         before=(SAID, ("notification", "ann", "group", 1))),
    case("what others had not read", {}, ("sent", {"read": False}),
         before=(SAID, ("notification", "cat", "group", 1))),
    case("a device that is subscribed", {}, "sent", before=(("subscription", "eve"),)),
]  # fmt: skip


@pytest.fixture(scope="module")
def urls(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], str]]:
    """Of a database of each kind that nobody else uses."""
    folder = tmp_path_factory.mktemp("sends")
    postgres_node = Node(folder / "postgres", DATABASE_URL=postgres.create_database(new_id()))
    nodes = {"sqlite": Node(folder / "sqlite"), "postgres": postgres_node}
    for node in nodes.values():
        done = node.run("migrate", "up")
        assert done.returncode == 0, done.stderr
    yield lambda kind: nodes[kind].database_url


async def tried(case: Case, url: str) -> tuple[list[Json], Json]:
    """What is answered, and what is stored afterwards."""
    async with opened_for_sends(url) as (database, commit):
        world = SendWorld(database, case.name)
        await world.make(case.role)
        for call, *args in case.before:
            await getattr(world, call)(*args)
        answers: list[Json] = []
        for sends in case.commits:
            first = len(answers) + 1
            group = [world.send(n, wanted) for n, wanted in enumerate(sends, start=first)]
            answers += [world.shown(outcome) for outcome in await commit(group)]
        return answers, await world.stored()


def test_each_case_has_a_name_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_both_databases_answer_and_store_the_same(
    case: Case, urls: Callable[[str], str]
) -> None:
    found = {kind: await tried(case, urls(kind)) for kind in KINDS}
    for answers, _ in found.values():
        wanted = [each if isinstance(each, tuple) else (each, {}) for each in case.answers]
        assert [
            (answer["outcome"], {name: answer[name] for name in more})
            for answer, (_, more) in zip(answers, wanted, strict=True)
        ] == wanted
    assert found["sqlite"] == found["postgres"]
