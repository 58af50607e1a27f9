"""What a client has to know of the server before somebody signs in."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Feature = Literal[
    "attachments",
    "blocks",
    "groups",
    "invitations",
    "invites",
    "notifications",
    "pins",
    "presence",
    "push",
    "reactions",
    "search",
]


class ClientLimits(Struct, frozen=True):
    """The limits that a client may check before it sends. What is longer or larger is refused.
    Texts are counted in characters (Unicode code points), files in bytes."""

    max_upload_bytes: int
    max_event_bytes: int
    max_attachments: int
    max_text: int
    max_room_name: int
    max_room_topic: int
    max_display_name: int
    max_username: int
    min_username: int
    min_password: int
    max_password: int
    max_bio: int
    max_status_text: int
    max_members_at_once: int
    max_first_members: int
    max_room_members: int
    max_emoji_per_message: int
    max_reactions_per_user: int


class SignInProvider(Struct, frozen=True):
    """Another service that signs people in."""

    id: str
    name: str


class ClientConfig(Struct, frozen=True):
    """``mail``: whether the server sends mail, so that passwords can be reset and addresses
    confirmed. ``features``: what this server can do; clients ignore names that they do not know.
    ``public_url``: where people open it. ``origin_allowed``: whether pages of the ``origin`` that
    was asked about may sign in; true if none was."""

    signup: Literal["open", "invite", "closed"]
    mail: bool
    oidc: list[SignInProvider]
    features: list[Feature]
    limits: ClientLimits
    public_url: str
    origin_allowed: bool
