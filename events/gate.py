"""Admits sockets to both namespaces, limits what they may do, and closes expired ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from events.connections import Client, Connections
from events.newcomers import Newcomers
from events.presence import PresenceFeed
from events.sockets import Sockets
from server.kernel.caller import Identity
from server.kernel.clock import now_ms
from server.kernel.errors import ChatError, RateLimited, TokenExpired, Unauthenticated, Unavailable
from server.kernel.limits import FLOOD_RETRY, AnyRate, Limiter, cost_of_answer
from server.kernel.tasks import Tasks
from server.kernel.timeouts import too_late, within
from server.kernel.turns import UserTurns

log = structlog.get_logger("events")

EXPIRY_WARNING = 60_000
# The cost of connecting, in ordinary calls, for the user's budget: rooms and sessions are read, and
# presence is sent.
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
    """Checks access tokens. ``authenticate`` raises ``TokenExpired`` or ``Unauthenticated`` for a
    token that is not valid; ``touch`` notes that a session was used."""

    async def authenticate(self, token: str) -> Identity: ...
    async def touch(self, session_id: str) -> None: ...


class Ended(Protocol):
    def __call__(self, session_id: str) -> bool:
        """Whether this process knows that the session has ended."""
        ...


class DeviceCounter(Protocol):
    """The number of a user's connected devices on all nodes. Devices of a node that has died count
    until their leases end."""

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
        turns: UserTurns,
        newcomers: Newcomers,
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
        self._turns = turns
        self._newcomers = newcomers
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
        """Admit a socket. When this returns True, the socket is in all its rooms. Raises
        ``ChatError`` if it is refused; the engine sends that to the client."""
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
        """Counts a refusal that may come from guessing (``is_probe``) against the address, as HTTP
        does. Raises ``RateLimited`` in its place after too many."""
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
            # From now on a revocation finds this socket. One that came before is known already.
            if self._ended(identity.session_id):
                raise Unauthenticated()
            await self._connections.load_rooms(identity.user_id)
            await self._presence.arrive(client)
            await self._auth.touch(identity.session_id)
            await self._newcomers.settle(identity.user_id)
        except BaseException:
            self._connections.remove_client(sid)
            raise

    async def _check_devices(self, user_id: str, device: str) -> None:
        if device in self._connections.devices(user_id):
            return
        most = self._limits.connections_per_user
        everywhere = await self._devices.count_devices(user_id)
        # The local devices are counted after the wait. So if several connect at the same time, each
        # counts the ones before it.
        if max(len(self._connections.devices(user_id)), everywhere) >= most:
            raise RateLimited(f"at most {most} connections a user", retry_after=60)

    async def disconnect(self, sid: str) -> None:
        client = self._connections.remove_client(sid)
        if client is None:
            return
        try:
            await self._presence.depart(client)
        except Unavailable:
            # The device's lease will end by itself.
            log.warning("presence could not be told", user_id=client.user_id)

    async def limit(self, client: Client, event: str) -> None:
        """Count an event against the limits of the user; raises ``RateLimited``. The engine has
        already counted it against the limits of the socket."""
        self._presence.active(client)
        self.spend(client.user_id, 1)
        if self._limited and event == "send_message":
            await self._limiter.take_tokens(event, client.user_id, self._limits.send_message)

    def spend(self, user_id: str, cost: int) -> None:
        """Spend ``cost`` of the user's budget, which all their sockets and HTTP share. Raises
        ``RateLimited``."""
        self._limiter.spend_tokens("user", user_id, self._limits.user, cost)

    def charge_answer(self, user_id: str, size: int) -> None:
        """Charges the user's budget for an answer of ``size`` bytes. It never refuses; if the
        budget is used up, the next call is refused."""
        if cost := cost_of_answer(size):
            self._limiter.charge_tokens("user", user_id, self._limits.user, cost)

    @asynccontextmanager
    async def turn(self, user_id: str) -> AsyncIterator[None]:
        """Holds one of the user's few turns for long answers, which HTTP shares, until the answer
        is charged. Raises ``RateLimited`` while the user's budget is overdrawn."""
        turns = self._turns.of(user_id)
        async with within(self.deadline, too_late()):
            await turns.acquire()
        try:
            self.spend(user_id, 0)
            yield
        finally:
            turns.release()

    async def end_flood(self, sid: str) -> None:
        """Close a socket that does not stop sending above its limits."""
        client = self._connections.clients.get(sid)
        if client is not None:
            log.warning("flood: socket closed", user_id=client.user_id)
            await self._sockets.close([client], "overloaded", retry_after=FLOOD_RETRY)

    async def refresh(self, client: Client, token: str) -> int:
        """Take a newer access token of the same session. Returns when it expires (ms). Raises
        ``Unauthenticated`` for a token of another session."""
        identity = await self._auth.authenticate(token)
        if (identity.user_id, identity.session_id) != (client.user_id, client.session_id):
            raise Unauthenticated("this token belongs to another session")
        for each in self._connections.of_user(client.user_id):
            if (each.device, each.session_id) == (client.device, client.session_id):
                each.expires_at = identity.expires_at
                each.warned = False
        return identity.expires_at

    async def close_expired(self) -> None:
        """Warn sockets whose token is about to expire, and close those whose token has expired. It
        runs every second."""
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
            # They are closed together, so that both namespaces of a connection get the reason
            # before the connection is closed.
            self._tasks.start(self._sockets.close(expired, "token_expired"))
