"""The channel of python-socketio's own manager: nodes of the version before, and other programs.

Programs that emit with ``socketio.AsyncRedisManager(url, channel="chat:0", write_only=True)``
publish there, and nodes of the version before both publish and listen there. Nodes of this version
listen too. They publish there only while they hear a node of the version before.
"""

from __future__ import annotations

from typing import Any

import msgspec

# Nodes of the version before publish a message of this kind every three seconds.
CANARY = "canary"
# Seconds after the last canary until such a node counts as gone.
CANARY_LASTS = 15.0
# What nodes of this version publish there begins with this, and they ignore it themselves.
_MARK = b'{"bus":'


class OlderNodes:
    def __init__(self, host_id: str) -> None:
        self._host_id = host_id
        self._until = 0.0

    def present(self, now: float) -> bool:
        """Whether a node of the version before may be listening."""
        return now < self._until

    def suppose(self, until: float) -> None:
        """Count on such nodes until then, because their canaries may have been missed."""
        self._until = max(self._until, until)

    def heard(self, now: float) -> bool:
        """A canary was heard. Returns whether there was none in the seconds before."""
        came = not self.present(now)
        self.suppose(now + CANARY_LASTS)
        return came

    def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
    ) -> bytes:
        """An emit, as nodes of the version before read it."""
        return self.call(
            {
                "method": "emit",
                "event": event,
                "data": list(data) if isinstance(data, tuple) else [data],
                "namespace": namespace,
                "room": room,
                "skip_sid": skip_sid,
                "callback": None,
                "binary": False,
            }
        )

    def call(self, message: dict[str, Any]) -> bytes:
        # The mark has to come first.
        return msgspec.json.encode({"bus": 2} | {"host_id": self._host_id} | message)


def is_of_this_version(raw: bytes) -> bool:
    """Whether a node of this version published it, for older ones only."""
    return raw.startswith(_MARK)


def read_call(raw: bytes) -> dict[str, Any] | None:
    """Parse a message of python-socketio's manager. None if it is malformed."""
    try:
        message = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(message, dict) or not isinstance(message.get("method"), str):
        return None
    if message["method"] != "emit":
        return message
    data = message.get("data")
    is_emit = (
        isinstance(data, list)
        and len(data) > 0
        and isinstance(message.get("event"), str)
        and isinstance(message.get("namespace"), str)
        and message.keys() >= {"room", "skip_sid"}
    )
    return message if is_emit else None
