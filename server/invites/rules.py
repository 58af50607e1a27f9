"""Decides who may create invites, and how many. All functions are pure. The rules of rooms decide
who runs a group."""

from __future__ import annotations

from server.kernel.errors import Conflict, Forbidden
from server.kernel.limits import Quotas
from server.rooms.entity import Role
from server.rooms.rules import leads


def check_inviter(kind: str, role: Role) -> None:
    """Only admins and owners of a group may create invites. ``role`` is the member's role."""
    if not leads(kind, role):
        raise Forbidden()


def check_counts(of_room: int, of_user: int, quotas: Quotas) -> None:
    """The arguments are the numbers of valid invites: into the room, and of those that the user has
    created."""
    for count, most, who in (
        (of_room, quotas.invites_per_room, "A group can have"),
        (of_user, quotas.invites_per_user, "You can have"),
    ):
        if count >= most:
            raise Conflict(f"{who} at most {most} invites. Revoke some first.")
