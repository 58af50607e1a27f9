"""The eight callers of the permission matrix, and the scenes: all that an id can refer to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.client import PASSWORD, User, new_id
from tests.support.field_kinds import SOME_ID
from tests.support.files import picture, upload
from tests.support.node import Node
from tests.support.world import signup

PICTURE = picture()

# In the order of the letters in a row. "blocked" is a user whom the owner has blocked.
PEOPLE = ("stranger", "former", "blocked", "member", "admin", "owner")
CALLERS = ("anonymous", "forged", *PEOPLE)

# The values for a path or a payload, by name. A value that depends on the caller is a function.
Ids = dict[str, Any]


class Callers:
    """The users, on the nodes in turn: the callers, ``target`` (a plain member of each group, whom
    calls act upon), ``outsider`` (in no room) and ``gone`` (who has deleted the account)."""

    def __init__(self, nodes: list[Node], sessions: dict[str, Any]) -> None:
        self.users = {
            name: User(nodes[n % len(nodes)], session)
            for n, (name, session) in enumerate(sessions.items())
        }
        self.room_with_blocked: str = sessions["owner"]["room_with_blocked"]

    def __getitem__(self, name: str) -> User:
        return self.users[name]

    async def close(self) -> None:
        for user in self.users.values():
            await user.close()


async def sign_up_callers(nodes: list[Node]) -> dict[str, Any]:
    """Sign up all callers. Returns their sessions, which later tests use too."""
    names = (*PEOPLE, "target", "outsider", "gone")
    users = {name: await signup(nodes[n % len(nodes)], name) for n, name in enumerate(names)}
    owner, blocked = users["owner"], users["blocked"]
    try:
        room = await owner.direct(blocked)
        await owner.http("PUT", f"/users/me/blocks/{blocked.id}")
        await users["gone"].http("DELETE", "/users/me", {"password": PASSWORD})
    finally:
        for user in users.values():
            await user.close()
    sessions = {name: user.session for name, user in users.items()}
    sessions["owner"]["room_with_blocked"] = room["id"]
    return sessions


def message(text: str = "hello") -> dict[str, Any]:
    return {"client_id": new_id(), "text": text}


async def group(callers: Callers, visibility: str = "private") -> Ids:
    """A group with a message of its member, and with former members."""
    owner, member = callers["owner"], callers["member"]
    names = ("member", "admin", "target", "former")
    room = await owner.group(*(callers[name] for name in names), visibility=visibility)
    path = f"/rooms/{room['id']}"
    await owner.http("PATCH", f"{path}/members/{callers['admin'].id}", {"role": "admin"})
    await callers["former"].http("DELETE", f"{path}/members/{callers['former'].id}")
    sent = await member.http("POST", f"{path}/messages", message())
    return {
        "room_id": room["id"],
        "seq": sent["seq"],
        "user_id": callers["target"].id,
        "new_id": callers["outsider"].id,
    }


async def direct(callers: Callers) -> Ids:
    """The direct room of the owner and the member."""
    owner, member = callers["owner"], callers["member"]
    room = await owner.direct(member)
    sent = await member.http("POST", f"/rooms/{room['id']}/messages", message())
    return {"room_id": room["id"], "seq": sent["seq"], "user_id": member.id} | _others(callers)


async def direct_blocked(callers: Callers) -> Ids:
    """The direct room of the owner and a user whom the owner has blocked afterwards. The message is
    that user's."""
    room_id, owner, blocked = callers.room_with_blocked, callers["owner"], callers["blocked"]
    block = f"/users/me/blocks/{blocked.id}"
    await owner.http("DELETE", block)
    sent = await blocked.http("POST", f"/rooms/{room_id}/messages", message())
    await owner.http("PUT", block)
    return {"room_id": room_id, "seq": sent["seq"], "user_id": owner.id} | _others(callers)


def _others(callers: Callers) -> Ids:
    return {"new_id": callers["outsider"].id}


async def deleted(callers: Callers) -> Ids:
    ids = await group(callers, "public")
    await callers["owner"].http("DELETE", f"/rooms/{ids['room_id']}")
    return ids


async def missing(callers: Callers) -> Ids:
    return {"room_id": SOME_ID, "seq": 1, "user_id": callers["target"].id} | _others(callers)


# Messages of a private group


async def message_of_owner(callers: Callers) -> Ids:
    ids = await group(callers)
    sent = await callers["owner"].http("POST", f"/rooms/{ids['room_id']}/messages", message())
    return ids | {"seq": sent["seq"]}


