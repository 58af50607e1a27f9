"""A minimal client that follows the protocol. It holds each room at a version, applies events in
order, syncs after gaps, and can be compared with the server."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.support.client import PATIENCE, Refused, Socket, User
from tests.support.held_room import HeldRoom
from tests.support.node import Node

# Seconds that a gap may stay before the client calls ``sync``.
GAP = 0.5
# Seconds that the server may take, on a busy machine, to send a read mark.
READ_WITHIN = 5.0
DURABLE = (
    "message_created",
    "message_updated",
    "member_joined",
    "member_left",
    "member_updated",
    "room_updated",
)
Json = dict[str, Any]


class ReferenceClient:
    """One user's client. It handles events only when told to (``catch_up``, ``check``)."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.rooms: dict[str, HeldRoom] = {}
        self.epoch: str | None = None
        # The rooms that were synced because of a gap, in order.
        self.gaps: list[str] = []
        self._socket: Socket | None = None
        self._seen = 0

    @property
    def socket(self) -> Socket:
        assert self._socket is not None
        return self._socket

    async def connect(self, node: Node | None = None) -> None:
        self._socket = await self.user.connect(node)
        self._seen = 0
        await self.sync()

    async def lose(self) -> None:
        """Break the connection. Events on their way may be lost."""
        await self.socket.lose()

    async def sync(self, only: dict[str, int] | None = None) -> None:
        more = True
        while more:
            held = {room_id: held.room["version"] for room_id, held in self.rooms.items()}
            answer = await self.socket.call(
                "sync",
                rooms=held if only is None else only,
                scope="all" if only is None else "listed",
            )
            more = answer["more"] or (self.epoch or answer["epoch"]) != answer["epoch"]
            await self._take_answer(answer)

    async def _take_answer(self, answer: Json) -> None:
        if self.epoch != answer["epoch"]:
            # The epoch changed, so the versions in the request mean nothing any more: start again.
            had, self.epoch = self.epoch, answer["epoch"]
            self.rooms.clear()
            if had is not None:
                return
        for room_id in answer["left"]:
            self.rooms.pop(room_id, None)
        for entry in answer["rooms"]:
            await self._take_entry(entry)
        for room_id, me in answer["reads"].items():
            self._take_reads(room_id, me)

    async def _take_entry(self, entry: Json) -> None:
        room = entry["room"]
        held = self.rooms.get(room["id"])
        if held and room["version"] <= held.room["version"]:
            return
        if not entry["complete"]:
            await self._start_afresh(room)
            return
        if held is None:
            held = self.rooms[room["id"]] = HeldRoom({})
        held.room = dict(room)
        for message in entry["messages"]:
            held.put_message(message)
        for member in entry["members"]:
            held.put_member(member)
        for user_id in entry["gone"]:
            held.members.pop(user_id, None)
        self._go_on(held)

    def _take_reads(self, room_id: str, me: Json) -> None:
        if held := self.rooms.get(room_id):
            held.room["me"] = {k: v for k, v in me.items() if k != "peer_last_read_seq"}
            held.mark(self.user.id, me["last_read_seq"])
            if held.room["peer"]:
                held.mark(held.room["peer"]["id"], me["peer_last_read_seq"])

    async def _start_afresh(self, room: Json) -> None:
        """Drop the cached room, take its current version, then load all pages."""
        self.rooms.pop(room["id"], None)
        held = HeldRoom(dict(room))
        try:
            for message in await history(self.user, room["id"]):
                held.put_message(message)
            for member in await everything(self.user, f"/rooms/{room['id']}/members"):
                held.put_member(member)
        except Refused as refused:
            # The user is no longer a member: room_left will come, or has come already.
            assert refused.code == "not_found"
            return
        # The pages may be newer than the room. The changes in between also come as events.
        held.room["last_seq"] = max(held.messages, default=0)
        self.rooms[room["id"]] = held

    async def catch_up(self, versions: dict[str, int]) -> None:
        """Apply events, and sync after gaps, until the rooms have these versions."""
        try:
            async with asyncio.timeout(2 * PATIENCE):
                while await self._take_heard() != versions:
                    if not await self.socket.more(self._seen, within=GAP):
                        await self._close_gaps()
        except TimeoutError:
            now = {room_id: held.room["version"] for room_id, held in self.rooms.items()}
            raise AssertionError(f"held {now}, never {versions}") from None

    async def _take_heard(self) -> dict[str, int]:
        """Apply all events that have come. Returns the versions of the rooms."""
        while self._seen < len(self.socket.heard):
            namespace, event, data = self.socket.heard[self._seen]
            self._seen += 1
            if namespace == "/rooms":
                await self._take(event, data)
        return {room_id: held.room["version"] for room_id, held in self.rooms.items()}

    async def _close_gaps(self) -> None:
        for room_id, held in list(self.rooms.items()):
            if held.early:
                self.gaps.append(room_id)
                await self.sync({room_id: held.room["version"]})

    async def _take(self, event: str, data: Json) -> None:
        if event == "resync":
            await self.sync()
        elif event == "room_joined":
            await self._start_afresh(data["room"])
        elif event in DURABLE and data["room_id"] not in self.rooms:
            await self.sync({data["room_id"]: 0})
        elif held := self.rooms.get(data.get("room_id", "")):
            self._take_into(held, event, data)

    def _take_into(self, held: HeldRoom, event: str, data: Json) -> None:
        if event in DURABLE:
            held.early[data["version"]] = (event, data)
            self._go_on(held)
        elif event == "room_left" and data["version"] >= held.room["version"]:
            del self.rooms[data["room_id"]]
        elif event == "read":
            held.mark(data["user_id"], data["last_read_seq"])
        elif event == "room_me":
            held.room["me"] = data["me"]

    def _go_on(self, held: HeldRoom) -> None:
        """Apply the events that follow the room's version, and drop repeated ones."""
        for version in sorted(held.early):
            if version <= held.room["version"]:
                del held.early[version]
            elif version == held.room["version"] + 1:
                self._apply(held, *held.early.pop(version))

    def _apply(self, held: HeldRoom, event: str, data: Json) -> None:
        held.room["version"] = data["version"]
        if event == "room_updated":
            kept = {name: held.room[name] for name in ("me", "peer", "last_seq", "member_count")}
            held.room = data["room"] | kept | {"version": data["version"]}
        if event == "member_joined":
            held.room["member_count"] += 1
        if event == "member_left":
            held.room["member_count"] -= 1
            held.drop_member(data["user_id"], data["version"])
        if data.get("member"):
            held.put_member(data["member"])
        if message := data.get("message"):
            own = [
                each
                for each in data.get("reactions_changed", ())
                if each["user_id"] == self.user.id
            ]
            held.put_message(message, own)
            if event == "message_created":
                held.mark(message["author_id"], message["seq"])

    async def read(self, room_id: str, seq: int) -> Json:
        """Mark as read up to ``seq``. Returns the ack, which holds the mark."""
        ack = await self.socket.call("mark_read", room_id=room_id, seq=seq)
        await self._take_heard()
        if room_id in self.rooms:
            self.rooms[room_id].mark(self.user.id, ack["last_read_seq"])
        return ack

    async def check(self) -> dict[str, HeldRoom]:
        """Catch up with the server, on which nothing may change meanwhile, and check that both hold
        the same. Returns what the server holds."""
        found: dict[str, HeldRoom] = {}
        for room in await everything(self.user, "/rooms"):
            members = await everything(self.user, f"/rooms/{room['id']}/members")
            found[room["id"]] = HeldRoom(
                room,
                {message["seq"]: message for message in await history(self.user, room["id"])},
                {member["user"]["id"]: member for member in members},
            )
        versions = {room_id: truth.room["version"] for room_id, truth in found.items()}
        await self.catch_up(versions)
        # The event about a read mark may come a second later; the answer of ``sync`` has it now.
        await self.sync(versions)
        for room_id, truth in found.items():
            await self._learn_marks(room_id, self._shown(truth))
            assert self._shown(self.rooms[room_id]) == self._shown(truth)
            assert self.rooms[room_id].unread(self.user.id) == truth.room["me"]["unread_count"]
            assert truth.messages.get(truth.room["last_seq"]) == truth.room["last_message"]
        return found

    async def _learn_marks(self, room_id: str, truth: Json) -> None:
        """Wait for the read marks of the user's other devices and of the peer, which are sent with
        a delay."""
        while self._shown(self.rooms[room_id]) != truth and await self.socket.more(
            self._seen, within=READ_WITHIN
        ):
            await self._take_heard()

    def _shown(self, held: HeldRoom) -> Json:
        """Everything that a client can know for certain. Profiles are left out, as they have no
        version, and so are others' read marks in groups, which ``sync`` does not return."""
        knows = {self.user.id, *([held.room["peer"]["id"]] if held.room["peer"] else [])}
        me = held.members[self.user.id]
        return {
            "room": held.room
            | {"peer": held.room["peer"] and held.room["peer"]["id"]}
            | {"last_message": held.messages.get(held.room["last_seq"])}
            | {"me": {"role": me["role"], "last_read_seq": me["last_read_seq"]}},
            "messages": [held.messages[seq] for seq in sorted(held.messages)],
            "members": {
                user_id: member
                | {"user": user_id}
                | {"last_read_seq": member["last_read_seq"] if user_id in knows else None}
                for user_id, member in held.members.items()
            },
        }


async def everything(user: User, path: str) -> list[Json]:
    """All pages of a list."""
    items: list[Json] = []
    cursor = ""
    while True:
        page = await user.http("GET", f"{path}?limit=100{cursor}")
        items += page["items"]
        if not page["has_more"]:
            return items
        cursor = f"&cursor={page['next']}"


async def history(user: User, room_id: str) -> list[Json]:
    """All messages of a room, oldest first."""
    messages: list[Json] = []
    before = ""
    while True:
        page = await user.http("GET", f"/rooms/{room_id}/messages?limit=100{before}")
        messages += page["items"]
        if not page["has_more"]:
            return messages[::-1]
        before = f"&before_seq={messages[-1]['seq']}"
