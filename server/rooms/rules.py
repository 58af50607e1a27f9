"""Decides what users may see and do in rooms. All functions are pure.

The caller reads their arguments under the lock of the room's row. A ``check_`` function returns
nothing, or raises the refusal that the client gets. A ``role`` of None means that the user is not a
member. ``rules.json``, beside this file, is the table of all cases: tests compare these functions
and the web client's menus with it.
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
    """Whether the user runs the room, as an admin or owner of a group."""
    return kind == "group" and role in LEADERS


def check_member(role: Role | None) -> None:
    if role is None:
        raise NotFound()


def check_join(visibility: str, invited: bool) -> None:
    """Everybody may join a public group. Joining a private group takes an invitation."""
    if visibility != "public" and not invited:
        raise NotFound()


def check_add(kind: str, role: Role | None) -> None:
    """Every member of a group may add others."""
    _check_group(kind, role)


def check_update(kind: str, role: Role | None) -> None:
    """Only admins and owners may change the name, topic, picture and visibility."""
    _check_group(kind, role)
    if not leads(kind, role):
        raise Forbidden()


def check_invite(kind: str, role: Role | None) -> None:
    """Only admins and owners may create invites."""
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
    """Owners may set every member's role, including their own. ``only_owner``: the target is the
    group's only owner, who must stay an owner until there is another."""
    _check_group(kind, actor)
    if actor != "owner":
        raise Forbidden()
    check_member(target)
    if only_owner and role != "owner":
        raise Conflict("A group needs an owner. Make another member an owner first.")


def heir(leaver: Role | None, first: tuple[str, Role] | None) -> str | None:
    """The id of the member who becomes an owner when a member leaves; None if nobody does.

    ``first`` is the id and role of the member with the highest role among those who stay. Nobody is
    promoted while an owner stays.
    """
    if leaver != "owner" or first is None or first[1] == "owner":
        return None
    return first[0]


def is_to_be_invited(add_to_groups: str | None, acquainted: bool) -> bool:
    """Whether a user is invited to a group rather than added to it. ``add_to_groups`` is the user's
    preference; None lets everyone add them. ``acquainted``: the user shares a room with the actor
    who adds them."""
    if add_to_groups is None:
        return False
    return add_to_groups == "nobody" or not acquainted


def check_no_block(blocked: bool, field: str) -> None:
    """``blocked``: the actor and a user named in ``field`` have a block between them, in either
    direction."""
    if blocked:
        raise Blocked(field=field)


def check_made(made: int, quotas: Quotas) -> None:
    """``made``: how many existing rooms the user has created."""
    if made >= quotas.rooms_made_per_user:
        raise Conflict(f"You can create at most {quotas.rooms_made_per_user} rooms.")


def check_own_rooms(full: bool, quotas: Quotas) -> None:
    """``full``: the user is in as many rooms as the quota allows."""
    if full:
        raise Conflict(f"You can be in at most {quotas.rooms_per_user} rooms. Leave some first.")


def check_their_rooms(full: bool, field: str) -> None:
    """``full``: one of the users named in ``field`` is in as many rooms as the quota allows."""
    if full:
        raise Conflict("One of these users is in too many rooms already.", field=field)


def check_size(count: int, quotas: Quotas, field: str | None = None) -> None:
    """``count``: the members and invitations that the group would have."""
    if count > quotas.seats_per_room:
        message = f"A group can have at most {quotas.seats_per_room} members and invitations."
        raise Conflict(message, field=field)


def seen_blocked(seats: Iterable[Seat], viewer_id: str) -> list[Seat]:
    """The seats of a direct room with a block in it, as one of its two users sees them: the other
    user's read mark is hidden."""
    return [seat if seat.user_id == viewer_id else seat.unmarked() for seat in seats]


def _check_group(kind: str, role: Role | None) -> None:
    check_member(role)
    if kind != "group":
        raise Forbidden("A direct room has no name, no roles and no members to manage.")
