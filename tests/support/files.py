"""Files to upload, and calls that upload them."""

from __future__ import annotations

import io
import json
import struct
import wave
import zlib
from typing import Any
from urllib.parse import quote

import aiohttp
from PIL import Image

from tests.support.client import Refused, User

GPS = 0x8825
ORIENTATION = 0x0112


def picture(
    kind: str = "PNG",
    size: tuple[int, int] = (64, 48),
    *,
    mode: str = "RGB",
    orientation: int | None = None,
    gps: bool = False,
    frames: int = 1,
    **options: Any,
) -> bytes:
    """An image whose upper left quarter is red and the rest blue."""
    image = Image.new(mode, size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    exif = Image.Exif()
    if orientation:
        exif[ORIENTATION] = orientation
    if gps:
        exif[0x010F] = "a camera that tells"
        exif.get_ifd(GPS)[2] = (52.0, 31.0, 12.0)
    if orientation or gps:
        options["exif"] = exif.tobytes()
    if frames > 1:
        others = [Image.new(mode, size, (n * 9 % 256, 99, 0)) for n in range(1, frames)]
        options |= {"save_all": True, "append_images": others, "duration": 100, "loop": 0}
    out = io.BytesIO()
    image.save(out, format=kind, **options)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims to have that size but is only a few bytes long."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    )


def sound(seconds: float) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * int(8000 * seconds))
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def form(data: Any, name: str = "a file", field: str = "file") -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field(field, data, filename=name, content_type="application/octet-stream")
    return form


NAMED = {"Content-Type": "multipart/form-data; boundary=here"}


def named(data: bytes, name: str) -> bytes:
    """A form like that of ``form``, for file names that no library would send. Use it with the
    headers ``NAMED``."""
    says = f"Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''{quote(name, safe='')}"
    return b"--here\r\n" + says.encode() + b"\r\n\r\n" + data + b"\r\n--here--\r\n"


async def upload(user: User, data: Any, name: str = "a file") -> dict[str, Any]:
    return await send(user, form(data, name))


async def send(user: User, body: Any, **options: Any) -> dict[str, Any]:
    """Upload a body. Returns the Attachment; raises ``Refused``."""
    status, _, raw = await user.http.raw("POST", "/attachments", data=body, **options)
    answer: dict[str, Any] = json.loads(raw)
    if status != 201:
        raise Refused(answer, status)
    return answer


async def fetch(user: User, url: str, **headers: str) -> tuple[int, Any, bytes]:
    """Fetch a URL from the user's node as a browser's ``<img>`` does, without a token."""
    path = url[url.index("/", 8) :]
    async with (
        aiohttp.ClientSession() as session,
        session.get(user.node.url + path, headers=headers) as answer,
    ):
        return answer.status, answer.headers, await answer.read()
