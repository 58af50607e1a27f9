"""The ports of the use cases of messages: storage, access to rooms, publishing, notifications and
links to files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from server.history.entity import Message
from server.media.entity import Attachment
from server.messages.entity import (
    Changed,
    Direction,
    FileKind,
    Marked,
    MessageUpdated,
    ReadMark,
    Send,
    SendOutcome,
)
from server.notifications.entity import Withdrawn
from server.rooms.entity import Access


class MessageStore(Protocol):
    """Stores and reads messages.

    Each change is one transaction under the lock of the room's row: a room's changes happen one
    after another, each takes the next ``version``, and an error means that nothing was changed. A
    change that finds everything as wanted already returns None. Changes raise ``NotFound`` if the
    actor is not a member or there is no such message, and ``Forbidden``, ``Blocked`` or
    ``Conflict`` as rules.py decides. All methods raise ``Unavailable`` when the database cannot be
    reached; then a change may still have been committed, and its caller cannot know.
    """

    async def append_message(self, send: Send) -> SendOutcome:
        """Stores a message. It is committed and on disk when this returns; sends that wait at the
        same time share a commit.

        Idempotent: a repeated ``client_id`` of the author in the room takes no number, and the
        outcome ``duplicate`` names the ``seq`` of the first message. The messages of one author in
        one room are numbered in the order of the calls. A refused send is an outcome, not an error.
        """
        ...

    async def find_message(self, room_id: str, seq: int, viewer_id: str) -> Message | None:
        """The message as the viewer sees it; None if there is none."""
        ...

    async def list_messages(
        self, room_id: str, viewer_id: str, direction: Direction, seq: int | None, limit: int
    ) -> tuple[list[Message], bool]:
        """Returns messages in the order of their ``seq``s, newest first for ``before``, and whether
        there are more in that direction. For ``around``, ``seq`` must not exceed the room's last
        one."""
        ...

    async def list_pins(
        self, room_id: str, viewer_id: str, limit: int, after: tuple[int, int] | None
    ) -> tuple[list[Message], tuple[int, int] | None]:
        """Pinned messages, the latest pin first, and the (pinned_at, seq) after which the next page
        begins; None on the last page."""
        ...

    async def list_attachments(
        self, room_id: str, viewer_id: str, kind: FileKind | None, before: int | None, limit: int
    ) -> tuple[list[Message], bool]:
        """Messages that have files of the kind (of any kind with None), the newest first, and
        whether there are older ones."""
        ...

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
        """Moves the user's read mark to ``seq``, or to the last message if ``seq`` is greater, and
        never back. None if the user is not a member."""
        ...


class RoomAccess(Protocol):
    """A member's access to a room. Raises ``NotFound`` if the user is not a member."""

    async def access(self, room_id: str, user_id: str) -> Access: ...


class MessageNews(Protocol):
    """Publishes changes. The use case calls these methods after the commit.

    Each event is delivered at most once: if this process dies or Redis loses the event, it is not
    sent again. Clients notice the missing ``version`` and call ``sync``.
    """

    async def message_created(self, message: Message) -> None: ...
    async def message_updated(self, change: MessageUpdated) -> None: ...
    async def read_marked(self, room_id: str, user_id: str, mark: ReadMark) -> None: ...


class Notifier(Protocol):
    """Publishes notifications that are stored already. The use case calls these methods after the
    commit; each call is delivered at most once, and a lost one is found in the list of
    notifications."""

    async def message_sent(
        self, room_id: str, seq: int, user_ids: list[str], everyone: bool
    ) -> None:
        """``user_ids`` have a notification of the message. ``everyone``: the message is to the
        whole room."""
        ...

    async def read_by(self, user_id: str, room_id: str, seq: int) -> None:
        """The user has read their notifications of the room up to ``seq``, by sending a message."""
        ...

    async def notify_users(self, room_id: str, cause: str, user_ids: list[str]) -> None:
        """``user_ids`` have a notification of this cause."""
        ...

    async def were_read(self, user_id: str, ids: list[str]) -> None: ...

    async def were_withdrawn(self, withdrawn: Iterable[Withdrawn]) -> None:
        """The cause of these notifications is gone."""
        ...

    async def notice_ended(self, room_id: str, notice_id: str) -> None:
        """The message is to the whole room no more."""
        ...


class AttachmentLinks(Protocol):
    def attachments(self, stored: str | None) -> list[Attachment]:
        """The attachments with signed links, from the JSON that is stored with a message."""
        ...
