"""Scenes of ids that belong to another user, or stand in lists and filters of a call.

``untouched`` is no id: it tells how the other's thing is, which no caller of the row may change,
whatever the answer; ``hidden`` is a text that no answer may hold. ``q`` is a word that one message
alone has: who finds nothing by it is told so.
"""

from __future__ import annotations

from typing import Any

from tests.support.client import new_id, unique
from tests.support.database import query
from tests.support.field_kinds import AUTH, P256DH, SOME_ID
from tests.support.files import upload
from tests.support.search_calls import indexed
from tests.walls.scenes import PEOPLE, PICTURE, Callers, Ids, group, message

# Notifications


async def notification_of_another(callers: Callers) -> Ids:
    outsider, target = callers["outsider"], callers["target"]
    room = await target.direct(outsider)
    await target.http("POST", f"/rooms/{room['id']}/messages", message())

    async def newest() -> Any:
        return (await outsider.http("GET", "/notifications?limit=1"))["items"][0]

    told = await newest()
    assert told["read_at"] is None
    return {"notification_ids": [told["id"]], "untouched": newest}


async def notification_missing(callers: Callers) -> Ids:
    return {"notification_ids": [SOME_ID]}


# Who wrote what a search looks for, in a private group


async def _word_of_member(callers: Callers) -> Ids:
    ids, word = await group(callers), unique("word")
    sent = message(word)
    await callers["member"].http("POST", f"/rooms/{ids['room_id']}/messages", sent)
    await indexed(callers["member"].node)
    return {"q": word, "from": callers["member"].id, "of_room": ids["room_id"]}


async def from_member(callers: Callers) -> Ids:
    ids = await _word_of_member(callers)
    return {"q": ids["q"], "from": ids["from"]}


async def from_member_in_the_room(callers: Callers) -> Ids:
    ids = await _word_of_member(callers)
    return {"q": ids["q"], "from": ids["from"], "room_id": ids["of_room"]}


async def from_another_user(callers: Callers) -> Ids:
    return {"q": (await _word_of_member(callers))["q"], "from": callers["target"].id}


async def from_gone(callers: Callers) -> Ids:
    return {"q": (await _word_of_member(callers))["q"], "from": callers["gone"].id}


async def from_missing(callers: Callers) -> Ids:
    return {"q": (await _word_of_member(callers))["q"], "from": SOME_ID}


# What a message of a private group replies to


async def reply_to_message(callers: Callers) -> Ids:
    ids = await group(callers)
    return ids | {"reply_to_seq": ids["seq"]}


async def reply_to_deleted(callers: Callers) -> Ids:
    ids = await reply_to_message(callers)
    await callers["member"].http("DELETE", f"/rooms/{ids['room_id']}/messages/{ids['seq']}")
    return ids


async def reply_to_missing(callers: Callers) -> Ids:
    return await group(callers) | {"reply_to_seq": 1000}


async def reply_to_elsewhere(callers: Callers) -> Ids:
    """A message of another room alone has this number."""
    ids, other = await group(callers), await group(callers)
    for _ in range(3):
        sent = await callers["owner"].http("POST", f"/rooms/{other['room_id']}/messages", message())
    return ids | {"reply_to_seq": sent["seq"]}


async def reply_to_system_message(callers: Callers) -> Ids:
    return await group(callers) | {"reply_to_seq": 1}


# The first members of a new group


async def first_user(callers: Callers) -> Ids:
    return {"member_ids": [callers["outsider"].id]}


async def first_oneself(callers: Callers) -> Ids:
    return {"member_ids": lambda caller: [caller.id if caller else SOME_ID]}


async def first_who_blocks(callers: Callers) -> Ids:
    """The owner, who blocks one of the callers."""
    return {"member_ids": [callers["owner"].id]}


async def first_is_blocked(callers: Callers) -> Ids:
    """By the owner."""
    return {"member_ids": [callers["blocked"].id]}


async def first_is_gone(callers: Callers) -> Ids:
    return {"member_ids": [callers["outsider"].id, callers["gone"].id]}


async def first_is_missing(callers: Callers) -> Ids:
    return {"member_ids": [callers["outsider"].id, SOME_ID]}


# What another client has called its own


async def client_id_of_room(callers: Callers) -> Ids:
    """Under it the outsider has made a private group."""
    outsider, client_id = callers["outsider"], new_id()
    room = await outsider.group(client_id=client_id)

    async def made() -> Any:
        return await outsider.http("GET", f"/rooms/{room['id']}")

    return {"client_id": client_id, "untouched": made, "hidden": room["id"]}


async def client_id_of_message(callers: Callers) -> Ids:
    """Under it the target has sent a message to the private group."""
    ids, target, sent = await group(callers), callers["target"], message(unique("the target's"))
    path = f"/rooms/{ids['room_id']}/messages"
    found = await target.http("POST", path, sent)

    async def first() -> Any:
        return await target.http("GET", f"{path}/{found['seq']}")

    named = {"client_id": sent["client_id"], "hidden": sent["text"]}
    return ids | named | {"untouched": first}


# Files, sessions, invites, devices


async def attachment_of_a_message(callers: Callers) -> Ids:
    """The target has sent it to the private group, whose members may send it on."""
    ids, target = await group(callers), callers["target"]
    uploaded = await upload(target, PICTURE)
    sent = message() | {"attachment_ids": [uploaded["id"]]}
    made = await target.http("POST", f"/rooms/{ids['room_id']}/messages", sent)
    return ids | {"attachment_id": uploaded["id"], "seq": made["seq"]}


async def attachment_of_a_message_elsewhere(callers: Callers) -> Ids:
    """As before, and to be sent to a room where all of the callers are."""
    ids = await attachment_of_a_message(callers)
    room = await callers["target"].group(*(callers[name] for name in PEOPLE))
    return {"room_id": room["id"], "attachment_id": ids["attachment_id"]}


async def attachment_of_a_deleted_message(callers: Callers) -> Ids:
    ids = await attachment_of_a_message(callers)
    await callers["target"].http("DELETE", f"/rooms/{ids['room_id']}/messages/{ids['seq']}")
    return ids


async def token_of_another(callers: Callers) -> Ids:
    return {"token": callers["outsider"].token}


async def invite_of_deleted_room(callers: Callers) -> Ids:
    ids = await group(callers)
    made = await callers["admin"].http("POST", f"/rooms/{ids['room_id']}/invites", {})
    await callers["owner"].http("DELETE", f"/rooms/{ids['room_id']}")
    return {"code": made["code"]}


async def endpoint_of_another(callers: Callers) -> Ids:
    """A browser of the outsider's; whoever else brings its endpoint has that browser now."""
    outsider, endpoint = callers["outsider"], f"http://127.0.0.1:9/push/{new_id()}"
    keys = {"p256dh": P256DH, "auth": AUTH}
    await outsider.http("PUT", "/push/subscriptions", {"endpoint": endpoint, "keys": keys})
    return {"endpoint": endpoint}


async def endpoint_left_alone(callers: Callers) -> Ids:
    """It stays whose it was."""
    ids = await endpoint_of_another(callers)
    owners = "SELECT user_id FROM push_subscriptions WHERE endpoint = $1"

    async def whose() -> Any:
        found = await query(callers["outsider"].node, owners, ids["endpoint"])
        assert [row["user_id"] for row in found] == [callers["outsider"].id]
        return found

    return ids | {"untouched": whose}
