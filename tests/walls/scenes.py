"""Who calls, and what their calls name: eight callers, each kind of thing that an id can mean."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.client import PASSWORD, User, new_id, signup
from tests.support.contract import SOME_ID
from tests.support.files import picture, upload
from tests.support.node import Node

PICTURE = picture()

# In the order of the letters in a row. The owner has blocked the one who is called so.
PEOPLE = ("stranger", "former", "blocked", "member", "admin", "owner")
CALLERS = ("anonymous", "forged", *PEOPLE)

# What stands in a path or a payload, by name. One that depends on who calls is a function.
Ids = dict[str, Any]


class Troupe:
    """The people, on the nodes in turn: the callers, ``target`` (a plain member of each group, whom
    the others act upon), ``outsider`` (in no room), and ``gone``, who has deleted the account."""

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


async def found_troupe(nodes: list[Node]) -> dict[str, Any]:
    """The sessions of a troupe; a later test goes on with them."""
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


async def group(troupe: Troupe, visibility: str = "private") -> Ids:
    """A group with a message of its member, and others who were in it."""
    owner, member = troupe["owner"], troupe["member"]
    names = ("member", "admin", "target", "former")
    room = await owner.group(*(troupe[name] for name in names), visibility=visibility)
    path = f"/rooms/{room['id']}"
    await owner.http("PATCH", f"{path}/members/{troupe['admin'].id}", {"role": "admin"})
    await troupe["former"].http("DELETE", f"{path}/members/{troupe['former'].id}")
    sent = await member.http("POST", f"{path}/messages", message())
    return {
        "room_id": room["id"],
        "seq": sent["seq"],
        "user_id": troupe["target"].id,
        "new_id": troupe["outsider"].id,
    }


async def direct(troupe: Troupe) -> Ids:
    """Of the owner and the member."""
    owner, member = troupe["owner"], troupe["member"]
    room = await owner.direct(member)
    sent = await member.http("POST", f"/rooms/{room['id']}/messages", message())
    return {"room_id": room["id"], "seq": sent["seq"], "user_id": member.id} | _others(troupe)


async def direct_blocked(troupe: Troupe) -> Ids:
    """Of the owner and the one whom the owner has blocked since; the message is the latter's."""
    room_id, owner, blocked = troupe.room_with_blocked, troupe["owner"], troupe["blocked"]
    block = f"/users/me/blocks/{blocked.id}"
    await owner.http("DELETE", block)
    sent = await blocked.http("POST", f"/rooms/{room_id}/messages", message())
    await owner.http("PUT", block)
    return {"room_id": room_id, "seq": sent["seq"], "user_id": owner.id} | _others(troupe)


def _others(troupe: Troupe) -> Ids:
    return {"new_id": troupe["outsider"].id}


async def deleted(troupe: Troupe) -> Ids:
    ids = await group(troupe, "public")
    await troupe["owner"].http("DELETE", f"/rooms/{ids['room_id']}")
    return ids


async def missing(troupe: Troupe) -> Ids:
    return {"room_id": SOME_ID, "seq": 1, "user_id": troupe["target"].id} | _others(troupe)


# Messages of a private group


async def message_of_owner(troupe: Troupe) -> Ids:
    ids = await group(troupe)
    sent = await troupe["owner"].http("POST", f"/rooms/{ids['room_id']}/messages", message())
    return ids | {"seq": sent["seq"]}


async def message_of_former(troupe: Troupe) -> Ids:
    """Somebody's who has left."""
    ids = await group(troupe)
    path, former = f"/rooms/{ids['room_id']}", troupe["former"]
    await troupe["owner"].http("POST", f"{path}/members", {"user_ids": [former.id]})
    sent = await former.http("POST", f"{path}/messages", message())
    await former.http("DELETE", f"{path}/members/{former.id}")
    return ids | {"seq": sent["seq"]}


async def system_message(troupe: Troupe) -> Ids:
    return await group(troupe) | {"seq": 1}


async def deleted_message(troupe: Troupe) -> Ids:
    ids = await group(troupe)
    await troupe["member"].http("DELETE", f"/rooms/{ids['room_id']}/messages/{ids['seq']}")
    return ids


