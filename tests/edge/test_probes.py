"""What operators see of a node: its probes, its metrics and its log."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import aiohttp
import pytest

from tests.support.client import PATIENCE, Http, Refused, User, new_id, unique
from tests.support.metrics import METRICS_TOKEN, Metrics
from tests.support.node import ROOT, Node
from tests.support.raw_sockets import closed, raw_socket, raw_user
from tests.support.world import signup


@pytest.fixture(scope="module")
def probed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node of these tests' own: nobody else moves its numbers, and it logs all that it can."""
    node = Node(
        tmp_path_factory.mktemp("probed"),
        LOG_LEVEL="debug",
        RATE_LIMITS="on",
        METRICS_TOKEN=METRICS_TOKEN,
    )
    yield node.start()
    node.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def ann(probed: Node) -> AsyncIterator[User]:
    ann = await signup(probed, "ann")
    yield ann
    await ann.close()


# --- Probes ---


async def test_healthz_says_that_the_process_lives(node: Node, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{node.url}/healthz") as answer:
        assert answer.status == 200
        assert await answer.json() == {"status": "ok"}


async def test_readyz_says_for_each_tool_whether_it_answers(
    kind: str, nodes: list[Node], http: aiohttp.ClientSession
) -> None:
    tools = {"database": "ok"} | ({"redis": "ok"} if kind == "postgres" else {})
    for node in nodes:
        async with http.get(f"{node.url}/readyz") as answer:
            assert answer.status == 200
            assert await answer.json() == {"status": "ready", "tools": tools}


async def test_probes_need_no_token_and_have_no_limit(
    probed: Node, http: aiohttp.ClientSession
) -> None:
    for path in ("/healthz", "/readyz", "/"):
        for _ in range(70):
            async with http.head(probed.url + path) as answer:
                assert answer.status == 200


# --- Metrics ---


async def test_metrics_count_connections(
    probed: Node, http: aiohttp.ClientSession, ann: User
) -> None:
    metrics = Metrics(probed, http)
    await metrics.until(chat_connections=0)
    async with raw_socket(probed):
        await metrics.until(chat_connections=1, chat_sockets=0, chat_users_connected=0)
        async with raw_user(ann, "/rooms", "/notifications"), raw_user(ann):
            await metrics.until(chat_connections=3, chat_sockets=3, chat_users_connected=1)
    await metrics.until(chat_connections=0, chat_sockets=0, chat_users_connected=0)


async def test_metrics_count_sends_events_acks_and_errors(
    probed: Node, http: aiohttp.ClientSession, ann: User
) -> None:
    metrics = Metrics(probed, http)
    room = await ann.group()
    text = {"room_id": room["id"], "client_id": new_id(), "text": "x"}
    async with raw_user(ann) as socket:
        before = await metrics.read()
        assert (await socket.call("send_message", text))["ok"]
        # The same again is no second send, though it is answered.
        assert (await socket.call("send_message", text))["duplicate"]
        # Without an ack callback there is no ack.
        await socket.emit("send_message", {**text, "client_id": new_id()})
        assert not (await socket.call("get_room", {}))["ok"]
        over_http = {"client_id": new_id(), "text": "x"}
        await ann.http("POST", f"/rooms/{room['id']}/messages", over_http)
        after = await metrics.read()
    moved = {name: after[f"chat_{name}_total"] - before[f"chat_{name}_total"] for name in COUNTERS}
    assert moved == {"sends": 3, "events": 4, "acks": 3, "errors": 1}


COUNTERS = ("sends", "events", "acks", "errors")


async def test_metrics_of_the_engine(probed: Node, http: aiohttp.ClientSession, ann: User) -> None:
    metrics = Metrics(probed, http)
    await ann.group()
    before = await metrics.read()
    async with raw_user(ann) as socket, raw_user(ann) as other:
        here = {"name": "x", "kind": "group"}
        assert (await socket.call("create_room", here))["ok"]
        assert (await other.event())[0] == "room_joined"
        during = await metrics.read()
    assert during["chat_socket_rooms"] == 2
    moved = {
        name: during[f"chat_{name}_total"] - before[f"chat_{name}_total"]
        for name in ("events_in", "events_out", "deliveries", "writes", "handler_seconds")
    }
    assert moved["events_in"] == 1 and moved["deliveries"] >= 2 * moved["events_out"] > 0
    assert moved["writes"] > 0 and 0 < moved["handler_seconds"] < PATIENCE
    assert during["chat_backlog_bytes"] == 0 and 0 <= during["chat_loop_lag_seconds"] < PATIENCE


async def test_every_metric_is_explained(probed: Node, http: aiohttp.ClientSession) -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    listed = set(re.findall(r"^\| `(chat_\w+)` \|", text, re.MULTILINE))
    shown = {name for name in await Metrics(probed, http).read() if name.startswith("chat_")}
    assert listed == shown


async def test_metrics_tell_of_the_process(probed: Node, http: aiohttp.ClientSession) -> None:
    seen = await Metrics(probed, http).read()
    assert seen["process_resident_memory_bytes"] > 10_000_000
    assert seen["process_cpu_seconds_total"] > 0


# --- The log ---


async def test_the_log_holds_no_token_no_password_and_no_text(probed: Node) -> None:
    """Whatever goes well or wrong, at the level that tells most."""
    password, text, wrong = (secrets.token_hex(16) for _ in range(3))
    username = unique("ann")
    email = f"{username}@example.com"
    guest = Http(probed)
    session = await guest(
        "POST",
        "/auth/signup",
        {"email": email, "username": username, "password": password, "display_name": text},
    )
    ann = User(probed, session)
    tokens = [session["access_token"], session["refresh_token"]]
    renewed = await guest("POST", "/auth/refresh", {"refresh_token": tokens[1]})
    tokens += [renewed["access_token"], renewed["refresh_token"]]
    room = await ann.group(name=text)
    send = {"room_id": room["id"], "client_id": new_id(), "text": text}
    for body in ({"login": email, "password": wrong}, {"login": wrong}, {"password": {wrong: 1}}):
        with pytest.raises(Refused):
            await guest("POST", "/auth/signin", body)
    async with raw_user(ann, "/rooms", "/notifications") as socket:
        assert (await socket.call("send_message", send))["ok"]
        assert not (await socket.call("send_message", {**send, text: text}))["ok"]
        assert not (await socket.call("send_message", {**send, "seq": {text: [text]}}))["ok"]
        assert not (await socket.call(text, text))["ok"]
        assert not (await socket.call("refresh_auth", {"token": tokens[1]}))["ok"]
        await socket.send(f'42/rooms,1["send_message",{{"text":"{text}"')
        assert not (await socket.ack())[1]["ok"]
        # No packet, which is a line of the log.
        await socket.send(f'451-["{text}",{{"_placeholder":true}}]')
        await closed(socket)
    async with raw_socket(probed) as socket:
        assert "data" in await socket.connect("/rooms", {"token": f"{tokens[0]}{wrong}"})
    await ann.http.raw("GET", f"/users?q={text}&cursor={wrong}")
    await ann.http.raw("POST", f"/rooms?{text}={text}", data=f'{{"name": "{text}')
    await ann.http("POST", "/auth/signout")
    await guest.raw("POST", "/auth/refresh", json={"refresh_token": renewed["refresh_token"]})
    await ann.close()
    await guest.close()

    log = probed.log_text()
    for secret in (password, text, wrong, email, *tokens):
        assert secret not in log
    # Nor in parts: a token's last part is its signature.
    assert not any(part in log for token in tokens for part in token.split(".") if len(part) > 20)
    assert "bad packet" in log


async def test_the_log_has_one_json_object_a_line(probed: Node) -> None:
    lines = probed.log_lines()
    assert lines
    for line in lines:
        assert {"timestamp", "level", "logger", "event"} <= set(line), line
        assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None
        assert line["level"] in ("debug", "info", "warning", "error", "critical")
    assert probed.errors() == []


async def test_a_line_of_a_request_has_its_id(probed: Node) -> None:
    """A refresh token that was stolen is such a line."""
    ann = await signup(probed, "ann")
    guest = Http(probed)
    stolen = {"refresh_token": ann.session["refresh_token"]}
    successor = await guest("POST", "/auth/refresh", stolen)
    await guest("POST", "/auth/refresh", {"refresh_token": successor["refresh_token"]})
    status, headers, body = await guest.raw("POST", "/auth/refresh", json=stolen)
    assert (status, json.loads(body)["code"]) == (401, "unauthenticated")
    lines = [line for line in probed.log_lines() if "refresh token reused" in line["event"]]
    assert lines[-1]["request_id"] == headers["X-Request-Id"]
    await ann.close()
    await guest.close()
