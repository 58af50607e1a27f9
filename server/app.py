"""The composition root: one process with its services, its two edges and its background work."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack

from aiohttp import web

from events.catalogue import NOTIFICATIONS_TOLD, ROOMS_TOLD
from events.connections import NOTIFICATIONS, ROOMS, Connections
from events.dispatch import Dispatcher
from events.feeds import ReadFeed, RoomSizes, UnreadFeed
from events.gate import Gate
from events.lobby import Lobby
from events.newcomers import Newcomers
from events.notification_feed import NotificationFeed
from events.notifications import NotificationEvents
from events.presence import PresenceFeed
from events.rooms import RoomEvents
from events.signals import Signals
from events.sockets import Sockets
from events.typing import TypingFeed
from server.auth.handler import AuthRoutes
from server.backends import Backends
from server.backends.managers import RedisManager
from server.blocks.handler import BlockRoutes
from server.config import Settings
from server.configuration.handler import ConfigRoutes
from server.deletion.handler import DeletionRoutes
from server.edge.addresses import ClientAddresses
from server.edge.description.asyncapi import AsyncApi
from server.edge.description.handler import Description
from server.edge.description.openapi import OpenApi
from server.edge.http import HttpEdge
from server.edge.origins import Origins
from server.edge.probes import Probes
from server.edge.site import Site, built
from server.housekeeping import housekeeping
from server.invites.handler import InviteRoutes
from server.kernel import audit
from server.kernel.routes import Route
from server.kernel.tasks import Tasks
from server.kernel.turns import LONG_ANSWERS, UserTurns
from server.mail.handler import MailRoutes
from server.media.handler import MediaFiles, MediaRoutes
from server.messages.handler import MessageRoutes
from server.notifications.handler import NotificationRoutes
from server.profiles.handler import ProfileRoutes
from server.push.handler import PushRoutes
from server.realtime import (
    ChatServer,
    ConnectionLimits,
    RateLimits,
    create_server,
    flood_of,
    metrics,
)
from server.rooms.handler import RoomRoutes
from server.search.handler import SearchRoutes
from server.services import Services
from server.unread.handler import UnreadRoutes

# The version of the wire contract, as the descriptions state it.
VERSION = "1"
DOORS = {ROOMS: RoomEvents, NOTIFICATIONS: NotificationEvents}
TOLD_BY_DOOR = {ROOMS: ROOMS_TOLD, NOTIFICATIONS: NOTIFICATIONS_TOLD}

# How long a stopping node lets the pushes under way end (seconds). After that, other nodes take
# them over.
PUSH_GRACE = 3.0


class Node:
    """One node. ``start`` and ``serving.run`` start it; ``drain`` and ``close`` end it."""

    def __init__(self, settings: Settings, backends: Backends) -> None:
        self.settings = settings
        self.backends = backends
        self.tasks = Tasks()
        self.turns = UserTurns(LONG_ANSWERS)
        self.origins = Origins(settings)
        self.addresses = ClientAddresses(settings.trusted_proxies)
        self.services = Services(settings, backends, self.tasks)
        self._build_sockets()
        self._build_doors()
        self._build_http()

    def _build_sockets(self) -> None:
        services, manager, tasks = self.services, self.backends.manager, self.tasks
        self.sio = self._engine()
        connections = self.connections = Connections(manager, services.reader.rooms_of)
        sockets = self.sockets = Sockets(self.sio, manager, connections)
        self.presence = PresenceFeed(
            services.presence, connections, sockets, services.publisher, tasks
        )
        unread = UnreadFeed(connections, sockets, services.unread, tasks)
        sizes = RoomSizes(services.reader.member_count, services.reader.estranged)
        self.signals = Signals(
            connections=connections,
            sockets=sockets,
            reads=ReadFeed(connections, sockets, sizes, tasks),
            unread=unread,
            notifications=NotificationFeed(
                connections, sockets, services.notifications, unread, tasks
            ),
            typing=TypingFeed(connections, sockets, sizes, tasks),
            presence=self.presence,
            learn=services.guard.learn,
            version_of=services.reader.version,
            interest=manager,
            tasks=tasks,
        )
        self.dispatcher = Dispatcher()
        self.signals.add_to(self.dispatcher)
        manager.observer = self.dispatcher.observe
        if isinstance(manager, RedisManager):
            manager.on_gap = self.signals.resync
            manager.digest = self.dispatcher.digest

    def _engine(self) -> ChatServer:
        settings, limits = self.settings, self.settings.limits
        connections = ConnectionLimits(
            per_address=limits.connections_per_address,
            per_node=limits.connections_per_node,
            new_per_second=limits.connections_per_second,
            new_by_address=limits.new_connections,
            requests=limits.requests,
        )
        # Messages are counted for each user, over HTTP and all sockets.
        events = RateLimits(
            event=limits.event,
            by_event={"typing": limits.typing, "send_message": None},
            frame=flood_of([limits.event, limits.typing, limits.send_message]),
        )
        return create_server(
            cors_allowed_origins=self.origins.admits,
            client_manager=self.backends.manager,
            address=self.addresses.address_of,
            is_proxy=self.addresses.is_proxy,
            unknown_session=self._count_unknown,
            limits=connections if settings.rate_limits else None,
            rate_limits=events if settings.rate_limits else None,
            event_timeout=limits.handler_timeout if settings.rate_limits else None,
            max_http_buffer_size=limits.max_event_bytes,
            volatile_events=("typing", "presence"),
        )

    async def _count_unknown(self, address: str) -> None:
        rate = self.settings.limits.probes
        await self.backends.limiter.take_tokens("probes", address, rate)

    def _build_doors(self) -> None:
        services = self.services
        self.gate = Gate(
            connections=self.connections,
            sockets=self.sockets,
            presence=self.presence,
            auth=services.auth,
            ended=services.guard.ended,
            devices=services.presence,
            limiter=self.backends.limiter,
            limits=self.settings.limits,
            tasks=self.tasks,
            limited=self.settings.rate_limits,
            turns=self.turns,
            newcomers=Newcomers(self.backends.manager, self.sockets, self.tasks),
        )
        rooms = RoomEvents(
            gate=self.gate,
            connections=self.connections,
            rooms=services.rooms,
            messages=services.messages,
            synchronizer=services.synchronizer,
            presence=self.presence,
            publisher=services.publisher,
        )
        notifications = NotificationEvents(self.gate, services.unread, services.notifications)
        for door in (rooms, notifications, Lobby(self.gate)):
            self.sio.register_namespace(door)

    def _build_http(self) -> None:
        settings, services = self.settings, self.services
        edge = self.edge = HttpEdge(
            settings,
            services.auth,
            self.backends.limiter,
            self.turns,
            self.origins,
            self.addresses,
        )
        self.web = web.Application(
            middlewares=edge.middlewares, client_max_size=settings.limits.max_event_bytes
        )
        routes = list(self._routes())
        edge.mount(self.web, routes)
        calls, events = (
            OpenApi(routes, settings.limits, VERSION),
            AsyncApi(DOORS, TOLD_BY_DOOR, VERSION),
        )
        Description(calls, events).mount(self.web)
        MediaFiles(self.backends.storage, services.links, edge.cors).mount(self.web)
        token = settings.metrics_token
        self.probes = Probes(
            self.backends.answers,
            self._gauges,
            self._counters,
            metrics_token=token.reveal() if token else None,
            metrics_apart=settings.metrics_addr is not None,
        )
        self.probes.mount(self.web)
        self.metrics = self.probes.metrics_app(edge.middlewares)
        Site(built(), settings.public_url).mount(self.web)
        self.sio.attach(self.web)

    def _routes(self) -> Iterable[Route]:
        services = self.services
        handlers = (
            ConfigRoutes(self.settings, self.origins),
            AuthRoutes(services.auth, self.settings.refresh_token_ttl),
            MailRoutes(services.mails),
            ProfileRoutes(services.profiles),
            DeletionRoutes(services.deletion),
            BlockRoutes(services.blocks),
            RoomRoutes(services.rooms, services.reading),
            InviteRoutes(services.invites),
            MessageRoutes(services.messages),
            UnreadRoutes(services.unread),
            NotificationRoutes(services.notifications),
            MediaRoutes(services.media),
            PushRoutes(services.subscriptions, services.push_keys),
            SearchRoutes(services.search),
        )
        return (route for handler in handlers for route in handler.routes())

    def _gauges(self) -> dict[str, float]:
        return {
            **metrics.gauges(self.sio),
            "sockets": len(self.connections.clients),
            "users_connected": len(self.connections.users),
        }

    def _counters(self) -> dict[str, float]:
        pushes = self.services.pushes.results
        return {
            **metrics.counters(self.sio),
            "sends": self.backends.sends.committed,
            "events": self.gate.stats.events,
            "errors": self.gate.stats.errors,
            "pushes": pushes["delivered"],
            "push_failures": pushes.total() - pushes["delivered"],
        }

    async def start(self) -> None:
        """Begins the background work. After this, the node may accept sockets."""
        await self.services.media.sweep_uploads()
        await self.services.push_keys.load()
        if isinstance(self.backends.manager, RedisManager):
            self.backends.manager.start()
        rounds = housekeeping(self.services, self.backends, self.gate, self.presence, self.signals)
        for seconds, step in rounds:
            self.tasks.start(self.tasks.every(seconds, step))
        for work in self.services.background():
            self.tasks.start(work)

    async def drain(self, retry_after: int = 1) -> None:
        """Refuses new sockets and closes the open ones. Their clients are told to connect again
        after ``retry_after`` seconds."""
        self.probes.draining = True
        self.gate.draining = True
        pushes = self.services.pushes
        await asyncio.gather(self.sockets.drain(retry_after), pushes.stop(PUSH_GRACE))
        await self.presence.release_all()

    async def close(self) -> None:
        """Ends the node's work. Whatever fails of it, the rest is done. The backends stay open."""
        async with AsyncExitStack() as ends:
            ends.push_async_callback(self.services.close)
            ends.push_async_callback(audit.sum_up)
            ends.push_async_callback(self.tasks.close)
