"""The web client as it is served: what is packed, kept, refused, and what a browser is told."""

from __future__ import annotations

import gzip
import re
from collections.abc import Awaitable, Callable
from html.parser import HTMLParser
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from yarl import URL

from server.edge.site import Site
from tests.support.node import Node

PUBLIC_URL = "https://chat.example.com"
NAVIGATION = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SCRIPT = b"console.log('hello');" * 100

Browser = TestClient[web.Request, web.Application]


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """What a build leaves, in small."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Chat</title>")
    (folder / "sw.js").write_text("self.skipWaiting();")
    (folder / "app.webmanifest").write_text("{}")
    (folder / "icon.png").write_bytes(b"\x89PNG")
    (folder / "assets" / "index-abc.js").write_bytes(SCRIPT)
    (folder / "assets" / "index-abc.js.br").write_bytes(b"as brotli")
    (folder / "assets" / "index-abc.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "secret").write_text("not in the folder")
    return folder


@pytest.fixture
async def browser(
    dist: Path, aiohttp_client: Callable[[web.Application], Awaitable[Browser]]
) -> Browser:
    app = web.Application()
    Site(dist, PUBLIC_URL).mount(app)
    browser = await aiohttp_client(app)
    # It shall unpack nothing, and ask for what the tests ask for.
    browser.session._auto_decompress = False
    return browser


async def test_files_with_a_hash_are_kept_and_others_are_asked_about(browser: Browser) -> None:
    for path, kept in {
        "/": "no-cache",
        "/rooms/1": "no-cache",
        "/sw.js": "no-cache",
        "/icon.png": "no-cache",
        "/assets/index-abc.js": "public, max-age=31536000, immutable",
    }.items():
        answer = await browser.get(path, headers=NAVIGATION)
        assert (answer.status, answer.headers["Cache-Control"]) == (200, kept), path
        again = await browser.get(
            path, headers={**NAVIGATION, "If-None-Match": answer.headers["ETag"]}
        )
        assert (again.status, await again.read()) == (304, b""), path
        assert again.headers["ETag"] == answer.headers["ETag"]
        other = await browser.get(path, headers={**NAVIGATION, "If-None-Match": '"other"'})
        assert other.status == 200


async def test_each_file_has_its_type(browser: Browser) -> None:
    for path, kind in {
        "/": "text/html; charset=utf-8",
        "/sw.js": "text/javascript; charset=utf-8",
        "/app.webmanifest": "application/manifest+json; charset=utf-8",
        "/icon.png": "image/png",
    }.items():
        assert (await browser.get(path)).headers["Content-Type"] == kind
    assert (await browser.get("/sw.js")).headers["Service-Worker-Allowed"] == "/"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.0, gzip; q=0", None),
        ("deflate", None),
        ("", None),
    ],
)
async def test_a_file_comes_packed_as_the_browser_takes_it(
    browser: Browser, accepted: str, coding: str | None
) -> None:
    answer = await browser.get("/assets/index-abc.js", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == coding
    bodies = {"br": b"as brotli", "gzip": gzip.compress(SCRIPT), None: SCRIPT}
    assert await answer.read() == bodies[coding]
    assert answer.headers["Vary"] == "Accept-Encoding"
    head = await browser.head("/assets/index-abc.js", headers={"Accept-Encoding": accepted})
    for name in ("Content-Length", "ETag", "Content-Type"):
        assert head.headers[name] == answer.headers[name]


async def test_codings_have_etags_of_their_own(browser: Browser) -> None:
    tags = set()
    for coding in ("br", "gzip", "identity"):
        headers = {"Accept-Encoding": coding}
        tags.add((await browser.get("/assets/index-abc.js", headers=headers)).headers["ETag"])
    assert len(tags) == 3


async def test_every_page_that_somebody_goes_to_is_the_client(browser: Browser) -> None:
    for path in ("/", "/rooms/1", "/rooms/1/2?panel=members", "/invites/x.y", "/settings/profile"):
        answer = await browser.get(path, headers=NAVIGATION)
        assert answer.status == 200
        assert "<title>Chat</title>" in await answer.text()
    for path in ("/assets/index-old.js", "/rooms/1", "/favicon.ico", "/index.html", "/sw.js.map"):
        assert (await browser.get(path, headers={"Accept": "*/*"})).status == 404, path
    for path in ("/api/rooms", "/media/x", "/avatars/x", "/socket.io/x"):
        assert (await browser.get(path, headers=NAVIGATION)).status == 404, path
    for path in ("/rooms/1", "/assets/index-abc.js"):
        assert (await browser.post(path)).status == 405


async def test_there_is_no_way_out_of_the_folder(browser: Browser) -> None:
    for path in (
        *("/../secret", "/assets/../../secret", "/%2e%2e/secret", "/..%2fsecret"),
        *("/assets/..%5c..%5csecret", "//secret", "/assets", "/assets/", "/assets/%00"),
        *("/assets/index-abc.js.br", "/assets/index-abc.js/", "/%FF"),
    ):
        url = URL(str(browser.make_url("/"))[:-1] + path, encoded=True)
        async with browser.session.get(url) as answer:
            assert answer.status == 404, path


class Page(HTMLParser):
    """What a page loads and runs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.loaded: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        handlers = [name for name in given if name.startswith("on") or name == "style"]
        if handlers or tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(self.get_starttag_text() or tag)
        if tag in ("script", "link"):
            self.loaded.append(given.get("src") or given.get("href") or "")


async def test_the_server_s_own_page_keeps_to_a_strict_policy(node: Node) -> None:
    """Built or plain, whichever is there."""
    async with aiohttp.ClientSession() as http:
        async with http.get(node.url) as answer:
            assert answer.status == 200
            headers = answer.headers
            page = Page(await answer.text())
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        csp = headers["Content-Security-Policy"]
        rules = {rule.split()[0]: rule.split()[1:] for rule in csp.split(";")}
        assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == ["'none'"]
        assert rules["script-src"] == rules["style-src"] == ["'self'"]
        assert rules["require-trusted-types-for"] == ["'script'"]
        assert not re.search(r"unsafe|\*", csp)
        assert page.inline == []
        for path in page.loaded:
            assert path.startswith("/")
            async with http.get(node.url + path) as answer:
                assert answer.status == 200, path
