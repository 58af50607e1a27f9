"""The engine's counters, which the metrics page shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Stats:
    # Transports that are open now. All other numbers only grow.
    connections: int = 0
    # Events that clients sent in a namespace (refused ones included), and acks sent to them.
    events_in: int = 0
    acks: int = 0
    # Seconds that handlers took, including the time they waited.
    handler_seconds: float = 0.0
    # Events emitted to sockets of this node, and the sockets that got them, added up.
    events_out: int = 0
    deliveries: int = 0
    # Connections closed because the client read too slowly.
    closed_slow: int = 0
    # Events refused because the client sent too many, and connections closed because of a flood.
    rate_limited: int = 0
    closed_flooding: int = 0
    # Handshakes refused: because of the limits, the origin, a bad request or a shutdown.
    refused: int = 0
    # Connections closed because the client broke the protocol.
    bad_packets: int = 0
