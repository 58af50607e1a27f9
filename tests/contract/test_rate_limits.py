"""How much one may do: each limit at nodes where it is on, lowered where its default takes long.

A rate such as ``30/h`` gives the burst of 30 and next to nothing after it, so that the tests can
count exactly, however slow the machine is.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import aiohttp
import pytest
import socketio

from server.config import Limits
from server.realtime import RateLimits
from tests.support.client import PASSWORD, Http, Refused, Socket, User, new_id, outcome, unique
from tests.support.memory_clients import frame
from tests.support.node import KINDS, Node, clustered
from tests.support.raw_sockets import Raw, closed, handshake, raw_socket, raw_user
from tests.support.services import Postgres, Redis

STRICT = {
    "RATE_LIMITS": "on",
    # So that a test may come from any address.
    "TRUSTED_PROXIES": "127.0.0.1",
    "LIMIT_SEND_MESSAGE": "30/h",
    "LIMIT_TYPING": "5/h",
    "LIMIT_EVENT": "60/h",
    "LIMIT_HTTP": "60/h",
    "LIMIT_SEARCH": "10/h",
    "LIMIT_SIGNIN": "25/h",
    "LIMIT_CONNECTIONS_PER_USER": "3",
}
# The wait for one more, in seconds.
EVERY = {
    "send_message": 120,
    "typing": 720,
    "event": 60,
    "http": 60,
    "signup": 360,
    "signin": 300,
    "search": 360,
}


@pytest.fixture(scope="module", params=KINDS)
def strict(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Node]]:
    folder = tmp_path_factory.mktemp("strict")
    settings, names = STRICT, ["one"]
    if request.param == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        redis: Redis = request.getfixturevalue("redis")
        settings = STRICT | clustered(postgres.create_database("strict"), redis.url)
        names = ["one", "two"]
    nodes = [Node(folder / name, **settings).start() for name in names]
    yield nodes
    for node in nodes:
        node.stop()


@pytest.fixture
async def guests() -> AsyncIterator[Guests]:
    guests = Guests()
    yield guests
    await guests.close()


_addresses = (f"198.51.{n // 250}.{n % 250 + 1}" for n in itertools.count())


def new_address() -> str:
    return next(_addresses)


class Guests:
    """Users who sign up from addresses of their own, and whoever else calls."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()

    def caller(self, node: Node, address: str | None = None) -> Http:
        http = Http(node)
        http.session.headers["X-Forwarded-For"] = address or new_address()
        self._stack.push_async_callback(http.close)
        return http

    async def user(self, node: Node, name: str) -> User:
        session = await signup(self.caller(node), name)
        user = User(node, session)
        self._stack.push_async_callback(user.close)
        return user

    async def close(self) -> None:
        await self._stack.aclose()


async def signup(http: Http, name: str) -> dict[str, Any]:
    username = unique(name)
    body = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
    session: dict[str, Any] = await http("POST", "/auth/signup", body)
    return session


async def outcomes(calls: list[Any]) -> tuple[int, list[Refused]]:
    """How many went through, and the others' refusals, of calls made ten at a time."""
    places = asyncio.Semaphore(10)

    async def run(call: Any) -> Any:
        async with places:
            return await call

    done = await asyncio.gather(*map(run, calls), return_exceptions=True)
    refused = [each for each in done if isinstance(each, BaseException)]
    assert all(isinstance(each, Refused) for each in refused), refused
    return len(done) - len(refused), refused  # type: ignore[return-value]


def check_burst(passed: int, burst: int, nodes: list[Node]) -> None:
    """The burst, and no more. A node that waits too long for Redis decides for itself, which on a
    machine that is very busy may let a few more in."""
    assert burst <= passed <= burst + 5 * (len(nodes) - 1)


def check_rate_limited(refused: list[Refused], what: str) -> None:
    """Each says so, and when to come back."""
    for each in refused:
        assert each.code == "rate_limited"
        assert isinstance(each.error["retry_after"], int)
        assert 1 <= each.error["retry_after"] <= EVERY[what]