async def missing_message(troupe: Troupe) -> Ids:
    return await group(troupe) | {"seq": 1000}


# Members of a private group


async def member_is_admin(troupe: Troupe) -> Ids:
    return await group(troupe) | {"user_id": troupe["admin"].id}


async def member_is_owner(troupe: Troupe) -> Ids:
    return await group(troupe) | {"user_id": troupe["owner"].id}


async def member_is_oneself(troupe: Troupe) -> Ids:
    return await group(troupe) | {"user_id": lambda caller: caller.id if caller else SOME_ID}


async def member_is_none(troupe: Troupe) -> Ids:
    outsider = troupe["outsider"].id
    return await group(troupe) | {"user_id": outsider}


async def new_is_member(troupe: Troupe) -> Ids:
    return await group(troupe) | {"new_id": troupe["target"].id}


async def new_is_blocked(troupe: Troupe) -> Ids:
    """Whom the owner has blocked."""
    return await group(troupe) | {"new_id": troupe["blocked"].id}


async def new_is_gone(troupe: Troupe) -> Ids:
    return await group(troupe) | {"new_id": troupe["gone"].id}


async def new_is_missing(troupe: Troupe) -> Ids:
    return await group(troupe) | {"new_id": SOME_ID}


# Invites of a private group


async def invite(troupe: Troupe) -> Ids:
    ids = await group(troupe)
    made = await troupe["admin"].http("POST", f"/rooms/{ids['room_id']}/invites", {})
    return ids | {"code": made["code"]}


async def revoked_invite(troupe: Troupe) -> Ids:
    ids = await invite(troupe)
    await troupe["admin"].http("DELETE", f"/invites/{ids['code']}")
    return ids


async def missing_invite(troupe: Troupe) -> Ids:
    return {"code": "nobody-made-this-one"}


# An invitation to a private group, in place of a seat


async def invitation(troupe: Troupe) -> Ids:
    """Of the stranger, who lets nobody else add one."""
    ids = await group(troupe)
    stranger = troupe["stranger"]
    await stranger.http("PATCH", "/users/me", {"preferences": {"add_to_groups": "nobody"}})
    added = {"user_ids": [stranger.id]}
    await troupe["admin"].http("POST", f"/rooms/{ids['room_id']}/members", added)
    await stranger.http("PATCH", "/users/me", {"preferences": {"add_to_groups": None}})
    return ids


# Files, in a private group


async def attachment_of_another(troupe: Troupe) -> Ids:
    """Who uploaded it has not used it yet."""
    uploaded = await upload(troupe["outsider"], PICTURE)
    return await group(troupe) | {"attachment_id": uploaded["id"]}


async def attachment_missing(troupe: Troupe) -> Ids:
    return await group(troupe) | {"attachment_id": SOME_ID}


# Users, and what is theirs


async def user(troupe: Troupe) -> Ids:
    return {"id": troupe["outsider"].id, "user_id": troupe["outsider"].id}


async def oneself(troupe: Troupe) -> Ids:
    def own(caller: User | None) -> str:
        return caller.id if caller else SOME_ID

    return {"id": own, "user_id": own}


async def user_who_blocks(troupe: Troupe) -> Ids:
    """Whom the blocked one looks at."""
    return {"id": troupe["owner"].id, "user_id": troupe["owner"].id}


async def user_gone(troupe: Troupe) -> Ids:
    return {"id": troupe["gone"].id, "user_id": troupe["gone"].id}


async def user_missing(troupe: Troupe) -> Ids:
    return {"id": SOME_ID, "user_id": SOME_ID}


async def session_of_another(troupe: Troupe) -> Ids:
    return {"id": troupe["outsider"].session["session_id"]}


async def session_missing(troupe: Troupe) -> Ids:
    return {"id": SOME_ID}


async def nothing(troupe: Troupe) -> Ids:
    """The call names nothing."""
    return {}


Scene = Callable[[Troupe], Awaitable[Ids]]


async def private(troupe: Troupe) -> Ids:
    return await group(troupe)


async def public(troupe: Troupe) -> Ids:
    return await group(troupe, "public")
