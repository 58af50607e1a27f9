"""The realtime engine: python-socketio's server with limits that the stock server does not have.

>>> sio = create_server(cors_allowed_origins="https://chat.example")
>>> sio.register_namespace(Rooms("/rooms"))
>>> sio.attach(app)
>>> served = await serve(app, "0.0.0.0", 8080)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Literal

import socketio
from socketio import AsyncNamespace

from server.kernel.limits import Rate
from server.realtime import metrics
from server.realtime import options as checks
from server.realtime.binary import BinaryPacket, BinaryServer
from server.realtime.engine import ChatEngine
from server.realtime.entrances import PlainEntrance
from server.realtime.front import HttpServed, Served, most_open, serve, serve_plain
from server.realtime.handlers import EventHandler, FloodHandler
from server.realtime.heads import Peer
from server.realtime.limits import ConnectionCounter, ConnectionLimits
from server.realtime.membership import ChatManager
from server.realtime.meters import RateLimits, flood_of
from server.realtime.packets import ChatPacket
from server.realtime.server import ChatServer
from server.realtime.stats import Stats
from server.realtime.transport import fault_of, nobody_is_told, peer_address

OriginCheck = Callable[[str, Mapping[str, Any]], bool]

__all__ = [
    "AsyncNamespace",
    "AsyncServer",
    "ChatEngine",
    "ChatManager",
    "ChatServer",
    "ConnectionLimits",
    "EventHandler",
    "FloodHandler",
    "HttpServed",
    "Peer",
    "PlainEntrance",
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
    "serve_plain",
]


def create_server(
    *,
    async_mode: str = "aiohttp",
    client_manager: socketio.AsyncManager | None = None,
    namespaces: Collection[str] | Literal["*"] | None = None,
    transports: str | Collection[str] = ("polling", "websocket"),
    cors_allowed_origins: str | Collection[str] | OriginCheck = (),
    ping_interval: float = 25,
    ping_timeout: float = 20,
    max_http_buffer_size: int = 128 * 1024,
    always_connect: bool = False,
    binary: bool = False,
    explicit_accept: bool = True,
    connect_timeout: float = 10,
    admit_timeout: float = 5,
    event_timeout: float | None = None,
    rate_limits: RateLimits | None = RateLimits(),  # noqa: B008 - frozen
    limits: ConnectionLimits | None = None,
    address: Callable[[Peer], str] = peer_address,
    is_proxy: Callable[[str], bool] = lambda peer: False,
    unknown_session: Callable[[str], Awaitable[None]] = nobody_is_told,
    volatile_events: Collection[str] = (),
    **options: Any,
) -> ChatServer:
    """Return a server that handlers are registered on and that ``attach``es to an aiohttp app.

    These options work as python-socketio documents them: ``async_mode`` (only ``"aiohttp"``),
    ``client_manager`` (default: ``ChatManager``), ``namespaces``, ``transports``,
    ``ping_interval``, ``ping_timeout``, ``always_connect``, ``allow_upgrades``, ``cookie``,
    ``cors_credentials``, ``http_compression``, ``compression_threshold``.

    These options differ from python-socketio's:

    ``cors_allowed_origins``: the origins of the pages that may connect, or ``"*"``, or a function
    of an origin and the request's environ that returns whether it may; none by default. A request
    without an ``Origin`` header does not come from a browser and may connect.
    ``max_http_buffer_size``: the largest event, in bytes. An event of up to twice that size gets
    the ack ``payload_too_large``; a larger one closes the connection.

    These options exist only here:

    ``binary``: events and acks may contain bytes. If it is False, packets of types 5 and 6 close
    the connection.
    ``explicit_accept``: a connect handler admits a client only by returning ``True``. If it is
    False, a connect handler admits a client unless it returns ``False`` or raises.
    ``connect_timeout``: the seconds that a transport has to get into its first namespace.
    ``admit_timeout``: the seconds that a connect handler may take.
    ``event_timeout``: the seconds after which an event is answered with ``unavailable`` although
    its handler has not ended, and the client's next event is handled. The handler goes on to its
    end, and what it returns is dropped. None: no limit.
    ``rate_limits``: how often a client may send. An event above the limit gets the ack
    ``rate_limited`` with ``retry_after``. A client that does not stop, or that floods the server
    with frames or packets of any kind, is disconnected. None: no limit.
    ``limits``: the limits on connections. None: no limit.
    ``address``: returns the client's address, which ``limits`` count by and which handlers find
    in the environ as ``REMOTE_ADDR``.
    ``is_proxy``: whether the peer with that address is a proxy. Its connections are counted for
    the client that each request names.
    ``unknown_session``: awaited with the client's address when a request names a session that does
    not exist, since the client may be guessing. A ``ChatError`` that it raises is the answer.
    ``volatile_events``: the names of events that are dropped for a client that reads too slowly,
    before that client is disconnected.

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
    if event_timeout is not None:
        checks.check_amounts(event_timeout=event_timeout)
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
        event_timeout=event_timeout,
        rate_limits=rate_limits,
        counter=ConnectionCounter(limits or ConnectionLimits.none()),
        address=address,
        is_proxy=is_proxy,
        unknown_session=unknown_session,
        volatile_events=volatile_events,
        **options,
    )


# The name that applications of python-socketio know.
AsyncServer = create_server
