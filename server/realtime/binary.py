"""Events and acks that contain bytes (packet types 5 and 6), for servers with ``binary=True``.

Each bytes value is sent as a message of its own after the packet (an attachment). A placeholder
stands for it in the packet. python-socketio reads and writes the placeholders; this module limits
the attachments and their order.
"""

from __future__ import annotations

import re
from typing import Any

import structlog
from socketio import packet

from server.kernel import wire
from server.kernel.errors import ChatError, Invalid
from server.realtime.outgoing import Encoded
from server.realtime.packets import BadPacket, ChatPacket
from server.realtime.server import ChatServer
from server.realtime.sockets import ChatSocket
from server.realtime.transport import SEPARATOR

MOST_PACKET_ATTACHMENTS = 64
# The distance from EVENT and ACK to the packet types with attachments.
BINARY_OFFSET = packet.BINARY_EVENT - packet.EVENT

_HEADER = re.compile(r"([56])([0-9]{1,4})-", re.ASCII)

log = structlog.get_logger(__name__)


class BinaryPacket(ChatPacket):
    """A packet that may have attachments; ``missing`` of them are still to come. Its type is EVENT
    or ACK in either case."""

    uses_binary_events = True
    missing = 0

    def decode(self, encoded_packet: str) -> None:
        if encoded_packet[:1] not in ("5", "6"):
            super().decode(encoded_packet)
            return
        match = _HEADER.match(encoded_packet)
        if match is None or int(match[2]) > MOST_PACKET_ATTACHMENTS:
            raise BadPacket("the number of attachments is invalid or too large")
        self.missing = int(match[2])
        self.size = len(encoded_packet)
        self.attachments: list[bytes] = []
        super().decode(f"{int(match[1]) - BINARY_OFFSET}{encoded_packet[match.end() :]}")
        if not self.missing:
            self._put_in_place()

    def add_attachment(self, attachment: bytes) -> None:
        self.size += len(attachment)
        if self.size > self.max_event_bytes:
            raise BadPacket("the packet and its attachments are too large")
        self.attachments.append(attachment)
        self.missing -= 1
        if not self.missing:
            self._put_in_place()

    def _put_in_place(self) -> None:
        if any(isinstance(each, ChatError) for each in self.data):
            return
        try:
            self.data = self.reconstruct_binary(self.data, self.attachments)
        except (IndexError, TypeError):
            if self.packet_type == packet.ACK:
                raise BadPacket("a placeholder has no attachment") from None
            self.data = ["", Invalid("a placeholder has no attachment")]

    def encode(self) -> Any:
        """The packet as text. If its data contains bytes, a list of the text and the
        attachments."""
        if not self.data_is_binary(self.data):
            return super().encode()
        data, attachments = self.deconstruct_binary(self.data)
        namespace = f"{self.namespace}," if self.namespace not in (None, "/") else ""
        id = "" if self.id is None else self.id
        head = f"{self.packet_type + BINARY_OFFSET}{len(attachments)}-{namespace}{id}"
        return [head + wire.encode(data).decode(), *map(bytes, attachments)]


class Group(Encoded):
    """Packets that must be sent together. A client's backlog treats them as one packet."""

    __slots__ = ("_members", "count")

    def __init__(self, members: list[Encoded], volatile: bool = False) -> None:
        super().__init__(b"".join(member.frame for member in members), volatile)
        self._members = members
        self.count = len(members)

    @classmethod
    def of_packet(cls, pkt: BinaryPacket, volatile: bool = False) -> Group:
        text, *attachments = pkt.encode()
        return cls([Encoded.of("4" + text), *map(Encoded.of, attachments)], volatile)

    @property
    def text(self) -> str:
        return SEPARATOR.join(member.text for member in self._members)


class BinaryServer(ChatServer):
    def _take_message(self, socket: ChatSocket, data: str | bytes) -> bool:
        pkt = self._binary_packet.get(socket.sid)
        if isinstance(data, str):
            if pkt is not None:
                raise BadPacket("a packet came before the attachments of the last one")
            pkt = self.packet_class(encoded_packet=data)
            if not pkt.missing:
                return self._take_packet(socket, pkt, len(data))
            if not self._namespaces_of(socket.sid):
                raise BadPacket("attachments came before the client was in a namespace")
            self._binary_packet[socket.sid] = pkt
            return False
        if pkt is None:
            raise BadPacket("an attachment came without a packet")
        pkt.add_attachment(data)
        if pkt.missing:
            return False
        del self._binary_packet[socket.sid]
        return self._take_packet(socket, pkt, pkt.size)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self._binary_packet.pop(eio_sid, None)
        await super()._handle_eio_disconnect(eio_sid, reason)

    def _acknowledge(self, socket: ChatSocket, namespace: str, id: int, answer: list[Any]) -> None:
        if not packet.Packet.data_is_binary(answer):
            super()._acknowledge(socket, namespace, id, answer)
            return
        pkt = self.packet_class(packet.ACK, namespace=namespace, id=id, data=answer)
        try:
            encoded = Group.of_packet(pkt)
        except (TypeError, ValueError):
            # The rest of the data cannot be encoded either. The base class handles such an ack: it
            # logs the failure and sends an error. Any object that cannot be encoded makes it do so.
            super()._acknowledge(socket, namespace, id, [object()])
        else:
            socket.post(encoded)

    def encode_event(self, event: str, args: list[Any], namespace: str) -> Encoded:
        if not packet.Packet.data_is_binary(args):
            return super().encode_event(event, args, namespace)
        self.stats.events_out += 1
        pkt = self.packet_class(packet.EVENT, namespace=namespace, data=[event, *args])
        return Group.of_packet(pkt, event in self._volatile)
