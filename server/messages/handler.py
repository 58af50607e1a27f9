"""Messages over HTTP."""

from __future__ import annotations

from server.history.entity import Message
from server.kernel.caller import Identity
from server.kernel.errors import Blocked
from server.kernel.routes import Reply, Route
from server.kernel.wire import Count, Id, Page, PageQuery, Payload
from server.messages.entity import History, ReadMark
from server.messages.queries import AttachmentsQuery, HistoryQuery
from server.messages.usecase import Messages, MessageText, NewMessage, cost_of_text


class EditText(Payload):
    text: MessageText

    @property
    def cost(self) -> int:
        return cost_of_text(self.text)


class MarkRead(Payload):
    seq: Count


class MessageRoutes:
    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    def routes(self) -> list[Route]:
        message = "/rooms/{room_id}/messages/{seq}"
        reaction = message + "/reactions/{emoji}"
        return [
            Route("GET", "/rooms/{room_id}/messages", self.get_messages),
            Route(
                "POST",
                "/rooms/{room_id}/messages",
                self.send_message,
                limit="send_message",
                status=201,
                again=200,
                refuses=(Blocked,),
            ),
            Route("GET", message, self.get_message),
            Route("PATCH", message, self.edit_message, refuses=(Blocked,)),
            Route("DELETE", message, self.delete_message),
            Route("PUT", reaction, self.add_reaction, refuses=(Blocked,)),
            Route("DELETE", reaction, self.remove_reaction, refuses=(Blocked,)),
            Route("PUT", message + "/pin", self.pin_message, refuses=(Blocked,)),
            Route("DELETE", message + "/pin", self.unpin_message, refuses=(Blocked,)),
            Route("GET", "/rooms/{room_id}/pins", self.list_pins),
            Route("GET", "/rooms/{room_id}/attachments", self.list_attachments),
            Route("PUT", "/rooms/{room_id}/read", self.mark_read),
        ]

    async def get_messages(self, identity: Identity, room_id: Id, query: HistoryQuery) -> History:
        """Lists messages by ``before_seq``, ``after_seq`` or ``around_seq``."""
        return await self._messages.history(room_id, identity.user_id, query)

    async def send_message(
        self, identity: Identity, room_id: Id, body: NewMessage
    ) -> Reply[Message]:
        """Sends a message; a repeated ``client_id`` returns the first message."""
        sent = await self._messages.send_message(room_id, identity.user_id, body)
        return Reply(sent.message, 200 if sent.duplicate else 201)

    async def get_message(self, identity: Identity, room_id: Id, seq: Count) -> Message:
        """Gets one message."""
        return await self._messages.get_message(room_id, seq, identity.user_id)

    async def edit_message(
        self, identity: Identity, room_id: Id, seq: Count, body: EditText
    ) -> Message:
        """Edits your own message."""
        return await self._messages.edit_message(room_id, seq, identity.user_id, body.text)

    async def delete_message(self, identity: Identity, room_id: Id, seq: Count) -> Message:
        """Deletes your own message; a group's admins and owners may delete any message."""
        return await self._messages.delete_message(room_id, seq, identity.user_id)

    async def add_reaction(
        self, identity: Identity, room_id: Id, seq: Count, emoji: str
    ) -> Message:
        """Adds your reaction to a message."""
        return await self._messages.set_reaction(room_id, seq, identity.user_id, emoji, True)

    async def remove_reaction(
        self, identity: Identity, room_id: Id, seq: Count, emoji: str
    ) -> Message:
        """Removes your reaction from a message."""
        return await self._messages.set_reaction(room_id, seq, identity.user_id, emoji, False)

    async def pin_message(self, identity: Identity, room_id: Id, seq: Count) -> Message:
        """Pins a message."""
        return await self._messages.pin_message(room_id, seq, identity.user_id, True)

    async def unpin_message(self, identity: Identity, room_id: Id, seq: Count) -> Message:
        """Unpins a message."""
        return await self._messages.pin_message(room_id, seq, identity.user_id, False)

    async def list_pins(self, identity: Identity, room_id: Id, query: PageQuery) -> Page[Message]:
        """Lists the pinned messages, the latest pin first."""
        return await self._messages.list_pins(room_id, identity.user_id, query)

    async def list_attachments(
        self, identity: Identity, room_id: Id, query: AttachmentsQuery
    ) -> History:
        """Lists the messages that have files of a kind, newest first, by ``before_seq``."""
        return await self._messages.list_attachments(room_id, identity.user_id, query)

    async def mark_read(self, identity: Identity, room_id: Id, body: MarkRead) -> ReadMark:
        """Moves your read mark forward."""
        return await self._messages.mark_room_read(room_id, identity.user_id, body.seq)
