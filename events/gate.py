"""Who comes in, who stays, and how much each may do: the doorkeeper of both namespaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from events.connections import Client, Connections
from events.presence import PresenceFeed
from events.sockets import Sockets
from server.kernel.caller import Identity
from server.kernel.clock import now_ms
from server.kernel.errors import ChatError, RateLimited, TokenExpired, Unauthenticated, Unavailable
from server.kernel.limits import AnyRate, Limiter
from server.kernel.tasks import Tasks

log = structlog.get_logger("events")

EXPIRY_WARNING = 60_000
# What a socket is told that was closed because it sent far too much (s).
FLOOD_RETRY = 60
# Of a user's budget, in ordinary calls: rooms and sessions are read, and presence is told.
CONNECT_COST = 5


class EventRates(Protocol):
    @property
    def send_message(self) -> AnyRate: ...
    @property
    def user(self) -> AnyRate: ...
    @property
    def probes(self) -> AnyRate: ...
    @property
    def connections_per_user(self) -> int: ...
    @property
    def handler_timeout(self) -> float: ...


class SocketAuthenticator(Protocol):
    async def authenticate(self, token: str) -> Identity: ...
    async def touch(self, session_id: str) -> None: ...


class Ended(Protocol):
    def __call__(self, session_id: str) -> bool:
        """Whether this process knows that the session has ended."""
        ...


class DeviceCounter(Protocol):
    async def count_devices(self, user_id: str) -> int: ...


@dataclass
class SocketStats:
    events: int = 0
    errors: int = 0


class Gate:
    def __init__(
        self,
        *,
        connections: Connections,
        sockets: Sockets,
        presence: PresenceFeed,
        auth: SocketAuthenticator,
        ended: Ended,
        devices: DeviceCounter,
        limiter: Limiter,
        limits: EventRates,
        tasks: Tasks,
        limited: bool,
    ) -> None:
        self._connections = connections
        self._sockets = sockets
        self._presence = presence
        self._auth = auth
        self._ended = ended
        self._devices = devices
        self._limiter = limiter
        self._limits = limits
        self._tasks = tasks
        self._limited = limited
        self.stats = SocketStats()
        self.draining = False

    @property
    def deadline(self) -> float | None:
        return self._limits.handler_timeout if self._limited else None

    def client(self, sid: str) -> Client:
        client = self._connections.clients.get(sid)
        if client is None:
            raise Unauthenticated()
        if client.expires_at <= now_ms():
            raise TokenExpired()
        if client.closing:
            raise Unauthenticated()
        return client

    async def connect(
        self, namespace: str, sid: str, environ: Mapping[str, Any], auth: Any = None
    ) -> bool:
        """True admits: the socket is in all its rooms then. The engine tells the client of a
        ``ChatError``."""
        try:
            if self.draining:
                raise Unavailable("this node is going away")
            identity = await self._identify(auth, environ)
            await self._admit(namespace, sid, identity, environ.get("REMOTE_ADDR"))
        except ChatError:
            self.stats.errors += 1
            raise
        return True

    async def _identify(self, auth: Any, environ: Mapping[str, Any]) -> Identity:
        token = auth.get("token") if isinstance(auth, dict) else None
        try:
            if not isinstance(token, str):
                raise Unauthenticated()
            return await self._auth.authenticate(token)
        except ChatError as error:
            await self.count_probe(environ["REMOTE_ADDR"], error)
            raise

    async def count_probe(self, address: str | None, error: ChatError) -> None:
        """What is refused counts against the address as over HTTP, where it may be a try for what
        is there. ``RateLimited``, which then takes its place, after too many."""
        if error.is_probe:
            await self._limiter.take_tokens("probes", address or "", self._limits.probes)

    async def _admit(
        self, namespace: str, sid: str, identity: Identity, address: str | None
    ) -> None:
        self.spend(identity.user_id, CONNECT_COST)
        device = self._sockets.device(sid, namespace)
        if self._limited:
            await self._check_devices(identity.user_id, device)
        client = self._connections.add_client(sid, device, namespace, identity, address)
        try:
            # From here on a revocation finds the socket; one that came before is known by now.
            if self._ended(identity.session_id):
                raise Unauthenticated()
            await self._connections.load_rooms(identity.user_id)
            await self._presence.arrive(client)
            await self._auth.touch(identity.session_id)
        except BaseException:
            self._connections.remove_client(sid)
            raise

    async def _check_devices(self, user_id: str, device: str) -> None:
        if device in self._connections.devices(user_id):
            return
        most = self._limits.connections_per_user
        everywhere = await self._devices.count_devices(user_id)
        # Counted after the wait: of those that come at once, each sees the ones before it.
        if max(len(self._connections.devices(user_id)), everywhere) >= most:
            raise RateLimited(f"at most {most} connections a user", retry_after=60)

    async def disconnect(self, sid: str) -> None:
        client = self._connections.remove_client(sid)
        if client is None:
            return
        try:
            await self._presence.depart(client)
        except Unavailable:
            # Its lease ends by itself.
            log.warning("presence could not be told", user_id=client.user_id)

    async def limit(self, client: Client, event: str) -> None:
        """Raises ``RateLimited``. What a socket may send, the engine has counted; here is what its
        user may do."""
        self._presence.active(client)
        self.spend(client.user_id, 1)
        if self._limited and event == "send_message":
            await self._limiter.take_tokens(event, client.user_id, self._limits.send_message)

    def spend(self, user_id: str, cost: int) -> None:
        """Of what a user may do on all sockets and over HTTP; raises ``RateLimited``."""
        self._limiter.spend_tokens("user", user_id, self._limits.user, cost)

    async def end_flood(self, sid: str) -> None:
        """For a socket that went on and on above its limits."""
        client = self._connections.clients.get(sid)
        if client is not None:
            log.warning("flood: socket closed", user_id=client.user_id)
            await self._sockets.close([client], "overloaded", retry_after=FLOOD_RETRY)

    async def refresh(self, client: Client, token: str) -> int:
        """A newer access token of the same session; answers when it expires (ms)."""
        identity = await self._auth.authenticate(token)
        if (identity.user_id, identity.session_id) != (client.user_id, client.session_id):
            raise Unauthenticated("this token belongs to another session")
        for each in self._connections.of_user(client.user_id):
            if (each.device, each.session_id) == (client.device, client.session_id):
                each.expires_at = identity.expires_at
                each.warned = False
        return identity.expires_at

    async def check_expiry(self) -> None:
        """Every second: who is about to expire is told, who has expired is disconnected."""
        now = now_ms()
        expired: list[Client] = []
        for client in list(self._connections.clients.values()):
            left = client.expires_at - now
            if client.closing:
                continue
            if left <= 0:
                expired.append(client)
            elif left <= EXPIRY_WARNING and not client.warned:
                client.warned = True
                self._tasks.start(self._sockets.warn(client))
        if expired:
            # All at once: both namespaces of a connection hear why, before it is closed.
            self._tasks.start(self._sockets.close(expired, "token_expired"))
