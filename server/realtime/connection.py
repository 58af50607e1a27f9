"""An HTTP connection of aiohttp, with deadlines for everything that a client can delay."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from aiohttp import hdrs, web
from aiohttp.http import HttpRequestParser
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler

from server.kernel.errors import ChatError, RateLimited
from server.realtime.entrances import Entrance
from server.realtime.heads import is_coded
from server.realtime.lingering import Lingering
from server.realtime.open_visits import Visits
from server.realtime.pace import LONGEST_WAIT
from server.realtime.received import Received
from server.realtime.transport import Taken, fault_of
from server.realtime.visits import Visit

# Seconds that a connection may stay open without a request.
IDLE_TIMEOUT = 75.0
# If a handler has not read a whole body, the server waits for the rest only if the body is as small
# as this (bytes, seconds). The client can then go on using the connection.
SMALL_REST, REST_TIMEOUT = 64 * 1024, 2.0
# The most requests of a connection that are read before the first one is answered. Only an attacker
# sends more.
MOST_READ = 4

Refuse = Callable[[web.Request, ChatError], web.StreamResponse]
Finish = Callable[[web.Request, web.StreamResponse], None]


class ConnectionSettings:
    """What all connections of a server share. ``refuse`` returns the answer to a request that
    reaches no handler; ``finish`` is called with every answer before its head is written."""

    def __init__(
        self,
        runner: web.AppRunner,
        door: Entrance,
        visits: Visits,
        refuse: Refuse,
        finish: Finish,
    ) -> None:
        assert runner.server is not None
        self.server = runner.server
        self.door = door
        self.visits = visits
        self.finish = finish
        self._refuse = refuse
        self.request = partial(runner.app._make_request, _cls=Asked)

    def refuse(self, request: web.Request, error: ChatError) -> web.StreamResponse:
        self.door.note_refused(request)
        return self._refuse(request, error)


class Asked(web.Request):
    """A request that passes its answer, from whatever handler, to ``Connection.prepare``."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        await super()._prepare_hook(response)
        cast(Connection, self.protocol).prepare(self, response)


