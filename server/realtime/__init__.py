"""The realtime engine: python-socketio's server, closed where the stock one is open.

>>> sio = create_server(origins=("https://chat.example",))
>>> sio.register_namespace(Rooms("/rooms"))
>>> sio.attach(app)
>>> served = await serve(app, "0.0.0.0", 8080)
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Literal

import socketio

from server.backends.membership import ChatManager
from server.realtime.front import Served, serve
from server.realtime.handlers import EventHandler
from server.realtime.heads import Peer
from server.realtime.limits import ConnectionCounter, ConnectionLimits
from server.realtime.server import ChatServer
from server.realtime.stats import Stats
from server.realtime.transport import peer_address

__all__ = [
    "ChatManager",
    "ChatServer",
    "ConnectionLimits",
    "EventHandler",
    "Peer",
    "Served",
    "Stats",
    "create_server",
    "peer_address",
    "serve",
]


def create_server(
    *,
    origins: tuple[str, ...] | Literal["*"],
    client_manager: socketio.AsyncManager | None = None,
    address: Callable[[Peer], str] = peer_address,
    limits: ConnectionLimits | None = None,
    max_event_bytes: int = 128 * 1024,
    connect_timeout: float = 10.0,
    admit_timeout: float = 5.0,
    handler_queue: int = 64,
    volatile_events: Collection[str] = (),
    max_backlog_bytes: int = 1024 * 1024,
    explicit_accept: bool = True,
    ping_interval: float = 25,
    ping_timeout: float = 20,
    **options: Any,
) -> ChatServer:
    """A server to ``register_namespace`` on and ``attach`` to an application.

    ``origins`` are those of pages that may connect; a request without an Origin may anyway.
    ``address`` names the client for the limits, and in the environ as ``REMOTE_ADDR``; without
    ``limits`` there are none.
    ``connect_timeout`` is for a transport's first namespace, ``admit_timeout`` for a connect
    handler. ``handler_queue`` events of a client wait behind the running one before its
    connection is read no further. A client that leaves more than ``max_backlog_bytes`` unread is
    cut; ``volatile_events`` are dropped before that. Without ``explicit_accept`` a connect handler
    admits unless it returns False or raises. ``client_manager`` should be a ``ChatManager``.
    ``options`` go to python-socketio.
    """
    return ChatServer(
        client_manager=client_manager,
        connect_timeout=connect_timeout,
        admit_timeout=admit_timeout,
        handler_queue=handler_queue,
        volatile_events=volatile_events,
        max_backlog_bytes=max_backlog_bytes,
        explicit_accept=explicit_accept,
        max_event_bytes=max_event_bytes,
        ping_interval=ping_interval,
        ping_timeout=ping_timeout,
        cors_allowed_origins="*" if "*" in origins else tuple(origins),
        counter=ConnectionCounter(limits or ConnectionLimits.none()),
        address=address,
        **options,
    )
