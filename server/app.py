"""The composition root: builds everything and ties it together, once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from aiohttp import web

from events.catalogue import NOTIFICATIONS_TOLD, ROOMS_TOLD
from events.connections import NOTIFICATIONS, ROOMS, Connections
from events.feeds import ReadFeed, RoomSizes, UnreadFeed
from events.gate import Gate
from events.notices import NoticeFeed
from events.notifications import NotificationEvents
from events.presence import PresenceFeed
from events.publisher import Publisher
from events.rooms import RoomEvents
from events.signals import Signals
from events.sockets import Sockets
from events.throttle import Tasks
from events.typing import TypingFeed
from server.addresses import client_address
from server.auth.attempts import Attempts
from server.auth.guard import Guard
from server.auth.handler import AuthRoutes
from server.auth.passwords import Passwords
from server.auth.repository import AccountsRepository, SessionsRepository
from server.auth.tokens import AccessTokens, RefreshTokens
from server.auth.usecase import Auth
from server.backends import Backends
from server.backends.addresses import Reach
from server.backends.managers import RedisManager
from server.backends.webpush import WebPush
from server.blocks.handler import BlockRoutes
from server.blocks.repository import BlocksRepository
from server.blocks.usecase import Blocks
from server.clock import now_ms
from server.config import Settings
from server.deletion.handler import DeletionRoutes
from server.deletion.repository import DeletionRepository
from server.deletion.usecase import Deletion
from server.description.asyncapi import AsyncApi
from server.description.handler import Description
from server.description.openapi import OpenApi
from server.http import HttpEdge
from server.invites.handler import InviteRoutes
from server.invites.repository import InviteRepository
from server.invites.usecase import Invites
from server.mail.handler import MailRoutes
from server.mail.repository import TokenRepository
from server.mail.usecase import Mails
from server.media.avatars import Avatars
from server.media.decoding import Decoders
from server.media.handler import MediaFiles, MediaRoutes
from server.media.links import Links
from server.media.repository import UploadsRepository
from server.media.usecase import Media
from server.messages.emoji import fold
from server.messages.handler import MessageRoutes
from server.messages.repository import MessageRepository
from server.messages.usecase import Messages
from server.notifications.handler import NotificationRoutes
from server.notifications.listing import Notifications
from server.notifications.repository import UnreadRepository
from server.notifications.told import NotificationRepository
from server.notifications.usecase import UnreadCounts
from server.presence.repository import LastSeenRepository
from server.presence.usecase import PresenceBook
from server.probes import Probes
from server.profiles.handler import ProfileRoutes
from server.profiles.repository import PeopleRepository
from server.profiles.usecase import Profiles
from server.push.delivery import PushWorker
from server.push.handler import PushRoutes
from server.push.keys import VapidKeys
from server.push.outbox import Outbox
from server.push.repository import SubscriptionRepository
from server.push.usecase import Subscriptions
from server.realtime import ConnectionLimits, Peer, RateLimits, create_server, metrics
from server.rooms.changing import RoomWriter
from server.rooms.handler import RoomRoutes
from server.rooms.repository import RoomReader
from server.rooms.usecase import Rooms
from server.search.handler import SearchRoutes
from server.search.repository import SearchRepository
from server.search.usecase import Search
from server.site import Site, built
from server.sync.repository import SyncRepository
from server.sync.usecase import Synchronizer

# Of the wire contract that the descriptions tell of.
VERSION = "1"
DOORS = {ROOMS: RoomEvents, NOTIFICATIONS: NotificationEvents}
TOLD = {ROOMS: ROOMS_TOLD, NOTIFICATIONS: NOTIFICATIONS_TOLD}

# Seconds between the rounds of a node's own housekeeping.
EVERY_EXPIRY = 1.0
EVERY_REVOCATION = 2.0
EVERY_PRESENCE = 5.0
EVERY_LEASE = 10.0
EVERY_MEMBERSHIP = 60.0
EVERY_PURGE = 60.0
EVERY_AFTERMATH = 5.0
EVERY_FORGET = 3600.0
EVERY_REST = 60.0
EVERY_TIDYING = 600.0
# A node that stops gives the pushes under way so long; others take them up after that.
PUSH_GRACE = 3.0
# Ended sessions are kept so long (ms).
KEPT_SESSIONS = 7 * 24 * 3600 * 1000


class Node:
    """One server process: its services, its edges and its background work."""

    def __init__(self, settings: Settings, backends: Backends) -> None:
        self.settings = settings
        self.backends = backends
        self.tasks = Tasks()
        self.publisher = Publisher(backends.manager)
        self.links = Links(settings.signing_key.reveal().encode(), settings.public_url)
        self._build_media()
        self._build_accounts()
        self._build_rooms()
        self._build_pushes()
        self._build_sockets()
        self._build_http()

    def _build_media(self) -> None:
        settings = self.settings
        self.decoders = Decoders()
        storage, uploads = self.backends.storage, UploadsRepository(self.backends.database)
        self.avatars = Avatars(storage, uploads, self.decoders, settings.public_url)
        self.media = Media(
            storage,
            uploads,
            self.decoders,
            self.links,
            settings.limits.stored_bytes_per_user if settings.limits_enabled else None,
        )

    def _build_accounts(self) -> None:
        settings, db = self.settings, self.backends.database
        key = settings.signing_key.reveal().encode()
        access = AccessTokens(key, settings.access_token_ttl)
        sessions = self.sessions = SessionsRepository(db)
        self.passwords = Passwords()
        self.guard = Guard(access, sessions, self.backends.sessions, self.publisher)
        self.mails = Mails(
            self.backends.mailer,
            TokenRepository(db),
            self.passwords,
            self.guard,
            self.backends.limiter,
            settings.limits,
            settings.public_url,
            self.tasks.start,
        )
        self.auth = Auth(
            accounts=AccountsRepository(db),
            sessions=sessions,
            guard=self.guard,
            access=access,
            refresh=RefreshTokens(key, settings.refresh_token_ttl),
            passwords=self.passwords,
            attempts=Attempts(self.backends.limiter, settings.limits),
            address_given=self.mails.address_given,
        )
        people = self.people = PeopleRepository(db)
        self.profiles = Profiles(
            people, self.publisher, self.avatars, fold, self.mails.address_given
        )
        self.blocks = Blocks(BlocksRepository(db), self.publisher)

    def _build_rooms(self) -> None:
        db, links = self.backends.database, self.links
        self.reader = RoomReader(db, links)
        self.writer = RoomWriter(db)
        self.rooms = Rooms(
            self.reader, self.writer, self.profiles, self.publisher, self.avatars, self.blocks
        )
        self.deletion = Deletion(
            DeletionRepository(db),
            self.auth,
            self.guard,
            self.people,
            self.rooms,
            self.publisher,
            self.avatars,
            self.tasks.start,
        )
        store = MessageRepository(db, self.backends.sends, links)
        self.invites = Invites(InviteRepository(db), self.rooms, self.settings.public_url)
        self.notifications = Notifications(
            NotificationRepository(db), self.profiles, self.publisher
        )
        self.messages = Messages(store, self.rooms, self.publisher, self.notifications, links)
        self.synchronizer = Synchronizer(SyncRepository(db, self.reader, links), self.profiles)
        self.unread = UnreadCounts(UnreadRepository(db))
        self.search = Search(SearchRepository(db, links), self.rooms)
        self.presence = PresenceBook(
            self.backends.leases, LastSeenRepository(db), self.reader, self.blocks
        )

    def _build_pushes(self) -> None:
        settings, db = self.settings, self.backends.database
        reach = Reach(settings.push_private_hosts)
        self.push_store = SubscriptionRepository(db)
        self.push_keys = VapidKeys(self.push_store, settings.push_contact)
        self.subscriptions = Subscriptions(self.push_store, reach)
        self.web_push = WebPush(self.push_keys, reach)
        self.pushes = PushWorker(Outbox(db), self.web_push, self.presence, UnreadRepository(db))
        self.publisher.on_message = self.pushes.wake

    def _build_sockets(self) -> None:
        settings, manager, tasks = self.settings, self.backends.manager, self.tasks
        limits = settings.limits
        self.sio = create_server(
            cors_allowed_origins=(
                "*" if settings.cors_origins == ("*",) else settings.allowed_origins
            ),
            client_manager=manager,
            address=self._address,
            limits=ConnectionLimits(
                per_address=limits.connections_per_address,
                per_node=limits.connections_per_node,
                new_per_second=limits.connections_per_second,
            )
            if settings.limits_enabled
            else None,
            rate_limits=RateLimits(
                event=limits.event,
                # Messages are counted for each user, wherever the user sends.
                by_event={"typing": limits.typing, "send_message": None},
            )
            if settings.limits_enabled
            else None,
            max_http_buffer_size=limits.max_event_bytes,
            volatile_events=("typing", "presence"),
        )
        self.connections = Connections(manager, self.reader.rooms_of)
        sockets = self.sockets = Sockets(self.sio, manager, self.connections)
        presence = PresenceFeed(self.presence, self.connections, sockets, self.publisher, tasks)
        sizes = RoomSizes(self.reader.member_count)
        unread = UnreadFeed(self.connections, sockets, self.unread, tasks)
        self.signals = Signals(
            self.connections,
            sockets,
            reads=ReadFeed(self.connections, sockets, sizes, tasks),
            unread=unread,
            notices=NoticeFeed(self.connections, sockets, self.notifications, unread, tasks),
            typing=TypingFeed(self.connections, sockets, tasks),
            presence=presence,
            learn=self.guard.learn,
            version_of=self.reader.version,
            tasks=tasks,
        )
        manager.observer = self.signals.observe
        if isinstance(manager, RedisManager):
            manager.on_gap = self.signals.resync
        self.presence_feed = presence
        self.gate = Gate(
            self.connections,
            sockets,
            presence,
            self.auth,
            self.guard.ended,
            self.presence,
            self.backends.limiter,
            limits,
            tasks,
            limited=settings.limits_enabled,
        )
        self.sio.register_namespace(
            RoomEvents(
                self.gate,
                self.connections,
                self.rooms,
                self.messages,
                self.synchronizer,
                presence,
                self.publisher,
            )
        )
        self.sio.register_namespace(NotificationEvents(self.gate, self.unread, self.notifications))

    def _build_http(self) -> None:
        settings = self.settings
        edge = HttpEdge(settings, self.auth, self.backends.limiter)
        self.web = web.Application(
            middlewares=edge.middlewares, client_max_size=settings.limits.max_event_bytes
        )
        services = (
            AuthRoutes(self.auth, settings.refresh_token_ttl),
            MailRoutes(self.mails),
            ProfileRoutes(self.profiles),
            DeletionRoutes(self.deletion),
            BlockRoutes(self.blocks),
            RoomRoutes(self.rooms),
            InviteRoutes(self.invites),
            MessageRoutes(self.messages),
            NotificationRoutes(self.unread, self.notifications),
            MediaRoutes(self.media),
            PushRoutes(self.subscriptions, self.push_keys),
            SearchRoutes(self.search),
        )
        routes = [route for service in services for route in service.routes()]
        edge.mount(self.web, routes)
        self.description = Description(
            OpenApi(routes, settings.limits, VERSION),
            AsyncApi(DOORS, TOLD, VERSION),
        )
        self.description.mount(self.web)
        MediaFiles(self.backends.storage, self.links, edge.cors).mount(self.web)
        self.probes = Probes(self.backends.answers, self._gauges, self._counters)
        self.probes.mount(self.web)
        Site(built(), settings.public_url).mount(self.web)
        self.sio.attach(self.web)

    def _address(self, peer: Peer) -> str:
        forwarded = peer.headers.getall("X-Forwarded-For", [])
        return client_address(peer.remote or "", forwarded, self.settings.trusted_proxies)

    def _gauges(self) -> dict[str, float]:
        return {
            **metrics.gauges(self.sio),
            "sockets": len(self.connections.clients),
            "users_connected": len(self.connections.users),
        }

    def _counters(self) -> dict[str, float]:
        return {
            **metrics.counters(self.sio),
            "sends": self.backends.sends.committed,
            "events": self.gate.stats.events,
            "errors": self.gate.stats.errors,
            "pushes": self.pushes.results["delivered"],
            "push_failures": self.pushes.results.total() - self.pushes.results["delivered"],
        }

    async def start(self) -> None:
        """Begins the background work; the sockets may come after."""
        await self.push_keys.load()
        if isinstance(self.backends.manager, RedisManager):
            self.backends.manager.start()
        rounds: Collection[tuple[float, Any]] = (
            (EVERY_EXPIRY, self.gate.check_expiry),
            (EVERY_REVOCATION, self.guard.sweep),
            (EVERY_PRESENCE, self.presence_feed.sweep),
            (EVERY_LEASE, self.presence_feed.renew),
            (EVERY_MEMBERSHIP, self.signals.check_rooms),
            (EVERY_PURGE, self.writer.purge),
            (EVERY_PURGE, self.push_store.forget),
            (EVERY_AFTERMATH, lambda: self.deletion.sweep(now_ms())),
            (EVERY_FORGET, self._forget_sessions),
            (EVERY_FORGET, self.notifications.forget),
            (EVERY_FORGET, self.mails.forget),
            (EVERY_REST, self.decoders.rest),
            (EVERY_TIDYING, self.media.tidy),
        )
        for seconds, step in rounds:
            self.tasks.start(self.tasks.every(seconds, step))
        self.tasks.start(self.pushes.run())

    async def _forget_sessions(self) -> None:
        await self.sessions.forget(now_ms() - KEPT_SESSIONS)

    async def drain(self, retry_after: int = 1) -> None:
        """No new sockets; those that are here are sent elsewhere."""
        self.probes.draining = True
        self.gate.draining = True
        await asyncio.gather(self.sockets.drain(retry_after), self.pushes.stop(PUSH_GRACE))
        await self.presence_feed.release_all()

    async def close(self) -> None:
        await self.tasks.close()
        await self.web_push.close()
        self.passwords.close()
        await self.decoders.close()
        await self.backends.close()
