"""Signed URLs of stored files. They are not bound to a user, and are the same for all users within
a day."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache
from urllib.parse import quote

import msgspec

from server.kernel.clock import now_ms
from server.kernel.errors import Forbidden, ForgedLink
from server.media.entity import Attachment, StoredAttachment

LINK_DAY = 24 * 3600
THUMBNAIL_NAME = "thumbnail.webp"
SIGNATURE_BYTES = 18
# How many URLs are cached. Making one takes 5 µs, and a page of messages may need a thousand.
MOST_KEPT = 20_000

# Both errors have this message, so that a caller does not learn what is wrong with a URL.
_NOT_GOOD = "This link is not valid or has expired."

_stored = msgspec.json.Decoder(list[StoredAttachment])


class FileLinks:
    """``secret`` also signs other things, so a separate key for URLs is derived from it."""

    def __init__(self, secret: bytes, public_url: str) -> None:
        self._key = hmac.digest(secret, b"addresses of media", "sha256")
        self._public_url = public_url
        self._url = lru_cache(MOST_KEPT)(self._make)

    def attachments(self, stored: str | None) -> list[Attachment]:
        """The attachments with signed URLs, from the JSON list of ``StoredAttachment`` in a
        message's row."""
        return [self.attachment(each) for each in _stored.decode(stored)] if stored else []

    def attachment(self, stored: StoredAttachment) -> Attachment:
        thumbnail = stored.thumbnail_key
        return Attachment(
            id=stored.id,
            name=stored.name,
            content_type=stored.content_type,
            size=stored.size,
            width=stored.width,
            height=stored.height,
            duration=stored.duration,
            url=self.url(stored.key, stored.name),
            thumbnail_url=self.url(thumbnail, THUMBNAIL_NAME) if thumbnail else None,
        )

    def url(self, key: str, name: str) -> str:
        """A signed URL. It is valid until the midnight (UTC) after the next one."""
        return self._url(key, name, (now_ms() // 1000 // LINK_DAY + 2) * LINK_DAY)

    def check_link(self, key: str, name: str, expires: str, signature: str) -> int:
        """How many seconds the URL is still valid. Raises ``Forbidden`` if it has expired, and
        ``ForgedLink`` if this server never made it."""
        wanted = self._sign(key, name, expires)
        given = signature.encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(wanted.encode(), given):
            raise ForgedLink(_NOT_GOOD)
        left = int(expires) - now_ms() // 1000 if _is_time(expires) else 0
        if left <= 0:
            raise Forbidden(_NOT_GOOD)
        return left

    def _make(self, key: str, name: str, expires: int) -> str:
        signature = self._sign(key, name, str(expires))
        path = f"/media/{key}/{quote(name, safe='')}"
        return f"{self._public_url}{path}?e={expires}&s={signature}"

    def _sign(self, key: str, name: str, expires: str) -> str:
        signed = f"{key}\n{expires}\n{name}".encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._key, signed, "sha256")
        return urlsafe_b64encode(digest[:SIGNATURE_BYTES]).decode()


def _is_time(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16
