"""What the head of a request may contain, the headers of every answer, and what one address is."""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterator

import pytest
from multidict import CIMultiDict

from server.edge.addresses import client_address
from server.realtime.heads import Environ, Head
from tests.support.memory_clients import request
from tests.support.node import Node
from tests.support.raw_sockets import HANDSHAKE
from tests.support.world import signup
from tests.walls.raw_http import get, post, wire

PROXY = "127.9.9.9"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    node = Node(tmp_path_factory.mktemp("heads"), TRUSTED_PROXIES=PROXY)
    yield node.start()
    node.stop()
    assert node.errors() == []


# --- Heads ---

TARGET = "/socket.io/?EIO=4&transport="
WRONG = [
    *("\n", "\r", "\x00", "\x01", "\x0b", "\x0c", "\x1b", "\x7f", "\t", " "),
    *("\u00e9", "\u0085", "\u2028", "\u202e", "\x80"),
    "\nREMOTE_ADDR: 192.0.2.1",
]


@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize("wrong", WRONG)
async def test_what_does_not_belong_into_a_target_is_refused(
    node: Node, transport: str, wrong: str
) -> None:
    for target in (f"{TARGET}{transport}&x={wrong}y", f"/socket.io/{wrong}?EIO=4"):
        async with wire(node.port) as opened:
            await opened.say(request(target + "&transport=" + transport))
            answer = await opened.answer()
            assert 400 <= answer.status < 500, answer
            assert "server" not in answer.headers


@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize("wrong", [each for each in WRONG if each not in "\t "])
async def test_nor_what_does_not_belong_into_a_header(
    node: Node, transport: str, wrong: str
) -> None:
    async with wire(node.port) as opened:
        await opened.say(request(TARGET + transport, X_Test=f"a{wrong}b"))
        assert (await opened.answer()).status == 400


def test_heads_with_such_characters_are_no_handshakes() -> None:
    good = request().removesuffix(b"\r\n\r\n")
    assert Head.read_head(good, "192.0.2.1") is not None
    for number in [*range(0, 32), 127, *range(128, 256)]:
        odd = bytes([number])
        assert Head.read_head(good.replace(b"EIO", odd + b"EIO"), "192.0.2.1") is None, number
        if number != 9:
            assert Head.read_head(good + b"\r\nX-Odd: a" + odd + b"b", "192.0.2.1") is None, number
        assert Head.read_head(good + b"\r\nX-" + odd + b"Odd: a", "192.0.2.1") is None, number


def test_no_part_of_a_request_passes_for_another() -> None:
    """Whatever characters the part contains."""
    parts = ("\n", "\r\n", "\x00", "\nREMOTE_ADDR\n192.0.2.66", "é", "\udcff", "")
    for target, value in itertools.product(parts, parts):
        headers = CIMultiDict({"X-Odd": value, "Cookie": "a=b"})
        environ = Environ(Head("GET", f"/socket.io/?a={target}", headers, None), "192.0.2.1")
        assert environ["REMOTE_ADDR"] == "192.0.2.1"
        assert environ["REQUEST_METHOD"] == "GET"
        assert environ["RAW_URI"] == f"/socket.io/?a={target}"
        assert environ["HTTP_X_ODD"] == value
        assert environ["HTTP_COOKIE"] == "a=b"


# --- Answers ---


def everything(token: str) -> dict[str, bytes]:
    """A request of each kind, and some that are not valid HTTP."""
    auth = f"Authorization: Bearer {token}"
    return {
        "a call": get("/api/v1/users/me", auth),
        "a refused call": get("/api/v1/users/me"),
        "a wrong body": post("/api/v1/rooms", b"{", auth, "Content-Type: application/json"),
        "a preflight": get(
            "/api/v1/rooms", "Origin: http://x", "Access-Control-Request-Method: GET",
            method="OPTIONS",
        ),
        "a wrong method": get("/api/v1/users/me", method="PUT"),
        "no call": get("/api/v1/nowhere"),
        "no path": get("/nowhere"),
        "no picture": get("/avatars/x"),
        "no file": get("/media/x/y?e=1&s=2"),
        "the page": get("/"),
        "health": get("/healthz"),
        "documents": get("/api/docs"),
        "polling": get(HANDSHAKE + "polling"),
        "refused polling": get("/socket.io/?EIO=3"),
        "a coding": post("/nowhere", b"x", "Content-Encoding: gzip"),
        "no HTTP": b"GET / HTTP/9.9\r\n\r\n",
        "a long line": get("/" + "x" * 70_000),
        "a bad header": b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    }  # fmt: skip


async def test_every_answer_is_safe_to_show(node: Node) -> None:
    ann = await signup(node, "ann")
    for name, raw in everything(ann.token).items():
        async with wire(node.port) as opened:
            headers = (await opened.ask(raw)).headers
        assert headers["x-content-type-options"] == "nosniff", name
        assert headers["referrer-policy"] == "no-referrer", name
        assert "strict-transport-security" not in headers, name
        assert "server" not in headers, name
        assert "aiohttp" not in str(headers).lower(), name


async def test_over_https_browsers_stay_there(node: Node) -> None:
    """HTTPS is known from the public address or from the proxy."""
    for peer, proto, expected in (
        (PROXY, "https", True),
        (PROXY, "HTTPS", True),
        (PROXY, "http", False),
        (PROXY, "https, http", False),
        ("127.0.0.1", "https", False),
    ):
        async with wire(node.port, peer) as opened:
            answer = await opened.ask(get("/nowhere", f"X-Forwarded-Proto: {proto}"))
            assert ("strict-transport-security" in answer.headers) == expected, (peer, proto)


async def test_where_the_public_address_is_https_every_answer_says_so(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    node = Node(tmp_path_factory.mktemp("https"), PUBLIC_URL="https://chat.example").start()
    try:
        ann = await signup(node, "ann")
        for name, raw in everything(ann.token).items():
            async with wire(node.port) as opened:
                headers = (await opened.ask(raw)).headers
            assert headers["strict-transport-security"] == "max-age=31536000", name
    finally:
        node.stop()


# --- Addresses ---

TRUSTED = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.1"], "192.0.2.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1:1234"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1:"], "198.51.100.1"),
        ("10.0.0.1", ['"198.51.100.1:1234"'], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.9, 198.51.100.1:80, 10.1.1.1:99"], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.9", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8:1:2:3:4:5:6]:443"], "2001:db8:1:2::/64"),
        ("10.0.0.1", ["[2001:db8:1:2::9]"], "2001:db8:1:2::/64"),
        ("10.0.0.1", ["2001:DB8:1:2:ffff::1"], "2001:db8:1:2::/64"),
        ("2001:db8:1:2:3::", [], "2001:db8:1:2::/64"),
        ("fe80::1%eth0", [], "fe80::/64"),
        ("::ffff:192.0.2.1", [], "192.0.2.1"),
        ("::ffff:10.0.0.1", ["::ffff:192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["[::ffff:192.0.2.1]:5"], "192.0.2.1"),
        ("fd00::1", ["198.51.100.1"], "198.51.100.1"),
        # Text that is not an address counts for the proxy that sent it.
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, _hidden"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, 999.1.1.1:80"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2, x"], "10.0.0.1"),
        ("", [], ""),
    ],
)
def test_what_counts_as_one_address(peer: str, forwarded: list[str], counted: str) -> None:
    assert client_address(peer, forwarded, TRUSTED) == counted
