"""The contract's rules for rooms as a pure model, without a server, a clock or sockets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

RANK = {"member": 0, "admin": 1, "owner": 2}


class Refusal(Exception):
    """An operation is refused with this code and changes nothing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Message:
    seq: int
    version: int
    author: str | None
    text: str = ""
    client_id: str | None = None
    reply_to: int | None = None
    system: tuple[str, str, tuple[str, ...]] | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    pinned: bool = False
    edited: bool = False
    deleted: bool = False


@dataclass
class Member:
    role: str
    version: int
    mark: int


@dataclass
class Room:
    kind: str
    public: bool = False
    name: str | None = None
    version: int = 0
    deleted: bool = False
    messages: list[Message] = field(default_factory=list)
    members: dict[str, Member] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)

    @classmethod
    def group(cls, owner: str, others: Iterable[str], name: str, public: bool) -> Room:
        room = cls("group", public, name)
        ids = list(dict.fromkeys([owner, *others]))
        room._say("created", owner, ids)
        room.members = {each: Member("member", 1, 1) for each in ids}
        room.members[owner].role = "owner"
        return room

    @classmethod
    def direct(cls, user: str, peer: str) -> Room:
        room = cls("direct", version=1)
        room.members = {each: Member("member", 1, 0) for each in (user, peer)}
        return room

    # What may be seen

    def unread(self, user: str) -> int:
        mark = self.members[user].mark
        return sum(
            message.author not in (None, user) and not message.deleted and message.seq > mark
            for message in self.messages
        )

    def since(self, version: int) -> tuple[list[Message], set[str], set[str]]:
        """What ``sync`` returns: changed messages, changed members, and members who are gone."""
        return (
            [message for message in self.messages if message.version > version],
            {user for user, member in self.members.items() if member.version > version},
            {user for user, at in self.gone.items() if at > version},
        )

    def member(self, user: str) -> Member:
        if user not in self.members:
            raise Refusal("not_found")
        return self.members[user]

    # Messages

    def send(
        self, author: str, text: str, client_id: str, reply_to: int | None
    ) -> tuple[Message, bool]:
        """Send a message. Returns it, and whether it is a repeat."""
        member = self.member(author)
        for message in self.messages:
            if (message.author, message.client_id) == (author, client_id):
                return message, True
        if reply_to is not None and not 1 <= reply_to <= len(self.messages):
            raise Refusal("not_found")
        message = self._append(Message(0, 0, author, text, client_id, reply_to))
        member.mark = message.seq
        return message, False

    def edit(self, user: str, seq: int, text: str) -> Message:
        message = self._open(user, seq)
        if message.author != user:
            raise Refusal("forbidden")
        if message.text != text:
            message.text, message.edited = text, True
            self._touch(message)
        return message

    def delete(self, user: str, seq: int) -> Message:
        message = self._message(user, seq)
        theirs = message.author != user
        role = self.member(user).role
        if message.system or (theirs and (self.kind == "direct" or role == "member")):
            raise Refusal("forbidden")
        if not message.deleted:
            message.text, message.deleted, message.pinned = "", True, False
            message.reactions = {}
            self._touch(message)
        return message

    def react(self, user: str, seq: int, emoji: str, on: bool) -> Message:
        message = self._open(user, seq)
        users = message.reactions.setdefault(emoji, [])
        if on != (user in users):
            users.append(user) if on else users.remove(user)
            self._touch(message)
        message.reactions = {emoji: users for emoji, users in message.reactions.items() if users}
        return message

    def pin(self, user: str, seq: int, on: bool) -> Message:
        message = self._message(user, seq)
        if self.kind == "group" and self.member(user).role == "member":
            raise Refusal("forbidden")
        self._open(user, seq)
        if message.pinned != on:
            message.pinned = on
            self._touch(message)
        return message

    def read(self, user: str, seq: int) -> tuple[int, int]:
        member = self.member(user)
        member.mark = max(member.mark, min(seq, len(self.messages)))
        return member.mark, self.unread(user)

    # Members

    def join(self, user: str) -> None:
        if user in self.members:
            return
        if self.deleted or not self.public:
            raise Refusal("not_found")
        self._admit(user, user)

    def add(self, actor: str, users: Iterable[str]) -> None:
        self._managed_by(actor)
        for user in dict.fromkeys(users):
            if user not in self.members:
                self._admit(user, actor)

    def remove(self, actor: str, user: str, heir: str | None) -> None:
        """Remove a user. ``heir`` becomes the owner if the room has no other owner."""
        rank = RANK[self._managed_by(actor)]
        target = self.member(user).role
        if actor != user and (rank == 0 or (rank == 1 and target != "member")):
            raise Refusal("forbidden")
        if target == "owner" and self._owners() == [user] and len(self.members) > 1:
            assert heir in self.heirs(user)
            self.version += 1
            self.members[heir] = Member("owner", self.version, self.members[heir].mark)
        self._say("left" if actor == user else "removed", actor, [user])
        del self.members[user]
        self.gone[user] = self.version
        self.deleted = not self.members

    def heirs(self, leaver: str) -> list[str]:
        """The members who may become the owner; the server chooses the one who joined first."""
        others = {user: member for user, member in self.members.items() if user != leaver}
        admins = [user for user, member in others.items() if member.role == "admin"]
        return admins or list(others)

    def set_role(self, actor: str, user: str, role: str) -> None:
        if self._managed_by(actor) != "owner":
            raise Refusal("forbidden")
        member = self.member(user)
        if member.role == role:
            return
        if self._owners() == [user]:
            raise Refusal("conflict")
        self.version += 1
        member.role, member.version = role, self.version

    def rename(self, actor: str, name: str) -> None:
        if RANK[self._managed_by(actor)] < RANK["admin"]:
            raise Refusal("forbidden")
        if self.name != name:
            self.name = name
            self._say("renamed", actor, [])

    def close(self, actor: str) -> None:
        if self._managed_by(actor) != "owner":
            raise Refusal("forbidden")
        self.members, self.deleted = {}, True

    # How it is done

    def _append(self, message: Message) -> Message:
        self.version += 1
        message.seq, message.version = len(self.messages) + 1, self.version
        self.messages.append(message)
        return message

    def _touch(self, message: Message) -> None:
        self.version += 1
        message.version = self.version

    def _say(self, event: str, actor: str, users: list[str]) -> Message:
        return self._append(Message(0, 0, None, system=(event, actor, tuple(sorted(users)))))

    def _admit(self, user: str, actor: str) -> None:
        seq = self._say("joined", actor, [user]).seq
        self.members[user] = Member("member", self.version, seq)
        self.gone.pop(user, None)

    def _message(self, user: str, seq: int) -> Message:
        self.member(user)
        if not 1 <= seq <= len(self.messages):
            raise Refusal("not_found")
        return self.messages[seq - 1]

    def _open(self, user: str, seq: int) -> Message:
        """The message, which must still be changeable."""
        message = self._message(user, seq)
        if message.system or message.deleted:
            raise Refusal("forbidden" if message.system else "conflict")
        return message

    def _managed_by(self, user: str) -> str:
        role = self.member(user).role
        if self.kind == "direct":
            raise Refusal("forbidden")
        return role

    def _owners(self) -> list[str]:
        return [user for user, member in self.members.items() if member.role == "owner"]