class Connection(RequestHandler):
    """One HTTP connection. Bodies are never decompressed: no client needs that, and decompressing
    a large one would block the event loop for everybody."""

    __slots__ = ("_answer", "_body", "_received", "_shared", "visit")

    def __init__(self, shared: ConnectionSettings, visit: Visit) -> None:
        server = shared.server
        options = {"keepalive_timeout": IDLE_TIMEOUT, **server._kwargs, "auto_decompress": False}
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self._shared = shared
        self.visit: Visit | None = visit
        self._body: StreamReader | None = None
        self._received = Received()
        self._read_less_ahead()
        self._answer = server.request_handler
        self._request_handler = self._admit
        self._request_factory = shared.request

    def _read_less_ahead(self) -> None:
        self._parser = HttpRequestParser(
            self,
            self._loop,
            self._read_bufsize,
            max_line_size=self.max_line_size,
            max_field_size=self.max_field_size,
            max_headers=self.max_headers,
            payload_exception=web.RequestPayloadError,
            auto_decompress=False,
            max_msg_queue_size=MOST_READ,
        )
        self._max_msg_queue_size, self._msg_queue_resume_size = MOST_READ, MOST_READ // 2

    # What comes in

    def data_received(self, data: bytes) -> None:
        seen, body = self._request_count, self._body
        was_in_body = body is not None and not body.is_eof()
        super().data_received(data)
        heads = self._request_count - seen
        has_ended = was_in_body and body is not None and body.is_eof()
        # aiohttp calls this method without data when it goes on to read bytes that it held back.
        # Then deadlines change only if a head or a body has ended.
        if self.visit is not None and (data or heads or has_ended):
            self._watch(self.visit, data, heads, was_in_body)

    def _watch(self, visit: Visit, data: bytes, heads: int, was_in_body: bool) -> None:
        """Sets the deadline for what the client has to send next: the rest of a body, or a head.
        There is none if the bytes end with a request, because the server answers first."""
        visits = self._shared.visits
        if heads:
            visits.end_head(visit)
            self._body = self._messages[-1][1] if self._messages else None
            visit.progress = 0
            alone = heads == 1 and not was_in_body
            self._received.add_head(data, self._length_of_last(), alone=alone)
        else:
            self._received.add(data)
        body = self._body
        if body is not None and not body.is_eof():
            visit.progress += len(data)
            if visit not in visits.bodies.waiting:
                visits.bodies.start(visit)
            return
        visits.bodies.stop(visit)
        if not ((heads or was_in_body) and self._received.is_whole()):
            visits.begin_head(visit)

    def _length_of_last(self) -> int:
        """The length of the last request's body in bytes; 0 if the request does not state it."""
        headers = getattr(self._messages[-1][0], "headers", {}) if self._messages else {}
        return int(headers.get(hdrs.CONTENT_LENGTH, 0))

    def body_is_slow(self) -> None:
        body = self._body
        if self._reading_paused or self._buffer_paused:
            # The body comes slowly because this server has stopped reading.
            assert self.visit is not None
            self._shared.visits.bodies.start(self.visit)
        elif body is not None and not body.is_eof():
            body.set_exception(web.RequestPayloadError("the body comes too slowly"))

    async def _admit(self, request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request, web.Request)
        visit, door = self.visit, self._shared.door
        refused: ChatError | None = None
        if visit is not None:
            address = door.address_of(request)
            refused = visit.come(address, door.place_for(request, address))
            if not await self._take_turn(visit, address, is_refused=refused is not None):
                if not visit.proxied:
                    visit.cut()
                    return Taken()
                refused = RateLimited(retry_after=math.ceil(LONGEST_WAIT))
        if self.transport is None:
            # The client has gone while its request waited for its turn.
            return Taken()
        if refused is not None:
            response = self._shared.refuse(request, refused)
            if visit is not None and not visit.proxied:
                response.force_close()
            return response
        fault = fault_of(request)
        return self._shared.refuse(request, fault) if fault else await self._answer(request)

    async def _take_turn(self, visit: Visit, address: str, *, is_refused: bool) -> bool:
        """Wait until the request may be answered. Returns False if it may not.

        The requests of a session take turns only, because the session's meter counts them. So do
        refused requests of a proxy: the proxy must get an answer to each, since it would take a
        node that closes its connections for broken.
        """
        only_turns = visit.is_hosted or (is_refused and visit.proxied)
        pace = self._shared.door.counter.pace
        return await pace.enter(address, waits=not is_refused, only_turns=only_turns)

    # What goes out

    def prepare(self, request: web.Request, response: web.StreamResponse) -> None:
        """Make the last changes to the head of an answer."""
        response.headers.pop(hdrs.SERVER, None)
        self._shared.finish(request, response)
        self._lingering_time = REST_TIMEOUT
        if not request.content.is_eof() and not _is_small(request):
            self._lingering_time = 0
            response.force_close()
        if not response.keep_alive:
            response.headers[hdrs.CONNECTION] = "close"

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        answered, gone = await super().finish_response(request, resp, start_time)
        if self.visit is not None and self.transport is not None and not gone:
            is_sending = not request.content.is_eof()
            if not answered.keep_alive and (answered.status >= 400 or is_sending):
                self._linger(self.visit, self.transport, is_sending=is_sending)
            elif not self._messages:
                self.visit.rest()
        return answered, gone

    def _linger(self, visit: Visit, transport: asyncio.Transport, *, is_sending: bool) -> None:
        """Keep the connection open until the client has read the answer. If bytes came to a closed
        connection, the client's system would drop the answer."""
        if transport.is_closing():
            return
        self.visit = self.transport = None
        self.connection_lost(None)
        transport.set_protocol(Lingering(visit, transport, is_sending))
        self._shared.visits.bodies.stop(visit)
        self._shared.visits.lingering.start(visit)
        transport.resume_reading()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.visit is not None:
            self._shared.visits.begin_write(self.visit)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.visit is not None:
            self._shared.visits.writes.stop(self.visit)

    # The end

    async def start(self) -> None:
        try:
            await super().start()
        finally:
            self._watch_last_bytes()

    def force_close(self) -> None:
        super().force_close()
        self._watch_last_bytes()

    def _watch_last_bytes(self) -> None:
        """Set a deadline for the last bytes: a closing transport waits for the client to read
        them."""
        if self.visit is not None:
            self._shared.visits.begin_write(self.visit)

    def connection_lost(self, exc: BaseException | None) -> None:
        visit, self.visit = self.visit, None
        if visit is not None:
            visit.end()
        super().connection_lost(exc)
        self._body = None


def _is_small(request: web.Request) -> bool:
    """Whether the body is so small that its rest may be waited for."""
    length: Any = request.content_length
    return (
        length is not None
        and length <= SMALL_REST
        and hdrs.EXPECT not in request.headers
        and not is_coded(request.headers)
    )
