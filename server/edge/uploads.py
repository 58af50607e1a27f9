"""Reads one file out of a multipart body while it arrives.

The library parses the syntax. This module keeps the cost of a hostile body low: it counts all of
its bytes, and allows only few that do not belong to the file.
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
# How many bytes are read and passed on at a time.
UPLOAD_CHUNK = 64 * 1024
# The most seconds without any data, and for the whole upload.
IDLE = 20.0
LONGEST = 1800.0
# The most bytes before the first boundary. No client needs any; old mail programs wrote a sentence
# there.
PREAMBLE = 1024
# The longest boundary that RFC 2046 allows.
LONGEST_BOUNDARY = 70
MOST_HEADERS = 8
LONGEST_HEADER = 4096

# How forms write characters that would end a name (HTML, "multipart/form-data").
QUOTED = {"%22": '"', "%0D": "\r", "%0A": "\n"}
# The allowed transfer encodings. All leave the bytes as they are; browsers use no others in forms.
PLAIN = ("7bit", "8bit", "binary")
# A quotation mark ends a name only where nothing but another parameter can follow: older clients
# write those inside of the name with a backslash before them.
_PLAIN = re.compile(r';\s*filename\s*=\s*(?:"(.*?)"\s*(?=;|$)|([^;\s"]+))', re.IGNORECASE)
# A name with its own character set (RFC 5987).
_EXTENDED = re.compile(r";\s*filename\*\s*=\s*utf-8'[^';]*'([^;\s]+)", re.IGNORECASE)

Write = Callable[[bytes], Awaitable[None]]


class MultipartUpload:
    """``announced``: the size of the whole body in bytes, if the request states it."""

    def __init__(self, request: web.Request, most: int) -> None:
        self._request = request
        self._most = most
        # The bytes of the body that were read, and those of them that belong to the file.
        self._read_bytes = 0
        self._file_bytes = 0
        self.announced = request.content_length

    def check_head(self) -> None:
        self._boundary()
        if (self.announced or 0) > self._most + WRAPPING:
            raise self._too_large()

    async def receive(self, write: Write) -> str:
        """Passes the file on piece by piece, and returns the name that came with it.

        It raises an error as soon as something is known to be wrong. The pieces before that have
        been passed on already.
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
            raise UnsupportedMediaType("Send multipart/form-data with one file.")
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
                    raise Invalid("Send only one file at a time.", field=FIELD)
                name = found
            elif event:
                waiting += event
                if len(waiting) >= UPLOAD_CHUNK // 2:
                    await write(bytes(waiting))
                    waiting.clear()
        if name is None:
            raise Invalid(f"{FIELD} is required.", field=FIELD)
        if not self._file_bytes:
            raise Invalid("The file is empty.", field=FIELD)
        if waiting:
            await write(bytes(waiting))
        return name

    async def _events(self, boundary: str) -> AsyncIterator[MultipartSegment | bytes | None]:
        """The parts that the library finds in the body. The body is read to its end."""
        parser = PushMultipartParser(
            boundary,
            max_header_size=LONGEST_HEADER,
            max_header_count=MOST_HEADERS,
            # Names are read as raw bytes.
            header_charset="latin-1",
        )
        chunk = await self._opening(b"--" + boundary.encode())
        try:
            while chunk:
                for event in parser.parse(chunk):
                    if isinstance(event, bytes):
                        self._count(event)
                    yield event
                # The parser may hold back bytes of the file, at most as many as a boundary has.
                if self._read_bytes - self._file_bytes > WRAPPING:
                    raise Invalid("The body has too much data besides the file.")
                chunk = await self._read()
            parser.close()
        finally:
            # The parser keeps its error, and the error refers to the parser. This breaks the
            # cycle, which would keep the data that was read in memory.
            parser.error = None

    async def _opening(self, delimiter: bytes) -> bytes:
        """Reads the body up to its first boundary. Returns what was read from there on."""
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
        """Reads some bytes, waiting for them if necessary; returns none at the end. Other tasks get
        their turn whenever a piece of the file is passed on, and there is little else in a body."""
        try:
            async with within(IDLE, _too_slow()):
                chunk = await self._request.content.read(UPLOAD_CHUNK)
        except (RuntimeError, ConnectionError):
            # The client is gone; aiohttp reports it in this way when a read begins after that.
            raise _unreadable() from None
        self._read_bytes += len(chunk)
        return chunk

    def _count(self, piece: bytes) -> None:
        self._file_bytes += len(piece)
        if self._file_bytes > self._most:
            raise self._too_large()

    def _too_large(self) -> PayloadTooLarge:
        return PayloadTooLarge(f"A file can have at most {self._most} bytes.", field=FIELD)


def _name_of(part: MultipartSegment) -> str:
    """The file's name, which may be empty. Raises ``Invalid`` if the part is not a file."""
    if (part.content_type or "").startswith("multipart/"):
        raise Invalid("Nested multipart bodies are not supported.")
    if part.name != FIELD:
        field = _text(part.name or "").replace("\0", "")[:64] or None
        raise Invalid(f"{field} is not a known field. Send only {FIELD}.", field=field)
    encoding = str(part.header("Content-Transfer-Encoding", PLAIN[0])).strip().lower()
    if encoding not in PLAIN:
        raise Invalid("Send the file without a transfer encoding.", field=FIELD)
    return _file_name(str(part.header("Content-Disposition", "")))


def _file_name(disposition: str) -> str:
    """The name as the client has it. Forms write three characters in another way (see ``QUOTED``)
    and nothing else: a percent sign or a backslash stands for itself."""
    plain = _PLAIN.search(disposition)
    # A name may look like a parameter.
    extended = _EXTENDED.search(_PLAIN.sub("", disposition, count=1))
    if extended:
        return unquote_to_bytes(extended[1]).decode(errors="replace")
    name = (plain[1] or plain[2] or "") if plain else ""
    for written, meant in QUOTED.items():
        name = name.replace(written, meant)
    return _text(name)


def _text(header: str) -> str:
    return header.encode("latin-1").decode(errors="replace")


def _too_slow() -> Unavailable:
    return Unavailable("The upload took too long.")


def _unreadable() -> Invalid:
    return Invalid("The body is not valid multipart/form-data.")
