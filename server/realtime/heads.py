"""The parts of an HTTP request's head that a handshake needs."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha1
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import msgspec
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

from server.realtime.replicas import head_request

# RFC 6455, section 1.3.
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


# The characters allowed in a target, in a header's value and in its name. A proxy, a log or a
# handler might treat other characters as the end of a line.
_TARGET = re.compile(r"[!-~]+")
_VALUE = re.compile(r"[\t -~]*")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Peer(Protocol):
    """The sender of a request; an ``aiohttp.web.Request`` has these attributes."""

    @property
    def remote(self) -> str | None: ...

    @property
    def headers(self) -> CIMultiDict[str] | CIMultiDictProxy[str]: ...


class Head:
    """The head of a request. ``read_head`` returns None for heads that a full HTTP server has to
    judge."""

    __slots__ = ("headers", "method", "raw", "remote", "target")

    def __init__(
        self,
        method: str,
        target: str,
        headers: CIMultiDict[str] | CIMultiDictProxy[str],
        remote: str | None,
    ) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.remote = remote

    @classmethod
    def read_head(cls, raw: bytes, remote: str) -> Head | None:
        try:
            first, *lines = raw.decode("ascii").split("\r\n")
            method, target, version = first.split(" ")
        except ValueError:
            return None
        headers: CIMultiDict[str] = CIMultiDict()
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon:
                return None
            headers.add(name, value.strip(" \t"))
        if version != "HTTP/1.1" or len(headers.getall("Host", ())) != 1:
            return None
        head = cls(method, target, headers, remote)
        return head if head.is_sound() else None

    def is_sound(self) -> bool:
        """Whether every reader will parse the head the same way: it has only ASCII, no control
        characters and no lone line feeds."""
        # All names in one match and all values in another: a match for each header costs more.
        names, values = "".join(self.headers), "".join(self.headers.values())
        return bool(
            self.method
            and _NAME.fullmatch(self.method + names)
            and _TARGET.fullmatch(self.target)
            and _VALUE.fullmatch(values)
            and "" not in self.headers
        )

    def accept_key(self) -> str | None:
        """The ``Sec-WebSocket-Accept`` of the response; None if this is not a valid websocket
        handshake."""
        get = self.headers.get
        options = {part.strip().lower() for part in get("Connection", "").split(",")}
        upgrade = get("Upgrade", "").strip().lower()
        if self.method != "GET" or upgrade != "websocket" or "upgrade" not in options:
            return None
        key = get("Sec-WebSocket-Key", "")
        try:
            if len(b64decode(key, validate=True)) != 16:
                return None
        except (BadBase64, ValueError):
            return None
        if get("Sec-WebSocket-Version") != "13" or get("Content-Length", "0") != "0":
            return None
        return b64encode(sha1(key.encode() + MAGIC).digest()).decode()


def is_coded(headers: CIMultiDict[str] | CIMultiDictProxy[str]) -> bool:
    """Whether the body is compressed or otherwise encoded (with gzip, for example)."""
    if "Content-Encoding" not in headers and "Transfer-Encoding" not in headers:
        return False
    contents = _listed(headers.getall("Content-Encoding", ()))
    transfers = _listed(headers.getall("Transfer-Encoding", ()))
    return bool(contents - {"identity"} or transfers - {"identity", "chunked"})


def _listed(values: Iterable[str]) -> set[str]:
    return {part.strip().lower() for value in values for part in value.split(",")} - {""}


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[bytes]).decode


# The key under which python-socketio's environ has the request.
REQUEST = "aiohttp.request"


class Environ(Mapping[str, Any]):
    """The WSGI environ of a request, which connect handlers get.

    It lives as long as the session. To save memory it is stored packed and is parsed when read.
    ``environ["aiohttp.request"]`` is made anew each time it is asked for. It has the head of the
    first request, and nothing of what middlewares may have stored there.
    """

    __slots__ = ("_app", "_kept")

    def __init__(self, head: Head, address: str, app: web.Application | None = None) -> None:
        self._app = app
        parts = [head.method, head.target, address]
        for name, value in head.headers.items():
            parts += (name, value)
        # Each part is stored with its length, so no character in it can split it in two.
        self._kept = _pack([part.encode("utf-8", "surrogateescape") for part in parts])

    def _parts(self) -> list[str]:
        return [part.decode("utf-8", "surrogateescape") for part in _unpack(self._kept)]

    def _request(self) -> web.Request:
        method, target, address, *headers = self._parts()
        given = CIMultiDict(zip(headers[::2], headers[1::2], strict=True))
        return head_request(method, target, given, address, self._app)

    def _read(self) -> dict[str, str]:
        method, target, address, *headers = self._parts()
        url = urlsplit(target)
        found = {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote(url.path),
            "QUERY_STRING": url.query,
            "RAW_URI": target,
            "SCRIPT_NAME": "",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": address,
        }
        for name, value in zip(headers[::2], headers[1::2], strict=True):
            key = name.upper().replace("-", "_")
            key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
            found[key] = f"{found[key]},{value}" if key in found else value
        return found

    def __getitem__(self, key: str) -> Any:
        return self._request() if key == REQUEST else self._read()[key]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._read(), REQUEST))

    def __len__(self) -> int:
        return len(self._read()) + 1
