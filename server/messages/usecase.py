"""The use cases of messages. HTTP and sockets call the same methods."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from server.history.entity import Message, ReplyTo
from server.history.rows import to_names
from server.kernel import wire
from server.kernel.clock import now_ms, timestamp
from server.kernel.errors import Blocked, ChatError, Forbidden, Invalid, NotFound
from server.kernel.ids import new_id
from server.kernel.turns import UserTurns
from server.kernel.unseen import shows_nothing
from server.kernel.wire import Count, Id, Page, PageQuery, Payload, characters
from server.messages.emoji import qualify_emoji
from server.messages.entity import (
    ALL_MEMBERS,
    Changed,
    History,
    ReadMark,
    Send,
    SendOutcome,
)
from server.messages.grammar import mentioned_names
from server.messages.ports import AttachmentLinks, MessageNews, MessageStore, Notifier, RoomAccess
from server.messages.queries import AttachmentsQuery, HistoryQuery, history_place

MOST_TEXT_CHARACTERS = 8_000
MOST_MESSAGE_ATTACHMENTS = 10

MessageText = Annotated[str, characters(1, MOST_TEXT_CHARACTERS)]


class NewMessage(Payload):
    client_id: Id
    text: Annotated[str, characters(0, MOST_TEXT_CHARACTERS)] | None = None
    attachment_ids: Annotated[list[Id], Meta(max_length=MOST_MESSAGE_ATTACHMENTS)] | None = None
    reply_to_seq: Count | None = None

    @property
    def cost(self) -> int:
        return cost_of_text(self.text or "")


def cost_of_text(text: str) -> int:
    """What storing, indexing and publishing a text costs, in units of one ordinary call. It is
    estimated from the size in bytes. The longest text costs 12, so that a user's budget suffices
    for one burst of such texts and no more."""
    return 1 + (len(text) if text.isascii() else 3 * len(text)) // 2048


class Sent(Struct, frozen=True):
    message: Message
    duplicate: bool


class Messages:
    def __init__(
        self,
        store: MessageStore,
        rooms: RoomAccess,
        news: MessageNews,
        notifier: Notifier,
        links: AttachmentLinks,
    ) -> None:
        self._store = store
        self._rooms = rooms
        self._news = news
        self._notifier = notifier
        self._links = links
        # Each change is a transaction of many statements. Without turns, one user's flood of
        # changes would keep other users from sending.
        self._turns = UserTurns()

    async def send_message(self, room_id: str, user_id: str, new: NewMessage) -> Sent:
        """Stores and publishes a message. The database decides, under the room's lock, whether the
        user may send. So a send takes one round trip, and no message is stored after its author was
        removed. A repeated ``client_id`` returns the first message and publishes nothing."""
        send = _checked(room_id, user_id, new)
        outcome = await self._store.append_message(send)
        if outcome.outcome == "duplicate":
            assert outcome.seq is not None
            return Sent(await self._message(room_id, outcome.seq, user_id), True)
        if outcome.outcome != "sent":
            raise _refusal(outcome)
        message = self._sent(send, outcome, await self._reply_to(send, outcome))
        await self._news.message_created(message)
        if outcome.notified or outcome.everyone:
            await self._notifier.message_sent(
                room_id, message.seq, outcome.notified, outcome.everyone
            )
        if outcome.read:
            await self._notifier.read_by(user_id, room_id, message.seq)
        return Sent(message, False)

    async def get_message(self, room_id: str, seq: int, user_id: str) -> Message:
        await self._rooms.access(room_id, user_id)
        return await self._message(room_id, seq, user_id)

    async def history(self, room_id: str, user_id: str, query: HistoryQuery) -> History:
        direction, seq = history_place(query)
        # This is read before the page, so that the page is never older than its version.
        access = await self._rooms.access(room_id, user_id)
        if direction == "around" and seq is not None:
            seq = min(seq, access.last_seq)
        size = query.limit or wire.PAGE_SIZE
        items, more = await self._store.list_messages(room_id, user_id, direction, seq, size)
        return History(items, more, access.version)

    async def list_pins(self, room_id: str, user_id: str, query: PageQuery) -> Page[Message]:
        await self._rooms.access(room_id, user_id)
        after = wire.read_cursor(query.cursor, int, int)
        items, last = await self._store.list_pins(room_id, user_id, query.size, after)
        return Page(items, last is not None, wire.make_cursor(*last) if last else None)

    async def list_attachments(
        self, room_id: str, user_id: str, query: AttachmentsQuery
    ) -> History:
        access = await self._rooms.access(room_id, user_id)
        size = query.limit or wire.PAGE_SIZE
        items, more = await self._store.list_attachments(
            room_id, user_id, query.kind, query.before_seq, size
        )
        return History(items, more, access.version)

    async def edit_message(self, room_id: str, seq: int, user_id: str, text: str) -> Message:
        text = _text(text)
        await self._rooms.access(room_id, user_id)
        async with self._turns.of(user_id):
            changed = await self._store.edit_message(
                room_id, seq, user_id, text, mentioned_names(text)
            )
        return await self._tell(changed, room_id, seq, user_id)

    async def delete_message(self, room_id: str, seq: int, user_id: str) -> Message:
        """Deletes a message: the user's own, or any message if the user is an admin or owner of the
        group. A deletion cannot be undone."""
        await self._rooms.access(room_id, user_id)
        async with self._turns.of(user_id):
            changed = await self._store.delete_message(room_id, seq, user_id)
        return await self._tell(changed, room_id, seq, user_id)

    async def set_reaction(
        self, room_id: str, seq: int, user_id: str, emoji: str, on: bool
    ) -> Message:
        folded = qualify_emoji(emoji)
        if folded is None:
            raise Invalid("emoji must be a single emoji.", field="emoji")
        await self._rooms.access(room_id, user_id)
        async with self._turns.of(user_id):
            changed = await self._store.set_reaction(room_id, seq, user_id, folded, on)
        return await self._tell(changed, room_id, seq, user_id)

    async def pin_message(self, room_id: str, seq: int, user_id: str, on: bool) -> Message:
        await self._rooms.access(room_id, user_id)
        async with self._turns.of(user_id):
            changed = await self._store.pin_message(room_id, seq, user_id, on)
        return await self._tell(changed, room_id, seq, user_id)

    async def mark_room_read(self, room_id: str, user_id: str, seq: int) -> ReadMark:
        marked = await self._store.mark_room_read(room_id, user_id, seq)
        if marked is None:
            raise NotFound()
        if marked.moved:
            await self._news.read_marked(room_id, user_id, marked.mark)
        if marked.read:
            await self._notifier.were_read(user_id, marked.read)
        return marked.mark

    async def _tell(self, changed: Changed | None, room_id: str, seq: int, user_id: str) -> Message:
        if changed:
            await self._news.message_updated(changed.update)
        if changed and changed.everyone:
            await self._notifier.message_sent(room_id, seq, changed.noted, True)
        elif changed and changed.noted:
            await self._notifier.notify_users(room_id, changed.cause, changed.noted)
        if changed and changed.withdrawn:
            await self._notifier.were_withdrawn(changed.withdrawn)
        if changed and changed.notice_id:
            await self._notifier.notice_ended(room_id, changed.notice_id)
        return await self._message(room_id, seq, user_id)

    async def _reply_to(self, send: Send, outcome: SendOutcome) -> ReplyTo | None:
        if send.reply_to_seq is None:
            return None
        excerpt = None if outcome.reply_deleted else outcome.reply_text
        reply = ReplyTo(send.reply_to_seq, outcome.reply_author, excerpt)
        if excerpt != "":
            return reply
        # The send reads no files. An original without text is rare, so another read may tell them.
        original = await self._store.find_message(send.room_id, reply.seq, send.author_id)
        files = original.attachments if original and not original.text else []
        return (
            msgspec.structs.replace(reply, content_type=files[0].content_type) if files else reply
        )

    def _sent(self, send: Send, outcome: SendOutcome, reply: ReplyTo | None) -> Message:
        assert outcome.seq is not None and outcome.version is not None
        return Message(
            id=send.id,
            room_id=send.room_id,
            seq=outcome.seq,
            version=outcome.version,
            kind="text",
            author_id=send.author_id,
            client_id=send.client_id,
            text=send.text,
            attachments=self._links.attachments(outcome.attachments),
            reply_to=reply,
            mentions=outcome.mentions or [],
            mention_names=to_names(outcome.named),
            reactions=[],
            pinned_at=None,
            system=None,
            created_at=timestamp(send.sent_at),
            edited_at=None,
            deleted_at=None,
        )

    async def _message(self, room_id: str, seq: int, viewer_id: str) -> Message:
        message = await self._store.find_message(room_id, seq, viewer_id)
        if message is None:
            raise NotFound()
        return message


def _checked(room_id: str, user_id: str, new: NewMessage) -> Send:
    attachment_ids = new.attachment_ids or []
    if len(set(attachment_ids)) < len(attachment_ids):
        raise Invalid("attachment_ids must not contain the same id twice.", field="attachment_ids")
    text = _text(new.text or "", least=0 if attachment_ids else 1)
    names = mentioned_names(text)
    return Send(
        id=new_id(),
        room_id=room_id,
        author_id=user_id,
        client_id=new.client_id,
        text=text,
        reply_to_seq=new.reply_to_seq,
        names=names,
        sent_at=now_ms(),
        attachment_ids=attachment_ids,
        notice_id=new_id() if ALL_MEMBERS in names else None,
    )


def _text(text: str, least: int = 1) -> str:
    if shows_nothing(text):
        if text and least:
            raise Invalid("text must have a character that can be seen.", field="text")
        text = ""
    return wire.text(text, "text", least=least, most=MOST_TEXT_CHARACTERS, strip=False)


def _refusal(outcome: SendOutcome) -> ChatError:
    if outcome.outcome == "no_original":
        return NotFound(field="reply_to_seq")
    if outcome.outcome == "no_attachment":
        return NotFound(field="attachment_ids")
    if outcome.outcome == "blocked":
        return Blocked()
    if outcome.outcome == "forbidden":
        return Forbidden("The other user has deleted their account.")
    return NotFound()
