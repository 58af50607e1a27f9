"""The engine's metrics, computed on request."""

from __future__ import annotations

from server.realtime.server import ChatServer


def gauges(sio: ChatServer) -> dict[str, float]:
    return {
        "connections": sio.stats.connections,
        "socket_rooms": _rooms(sio),
        "backlog_bytes": sio.eio.kept.bytes,
        "loop_lag_seconds": sio.lag.longest,
    }


def counters(sio: ChatServer) -> dict[str, float]:
    stats = sio.stats
    return {
        "events_in": stats.events_in,
        "events_out": stats.events_out,
        "deliveries": stats.deliveries,
        "acks": stats.acks,
        "writes": sio.eio.writes.count,
        "handler_seconds": stats.handler_seconds,
        "slow_clients": stats.closed_slow,
        "floods": stats.closed_flooding,
        "rate_limited_events": stats.rate_limited,
        "refused_connections": stats.refused,
        "bad_packets": stats.bad_packets,
    }


def _rooms(sio: ChatServer) -> int:
    """The number of rooms, without each client's own room and the room of all clients."""
    rooms = sio.manager.rooms.values()
    return sum(len(each) - len(each.get(None, ())) - 1 for each in rooms)
