"""Builds the services, each with its repository and the other services that it needs."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from events.publisher import Publisher
from server.auth.attempts import Attempts
from server.auth.devices import KnownDevices
from server.auth.guard import Guard
from server.auth.passwords import Passwords
from server.auth.repository import AccountsRepository, SessionsRepository
from server.auth.reserved import warn_of_reserved
from server.auth.strength import NewPasswords
from server.auth.tokens import AccessTokens, RefreshTokens
from server.auth.usecase import Auth
from server.backends import Backends
from server.backends.addresses import AddressReach
from server.backends.webpush import WebPush
from server.blocks.repository import BlocksRepository
from server.blocks.usecase import Blocks
from server.config import Settings
from server.deletion.repository import DeletionRepository
from server.deletion.usecase import Deletion
from server.invites.repository import InviteRepository
from server.invites.usecase import Invites
from server.kernel.limits import Quotas
from server.kernel.tasks import Tasks
from server.mail.repository import TokenRepository
from server.mail.usecase import Mails
from server.media.avatars import Avatars
from server.media.decoding import Decoders
from server.media.links import FileLinks
from server.media.repository import UploadsRepository
from server.media.under_way import UnderWay, UploadPlaces
from server.media.usecase import Media
from server.messages.emoji import qualify_emoji
from server.messages.repository import MessageRepository
from server.messages.usecase import Messages
from server.notifications.repository import NotificationRepository
from server.notifications.trims import Trims
from server.notifications.usecase import Notifications
from server.presence.repository import LastSeenRepository
from server.presence.usecase import PresenceBook
from server.profiles.repository import PeopleRepository
from server.profiles.usecase import Profiles
from server.push.delivery import PushWorker
from server.push.keys import VapidKeys
from server.push.outbox import Outbox
from server.push.repository import SubscriptionRepository
from server.push.usecase import Subscriptions
from server.rooms.creating import RoomMaker
from server.rooms.reading import Reading
from server.rooms.repository import RoomReader
from server.rooms.seats import Seats
from server.rooms.usecase import Rooms
from server.rooms.writer import RoomWriter
from server.search.indexing import INDEX_PART, Indexing
from server.search.refolding import Refolding
from server.search.repository import SearchRepository
from server.search.usecase import Search
from server.sync.repository import SyncRepository
from server.sync.usecase import Synchronizer
from server.unread.repository import UnreadRepository
from server.unread.usecase import UnreadCounts


class Services:
    """All services. ``settings`` must have their secret key. ``tasks`` run the work that no answer
    waits for."""

    def __init__(self, settings: Settings, backends: Backends, tasks: Tasks) -> None:
        self._settings = settings
        self._backends = backends
        self._tasks = tasks
        self._quotas = Quotas.of(settings.limits, limited=settings.rate_limits)
        self._key = settings.signing_key.reveal().encode()
        self._build_pushes()
        self._build_publisher()
        self._build_media()
        self._build_accounts()
        self._build_people()
        self._build_rooms()
        self._build_messages()

    def background(self) -> list[Coroutine[Any, Any, None]]:
        """What runs beside the answers: some of it for as long as the node does."""
        return [
            self.pushes.run(),
            self.refolding.run(),
            self.indexing.run(),
            warn_of_reserved(self.accounts),
        ]

    async def close(self) -> None:
        await self.web_push.close()
        self.passwords.close()
        self.search.close()
        await self.decoders.close()

    def _build_pushes(self) -> None:
        settings, db = self._settings, self._backends.database
        reach = AddressReach(settings.push_private_hosts)
        self.push_store = SubscriptionRepository(db)
        self.push_keys = VapidKeys(self.push_store, settings.push_contact)
        self.subscriptions = Subscriptions(self.push_store, reach)
        self.web_push = WebPush(self.push_keys, reach)
        self.presence = PresenceBook(self._backends.leases, LastSeenRepository(db))
        self.pushes = PushWorker(Outbox(db), self.web_push, self.presence, UnreadRepository(db))

    def _build_publisher(self) -> None:
        self._notified = NotificationRepository(self._backends.database)
        trims = Trims(self._notified, self._quotas.notifications_per_user)
        self.publisher = Publisher(
            self._backends.manager, wake_pushes=self.pushes.wake, on_notified=trims.trim_due
        )

    def _build_media(self) -> None:
        settings, storage = self._settings, self._backends.storage
        uploads = UploadsRepository(self._backends.database)
        quota = settings.limits.stored_bytes_per_user if settings.rate_limits else None
        places = UploadPlaces(settings.limits.uploads_at_once if settings.rate_limits else None)
        under_way = UnderWay(places, self._backends.reservations, uploads, quota)
        reserve = settings.disk_reserve
        self.links = FileLinks(self._key, settings.public_url)
        self.decoders = Decoders()
        self.avatars = Avatars(
            storage=storage,
            uploads=uploads,
            decoder=self.decoders,
            public_url=settings.public_url,
            under_way=under_way,
            reserve=reserve,
        )
        self.media = Media(
            storage=storage,
            uploads=uploads,
            decoder=self.decoders,
            links=self.links,
            under_way=under_way,
            reserve=reserve,
        )

    def _build_accounts(self) -> None:
        settings, backends = self._settings, self._backends
        access = AccessTokens(self._key, settings.access_token_ttl)
        accounts = self.accounts = AccountsRepository(backends.database)
        self.sessions = SessionsRepository(backends.database)
        patience = settings.limits.handler_timeout if settings.rate_limits else None
        self.passwords = Passwords(patience)
        self.guard = Guard(
            tokens=access, rows=self.sessions, live=backends.sessions, revocations=self.publisher
        )
        self.mails = Mails(
            mailer=backends.mailer,
            store=TokenRepository(backends.database),
            passwords=self.passwords,
            new_passwords=NewPasswords(accounts),
            sessions=self.guard,
            limiter=backends.limiter,
            rates=settings.limits,
            site=settings.public_url,
            background=self._tasks.start,
        )
        self.auth = Auth(
            accounts=accounts,
            sessions=self.sessions,
            guard=self.guard,
            access=access,
            refresh=RefreshTokens(self._key, settings.refresh_token_ttl, settings.session_max_age),
            passwords=self.passwords,
            attempts=Attempts(backends.limiter, settings.limits, self._key),
            devices=KnownDevices(self._key),
            address_given=self.mails.address_given,
        )

    def _build_people(self) -> None:
        db, news = self._backends.database, self.publisher
        self._people = PeopleRepository(db)
        self.profiles = Profiles(
            people=self._people,
            news=news,
            avatars=self.avatars,
            fold=qualify_emoji,
            credentials=self.auth,
            mails=self.mails,
        )
        self.blocks = Blocks(BlocksRepository(db), news)

    def _build_rooms(self) -> None:
        db, news = self._backends.database, self.publisher
        self.reader = RoomReader(db, self.links)
        self.writer = RoomWriter(db, self._quotas)
        seats = Seats(self._backends.limiter, self._settings.limits.seats)
        self.rooms = Rooms(
            reader=self.reader,
            maker=RoomMaker(db, self._quotas),
            writer=self.writer,
            people=self.profiles,
            news=news,
            avatars=self.avatars,
            blocks=self.blocks,
            seats=seats,
        )
        self.reading = Reading(self.reader, self.rooms, self.profiles)
        self.invites = Invites(
            InviteRepository(db, self._quotas), self.rooms, seats, self._settings.public_url
        )
        self.deletion = Deletion(
            store=DeletionRepository(db),
            credentials=self.auth,
            sessions=self.guard,
            people=self._people,
            rooms=self.rooms,
            news=news,
            avatars=self.avatars,
            later=self._tasks.start,
        )

    def _build_messages(self) -> None:
        db, news, links = self._backends.database, self.publisher, self.links
        store = MessageRepository(db, self._backends.sends, links, self._quotas)
        self.notifications = Notifications(self._notified, self.profiles, news)
        self.messages = Messages(store, self.rooms, news, self.notifications, links)
        self.synchronizer = Synchronizer(SyncRepository(db, self.reader, links), self.profiles)
        self.unread = UnreadCounts(UnreadRepository(db))
        self.search = Search(SearchRepository(db, links), self.rooms)
        self.refolding = Refolding(db)
        self.indexing = Indexing(self._backends.index_queue, INDEX_PART[db.dialect])
