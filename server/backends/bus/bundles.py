"""The messages between nodes as bytes. Messages for the same node travel together, as one bundle.

A bundle is a head (the version of this format, the sender, a serial number) and the messages, each
with its kind and size. Nodes ignore bundles of other versions and messages of unknown kinds, so a
bundle that has more in its head, such as a signature, can get a version of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from struct import Struct
from typing import Any, NamedTuple

import msgspec

BUNDLE_VERSION = 2

# The version, the sender, and the serial number of the bundle.
_HEAD = Struct("!B16sQ")
# The kind and size of a message.
_PART = Struct("!BI")
_SIZE = Struct("!I")
# The number of the last change, which part of all ids this is, and how many parts there are.
_ALL = Struct("!QHH")
# The number of the change and how many ids are added; the rest are removed.
_CHANGE = Struct("!QH")
_ACK = Struct("!Q?")
ID_SIZE = 16


class Kind(IntEnum):
    # A node lives. It names the number of its last change of interest. HELLO also asks all others
    # for their interest; BYE is the last word of a node.
    BEAT = 1
    HELLO = 2
    BYE = 3
    # About interest: a question, the answer in parts, a change, and its receipt.
    ASK = 4
    ALL = 5
    CHANGE = 6
    ACK = 7
    # For clients, for nodes, and calls of python-socketio's manager.
    EVENT = 8
    SIGNAL = 9
    CALL = 10


BundledMessage = tuple[int, bytes]


class Bundle(NamedTuple):
    node: bytes
    serial: int
    messages: list[BundledMessage]


class Beat(msgspec.Struct, array_like=True, frozen=True):
    """``number`` is that of the sender's last change of interest, ``applied`` the last number that
    the sender has of each other node."""

    number: int
    applied: dict[bytes, int]


class EventHead(msgspec.Struct, array_like=True, frozen=True):
    """What a node needs to know to pass on an event. ``facts`` are the few fields of its data that
    nodes act on; None if there are none."""

    event: str
    namespace: str
    room: str | list[str] | None
    skip_sid: str | list[str] | None
    volatile: bool
    facts: Any


class InterestShare(NamedTuple):
    """One of ``parts`` parts of a node's interest, as it is after the change ``number``."""

    number: int
    part: int
    parts: int
    ids: set[bytes]


class InterestChange(NamedTuple):
    number: int
    added: list[bytes]
    removed: list[bytes]


_to_beat = msgspec.msgpack.Decoder(Beat).decode
_to_head = msgspec.msgpack.Decoder(EventHead).decode
to_msgpack = msgspec.msgpack.Encoder().encode
from_msgpack = msgspec.msgpack.Decoder().decode


def pack_bundle(node: bytes, serial: int, messages: Iterable[BundledMessage]) -> bytes:
    parts = [_HEAD.pack(BUNDLE_VERSION, node, serial)]
    for kind, body in messages:
        parts += (_PART.pack(kind, len(body)), body)
    return b"".join(parts)


def read_bundle(raw: bytes) -> Bundle | None:
    """None if the bundle is malformed or of another version."""
    if len(raw) < _HEAD.size or raw[0] != BUNDLE_VERSION:
        return None
    _, node, serial = _HEAD.unpack_from(raw)
    messages = []
    at, end = _HEAD.size, len(raw)
    while at < end:
        if at + _PART.size > end:
            return None
        kind, size = _PART.unpack_from(raw, at)
        at += _PART.size
        if at + size > end:
            return None
        messages.append((kind, raw[at : at + size]))
        at += size
    return Bundle(node, serial, messages)


def read_beat(body: bytes) -> Beat:
    return _to_beat(body)


def pack_event(head: EventHead, frame: bytes) -> bytes:
    """``frame`` is the packet as websockets of the receiving node get it."""
    packed = to_msgpack(head)
    return b"".join((_SIZE.pack(len(packed)), packed, frame))


def read_event(body: bytes) -> tuple[EventHead, bytes]:
    (size,) = _SIZE.unpack_from(body)
    end = _SIZE.size + size
    return _to_head(body[_SIZE.size : end]), body[end:]


def pack_share(number: int, part: int, parts: int, ids: Iterable[bytes]) -> bytes:
    return _ALL.pack(number, part, parts) + b"".join(ids)


def read_share(body: bytes) -> InterestShare:
    number, part, parts = _ALL.unpack_from(body)
    return InterestShare(number, part, parts, set(_split(body, _ALL.size)))


def pack_change(number: int, added: list[bytes], removed: list[bytes]) -> bytes:
    return _CHANGE.pack(number, len(added)) + b"".join(added) + b"".join(removed)


def read_change(body: bytes) -> InterestChange:
    number, count = _CHANGE.unpack_from(body)
    ids = list(_split(body, _CHANGE.size))
    return InterestChange(number, ids[:count], ids[count:])


def pack_ack(number: int, missed: bool) -> bytes:
    return _ACK.pack(number, missed)


def read_ack(body: bytes) -> tuple[int, bool]:
    number, missed = _ACK.unpack_from(body)
    return number, missed


def _split(body: bytes, start: int) -> Iterator[bytes]:
    return (body[at : at + ID_SIZE] for at in range(start, len(body), ID_SIZE))
