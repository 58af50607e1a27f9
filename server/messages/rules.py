"""Decides who may change a message, and when. All functions are pure.

The repository reads an ``Attempt`` under the lock of the room's row and calls a check before it
writes. A ``check_`` function returns nothing, or raises the refusal that the client gets.
``rules.json``, beside this file, is the table of all cases: tests compare these functions and the
web client's menus with it. Sends are decided in the database: see ``send/README.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

from server.kernel.errors import Blocked, Conflict, Forbidden, NotFound
from server.messages.entity import ALL_MEMBERS
from server.messages.grammar import mentioned_names
from server.rooms.entity import Role
from server.rooms.rules import leads


@dataclass(frozen=True, slots=True)
class Attempt:
    """A user's attempt to change a message: the facts that decide whether it is allowed.

    ``role`` is the user's role in the room, None if the user is not a member. ``blocked``: it is a
    direct room where either of the two users has blocked the other. ``found``: the room has such a
    message; if it has not, the last three fields mean nothing. ``own``: the user is its author.
    """

    room_kind: str
    role: Role | None
    blocked: bool
    found: bool
    own: bool = False
    system: bool = False
    deleted: bool = False


def check_edit(attempt: Attempt) -> None:
    """Only the author may edit."""
    _check_visible(attempt)
    _check_unblocked(attempt)
    _check_changeable(attempt)
    if not attempt.own:
        raise Forbidden("You can edit only your own messages.")


def may_tell_all(room_kind: str, role: Role | None, text: str) -> bool:
    """Whether an edit that leaves ``@all`` in a message notifies everybody: as in a message that is
    sent, that is for admins and owners of a group. If it stood in ``text``, the text so far, it
    notified them then."""
    return leads(room_kind, role) and ALL_MEMBERS not in mentioned_names(text)


def check_delete_message(attempt: Attempt) -> None:
    """The author may delete a message; in a group, admins and owners may too. A block does not
    matter. Deleting a deleted message is allowed, since it changes nothing."""
    _check_visible(attempt)
    _check_not_system(attempt)
    if not attempt.own and not leads(attempt.room_kind, attempt.role):
        raise Forbidden()


def check_pin(attempt: Attempt) -> None:
    """In a group, admins and owners may pin and unpin. A direct room has no roles, so both of its
    users may."""
    _check_visible(attempt)
    _check_unblocked(attempt)
    if attempt.room_kind == "group" and not leads(attempt.room_kind, attempt.role):
        raise Forbidden()
    _check_changeable(attempt)


def check_react(attempt: Attempt) -> None:
    """Every member may add and remove reactions."""
    _check_visible(attempt)
    _check_unblocked(attempt)
    _check_changeable(attempt)


def check_own_reactions(count: int, most: int) -> None:
    """``count``: the user's reactions to one message, including the new one."""
    if count > most:
        raise Conflict(f"You can add at most {most} reactions to a message.", field="emoji")


def check_emoji(count: int, most: int) -> None:
    """``count``: the different emoji on one message, including the new one."""
    if count > most:
        raise Conflict(f"A message can have at most {most} different emoji.", field="emoji")


def _check_visible(attempt: Attempt) -> None:
    """A member may see every message of the room. Other users get the same answer as for a message
    that does not exist."""
    if attempt.role is None or not attempt.found:
        raise NotFound()


def _check_unblocked(attempt: Attempt) -> None:
    """Refuses changes in a direct room with a block, because the other user would see them. A block
    is created under the room's lock too, so no change is stored after a block."""
    if attempt.blocked:
        raise Blocked()


def _check_not_system(attempt: Attempt) -> None:
    if attempt.system:
        raise Forbidden("A system message cannot be changed.")


def _check_changeable(attempt: Attempt) -> None:
    _check_not_system(attempt)
    if attempt.deleted:
        raise Conflict("This message was deleted.")