def shown(room: Room, message: Message, viewer: str) -> dict[str, Any]:
    """A message of the model as ``viewer`` sees it."""
    original = room.messages[message.reply_to - 1] if message.reply_to else None
    return {
        "seq": message.seq,
        "version": message.version,
        "kind": "system" if message.system else "text",
        "author": message.author,
        "client_id": message.client_id,
        "text": message.text,
        "reply_to": original
        and (original.seq, original.author, None if original.deleted else original.text),
        "reactions": [
            (emoji, len(users), users[:10], viewer in users)
            for emoji, users in message.reactions.items()
        ],
        "system": message.system,
        "flags": (message.pinned, message.edited, message.deleted),
    }


def seen(message: dict[str, Any]) -> dict[str, Any]:
    """The same fields of a message from the server."""
    reply, system = message["reply_to"], message["system"]
    return {
        "seq": message["seq"],
        "version": message["version"],
        "kind": message["kind"],
        "author": message["author_id"],
        "client_id": message["client_id"],
        "text": message["text"],
        "reply_to": reply and (reply["seq"], reply["author_id"], reply["excerpt"]),
        "reactions": [
            (each["emoji"], each["count"], each["user_ids"], each["me"])
            for each in message["reactions"]
        ],
        "system": system
        and (system["event"], system["actor_id"], tuple(sorted(system["user_ids"]))),
        "flags": tuple(message[at] is not None for at in ("pinned_at", "edited_at", "deleted_at")),
    }