async def message_of_former(callers: Callers) -> Ids:
    """A message of a user who has left the group."""
    ids = await group(callers)
    path, former = f"/rooms/{ids['room_id']}", callers["former"]
    await callers["owner"].http("POST", f"{path}/members", {"user_ids": [former.id]})
    sent = await former.http("POST", f"{path}/messages", message())
    await former.http("DELETE", f"{path}/members/{former.id}")
    return ids | {"seq": sent["seq"]}


async def system_message(callers: Callers) -> Ids:
    return await group(callers) | {"seq": 1}


async def deleted_message(callers: Callers) -> Ids:
    ids = await group(callers)
    await callers["member"].http("DELETE", f"/rooms/{ids['room_id']}/messages/{ids['seq']}")
    return ids


async def missing_message(callers: Callers) -> Ids:
    return await group(callers) | {"seq": 1000}


# Members of a private group


async def member_is_admin(callers: Callers) -> Ids:
    return await group(callers) | {"user_id": callers["admin"].id}


async def member_is_owner(callers: Callers) -> Ids:
    return await group(callers) | {"user_id": callers["owner"].id}


async def member_is_oneself(callers: Callers) -> Ids:
    return await group(callers) | {"user_id": lambda caller: caller.id if caller else SOME_ID}


async def member_is_none(callers: Callers) -> Ids:
    outsider = callers["outsider"].id
    return await group(callers) | {"user_id": outsider}


async def new_is_member(callers: Callers) -> Ids:
    return await group(callers) | {"new_id": callers["target"].id}


async def new_is_blocked(callers: Callers) -> Ids:
    """The new member is the user whom the owner has blocked."""
    return await group(callers) | {"new_id": callers["blocked"].id}


async def new_is_gone(callers: Callers) -> Ids:
    return await group(callers) | {"new_id": callers["gone"].id}


async def new_is_missing(callers: Callers) -> Ids:
    return await group(callers) | {"new_id": SOME_ID}


# Invites of a private group


async def invite(callers: Callers) -> Ids:
    ids = await group(callers)
    made = await callers["admin"].http("POST", f"/rooms/{ids['room_id']}/invites", {})
    return ids | {"code": made["code"]}


async def revoked_invite(callers: Callers) -> Ids:
    ids = await invite(callers)
    await callers["admin"].http("DELETE", f"/invites/{ids['code']}")
    return ids


async def missing_invite(callers: Callers) -> Ids:
    return {"code": "nobody-made-this-one"}


# An invitation to a private group, in place of a seat


async def invitation(callers: Callers) -> Ids:
    """An invitation of the stranger, who does not let others add them to groups."""
    ids = await group(callers)
    stranger = callers["stranger"]
    await stranger.http("PATCH", "/users/me", {"preferences": {"add_to_groups": "nobody"}})
    added = {"user_ids": [stranger.id]}
    await callers["admin"].http("POST", f"/rooms/{ids['room_id']}/members", added)
    await stranger.http("PATCH", "/users/me", {"preferences": {"add_to_groups": None}})
    return ids


# Files, in a private group


async def attachment_of_another(callers: Callers) -> Ids:
    """A file of another user, who has not used it in a message yet."""
    uploaded = await upload(callers["outsider"], PICTURE)
    return await group(callers) | {"attachment_id": uploaded["id"]}


async def attachment_missing(callers: Callers) -> Ids:
    return await group(callers) | {"attachment_id": SOME_ID}


# Users, and what is theirs


async def user(callers: Callers) -> Ids:
    return {"id": callers["outsider"].id, "user_id": callers["outsider"].id}


async def oneself(callers: Callers) -> Ids:
    def own(caller: User | None) -> str:
        return caller.id if caller else SOME_ID

    return {"id": own, "user_id": own}


async def user_who_blocks(callers: Callers) -> Ids:
    """The owner, who has blocked one of the callers."""
    return {"id": callers["owner"].id, "user_id": callers["owner"].id}


async def user_gone(callers: Callers) -> Ids:
    return {"id": callers["gone"].id, "user_id": callers["gone"].id}


async def user_missing(callers: Callers) -> Ids:
    return {"id": SOME_ID, "user_id": SOME_ID}


async def session_of_another(callers: Callers) -> Ids:
    return {"id": callers["outsider"].session["session_id"]}


async def session_missing(callers: Callers) -> Ids:
    return {"id": SOME_ID}


async def nothing(callers: Callers) -> Ids:
    """The call names nothing."""
    return {}


Scene = Callable[[Callers], Awaitable[Ids]]


async def private(callers: Callers) -> Ids:
    return await group(callers)


async def public(callers: Callers) -> Ids:
    return await group(callers, "public")
