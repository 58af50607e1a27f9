"""The polling transport, request by request."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.engine import RawPoller, Serve, Served, soon, until


async def write(served: Served, *parts: bytes) -> bytes:
    """One HTTP request in as many segments as there are parts; gives the answer's status line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.02)
    status = await soon(reader.readline())
    writer.close()
    return status


def head(poller: RawPoller, *headers: str) -> bytes:
    path = poller.path.removeprefix(poller.served.url)
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def test_a_conversation(served: Served) -> None:
    ann = await served.poller()
    assert await ann.post("40/rooms,") == 200
    assert (await ann.packets(1))[0].startswith('40/rooms,{"sid":')
    assert await ann.post('42/rooms,1["a"]', '42/rooms,2["b"]') == 200
    first, second = await ann.packets(2)
    assert first.startswith("43/rooms,1[") and second.startswith("43/rooms,2[")
    assert await ann.post("1") == 200
    assert (await soon(served.rooms.left.get()))[1] == "client disconnect"
    await served.is_empty()
    assert (await ann.get())[0] == 400


async def test_a_body_in_several_segments_is_read_completely(served: Served) -> None:
    ann = await served.poller()
    await ann.connect()
    body = b"\x1e".join(b'42/rooms,%d["a","%s"]' % (i, b"x" * 50_000) for i in range(3))
    parts = [body[:10], body[10:60_000], body[60_000:]]
    status = await write(served, head(ann, f"Content-Length: {len(body)}"), *parts)
    assert b" 200 " in status
    acks = await ann.packets(3)
    assert [ack[:10] for ack in acks] == [f"43/rooms,{i}" for i in range(3)]


async def test_a_chunked_body(served: Served) -> None:
    ann = await served.poller()
    await ann.connect()
    chunks = [b"6\r\n42/roo\r\n", b'8\r\nms,1["a"\r\n', b"1\r\n]\r\n0\r\n\r\n"]
    status = await write(served, head(ann, "Transfer-Encoding: chunked"), *chunks)
    assert b" 200 " in status
    assert (await ann.packets(1))[0].startswith("43/rooms,1")


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_the_limit_ends_the_session(serve: Serve, chunked: bool) -> None:
    served = await serve(max_http_buffer_size=1000)
    ann = await served.poller()
    packets = [b'42/rooms,["a"]' + b" " * 980] * 9
    if chunked:
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in packets)
        status = await write(served, head(ann, "Transfer-Encoding: chunked"), body)
    else:
        length = sum(map(len, packets))
        status = await write(served, head(ann, f"Content-Length: {length}"), packets[0])
    assert b" 413 " in status
    await served.is_empty()


async def test_a_body_may_hold_several_large_events(serve: Serve) -> None:
    served = await serve(max_http_buffer_size=1000)
    ann = await served.poller()
    await ann.connect()
    event = '["a","' + "x" * 900 + '"]'
    large = '["a","' + "x" * 1900 + '"]'
    assert await ann.post(*(f"42/rooms,{i}{event}" for i in range(6)), "42/rooms,9" + large) == 200
    acks = await ann.packets(7)
    assert "payload_too_large" in acks.pop()
    assert all('"ok":true' in ack for ack in acks)
    assert await ann.post("42/rooms,9" + large * 2) == 400
    await served.is_empty()


async def test_a_body_that_does_not_come_in_time_ends_the_session(served: Served) -> None:
    served.sio.eio.body_timeout = 0.05
    ann = await served.poller()
    status = await write(served, head(ann, "Content-Length: 100"), b"42")
    assert b" 400 " in status
    await served.is_empty()


async def test_a_body_whose_sender_goes_away_ends_the_session(served: Served) -> None:
    ann = await served.poller()
    _, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(head(ann, "Content-Length: 100") + b"42")
    await writer.drain()
    await until(lambda: served.sio.eio.sockets[ann.sid].polling._posting)
    writer.close()
    await served.is_empty()


@pytest.mark.parametrize("body", [b"", b"abc", b"7", b"bAQID", b"\xff\xfe", b"4x", b"5", b"3\x1e"])
async def test_a_bad_packet_ends_the_session(served: Served, body: bytes) -> None:
    ann = await served.poller()
    async with served.http.post(ann.path, data=body) as response:
        assert response.status == 400
    assert (await ann.get())[0] == 400
    assert served.sio.stats.bad_packets == 1
    await served.is_empty()


