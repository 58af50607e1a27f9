"""The namespace ``/``, which some clients enter before any other, whatever they are told."""

from __future__ import annotations

from events.connections import LOBBY
from events.gate import Gate
from events.namespace import Door


class Lobby(Door):
    """It asks for a token as the others do, has no events, and tells nothing."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(LOBBY, gate)
