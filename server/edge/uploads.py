"""One file out of a multipart body, read as it comes.

The syntax is the library's; here is what keeps a body cheap, whatever stands in it: all of it is
counted, and of what is no file there may be little.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import unquote_to_bytes

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from server.kernel.errors import Invalid, PayloadTooLarge, Unavailable, UnsupportedMediaType
from server.kernel.routes import WRAPPING
from server.kernel.timeouts import within

FIELD = "file"
# Bytes that are read, and handed on, together.
CHUNK = 64 * 1024
# Seconds: of silence, and of all together.
IDLE = 20.0
LONGEST = 1800.0
# Bytes before the first boundary. Nobody needs any; old mail programs wrote a sentence there.
PREAMBLE = 1024
# What RFC 2046 allows.
LONGEST_BOUNDARY = 70
MOST_HEADERS = 8
LONGEST_HEADER = 4096

# How a file's bytes may come: as they are. Nothing that forms send is encoded any other way.
PLAIN = ("7bit", "8bit", "binary")
# Names with an alphabet of their own (RFC 5987), which the library does not read.
_EXTENDED = re.compile(r";\s*filename\*\s*=\s*utf-8'[^';]*'([^;\s]+)", re.IGNORECASE)

Write = Callable[[bytes], Awaitable[None]]


class MultipartUpload:
    """``announced``: bytes of the whole body, where the request says so."""

    def __init__(self, request: web.Request, most: int) -> None:
        self._request = request
        self._most = most
        # Of the body: what was read, and what of it was the file.
        self._read_bytes = 0
        self._file_bytes = 0
        self.announced = request.content_length

    def check_head(self) -> None:
        self._boundary()
        if (self.announced or 0) > self._most + WRAPPING:
            raise self._too_large()

    async def receive(self, write: Write) -> str:
        """Hands the file on, piece by piece; answers the name that came with it.

        It refuses at the moment that something is known to be wrong: also then the pieces before
        were handed on.
        """
        self.check_head()
        try:
            async with within(LONGEST, _too_slow()):
                return await self._receive(self._boundary(), write)
        except (MultipartError, HttpProcessingError, web.RequestPayloadError):
            raise _unreadable() from None

    def _boundary(self) -> str:
        kind, options = parse_options_header(self._request.headers.get("Content-Type", ""))
        if kind != "multipart/form-data":
            raise UnsupportedMediaType("send multipart/form-data with one file")
        boundary = str(options.get("boundary", ""))
        if not 1 <= len(boundary) <= LONGEST_BOUNDARY or not boundary.isascii():
            raise _unreadable()
        return boundary

    async def _receive(self, boundary: str, write: Write) -> str:
        name: str | None = None
        waiting = bytearray()
        async for event in self._events(boundary):
            if isinstance(event, MultipartSegment):
                found = _name_of(event)
                if name is not None:
                    raise Invalid("one file at a time", field=FIELD)
                name = found
            elif event:
                waiting += event
                if len(waiting) >= CHUNK // 2:
                    await write(bytes(waiting))
                    waiting.clear()
        if name is None:
            raise Invalid(f"{FIELD} is missing", field=FIELD)
        if not self._file_bytes:
            raise Invalid("the file is empty", field=FIELD)
        if waiting:
            await write(bytes(waiting))
        return name

    async def _events(self, boundary: str) -> AsyncIterator[MultipartSegment | bytes | None]:
        """What the library finds in the body, which is read to its end."""
        parser = PushMultipartParser(
            boundary,
            max_header_size=LONGEST_HEADER,
            max_header_count=MOST_HEADERS,
            # Names are read as the bytes that they are.
            header_charset="latin-1",
        )
        chunk = await self._opening(b"--" + boundary.encode())
        try:
            while chunk:
                for event in parser.parse(chunk):
                    if isinstance(event, bytes):
                        self._count(event)
                    yield event
                # Up to a boundary's length of the file may wait in the parser.
                if self._read_bytes - self._file_bytes > WRAPPING:
                    raise Invalid("there is too much around the file")
                chunk = await self._read()
            parser.close()
        finally:
            # It keeps its error, which knows the parser: a ring that would keep what was read.
            parser.error = None

    async def _opening(self, delimiter: bytes) -> bytes:
        """The body up to its first boundary, and what came with that."""
        opening = b""
        while delimiter not in opening:
            chunk = await self._read()
            opening += chunk
            if not chunk or (len(opening) > PREAMBLE and delimiter not in opening):
                raise _unreadable()
        if opening.index(delimiter) > PREAMBLE:
            raise _unreadable()
        return opening

    async def _read(self) -> bytes:
        """Some of what there is, if need be after a wait; nothing at the end. Others have their
        turn whenever a piece is handed on, and there is little else in a body."""
        try:
            async with within(IDLE, _too_slow()):
                chunk = await self._request.content.read(CHUNK)
        except (RuntimeError, ConnectionError):
            # The client has gone; this is aiohttp's way to say so to who begins to read late.
            raise _unreadable() from None
        self._read_bytes += len(chunk)
        return chunk

    def _count(self, piece: bytes) -> None:
        self._file_bytes += len(piece)
        if self._file_bytes > self._most:
            raise self._too_large()

    def _too_large(self) -> PayloadTooLarge:
        return PayloadTooLarge(f"a file may have at most {self._most} bytes", field=FIELD)


def _name_of(part: MultipartSegment) -> str:
    """The file's, which may be empty; ``Invalid`` for a part that is none."""
    if (part.content_type or "").startswith("multipart/"):
        raise Invalid("a part has parts of its own")
    if part.name != FIELD:
        field = _text(part.name or "").replace("\0", "")[:64] or None
        raise Invalid(f"the only field is {FIELD}", field=field)
    encoding = str(part.header("Content-Transfer-Encoding", PLAIN[0])).strip().lower()
    if encoding not in PLAIN:
        raise Invalid("send the file as it is, not encoded", field=FIELD)
    extended = _EXTENDED.search(str(part.header("Content-Disposition", "")))
    if extended:
        return unquote_to_bytes(extended[1]).decode(errors="replace")
    return _text(part.filename or "")


def _text(header: str) -> str:
    return header.encode("latin-1").decode(errors="replace")


def _too_slow() -> Unavailable:
    return Unavailable("the upload took too long")


def _unreadable() -> Invalid:
    return Invalid("the body is no multipart/form-data that can be read")
