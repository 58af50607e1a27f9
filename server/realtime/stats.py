"""What the metrics page reads from the engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Stats:
    # Open transports now; the rest only grow.
    connections: int = 0
    # Events that reached a handler, and acks that were given.
    events_in: int = 0
    acks: int = 0
    # Seconds that handlers took, waiting included.
    handler_seconds: float = 0.0
    # Events emitted to sockets of this node, and how many sockets got them.
    events_out: int = 0
    deliveries: int = 0
    # Closed because the client read too slowly.
    closed_slow: int = 0
    # Events refused because the client sends too often, and clients closed that did not stop.
    rate_limited: int = 0
    closed_flooding: int = 0
    # Handshakes turned away: by the limits, the origin, or because the node is leaving.
    refused: int = 0
    # Connections closed for what no client of this protocol sends.
    bad_packets: int = 0
