"""Socket.IO packets as text. Our own code parses the header, msgspec the JSON; no binary."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Any

from socketio import packet

from server.kernel import wire
from server.kernel.errors import Invalid, PayloadTooLarge
from server.realtime import frames

MAX_ID = 2**53

_HEADER = re.compile(r"([0-9])(?:(/[^,]*)(?:,|\Z))?([0-9]*)", re.ASCII)


def _why(kind: int) -> str:
    if kind in (packet.BINARY_EVENT, packet.BINARY_ACK):
        return "which holds bytes: they need the option binary=True"
    return "which no client sends like this"


class BadPacket(ValueError):
    """The packet breaks the protocol: the connection is closed."""


def from_base64(text: str) -> bytes:
    """The bytes of a packet in a polling request: base64 after the letter ``b``."""
    try:
        return b64decode(text[1:], validate=True)
    except ValueError:
        raise BadPacket("the bytes are not valid base64") from None


def event_frame(namespace: str, event: str, args: list[Any]) -> bytes:
    return frames.build_frame(b"42%b%b" % (_prefix(namespace), wire.encode([event, *args])))


def ack_frame(namespace: str, id: int, args: list[Any]) -> bytes:
    return frames.build_frame(b"43%b%d%b" % (_prefix(namespace), id, wire.encode(args)))


def _prefix(namespace: str | None) -> bytes:
    return b"" if namespace is None or namespace == "/" else b"%b," % namespace.encode()


class ChatPacket(packet.Packet):
    """One Socket.IO packet. The data of outgoing packets may contain msgspec Structs and
    dataclasses.

    An incoming EVENT with a valid header but a body that is too large or invalid becomes the event
    ``""`` with a ``ChatError`` as its only argument, so that the client gets an ack. Any other
    error raises ``BadPacket``.
    """

    data: Any
    uses_binary_events = False
    max_event_bytes = 128 * 1024

    def __init__(
        self,
        packet_type: int = packet.EVENT,
        data: Any = None,
        namespace: str | None = None,
        id: int | None = None,
        binary: bool | None = None,
        encoded_packet: str | None = None,
    ) -> None:
        # The stock constructor is not called: it searches the data for bytes and keeps a list for
        # attachments.
        if encoded_packet is not None:
            self.decode(encoded_packet)
            return
        self.packet_type = packet_type
        self.data = data
        self.namespace = namespace
        self.id = id

    def encode(self) -> str:
        id = "" if self.id is None else self.id
        data = "" if self.data is None else wire.encode(self.data).decode()
        return f"{self.packet_type}{_prefix(self.namespace).decode()}{id}{data}"

    def decode(self, encoded_packet: str) -> None:
        match = _HEADER.match(encoded_packet)
        if match is None:
            raise BadPacket("not a Socket.IO packet")
        kind, namespace, digits = match.groups()
        self.packet_type = int(kind)
        self.namespace = namespace.split("?", 1)[0] if namespace else None
        self.id = self._read_id(digits) if digits else None
        raw = encoded_packet[match.end() :]
        if kind == "2":
            self.data = self._read_event(raw)
        elif self.packet_type == packet.CONNECT and self.id is None:
            self.data = self._read_json(raw, dict) if raw else None
        elif self.packet_type == packet.ACK and self.id is not None:
            self.data = self._read_json(raw, list)
        elif self.packet_type == packet.DISCONNECT and self.id is None and not raw:
            self.data = None
        else:
            raise BadPacket(f"a packet of type {self.packet_type}, {_why(self.packet_type)}")

    def _read_id(self, digits: str) -> int:
        # The length is checked first because Python is slow to parse numbers of many digits.
        if len(digits) > 16 or int(digits) > MAX_ID:
            raise BadPacket("the packet's id is too large")
        return int(digits)

    def _read_event(self, raw: str) -> list[Any]:
        if self.id is None and not raw.startswith("["):
            # The client does not wait for an ack, and the body is not an array, so it is no event.
            raise BadPacket("the event is not an array")
        if self._is_too_large(raw):
            return ["", PayloadTooLarge(f"an event holds at most {self.max_event_bytes} bytes")]
        try:
            data = wire.parse_json(raw)
        except Invalid as error:
            return ["", error]
        if not isinstance(data, list) or not data or not isinstance(data[0], str):
            return ["", Invalid("an event is an array that starts with its name")]
        return data

    def _read_json(self, raw: str, kind: type) -> Any:
        if self._is_too_large(raw):
            raise BadPacket("the packet is too large")
        try:
            data = wire.parse_json(raw)
        except Invalid:
            raise BadPacket("the packet's JSON is invalid") from None
        if not isinstance(data, kind):
            raise BadPacket("the packet's JSON has the wrong type")
        return data

    def _is_too_large(self, raw: str) -> bool:
        most = self.max_event_bytes
        # A character takes at most four bytes in UTF-8, so short texts need not be encoded.
        return len(raw) * 4 > most and (len(raw) > most or len(raw.encode()) > most)
