"""Who may change a message, and when, as pure functions.

The repository reads an ``Attempt`` under the lock of the room's row and asks here before it writes.
A ``check_`` function returns nothing, or raises the refusal that the client gets. ``rules.json``,
beside this file, is the table of all cases: these functions and the web client's menus are held
against it by tests. Sending is decided in the database: see ``send/README.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

from server.kernel.errors import Blocked, Conflict, Forbidden, NotFound
from server.rooms.entity import Role
from server.rooms.rules import leads


@dataclass(frozen=True, slots=True)
class Attempt:
    """A user who wants to change a message: what decides whether they may.

    ``role`` is the user's in the room, None for somebody who is not a member. ``blocked``: it is a
    direct room where either of the two has blocked the other. ``found``: the room has such a
    message; without it the last three mean nothing. ``own``: the user is its author.
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
        raise Forbidden("only its author can edit a message")


def check_delete_message(attempt: Attempt) -> None:
    """The author may delete, and in a group its admins and owners. A block does not matter, and
    deleting a deleted message changes nothing, so it is allowed."""
    _check_visible(attempt)
    _check_not_system(attempt)
    if not attempt.own and not leads(attempt.room_kind, attempt.role):
        raise Forbidden()


def check_pin(attempt: Attempt) -> None:
    """Pinning and unpinning are for the admins and owners of a group. A direct room has no roles,
    so there both users may."""
    _check_visible(attempt)
    _check_unblocked(attempt)
    if attempt.room_kind == "group" and not leads(attempt.room_kind, attempt.role):
        raise Forbidden()
    _check_changeable(attempt)


def check_react(attempt: Attempt) -> None:
    """Every member may react, and take a reaction back."""
    _check_visible(attempt)
    _check_unblocked(attempt)
    _check_changeable(attempt)


def check_own_reactions(count: int, most: int) -> None:
    """``count``: the user's reactions to one message, with the new one."""
    if count > most:
        raise Conflict(f"one has at most {most} reactions to a message", field="emoji")


def check_emoji(count: int, most: int) -> None:
    """``count``: the different emoji on one message, with the new one."""
    if count > most:
        raise Conflict(f"a message has at most {most} different reactions", field="emoji")


def _check_visible(attempt: Attempt) -> None:
    """A member sees every message of the room, and nobody else sees that there are any."""
    if attempt.role is None or not attempt.found:
        raise NotFound()


def _check_unblocked(attempt: Attempt) -> None:
    """The other user of a direct room would see the change. Blocking takes the room's lock too, so
    no change comes after a block."""
    if attempt.blocked:
        raise Blocked()


def _check_not_system(attempt: Attempt) -> None:
    if attempt.system:
        raise Forbidden("a system message cannot be changed")


def _check_changeable(attempt: Attempt) -> None:
    _check_not_system(attempt)
    if attempt.deleted:
        raise Conflict("this message was deleted")
