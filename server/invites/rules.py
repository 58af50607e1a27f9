"""Who may make invites, and how many, as pure functions. Who runs a group is a rule of rooms."""

from __future__ import annotations

from server.kernel.errors import Conflict, Forbidden
from server.kernel.limits import Quotas
from server.rooms.entity import Role
from server.rooms.rules import leads


def check_inviter(kind: str, role: Role) -> None:
    """For a member of the room."""
    if not leads(kind, role):
        raise Forbidden()


def check_counts(of_room: int, of_user: int, quotas: Quotas) -> None:
    """How many invites are good now: into the room, and of all that the user has made."""
    for count, most, who in (
        (of_room, quotas.invites_per_room, "a group has"),
        (of_user, quotas.invites_per_user, "one has made"),
    ):
        if count >= most:
            raise Conflict(f"{who} at most {most} invites: revoke some first")