async def test_a_burst(served: Served) -> None:
    ann = await served.poller()
    await ann.connect()
    assert await ann.post(*(f'42/rooms,{i}["a"]' for i in range(256))) == 200
    acks: list[str] = []
    while len(acks) < 256:
        _, packets = await ann.get()
        # No more than clients in Python take.
        assert len(packets) <= 16
        acks += packets
    assert [int(ack[9:].partition("[")[0]) for ack in acks] == list(range(256))
    assert await ann.post(*(["3"] * 257)) == 400
    await served.is_empty()


async def test_a_second_get_ends_the_session(served: Served) -> None:
    ann = await served.poller()
    waiting = asyncio.create_task(ann.get())
    await until(lambda: served.sio.eio.sockets[ann.sid].polling._waiting)
    assert (await ann.get())[0] == 400
    assert await soon(waiting) == (200, ["1"])
    assert (await ann.get())[0] == 400
    await served.is_empty()


async def test_a_second_post_ends_the_session(served: Served) -> None:
    ann = await served.poller()
    _, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(head(ann, "Content-Length: 100") + b"42")
    await writer.drain()
    await until(lambda: served.sio.eio.sockets[ann.sid].polling._posting)
    assert await ann.post("3") == 400
    await until(lambda: not served.sio.eio.sockets)
    writer.close()
    await served.is_empty()


async def test_a_get_whose_client_went_away_does_not_swallow_packets(served: Served) -> None:
    ann = await served.poller()
    await ann.connect()
    waiting = asyncio.create_task(ann.get())
    await until(lambda: served.sio.eio.sockets[ann.sid].polling._waiting)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0.01)
    await served.rooms.emit("news")
    await served.is_empty()
    assert (await ann.get())[0] == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
async def test_a_session_begins_with_a_get(served: Served, method: str) -> None:
    async with served.http.request(method, served.path("polling")) as response:
        assert response.status == 400
        assert (await response.json())["code"] == "validation_failed"
    ann = await served.poller()
    if method != "POST":
        async with served.http.request(method, ann.path) as response:
            assert response.status == 400


@pytest.mark.parametrize(
    "query",
    [
        "transport=polling",
        "EIO=3&transport=polling",
        "EIO=abc&transport=polling",
        "EIO=4",
        "EIO=4&transport=flash",
        "EIO=4&transport=polling&j=0",
        "EIO=4&transport=websocket",
        "EIO=4&transport=polling&sid=x",
    ],
)
async def test_what_is_no_engine_io_request(served: Served, query: str) -> None:
    async with served.http.get(f"{served.url}/socket.io/?{query}") as response:
        assert response.status == 400
    await served.is_empty()


async def test_no_jsonp_within_a_session(served: Served) -> None:
    ann = await served.poller()
    async with served.http.get(ann.path + "&j=0") as response:
        assert response.status == 400


async def test_the_path_without_a_slash(served: Served) -> None:
    path = served.path("polling").replace("/socket.io/", "/socket.io")
    async with served.http.get(path) as response:
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-store"


async def test_large_answers_are_compressed(served: Served) -> None:
    ann = await served.poller()
    await ann.connect()
    await served.rooms.emit("large", "x" * 5000)
    async with served.http.get(ann.path) as response:
        assert response.headers["Content-Encoding"] in ("gzip", "deflate")
        assert await response.text() == '42/rooms,["large","' + "x" * 5000 + '"]'


async def test_the_queue_of_one_who_does_not_poll_is_bounded(served: Served) -> None:
    ann = await served.poller()
    await ann.connect()
    for number in range(1025):
        await served.rooms.emit("news", number)
    assert served.sio.stats.closed_slow == 1
    assert (await ann.get())[0] == 400
    await served.is_empty()


async def test_pings_are_answered_by_post(serve: Serve) -> None:
    served = await serve(ping_interval=0.05, ping_timeout=5.0)
    ann = await served.poller()
    await ann.connect()
    for _ in range(3):
        assert await soon(ann.get()) == (200, ["2"])
        assert await ann.post("3") == 200
    assert served.rooms.left.empty()


async def test_the_client_closes_while_its_get_waits(served: Served) -> None:
    ann = await served.poller()
    waiting = asyncio.create_task(ann.get())
    await until(lambda: served.sio.eio.sockets[ann.sid].polling._waiting)
    assert await ann.post("1") == 200
    assert await soon(waiting) == (200, ["6"])
    assert (await ann.get())[0] == 400


async def test_one_who_does_not_come_back_is_gone(serve: Serve) -> None:
    served = await serve(ping_interval=0.05, ping_timeout=0.05)
    ann = await served.poller()
    await ann.connect()
    assert (await soon(served.rooms.left.get()))[1] == "ping timeout"
    await served.is_empty()
    assert (await ann.get())[0] == 400
