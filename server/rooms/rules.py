"""Who may see and do what in rooms, as pure functions.

What they are given is read under the lock of the room's row. A ``check_`` function returns nothing,
or raises the refusal that the client gets. A ``role`` of None is somebody who is not a member.
``rules.json``, beside this file, is the table of all cases: these functions and the web client's
menus are held against it by tests.
"""

from __future__ import annotations

from collections.abc import Iterable

from server.kernel.errors import Blocked, Conflict, Forbidden, NotFound
from server.kernel.limits import Quotas
from server.rooms.entity import Role
from server.rooms.outcomes import Seat

# The roles that run a group.
LEADERS: tuple[Role, ...] = ("admin", "owner")


def leads(kind: str, role: Role | None) -> bool:
    """Whether somebody runs the room: as an admin or owner of a group."""
    return kind == "group" and role in LEADERS


def check_member(role: Role | None) -> None:
    if role is None:
        raise NotFound()


def check_join(visibility: str, invited: bool) -> None:
    """Everybody may join a public group; others need an invitation."""
    if visibility != "public" and not invited:
        raise NotFound()


def check_add(kind: str, role: Role | None) -> None:
    """Every member of a group may add others."""
    _check_group(kind, role)


def check_update(kind: str, role: Role | None) -> None:
    """The name, topic, picture and visibility are for admins and owners."""
    _check_group(kind, role)
    if not leads(kind, role):
        raise Forbidden()


def check_invite(kind: str, role: Role | None) -> None:
    """Making invites is for admins and owners."""
    _check_group(kind, role)
    if not leads(kind, role):
        raise Forbidden()


def check_delete_room(kind: str, role: Role | None) -> None:
    """Only owners may delete a group."""
    _check_group(kind, role)
    if role != "owner":
        raise Forbidden()


def check_remove(kind: str, actor: Role | None, target: Role | None, oneself: bool) -> None:
    """Every member may leave. An owner may remove anybody, an admin only plain members."""
    _check_group(kind, actor)
    check_member(target)
    below = actor == "admin" and target == "member"
    if not oneself and actor != "owner" and not below:
        raise Forbidden()


def check_set_role(
    kind: str, actor: Role | None, target: Role | None, role: Role, only_owner: bool
) -> None:
    """Owners set roles, their own too. ``only_owner``: the target is the group's only owner, who
    stays one until there is another."""
    _check_group(kind, actor)
    if actor != "owner":
        raise Forbidden()
    check_member(target)
    if only_owner and role != "owner":
        raise Conflict("a group needs an owner: make someone else owner first")


def heir(leaver: Role | None, first: tuple[str, Role] | None) -> str | None:
    """Who becomes an owner when somebody leaves. ``first``: the id and role of the member with the
    highest role among those who stay; nobody is promoted while an owner stays."""
    if leaver != "owner" or first is None or first[1] == "owner":
        return None
    return first[0]


def is_to_be_invited(add_to_groups: str | None, acquainted: bool) -> bool:
    """Whether a user is invited to a group rather than added to it. ``add_to_groups`` is their
    preference, None for everyone; ``acquainted``: they share a room with the one who adds them."""
    if add_to_groups is None:
        return False
    return add_to_groups == "nobody" or not acquainted


def check_no_block(blocked: bool, field: str) -> None:
    """``blocked``: a block stands between the user and somebody named in ``field``."""
    if blocked:
        raise Blocked(field=field)


def check_made(made: int, quotas: Quotas) -> None:
    """``made``: the rooms that the user has made already."""
    if made >= quotas.rooms_made_per_user:
        raise Conflict(f"one may have made at most {quotas.rooms_made_per_user} rooms")


def check_own_rooms(full: bool, quotas: Quotas) -> None:
    """``full``: the user is in as many rooms as the quota allows."""
    if full:
        raise Conflict(f"one may be in at most {quotas.rooms_per_user} rooms: leave some first")


def check_their_rooms(full: bool, field: str) -> None:
    """As ``check_own_rooms``, for others."""
    if full:
        raise Conflict("somebody of these is in as many rooms as one may be", field=field)


def check_size(count: int, quotas: Quotas, field: str | None = None) -> None:
    """``count``: the members and invitations that the group would have."""
    if count > quotas.seats_per_room:
        message = f"a group has at most {quotas.seats_per_room} members and invitations"
        raise Conflict(message, field=field)


def seen_blocked(seats: Iterable[Seat], viewer_id: str) -> list[Seat]:
    """A direct room's seats to one of the two while either blocks the other: how far the other one
    has read is not shown."""
    return [seat if seat.user_id == viewer_id else seat.unmarked() for seat in seats]


def _check_group(kind: str, role: Role | None) -> None:
    check_member(role)
    if kind != "group":
        raise Forbidden("a direct room has no members to manage, no roles and no name")
