"""One file out of a multipart body, read as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from server.errors import Invalid, PayloadTooLarge, Unavailable, UnsupportedMediaType

FIELD = "file"
CHUNK = 64 * 1024
# Seconds: of silence, and of all together.
IDLE = 20.0
LONGEST = 1800.0
# What a multipart body holds besides its file.
WRAPPING = 64 * 1024

# What aiohttp raises at a multipart body that is none.
MALFORMED = (ValueError, AssertionError, RuntimeError, LookupError, HttpProcessingError)

T = TypeVar("T")
Write = Callable[[bytes], Awaitable[None]]


class MultipartUpload:
    def __init__(self, request: web.Request, most: int) -> None:
        self._request = request
        self._most = most

    async def receive(self, write: Write) -> str:
        """Hands the file on, piece by piece; answers the name that came with it.

        It refuses at the moment that something is known to be wrong: also then the pieces before
        were handed on.
        """
        if self._request.content_type != "multipart/form-data":
            raise UnsupportedMediaType("send multipart/form-data with one file")
        if (self._request.content_length or 0) > self._most + WRAPPING:
            raise self._too_large()
        try:
            async with asyncio.timeout(LONGEST):
                return await self._receive(await self._request.multipart(), write)
        except TimeoutError:
            raise Unavailable("the upload took too long") from None
        except MALFORMED:
            raise Invalid("the body is no multipart/form-data that can be read") from None

    async def _receive(self, reader: MultipartReader, write: Write) -> str:
        name: str | None = None
        while (part := await _soon(reader.next())) is not None:
            if not isinstance(part, BodyPartReader):
                raise Invalid("a part has parts of its own")
            if part.name != FIELD:
                field = (part.name or "").replace("\0", "")[:64] or None
                raise Invalid(f"the only field is {FIELD}", field=field)
            if name is not None:
                raise Invalid("one file at a time", field=FIELD)
            name = part.filename or ""
            await self._copy(part, write)
        if name is None:
            raise Invalid(f"{FIELD} is missing", field=FIELD)
        return name

    async def _copy(self, part: BodyPartReader, write: Write) -> None:
        size = 0
        while chunk := await _soon(part.read_chunk(CHUNK)):
            size += len(chunk)
            if size > self._most:
                raise self._too_large()
            await write(chunk)
        if not size:
            raise Invalid("the file is empty", field=FIELD)

    def _too_large(self) -> PayloadTooLarge:
        return PayloadTooLarge(f"a file may have at most {self._most} bytes", field=FIELD)


async def _soon(reading: Awaitable[T]) -> T:
    async with asyncio.timeout(IDLE):
        return await reading
