"""What a client has to know of the server, over HTTP and without a session."""

from __future__ import annotations

from typing import Annotated, Protocol, get_args

from msgspec import Meta

from server.auth import rules
from server.config import Settings
from server.configuration.entity import ClientConfig, ClientLimits, Feature
from server.kernel.routes import Route
from server.kernel.wire import Payload
from server.messages.usecase import MOST_MESSAGE_ATTACHMENTS, MOST_TEXT_CHARACTERS
from server.profiles.changes import MAX_BIO, MAX_STATUS_TEXT
from server.rooms.payloads import (
    MOST_FIRST_MEMBERS,
    MOST_MEMBERS_A_CALL,
    MOST_NAME,
    MOST_TOPIC,
)


class PageOrigins(Protocol):
    def may_open(self, origin: str) -> bool:
        """Whether the web client can be used at this origin."""
        ...


class AskConfig(Payload):
    """``origin``: that of the page which asks, such as ``https://chat.example.com``."""

    origin: Annotated[str, Meta(max_length=300)] | None = None


class ConfigRoutes:
    def __init__(self, settings: Settings, origins: PageOrigins) -> None:
        self._origins = origins
        self._mail = settings.smtp_url is not None
        self._public_url = settings.public_url
        self._limits = limits_of(settings)

    def routes(self) -> list[Route]:
        return [Route("GET", "/config", self.get_config, open=True)]

    async def get_config(self, query: AskConfig) -> ClientConfig:
        """Gets what a client has to know before somebody signs in: the limits, whether mail works
        and accounts can be made, and what the server can do."""
        return ClientConfig(
            signup="open",
            mail=self._mail,
            oidc=[],
            features=list(get_args(Feature)),
            limits=self._limits,
            public_url=self._public_url,
            origin_allowed=query.origin is None or self._origins.may_open(query.origin),
        )


def limits_of(settings: Settings) -> ClientLimits:
    limits = settings.limits
    return ClientLimits(
        max_upload_bytes=limits.max_upload_bytes,
        max_event_bytes=limits.max_event_bytes,
        max_attachments=MOST_MESSAGE_ATTACHMENTS,
        max_text=MOST_TEXT_CHARACTERS,
        max_room_name=MOST_NAME,
        max_room_topic=MOST_TOPIC,
        max_display_name=rules.MAX_NAME,
        max_username=rules.MAX_USERNAME,
        min_username=rules.MIN_USERNAME,
        min_password=rules.MIN_PASSWORD,
        max_password=rules.MAX_PASSWORD,
        max_bio=MAX_BIO,
        max_status_text=MAX_STATUS_TEXT,
        max_members_at_once=MOST_MEMBERS_A_CALL,
        max_first_members=MOST_FIRST_MEMBERS,
        max_room_members=limits.seats_per_room,
        max_emoji_per_message=limits.emoji_per_message,
        max_reactions_per_user=limits.reactions_per_user,
    )
