"""What the use cases of messages need of others: the store, rooms, addresses of files, and ears."""

from __future__ import annotations

from typing import Protocol

from server.history.entity import Message
from server.media.entity import Attachment
from server.messages.entity import (
    Changed,
    Direction,
    Marked,
    MessageUpdated,
    ReadMark,
    Send,
    SendOutcome,
)
from server.rooms.entity import Access


class MessageStore(Protocol):
    async def append_message(self, send: Send) -> SendOutcome:
        """Committed when it returns; many waiting sends share a commit."""
        ...

    async def find_message(self, room_id: str, seq: int, viewer_id: str) -> Message | None: ...

    async def list_messages(
        self, room_id: str, viewer_id: str, direction: Direction, seq: int | None, limit: int
    ) -> tuple[list[Message], bool]:
        """``around`` takes a ``seq`` that is not past the end."""
        ...

    async def list_pins(
        self, room_id: str, viewer_id: str, limit: int, after: tuple[int, int] | None
    ) -> tuple[list[Message], tuple[int, int] | None]: ...

    async def edit_message(
        self, room_id: str, seq: int, actor_id: str, text: str, names: list[str]
    ) -> Changed | None: ...

    async def delete_message(self, room_id: str, seq: int, actor_id: str) -> Changed | None: ...

    async def set_reaction(
        self, room_id: str, seq: int, actor_id: str, emoji: str, on: bool
    ) -> Changed | None: ...

    async def pin_message(
        self, room_id: str, seq: int, actor_id: str, on: bool
    ) -> Changed | None: ...

    async def mark_room_read(self, room_id: str, user_id: str, seq: int) -> Marked | None:
        """None for who is not in the room."""
        ...


class RoomAccess(Protocol):
    async def access(self, room_id: str, user_id: str) -> Access: ...


class MessageNews(Protocol):
    """Told after the commit."""

    async def message_created(self, message: Message) -> None: ...
    async def message_updated(self, change: MessageUpdated) -> None: ...
    async def read_marked(self, room_id: str, user_id: str, mark: ReadMark) -> None: ...


class Notifier(Protocol):
    """Told after the commit, of what was stored in it."""

    async def message_sent(
        self, room_id: str, seq: int, user_ids: list[str], everyone: bool
    ) -> None:
        """``user_ids`` have a notification of the message; ``everyone``: it is to all."""
        ...

    async def read_by(self, user_id: str, room_id: str, seq: int) -> None:
        """By sending, the user has read their notifications of the room up to ``seq``."""
        ...

    async def notify_users(self, room_id: str, cause: str, user_ids: list[str]) -> None:
        """``user_ids`` have a notification of that cause."""
        ...

    async def were_read(self, user_id: str, ids: list[str]) -> None: ...


class AttachmentLinks(Protocol):
    def attachments(self, stored: str | None) -> list[Attachment]:
        """From the JSON that a message's row holds."""
        ...