def test_the_defaults_are_the_contracts() -> None:
    limits = Limits()
    rates = {
        "signup": (10 / 3600, 10),
        "signin_failures": (1 / 300, 5),
        "signin": (100 / 3600, 100),
        "send_message": (10, 30),
        "typing": (2, 5),
        "event": (20, 60),
        "http": (20, 60),
        "user": (40, 400),
        "uploads": (20 / 60, 20),
        "search": (5, 10),
    }
    for name, (per_second, burst) in rates.items():
        rate = getattr(limits, name)
        assert (rate.per_second, rate.burst) == (pytest.approx(per_second), burst), name
    flood = RateLimits()
    assert (flood.flood_factor, flood.flood_seconds) == (5, 10)
    assert limits.connections_per_address == 50
    assert limits.connections_per_user == 20
    assert limits.connections_per_node == 10_000
    assert limits.connections_per_second == 200
    assert limits.handler_timeout == 10
    assert limits.stored_bytes_per_user == 2**30
    assert limits.max_event_bytes == 128 * 1024


# --- Events ---


async def test_send_message_is_limited_for_each_user(strict: list[Node], guests: Guests) -> None:
    """Over all sockets, on all nodes."""
    ann, bob = [await guests.user(strict[0], name) for name in ("ann", "bob")]
    for node in (strict[0], strict[-1]):
        await ann.connect(node)
    room = await ann.group(bob)

    def send(socket: Socket) -> Any:
        return socket.call("send_message", room_id=room["id"], client_id=new_id(), text="x")

    sent, refused = await outcomes([send(ann.sockets[n % 2]) for n in range(40)])
    check_burst(sent, 30, strict)
    check_rate_limited(refused, "send_message")
    seen = await ann.call("get_room", room_id=room["id"])
    assert seen["room"]["last_seq"] == sent + 1
    await send(await bob.connect(strict[-1]))


async def test_searches_are_limited_for_each_user(strict: list[Node], guests: Guests) -> None:
    ann, bob = [await guests.user(strict[0], name) for name in ("ann", "bob")]
    calls = [ann.http("GET", "/search/messages?q=x") for _ in range(15)]
    found, refused = await outcomes(calls)
    check_burst(found, 10, strict)
    check_rate_limited(refused, "search")
    await bob.http("GET", "/search/messages?q=x")


async def test_typing_is_limited_for_each_socket(strict: list[Node], guests: Guests) -> None:
    ann = await guests.user(strict[0], "ann")
    one, other = await ann.connect(), await ann.connect()
    room = await ann.group()

    def typing(socket: Socket) -> list[Any]:
        return [socket.call("typing", room_id=room["id"], typing=n % 2 == 0) for n in range(8)]

    for socket in (one, other):
        typed, refused = await outcomes(typing(socket))
        assert (typed, len(refused)) == (5, 3)
        check_rate_limited(refused, "typing")


async def test_other_events_are_limited_for_each_socket(strict: list[Node], guests: Guests) -> None:
    """All kinds together, those too that do not exist or cannot be read."""
    ann = await guests.user(strict[0], "ann")
    room = await ann.group()
    here = {"room_id": room["id"]}
    async with raw_user(ann) as socket, raw_user(ann) as other:
        for _ in range(15):
            assert (await socket.call("get_room", here))["ok"]
            assert (await socket.call("sync", {"rooms": {}}))["ok"]
            assert (await socket.call("unknown"))["error"]["code"] == "not_found"
            await socket.send("42/rooms,7{}")
            assert (await socket.ack())[1]["error"]["code"] == "validation_failed"
        for event, payload in (("get_room", here), ("sync", {}), ("unknown", {}), ("", [])):
            error = (await socket.call(event, payload))["error"]
            assert error["code"] == "rate_limited" and 1 <= error["retry_after"] <= 60
        # These have limits of their own.
        assert (await socket.call("typing", {**here, "typing": True}))["ok"]
        text = {**here, "client_id": new_id(), "text": "x"}
        assert (await socket.call("send_message", text))["ok"]
        assert (await other.call("get_room", here))["ok"]


# --- A user, on all sockets and over HTTP ---


@pytest.fixture(scope="module")
def thrifty(
    strict: list[Node],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[Node]]:
    """Where a user may spend a hundred, and next to nothing after it."""
    folder = tmp_path_factory.mktemp("thrifty")
    settings = STRICT | {"LIMIT_USER": "100/h"}
    if len(strict) == 2:
        postgres: Postgres = request.getfixturevalue("postgres")
        redis: Redis = request.getfixturevalue("redis")
        settings |= clustered(postgres.create_database("thrifty"), redis.url)
    nodes = [Node(folder / str(n), **settings).start() for n in range(len(strict))]
    yield nodes
    for node in nodes:
        node.stop()


