"""Serves the descriptions of the API: two documents for programs and a page for people."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from aiohttp import web

from server.edge.description.asyncapi import AsyncApi
from server.edge.description.openapi import OpenApi
from server.edge.description.page import page
from server.edge.description.schemas import Json
from server.kernel import wire

STYLE = Path(__file__).resolve().parents[3] / "web" / "plain" / "docs.css"
CSP = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


class Description:
    """The documents and the page. Each is built at the first request and then kept."""

    def __init__(self, calls: OpenApi, events: AsyncApi) -> None:
        self._calls = calls
        self._events = events

    @cached_property
    def openapi(self) -> Json:
        return self._calls.document()

    @cached_property
    def asyncapi(self) -> Json:
        return self._events.document()

    @cached_property
    def page(self) -> str:
        return page(self.openapi, self.asyncapi)

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/api/openapi.json", self._show_openapi)
        app.router.add_get("/api/asyncapi.json", self._show_asyncapi)
        app.router.add_get("/api/docs", self._show_page)
        app.router.add_get("/api/docs.css", self._show_style)

    async def _show_openapi(self, _: web.Request) -> web.Response:
        return _answer(wire.encode(self.openapi), "application/json")

    async def _show_asyncapi(self, _: web.Request) -> web.Response:
        return _answer(wire.encode(self.asyncapi), "application/json")

    async def _show_page(self, _: web.Request) -> web.Response:
        return _answer(self.page.encode(), "text/html")

    async def _show_style(self, _: web.Request) -> web.Response:
        return _answer(STYLE.read_bytes(), "text/css")


def _answer(body: bytes, content_type: str) -> web.Response:
    headers = {
        "Content-Security-Policy": CSP,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
    charset = "utf-8" if content_type.startswith("text/") else None
    return web.Response(body=body, content_type=content_type, charset=charset, headers=headers)
