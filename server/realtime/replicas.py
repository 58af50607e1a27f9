"""A request of aiohttp made from a head that was kept."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import HttpVersion11, web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_urldispatcher import SystemRoute, UrlMappingMatchInfo
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL


class _NoConnection:
    """In the place of the connection, which has become a websocket or serves other requests."""

    transport = ssl_context = peername = sockname = None
    max_field_size, max_headers = 8190, 128


def head_request(
    method: str,
    target: str,
    headers: CIMultiDict[str],
    remote: str,
    app: web.Application | None,
) -> web.Request:
    """A request that can be read: method, URL, headers, cookies, ``remote`` and, if the engine is
    attached to an application, ``app``. It has no body and cannot be answered."""
    nothing: Any = None
    connection: Any = _NoConnection
    message = RawRequestMessage(
        method,
        target,
        HttpVersion11,
        CIMultiDictProxy(headers),
        tuple((name.encode(), value.encode()) for name, value in headers.items()),
        False,
        None,
        False,
        False,
        URL(target, encoded=True),
    )
    loop = asyncio.get_running_loop()
    request = web.Request(message, EMPTY_PAYLOAD, connection, nothing, nothing, loop, remote=remote)
    if app is not None:
        request._match_info = UrlMappingMatchInfo({}, SystemRoute(web.HTTPNotFound()))
        request._match_info.add_app(app)
    return request