async def test_a_user_has_one_budget_on_all_sockets_and_over_http(
    thrifty: list[Node], guests: Guests
) -> None:
    node = thrifty[0]
    ann, bob = [await guests.user(node, name) for name in ("ann", "bob")]
    room = await ann.group()
    one, other = await ann.connect(), await ann.connect()
    for socket in (one, other):
        for _ in range(30):
            with suppress(Refused):
                await socket.call("get_room", room_id=room["id"])
    done, refused = await outcomes([ann.http("GET", "/users/me") for _ in range(40)])
    # A group, two connects to two namespaces each, and sixty events.
    assert done == 100 - 1 - 4 * 5 - 60
    for each in refused:
        assert each.code == "rate_limited" and 1 <= each.error["retry_after"] <= 40
    with pytest.raises(Refused) as error:
        await ann.call("send_message", room_id=room["id"], client_id=new_id(), text="x")
    assert error.value.code == "rate_limited"
    with pytest.raises(socketio.exceptions.ConnectionError):
        await ann.connect()
    await bob.http("GET", "/users/me")


async def test_what_costs_more_takes_more_of_the_budget(
    thrifty: list[Node], guests: Guests
) -> None:
    """Each call is tried as often as a user can pay for it."""
    long = "東" * 8000
    people = [new_id() for _ in range(500)]
    rooms = {new_id(): 0 for _ in range(1000)}
    calls: dict[int, tuple[str, Any]] = {
        21: ("watch_presence", {"user_ids": people}),
        12: ("edit_message", {"seq": 1, "text": long}),
        11: ("add_members", {"user_ids": people[:50]}),
        1: ("add_members", {"user_ids": people[:1]}),
    }
    for cost, (event, payload) in [*calls.items(), (21, ("sync", {"rooms": rooms}))]:
        ann = await guests.user(thrifty[0], "ann")
        room = await ann.group()
        here = {} if event in ("sync", "watch_presence") else {"room_id": room["id"]}
        async with raw_user(ann) as socket:
            codes: list[str] = []
            while "rate_limited" not in codes and len(codes) < 50:
                ack = await socket.call(event, here | payload)
                codes.append("ok" if ack["ok"] else ack["error"]["code"])
        if cost > 1:
            assert len(codes) - 1 == (100 - 1 - 5) // cost, event
        else:
            assert len(codes) == 50
    ann = await guests.user(thrifty[0], "ann")
    found, _ = await outcomes([ann.http("GET", "/search/messages?q=x") for _ in range(10)])
    assert found == 10
    assert await outcome(ann.http("GET", "/users/me")) == "rate_limited"


async def test_another_node_learns_what_a_user_has_spent(
    thrifty: list[Node], guests: Guests
) -> None:
    if len(thrifty) == 1:
        pytest.skip("there is one node")
    ann = await guests.user(thrifty[0], "ann")
    there = guests.caller(thrifty[1])
    there.token = ann.token
    async with raw_user(ann) as socket:
        for _ in range(4):
            assert (await socket.call("sync", {"rooms": {new_id(): 0 for _ in range(1000)}}))["ok"]
    async with asyncio.timeout(10):
        # Ten of them are left to the user, wherever.
        while await outcome(there("GET", "/users/me")) != "rate_limited":
            await asyncio.sleep(0.1)
    assert await outcome(ann.http("GET", "/users/me")) in ("ok", "rate_limited")


# --- HTTP ---


async def test_http_is_limited_for_each_user(strict: list[Node], guests: Guests) -> None:
    """On all nodes together, wherever the user calls from."""
    ann, bob = [await guests.user(strict[0], name) for name in ("ann", "bob")]
    calls = [guests.caller(strict[n % len(strict)]) for n in range(4)]
    for each in calls:
        each.token = ann.token
    done, refused = await outcomes([calls[n % 4]("GET", "/users/me") for n in range(70)])
    check_burst(done, 60, strict)
    check_rate_limited(refused, "http")
    assert await bob.http("GET", "/users/me")


