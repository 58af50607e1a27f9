"""Avatars of users and rooms: square images, stored as files of their own at URLs that cannot be
guessed."""

from __future__ import annotations

import re
import secrets
from typing import Protocol

import structlog

from server.kernel.errors import Invalid, NotFound
from server.media.entity import StoredAttachment
from server.media.kinds import IMAGES
from server.media.spool import Spool
from server.media.under_way import UnderWay
from server.media.usecase import Decoder, Storage

log = structlog.get_logger("media")

# Pixels of a side. ``avatar_url`` is the URL of the largest size; the others differ only in the
# number.
SIZES = (64, 128, 256)

_URL = re.compile(r"/avatars/([0-9a-f]{32})-256\.webp")


class OwnUploads(Protocol):
    """Finds one of the user's own uploads; None if the user has no upload with this id."""

    async def find_upload(self, user_id: str, attachment_id: str) -> StoredAttachment | None: ...


class Avatars:
    """Avatars are copies, so later changes of the attachment do not affect them."""

    def __init__(
        self,
        *,
        storage: Storage,
        uploads: OwnUploads,
        decoder: Decoder,
        public_url: str,
        under_way: UnderWay,
        reserve: int = 0,
    ) -> None:
        self._storage = storage
        self._uploads = uploads
        self._decoder = decoder
        self._public_url = public_url
        self._places = under_way.places
        self._spool = Spool(storage.incoming, reserve)

    async def make_avatar(self, attachment_id: str, user_id: str) -> str:
        """Makes an avatar and returns its avatar_url. Raises ``NotFound`` (avatar_id) if the
        attachment is not an image that this user has uploaded."""
        stored = await self._uploads.find_upload(user_id, attachment_id)
        if stored is None or stored.thumbnail_key is None:
            raise NotFound(field="avatar_id")
        name = secrets.token_hex(16)
        async with self._places.place(user_id), self._spool.open(stored.size) as spooled:
            async for chunk in self._storage.read_file(stored.key, 0, stored.size):
                await spooled.write(chunk)
            await spooled.done()
            files = {size: spooled.folder / str(size) for size in SIZES}
            try:
                kind = IMAGES[stored.key.rpartition(".")[2]]
                found = await self._decoder.run("avatar", user_id, spooled.original, files, kind)
            except Invalid as refused:
                raise Invalid(refused.message, field="avatar_id") from None
            if found.costly:
                raise Invalid("This image cannot be processed.", field="avatar_id")
            try:
                for size, file in files.items():
                    await self._storage.put_file(_key(name, size), file)
            except BaseException:
                await self._storage.remove_files(_key(name, size) for size in SIZES)
                raise
        return f"{self._public_url}/avatars/{_key(name, SIZES[-1])}"

    async def drop_avatar(self, url: str | None) -> None:
        """Deletes all sizes of an avatar that is no longer used. Never raises, because the change
        before it has been committed."""
        found = _URL.search(url or "")
        if not found:
            return
        try:
            await self._storage.remove_files(_key(found[1], size) for size in SIZES)
        except Exception as error:
            log.warning("an old avatar stays behind", reason=type(error).__name__)


def _key(name: str, size: int) -> str:
    return f"{name}-{size}.webp"
