"""Serves the files of the web client: what was built from ``web/``, or a plain page if nothing was
built."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.web_exceptions import HTTPNotFound

WEB = Path(__file__).resolve().parents[2] / "web"

# The content coding of each suffix that the build gives to compressed files, the best first.
PACKED = {".br": "br", ".gz": "gzip"}
# Content types by suffix. The tables of operating systems differ, so they are not used.
SITE_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
TEXTUAL = ("text/", "application/json", "application/manifest")
# The names of files in this folder contain a hash of their content.
HASHED = "assets/"
INDEX = "index.html"
WORKER = "sw.js"

FOREVER = "public, max-age=31536000, immutable"
# Browsers keep these files but ask each time whether they have changed; the ETag makes that cheap.
CHECKED = "no-cache"


@dataclass(frozen=True, slots=True)
class File:
    """``bodies`` are by content coding, the best first. The uncompressed one is always there, and
    comes last."""

    bodies: Mapping[str, bytes]
    headers: Mapping[str, str]
    content_type: str
    etag: str


class Site:
    """Reads all files at the start; a file that is added later is not served.

    ``public_url``: the origin of the server's media, which may differ from that of the page.
    """

    def __init__(self, folder: Path, public_url: str) -> None:
        safe = _safe(public_url)
        self._files = {path: _read(folder, path, safe) for path in _paths(folder)}
        self._index = self._files.pop(INDEX)

    def mount(self, app: web.Application) -> None:
        app.router.add_get(r"/{path:(?!(?:api|media|avatars|socket\.io)(?:/|$)).*}", self.serve)

    async def serve(self, request: web.Request) -> web.Response:
        """Serves a file. At every other path that a person opens, serves the page, which handles
        all paths of the client."""
        path = request.match_info["path"]
        file = self._files.get(path)
        if file is None and (path == "" or _goes_there(request)):
            file = self._index
        if file is None:
            raise HTTPNotFound
        return _answer(request, file)


def built() -> Path:
    """The folder whose files are served."""
    dist = WEB / "dist"
    return dist if (dist / INDEX).is_file() else WEB / "plain"


def _goes_there(request: web.Request) -> bool:
    """Whether a person opens a page. Requests of pages for files, and of programs, accept other
    content types."""
    return "text/html" in request.headers.get("Accept", "")


def _answer(request: web.Request, file: File) -> web.Response:
    wanted = _accepted(request.headers.get("Accept-Encoding", ""))
    coding = next(coding for coding in file.bodies if coding in wanted)
    etag = f'"{file.etag}-{coding}"'
    headers = {**file.headers, "ETag": etag}
    if any(tag.value == etag.strip('"') for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    if coding != "identity":
        headers["Content-Encoding"] = coding
    headers["Content-Type"] = file.content_type
    return web.Response(body=file.bodies[coding], headers=headers)


def _accepted(header: str) -> set[str]:
    codings = {"identity"}
    for part in header.lower().split(","):
        coding, _, quality = part.partition(";")
        if not quality or quality.partition("=")[2].strip(" 0."):
            codings.add(coding.strip())
    return codings


def _paths(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*"):
        if file.is_file() and file.suffix not in PACKED:
            yield file.relative_to(folder).as_posix()


def _read(folder: Path, path: str, safe: Mapping[str, str]) -> File:
    plain = (folder / path).read_bytes()
    packed = {coding: folder / f"{path}{suffix}" for suffix, coding in PACKED.items()}
    bodies = {coding: file.read_bytes() for coding, file in packed.items() if file.is_file()}
    headers = dict(safe)
    headers["Cache-Control"] = FOREVER if path.startswith(HASHED) else CHECKED
    if bodies:
        headers["Vary"] = "Accept-Encoding"
    if path == WORKER:
        headers["Service-Worker-Allowed"] = "/"
    kind = SITE_TYPES.get(Path(path).suffix, "application/octet-stream")
    if kind.startswith(TEXTUAL):
        kind += "; charset=utf-8"
    etag = hashlib.sha256(plain).hexdigest()[:16]
    return File({**bodies, "identity": plain}, headers, kind, etag)


def _safe(public_url: str) -> dict[str, str]:
    """The security headers of the page. Only our own scripts run, and other sites cannot frame the
    page, control its window or see its URL."""
    here = f"'self' {public_url}"
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"{here} blob: data:",
        "media-src": f"{here} blob:",
        "connect-src": here,
        "font-src": "'self'",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        # Browsers refuse to turn text into scripts or markup. The one policy is for the URL of the
        # service worker.
        "require-trusted-types-for": "'script'",
        "trusted-types": "service-worker",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{key} {value}" for key, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