async def test_a_rate_limited_request_says_when_to_come_back(
    strict: list[Node], guests: Guests
) -> None:
    ann = await guests.user(strict[0], "ann")
    await outcomes([ann.http("GET", "/unread") for _ in range(70)])
    status, headers, body = await ann.http.raw("POST", "/rooms", json={})
    problem = json.loads(body)
    assert status == 429
    assert headers["Content-Type"] == "application/problem+json"
    assert (problem["status"], problem["code"]) == (429, "rate_limited")
    assert headers["Retry-After"] == str(problem["retry_after"])


async def test_open_calls_are_limited_for_each_address(strict: list[Node], guests: Guests) -> None:
    address = new_address()
    calls = [guests.caller(node, address) for node in strict]
    body = {"refresh_token": "x"}
    _, refused = await outcomes(
        [calls[n % len(calls)]("POST", "/auth/refresh", body) for n in range(70)]
    )
    codes = Counter(each.code for each in refused)
    assert codes.keys() == {"unauthenticated", "rate_limited"}
    check_burst(codes["unauthenticated"], 60, strict)
    check_rate_limited([each for each in refused if each.code == "rate_limited"], "http")
    with pytest.raises(Refused) as other:
        await guests.caller(strict[0])("POST", "/auth/refresh", body)
    assert other.value.code == "unauthenticated"


async def test_signup_is_limited_for_each_address(strict: list[Node], guests: Guests) -> None:
    address = new_address()
    calls = [guests.caller(node, address) for node in strict]
    done, refused = await outcomes([signup(calls[n % len(calls)], "ann") for n in range(20)])
    check_burst(done, 10, strict)
    check_rate_limited(refused, "signup")
    assert await signup(guests.caller(strict[0]), "bob")


async def test_signin_is_limited_after_five_failures(strict: list[Node], guests: Guests) -> None:
    ann = await guests.user(strict[0], "ann")
    address = new_address()
    calls = [guests.caller(node, address) for node in strict]

    def signin(http: Http, password: str, login: str = ann.username) -> Any:
        return http("POST", "/auth/signin", {"login": login, "password": password})

    # A success in between: five in a row are meant.
    for n in range(4):
        with pytest.raises(Refused):
            await signin(calls[n % len(calls)], "wrong password")
    await signin(calls[0], PASSWORD)
    _, refused = await outcomes([signin(calls[n % len(calls)], "wrong again") for n in range(15)])
    codes = Counter(each.code for each in refused)
    assert codes.keys() == {"invalid_credentials", "rate_limited"}
    check_burst(codes["invalid_credentials"], 5, strict)
    check_rate_limited([each for each in refused if each.code == "rate_limited"], "signin")
    # Not even the right one, in whatever case the login is written.
    with pytest.raises(Refused) as right:
        await signin(calls[-1], PASSWORD, ann.username.upper())
    assert right.value.code == "rate_limited"
    # Nobody can lock ann out of where she is herself.
    assert await signin(guests.caller(strict[0]), PASSWORD)


async def test_signin_is_limited_for_each_address(strict: list[Node], guests: Guests) -> None:
    ann = await guests.user(strict[0], "ann")
    body = {"login": ann.username, "password": PASSWORD}
    address = new_address()
    calls = [guests.caller(node, address) for node in strict]
    done, refused = await outcomes(
        [calls[n % len(calls)]("POST", "/auth/signin", body) for n in range(35)]
    )
    check_burst(done, 25, strict)
    check_rate_limited(refused, "signin")
    assert await guests.caller(strict[0])("POST", "/auth/signin", body)


# --- Connections ---


async def test_a_user_has_so_many_connections(strict: list[Node], guests: Guests) -> None:
    """On all nodes together; both namespaces of one are one."""
    ann, bob = [await guests.user(strict[0], name) for name in ("ann", "bob")]
    for n in range(3):
        await ann.connect(strict[n % len(strict)])
    for node in strict:
        async with raw_socket(node) as socket:
            for namespace in ("/rooms", "/notifications"):
                refused = await socket.connect(namespace, {"token": ann.token})
                assert refused["data"]["code"] == "rate_limited"
                assert refused["data"]["retry_after"] >= 1
    await bob.connect()
    await ann.sockets.pop().close()
    async with raw_user(ann, "/rooms", "/notifications") as socket:
        assert (await socket.call("sync", {"rooms": {}}))["ok"]


