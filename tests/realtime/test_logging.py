"""The logs hold no line that a client wrote, and none that nobody needs."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from server.realtime import create_server
from server.realtime import serve as run
from tests.support.engine import Serve, Served, soon, until

FROM_CLIENTS = "made-up-by-the-client"


async def test_what_clients_send_is_not_logged(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    served = await serve(cors_allowed_origins=("https://chat.example",))
    headers = {"User-Agent": FROM_CLIENTS, "Origin": f"https://{FROM_CLIENTS}.example"}
    with capture_logs() as logs, caplog.at_level(logging.DEBUG):
        for url in (
            served.path("polling"),
            served.path(FROM_CLIENTS),
            served.path("polling", FROM_CLIENTS),
            served.path("polling", EIO=FROM_CLIENTS),
        ):
            for sent in (headers, {"User-Agent": FROM_CLIENTS}):
                async with served.http.get(url, headers=sent) as response:
                    assert FROM_CLIENTS not in await response.text()
        ann = await served.client(auth={"token": FROM_CLIENTS})
        await ann.emit(FROM_CLIENTS, FROM_CLIENTS)
        await ann.connect(f"/{FROM_CLIENTS}")
        await ann.send(f"7{FROM_CLIENTS}")
        await ann.closed()
        await served.sio.drop_all()
        await served.is_empty()
    ours = [record for record in caplog.records if record.name.startswith(("engineio", "socketio"))]
    assert not ours
    for text in (FROM_CLIENTS, ann.opening["sid"], ann.sid):
        assert text not in caplog.text + str(logs)
    assert [line["event"] for line in logs] == ["bad packet, connection closed"]


async def test_the_libraries_get_no_handlers(serve: Serve) -> None:
    loggers = [logging.getLogger(name) for name in ("engineio.server", "socketio.server")]
    for logger in loggers:
        # A stock server in this process may have left some.
        logger.handlers.clear()
    await serve()
    assert not any(logger.handlers for logger in loggers)


async def test_an_error_of_our_own_is_one_line_and_ends_the_connection(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    ann = await served.client()

    def broken(*_: Any) -> bool:
        raise RuntimeError("a mistake in the engine")

    served.sio.eio.take_message = broken
    with capture_logs() as logs:
        await ann.emit("hello")
        await ann.closed()
        await until(lambda: not served.sio.eio.sockets)
    assert [line["event"] for line in logs] == ["websocket failed"]
    assert "Traceback" not in caplog.text


async def test_a_request_that_cannot_be_read_is_one_line_without_its_bytes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = web.Application()
    create_server().attach(app)
    served = await run(app, access_log=None)
    with caplog.at_level(logging.INFO, "server.realtime.http"):
        for sent in (b"secret\x00\xff\r\n\r\n", b"GET / HTTP/1.1\r\nsecret\x01: x\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(sent)
            assert b" 400 " in await soon(reader.readline())
            writer.close()
    assert {record.getMessage() for record in caplog.records} == {"bad HTTP request"}
    assert "secret" not in caplog.text and "Traceback" not in caplog.text
    await served.close()
