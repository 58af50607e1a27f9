"""Uploads over HTTP, and the stored files at their URLs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Protocol
from urllib.parse import quote

from aiohttp import web

from server.kernel.caller import Identity
from server.kernel.errors import NotFound, StorageFull
from server.kernel.routes import Route, Upload
from server.media.entity import Attachment
from server.media.kinds import INLINE, MEDIA_TYPES
from server.media.links import FileLinks
from server.media.usecase import Media

# How long a client may take to receive one piece before the connection is closed (seconds).
STALLED = 60.0
CACHED_SECONDS = 365 * 24 * 3600

# With these headers no file can run scripts, load anything or be taken for another type.
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
    ),
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "Accept-Ranges": "bytes",
}

_AVATAR = re.compile(r"[0-9a-f]{32}-(64|128|256)\.webp")
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


class Files(Protocol):
    """Reads stored files. ``file_size`` returns None if there is no such file; ``read_file`` yields
    the bytes from ``start`` to before ``end``. Both raise ``Unavailable`` if the storage cannot be
    reached."""

    async def file_size(self, key: str) -> int | None: ...

    def read_file(self, key: str, start: int, end: int) -> AsyncIterator[bytes]: ...


class MediaRoutes:
    def __init__(self, media: Media) -> None:
        self._media = media

    def routes(self) -> list[Route]:
        return [
            Route(
                "POST",
                "/attachments",
                self.upload,
                status=201,
                limit="uploads",
                refuses=(StorageFull,),
            )
        ]

    async def upload(self, identity: Identity, upload: Upload) -> Attachment:
        """Uploads one file, as multipart with the field ``file``."""
        return await self._media.upload(identity.user_id, upload)


class MediaFiles:
    """Serves files from the storage, without the database. The key of a file tells its type, and
    the signature in its URL grants access.

    ``cors`` adds the headers that let pages of allowed origins read the answer.
    """

    def __init__(
        self,
        files: Files,
        links: FileLinks,
        cors: Callable[[web.Request, web.StreamResponse], web.StreamResponse],
    ) -> None:
        self._files = files
        self._links = links
        self._cors = cors

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/media/{key}/{name}", self.file)
        app.router.add_get("/avatars/{key}", self.avatar)

    async def file(self, request: web.Request) -> web.StreamResponse:
        key, name = request.match_info["key"], request.match_info["name"]
        left = self._links.check_link(
            key, name, request.query.get("e", ""), request.query.get("s", "")
        )
        extension = key.rpartition(".")[2]
        headers = {
            "Content-Type": MEDIA_TYPES[extension],
            "Content-Disposition": disposition(name, inline=extension in INLINE),
            "Cache-Control": f"private, max-age={left}, immutable",
        }
        return await self._serve(request, key, headers)

    async def avatar(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        if not _AVATAR.fullmatch(key):
            raise NotFound()
        cached = {"Cache-Control": f"public, max-age={CACHED_SECONDS}, immutable"}
        return await self._serve(request, key, {"Content-Type": "image/webp", **cached})

    async def _serve(
        self, request: web.Request, key: str, headers: dict[str, str]
    ) -> web.StreamResponse:
        size = await self._files.file_size(key)
        if size is None:
            raise NotFound()
        # The file with a given key never changes.
        tag = f'"{key}"'
        response = web.StreamResponse(headers={**SAFE, **headers, "ETag": tag})
        self._cors(request, response)
        if tag in _tags(request.headers.get("If-None-Match", "")):
            response.set_status(304)
            await response.prepare(request)
            return response
        return await self._stream(request, response, key, size, tag)

    async def _stream(
        self, request: web.Request, response: web.StreamResponse, key: str, size: int, tag: str
    ) -> web.StreamResponse:
        wanted = request.headers.get("Range", "")
        if request.headers.get("If-Range", tag) != tag:
            wanted = ""
        part = byte_range(wanted, size)
        if part is not None:
            start, end = part
            shown = f"{start}-{end - 1}" if start < end else "*"
            response.set_status(206 if start < end else 416)
            response.headers["Content-Range"] = f"bytes {shown}/{size}"
        else:
            start, end = 0, size
        response.content_length = end - start
        await response.prepare(request)
        if request.method != "HEAD":
            await _send(response, self._files.read_file(key, start, end))
        return response


async def _send(response: web.StreamResponse, chunks: AsyncIterator[bytes]) -> None:
    async for chunk in chunks:
        async with asyncio.timeout(STALLED):
            await response.write(chunk)
    await response.write_eof()


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """The (start, end) of the requested range; empty if the file has no such bytes. None if the
    whole file is to be sent, because the header has no range, several, or a malformed one."""
    found = _RANGE.fullmatch(header.strip())
    if not found or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return (max(size - int(last), 0), size) if int(last) else (0, 0)
    if last and int(last) < int(first):
        return None
    start, end = int(first), min(int(last) + 1 if last else size, size)
    return (start, end) if start < end else (0, 0)


def disposition(name: str, *, inline: bool) -> str:
    """The header Content-Disposition (RFC 6266), with the name as it is for modern clients and in
    ASCII for others."""
    plain = re.sub(r'[^ -~]|["\\%]', "_", name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _tags(header: str) -> Iterable[str]:
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]