async def test_connections_of_a_user_are_counted_when_they_come_at_once(
    strict: list[Node], guests: Guests
) -> None:
    ann = await guests.user(strict[0], "ann")
    sockets = [Socket(ann.node, ann.token) for _ in range(9)]
    ann.sockets += sockets
    done = await asyncio.gather(
        *(socket.connect(("/rooms",)) for socket in sockets), return_exceptions=True
    )
    refused = [each for each in done if isinstance(each, socketio.exceptions.ConnectionError)]
    assert len(refused) == 6


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """At most three connections an address, seven in all."""
    limits = {"LIMIT_CONNECTIONS_PER_ADDRESS": "3", "LIMIT_CONNECTIONS_PER_NODE": "7"}
    node = Node(tmp_path_factory.mktemp("crowd"), **STRICT, **limits)
    yield node.start()
    node.stop()


async def test_an_address_has_so_many_connections(crowd: Node) -> None:
    """Those that poll, those with a websocket, those in no namespace yet."""
    here = {"X-Forwarded-For": new_address()}
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(raw_socket(crowd, **here)) for _ in range(2)]
        assert (await handshake(crowd, **here))[0] == 200
        for transport in ("polling", "websocket"):
            upgrade = _upgrade() if transport == "websocket" else {}
            status, refusal = await handshake(crowd, transport, **here, **upgrade)
            assert (status, refusal["code"]) == (429, "rate_limited")
            assert refusal["retry_after"] >= 1
        elsewhere = {"X-Forwarded-For": new_address()}
        await stack.enter_async_context(raw_socket(crowd, **elsewhere))
        await sockets[0].send("1")
        await closed(sockets[0])
        await stack.enter_async_context(raw_socket(crowd, **here))


async def test_a_node_has_so_many_connections(crowd: Node) -> None:
    """Whoever is here stays; the rest are told to try again, perhaps elsewhere."""
    async with AsyncExitStack() as stack:
        sockets: list[Raw] = []
        with pytest.raises(aiohttp.WSServerHandshakeError) as full:
            for _ in range(8):
                here = {"X-Forwarded-For": new_address()}
                sockets.append(await stack.enter_async_context(raw_socket(crowd, **here)))
        assert full.value.status == 503
        # A session or two of another test may not have ended yet.
        assert 5 <= len(sockets) <= 7
        status, refusal = await handshake(crowd, **{"X-Forwarded-For": new_address()})
        assert (status, refusal["code"]) == (503, "unavailable")
        assert refusal["retry_after"] >= 1
        for socket in sockets:
            await socket.ws.ping()
            assert not socket.ws.closed


def _upgrade() -> dict[str, str]:
    return {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }


# --- A node in a hurry ---


