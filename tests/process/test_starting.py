"""What a server says when it starts, and what becomes of one that cannot."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import redis as redis_py
import uvloop
from aiohttp import web

from server import realtime
from server.realtime import create_server
from server.serving import bound
from tests.support.cluster import ready
from tests.support.node import ROOT, SECRET, START_TIMEOUT, Node
from tests.support.services import Redis
from tests.support.world import signup

LOCAL = "127.0.0.1"
Loop = Callable[[], asyncio.AbstractEventLoop]


def closed_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind((LOCAL, 0))
        return int(probe.getsockname()[1])


def warnings(node: Node) -> list[dict[str, Any]]:
    return [line for line in node.log_lines() if line.get("level") == "warning"]


# --- The port ---


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_two_that_bind_a_port_do_not_both_listen(loop: Loop) -> None:
    async def both() -> None:
        first = await bound(LOCAL, 0)
        second = await bound(LOCAL, first.getsockname()[1])
        served = await realtime.serve(application(), sock=first)
        try:
            with pytest.raises(OSError, match="in use"):
                await realtime.serve(application(), sock=second)
        finally:
            await served.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(both())


def application() -> web.Application:
    app = web.Application()
    create_server().attach(app)
    return app


def test_of_two_that_start_at_once_the_second_ends_with_one_line(tmp_path: Path) -> None:
    port = str(closed_port())
    begun = [Node(tmp_path / name).begin(PORT=port) for name in ("one", "two")]
    try:
        ended = None
        while ended is None:
            ended = next((each for each in begun if each.poll() is not None), None)
        _, said = ended.communicate(timeout=START_TIMEOUT)
        assert ended.returncode == 2
        lines = [line for line in said.splitlines() if not line.startswith("{")]
        assert len(lines) == 1, said
        assert lines[0].startswith(f"HOST, PORT: cannot listen on {LOCAL}:{port}")
        assert '"serving"' not in said
        assert len([each for each in begun if each.poll() is None]) == 1
    finally:
        for each in begun:
            each.kill()
            each.communicate()


# --- Redis ---


async def test_without_redis_a_node_says_so_and_serves_on(tmp_path: Path) -> None:
    url = f"redis://:hunter2@{LOCAL}:{closed_port()}"
    node = Node(tmp_path, REDIS_URL=url, SECRET_KEY=SECRET).start()
    try:
        await check_alone(node, "Connection refused")
    finally:
        node.stop()


async def test_a_wrong_password_of_redis_is_told(tmp_path: Path, redis: Redis) -> None:
    url = redis.url.replace("redis://", "redis://nobody:hunter2@")
    node = Node(tmp_path, REDIS_URL=url, SECRET_KEY=SECRET).start()
    try:
        await check_alone(node, "password")
    finally:
        node.stop()


async def test_a_password_of_redis_that_is_missing_is_told(tmp_path: Path) -> None:
    with Redis() as own, redis_py.Redis.from_url(own.url) as client:
        client.config_set("requirepass", "hunter2")
        node = Node(tmp_path, REDIS_URL=own.url, SECRET_KEY=SECRET).start()
        try:
            await check_alone(node, "a password is needed")
        finally:
            node.stop()
            client.config_set("requirepass", "")


async def check_alone(node: Node, why: str) -> None:
    told = [line for line in warnings(node) if "REDIS_URL" in line["event"]]
    assert len(told) == 1 and why.lower() in told[0]["error"].lower(), told
    assert "hunter2" not in node.log_text() and "Traceback" not in node.log_text()
    assert ready(node)[1]["tools"] == {"database": "ok", "redis": "down"}
    ann, bob = await signup(node, "ann"), await signup(node, "bob")
    try:
        await ann.connect()
        await bob.connect()
        room = await ann.group(bob)
        await ann.send(room["id"], "hello")
        await bob.hear("message_created", room_id=room["id"])
    finally:
        await ann.close()
        await bob.close()


# --- Settings ---


def test_settings_that_are_nearly_ours_are_named_with_the_right_one(tmp_path: Path) -> None:
    wrong = {"CORS_ORIGIN": "*", "PUBLICURL": "https://hunter2.example", "RATE_LIMIT": "off"}
    node = Node(tmp_path, **wrong).start()
    try:
        said = [line["event"] for line in warnings(node)]
        for name, meant in {
            "CORS_ORIGIN": "CORS_ORIGINS",
            "PUBLICURL": "PUBLIC_URL",
            "RATE_LIMIT": "RATE_LIMITS",
        }.items():
            assert [line for line in said if line.startswith(f"{name} ") and meant in line], said
        assert "hunter2" not in node.log_text()
    finally:
        node.stop()


def test_what_is_missing_may_be_there_under_another_name(tmp_path: Path) -> None:
    given = {"REDIS_URL": f"redis://{LOCAL}:1", "SECRETKEY": SECRET}
    done = Node(tmp_path).run(**given)
    assert done.returncode == 2
    first, second = done.stderr.splitlines()
    assert first.startswith("SECRET_KEY must be set")
    assert second.startswith("SECRETKEY ") and "SECRET_KEY" in second
    assert SECRET not in done.stderr


async def test_forwarded_addresses_without_trusted_proxies_are_told_once(tmp_path: Path) -> None:
    node = Node(tmp_path).start()
    try:
        async with aiohttp.ClientSession() as http:
            for _ in range(3):
                headers = {"X-Forwarded-For": "203.0.113.7"}
                async with http.get(f"{node.api}/config", headers=headers) as answer:
                    assert answer.status == 200
        (line,) = [line for line in warnings(node) if "TRUSTED_PROXIES" in line["event"]]
        assert line["peer"] == LOCAL
    finally:
        node.stop()


# --- A node that cannot be built ---


def test_what_fails_while_the_node_is_built_ends_it_with_a_trace(tmp_path: Path) -> None:
    """An installation without the page that every server has."""
    broken = tmp_path / "broken"
    for name in ("server", "events", "models", "migrations"):
        shutil.copytree(ROOT / name, broken / name, ignore=shutil.ignore_patterns("__pycache__"))
    (broken / "web/plain").mkdir(parents=True)
    node = Node(tmp_path / "data")
    done = subprocess.run(
        [sys.executable, "-m", "server"],
        cwd=broken,
        env=node.environment,
        capture_output=True,
        text=True,
        timeout=2 * START_TIMEOUT,
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr and "index.html" in done.stderr
    assert "DATABASE_URL" not in done.stderr
    # The lock is given back, and the database is whole.
    node.start()
    node.stop()
    assert json.loads(node.log.read_text().splitlines()[-1])["event"] == "stopped"
