"""The realtime engine: python-socketio's server, closed where the stock one is open.

>>> sio = create_server(cors_allowed_origins="https://chat.example")
>>> sio.register_namespace(Rooms("/rooms"))
>>> sio.attach(app)
>>> served = await serve(app, "0.0.0.0", 8080)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any, Literal

import socketio

from server.kernel.limits import Rate
from server.realtime import metrics
from server.realtime import options as checks
from server.realtime.binary import BinaryPacket, BinaryServer
from server.realtime.engine import ChatEngine
from server.realtime.front import Served, most_open, serve
from server.realtime.handlers import EventHandler, FloodHandler
from server.realtime.heads import Peer
from server.realtime.limits import ConnectionCounter, ConnectionLimits
from server.realtime.membership import ChatManager
from server.realtime.meters import RateLimits, flood_of
from server.realtime.packets import ChatPacket
from server.realtime.server import ChatServer
from server.realtime.stats import Stats
from server.realtime.transport import fault_of, nobody_is_told, peer_address

__all__ = [
    "ChatEngine",
    "ChatManager",
    "ChatServer",
    "ConnectionLimits",
    "EventHandler",
    "FloodHandler",
    "Peer",
    "Rate",
    "RateLimits",
    "Served",
    "Stats",
    "create_server",
    "fault_of",
    "flood_of",
    "metrics",
    "most_open",
    "peer_address",
    "serve",
]


def create_server(
    *,
    async_mode: str = "aiohttp",
    client_manager: socketio.AsyncManager | None = None,
    namespaces: Collection[str] | Literal["*"] | None = None,
    transports: str | Collection[str] = ("polling", "websocket"),
    cors_allowed_origins: str | Collection[str] = (),
    ping_interval: float = 25,
    ping_timeout: float = 20,
    max_http_buffer_size: int = 128 * 1024,
    always_connect: bool = False,
    binary: bool = False,
    explicit_accept: bool = True,
    connect_timeout: float = 10,
    admit_timeout: float = 5,
    rate_limits: RateLimits | None = RateLimits(),  # noqa: B008 - frozen
    limits: ConnectionLimits | None = None,
    address: Callable[[Peer], str] = peer_address,
    is_proxy: Callable[[str], bool] = lambda peer: False,
    unknown_session: Callable[[str], Awaitable[None]] = nobody_is_told,
    volatile_events: Collection[str] = (),
    **options: Any,
) -> ChatServer:
    """A server to register handlers on and to ``attach`` to an aiohttp application.

    As python-socketio has them, and as it documents them: ``async_mode`` (``"aiohttp"`` alone),
    ``client_manager`` (any, its default is ``ChatManager``), ``namespaces``, ``transports``,
    ``ping_interval``, ``ping_timeout``, ``always_connect``, ``allow_upgrades``, ``cookie``,
    ``cors_credentials``, ``http_compression``, ``compression_threshold``; and with a difference:

    ``cors_allowed_origins``: of pages that may connect, or ``"*"``; none by default. A request
    without an Origin, from what is no browser, may connect anyway.
    ``max_http_buffer_size``: of one event. One up to twice as large gets the ack
    ``payload_too_large``, for a larger one the connection is closed.

    Ours:

    ``binary``: events and acks may hold bytes. Without it packets of types 5 and 6 close the
    connection.
    ``explicit_accept``: a connect handler admits with ``return True`` alone. Without it one admits
    unless it returns False or raises.
    ``connect_timeout``: seconds for a transport to get into its first namespace.
    ``admit_timeout``: seconds for a connect handler.
    ``rate_limits``: how often a client may send; what is too much gets the ack ``rate_limited``
    with ``retry_after``, and who does not stop is closed, or who sends a flood of frames or packets
    of any other kind. None: as often as it likes.
    ``limits``: on connections; None: there are none.
    ``address``: names the client for these, and in the environ as ``REMOTE_ADDR``.
    ``is_proxy``: whether the peer of that address carries the requests of others: its connections
    count for whom each request names.
    ``unknown_session``: awaited with the client's address when it names a session that is not
    here, which it may be guessing; a ``ChatError`` that it raises is the answer.
    ``volatile_events``: their names; they are dropped for a client that reads too slowly, before
    it is cut.

    An unknown option raises ``TypeError``, a wrong value ``TypeError`` or ``ValueError``.
    """
    checks.check_async_mode(async_mode)
    checks.check_names(options, known=create_server.__kwdefaults__ or ())
    checks.check_flags(
        always_connect=always_connect, binary=binary, explicit_accept=explicit_accept
    )
    checks.check_amounts(
        ping_interval=ping_interval,
        ping_timeout=ping_timeout,
        max_http_buffer_size=max_http_buffer_size,
        connect_timeout=connect_timeout,
        admit_timeout=admit_timeout,
    )
    checks.check_kind(RateLimits, rate_limits=rate_limits)
    checks.check_kind(ConnectionLimits, limits=limits)
    checks.check_list(volatile_events=volatile_events)
    server = BinaryServer if binary else ChatServer
    return server(
        client_manager=client_manager,
        namespaces=namespaces,
        transports=checks.transports(transports),
        cors_allowed_origins=checks.allowed_origins(cors_allowed_origins),
        ping_interval=ping_interval,
        ping_timeout=ping_timeout,
        max_event_bytes=max_http_buffer_size,
        always_connect=always_connect,
        binary=binary,
        packet_class=BinaryPacket if binary else ChatPacket,
        explicit_accept=explicit_accept,
        connect_timeout=connect_timeout,
        admit_timeout=admit_timeout,
        rate_limits=rate_limits,
        counter=ConnectionCounter(limits or ConnectionLimits.none()),
        address=address,
        is_proxy=is_proxy,
        unknown_session=unknown_session,
        volatile_events=volatile_events,
        **options,
    )