@pytest.fixture(scope="module")
def rush(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """It trusts no proxy."""
    limits = {
        "RATE_LIMITS": "on",
        "LIMIT_EVENT": "2/s",
        "LIMIT_HTTP": "5/s:50",
        "LIMIT_SIGNIN": "12/h",
        "LIMIT_CONNECTIONS_PER_SECOND": "10",
    }
    node = Node(tmp_path_factory.mktemp("rush"), **limits)
    yield node.start()
    node.stop()


async def test_ten_seconds_of_flood_or_of_nothing_end_a_connection(
    rush: Node, guests: Guests
) -> None:
    """Ann sends ten times as much as she may, bob twice as much; carol is in no namespace."""
    ann, bob = [await guests.user(rush, name) for name in ("ann", "bob")]
    began = time.monotonic()
    async with raw_user(ann) as flooding, raw_user(bob) as hasty, raw_socket(rush) as silent:

        async def send(socket: Raw, pause: float) -> None:
            with suppress(ConnectionError):
                while not flooding.ws.closed:
                    await socket.emit("sync", {"rooms": {}})
                    await asyncio.sleep(pause)

        async def last_words() -> Any:
            """What ann is told before the end."""
            while "closing" not in (word := await flooding.ws.receive()).data:
                assert word.type is aiohttp.WSMsgType.TEXT, word
            await closed(flooding)
            return json.loads(word.data.partition(",")[2])

        sending = [asyncio.create_task(send(s, p)) for s, p in ((flooding, 0.05), (hasty, 0.25))]
        async with asyncio.timeout(60):
            words, _ = await asyncio.gather(last_words(), closed(silent, within=30))
        await asyncio.gather(*sending)
        assert words == ["closing", {"code": "overloaded", "retry_after": 60}]
        # Seconds are counted whole, and the first may have been half over.
        assert time.monotonic() - began > RateLimits().flood_seconds - 1
        async with asyncio.timeout(30):
            # Bob is refused at times, and stays.
            await hasty.emit("sync", {"rooms": {}}, id=1)
            assert (await hasty.ack())[0] == 1
    # Nobody is kept out for it.
    async with raw_user(ann) as again:
        assert (await again.call("sync", {"rooms": {}}))["ok"]


async def test_a_flood_of_frames_ends_a_connection_at_once(
    strict: list[Node], guests: Guests
) -> None:
    """Of what is no event: by one who is signed in, and by one who is not."""
    ann, bob = [await guests.user(strict[0], name) for name in ("ann", "bob")]
    flood = frame("6") * 5000
    async with raw_user(ann) as known, raw_socket(strict[0]) as stranger, raw_user(bob) as other:
        for socket in (known, stranger):
            socket.transport.write(flood)
        word = ""
        while "closing" not in word:
            word = await known.receive()
        assert json.loads(word.partition(",")[2]) == [
            "closing",
            {"code": "overloaded", "retry_after": 60},
        ]
        assert await closed(known) == await closed(stranger) == 1008
        assert (await other.call("sync", {"rooms": {}}))["ok"]


async def test_who_comes_back_when_told_is_served(rush: Node, guests: Guests) -> None:
    ann = await guests.user(rush, "ann")
    for _ in range(200):
        status, headers, _ = await ann.http.raw("GET", "/unread")
        if status == 429:
            break
    assert status == 429
    # The time that the server asked for is over then, and not before.
    await asyncio.sleep(int(headers["Retry-After"]))
    assert (await ann.http.raw("GET", "/unread"))[0] == 200


def signin_nobody(http: Http) -> Any:
    return http("POST", "/auth/signin", {"login": unique("nobody"), "password": PASSWORD})


async def test_a_forwarded_address_of_who_calls_directly_counts_for_nothing(
    rush: Node, guests: Guests
) -> None:
    _, refused = await outcomes([signin_nobody(guests.caller(rush)) for _ in range(15)])
    assert {each.code for each in refused} == {"invalid_credentials", "rate_limited"}


async def test_behind_a_trusted_proxy_the_address_that_it_saw_counts(
    strict: list[Node], guests: Guests
) -> None:
    """The last one; before it stands whatever the client had written itself."""
    behind = new_address()
    chains = [f"{new_address()}, {behind}" for _ in range(35)]
    _, refused = await outcomes([signin_nobody(guests.caller(strict[0], it)) for it in chains])
    assert {each.code for each in refused} == {"invalid_credentials", "rate_limited"}
    with pytest.raises(Refused) as elsewhere:
        await signin_nobody(guests.caller(strict[0], f"{behind}, {new_address()}"))
    assert elsewhere.value.code == "invalid_credentials"


async def test_new_connections_come_only_so_fast(rush: Node) -> None:
    began = time.monotonic()
    answers = await asyncio.gather(*(handshake(rush) for _ in range(45)))
    let_in = sum(status == 200 for status, _ in answers)
    refused = [body for status, body in answers if status != 200]
    # Ten at once, and ten more for each second that it took.
    assert 1 <= let_in <= 10 + 10 * (time.monotonic() - began) + 1
    for body in refused:
        assert (body["code"], body["retry_after"]) == ("unavailable", 1)
    assert refused


async def test_rate_limits_off_lifts_them_all(
    shared_nodes: Callable[[str], list[Node]], guests: Guests
) -> None:
    (node,) = shared_nodes("sqlite")
    ann = await guests.user(node, "ann")
    room = await ann.group()
    here = {"room_id": room["id"]}
    async with AsyncExitStack() as stack:
        for _ in range(21):
            socket = await stack.enter_async_context(raw_user(ann))
        for _ in range(35):
            await stack.enter_async_context(raw_socket(node))
        for _ in range(35):
            text = {**here, "client_id": new_id(), "text": "x"}
            assert (await socket.call("send_message", text))["ok"]
        for _ in range(10):
            assert (await socket.call("typing", {**here, "typing": True}))["ok"]
        for _ in range(70):
            assert (await socket.call("get_room", here))["ok"]
    done, _ = await outcomes([ann.http("GET", "/unread") for _ in range(70)])
    assert done == 70
    here_too = guests.caller(node)
    done, _ = await outcomes([signup(here_too, "bob") for _ in range(11)])
    assert done == 11
