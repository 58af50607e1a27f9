"""Stores files in a bucket of S3 or of a compatible service. Imported only if it is used, because
it needs much memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from server.config import S3Media
from server.kernel.errors import StorageFull, Unavailable

# The smallest part of an upload that S3 accepts, in bytes. One part at a time is held in memory.
S3_PART = 5 * 1024 * 1024
S3_CHUNK = 64 * 1024
MOST_REMOVED = 1000
MISSING = ("404", "NoSuchKey", "NotFound")
S3_FULL = ("XMinioStorageFull", "QuotaExceeded", "InsufficientStorage")

CONFIG = AioConfig(
    connect_timeout=3,
    read_timeout=10,
    retries={"total_max_attempts": 3, "mode": "standard"},
    max_pool_connections=50,
    # Compatible services do not know Amazon's newer checksums.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


class S3Storage:
    """A ``Storage`` in a bucket. ``incoming`` is a local folder where uploads are written before
    they are sent to the bucket.

    Raises ``StorageFull`` if the service has no room, and ``Unavailable`` for its other errors or
    if it does not answer after 3 attempts.
    """

    def __init__(self, media: S3Media, incoming: Path) -> None:
        self.incoming = incoming
        self._media = media
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._opened: Any = None

    async def _client(self) -> Any:
        """The client, which is opened at its first use."""
        async with self._opening:
            if self._opened is None:
                media, secret = self._media, self._media.secret_key
                self._opened = await self._stack.enter_async_context(
                    get_session().create_client(
                        "s3",
                        region_name=media.region,
                        endpoint_url=media.endpoint,
                        aws_access_key_id=media.access_key,
                        aws_secret_access_key=secret.reveal() if secret else None,
                        config=CONFIG,
                    )
                )
        return self._opened

    async def put_file(self, key: str, file: Path) -> None:
        client, place = await self._client(), self._place(key)
        with s3_refusals(), file.open("rb") as source:
            first = await asyncio.to_thread(source.read, S3_PART)
            if len(first) < S3_PART:
                await client.put_object(**place, Body=first)
                return
            begun = await client.create_multipart_upload(**place)
            upload = place | {"UploadId": begun["UploadId"]}
            try:
                parts = [await self._part(upload, 1, first)]
                del first
                while part := await asyncio.to_thread(source.read, S3_PART):
                    parts.append(await self._part(upload, len(parts) + 1, part))
                await client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
            except BaseException:
                await client.abort_multipart_upload(**upload)
                raise

    async def _part(self, upload: dict[str, Any], number: int, body: bytes) -> dict[str, Any]:
        client = await self._client()
        answer = await client.upload_part(**upload, PartNumber=number, Body=body)
        return {"PartNumber": number, "ETag": answer["ETag"]}

    async def file_size(self, key: str) -> int | None:
        client = await self._client()
        with s3_refusals():
            try:
                found = await client.head_object(**self._place(key))
            except ClientError as error:
                if _code(error) in MISSING:
                    return None
                raise
        return int(found["ContentLength"])

    async def read_file(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        if start >= end:
            return
        client = await self._client()
        with s3_refusals():
            found = await client.get_object(**self._place(key), Range=f"bytes={start}-{end - 1}")
            body = found["Body"]
            async with body:
                async for chunk in body.iter_chunks(S3_CHUNK):
                    yield chunk

    async def remove_files(self, keys: Iterable[str]) -> None:
        named = [{"Key": self._place(key)["Key"]} for key in keys]
        client = await self._client()
        with s3_refusals():
            for n in range(0, len(named), MOST_REMOVED):
                some = {"Objects": named[n : n + MOST_REMOVED], "Quiet": True}
                await client.delete_objects(Bucket=self._media.bucket, Delete=some)

    async def close(self) -> None:
        await self._stack.aclose()

    def _place(self, key: str) -> dict[str, str]:
        prefix = f"{self._media.prefix}/" if self._media.prefix else ""
        return {"Bucket": self._media.bucket, "Key": prefix + key}


@contextmanager
def s3_refusals() -> Iterator[None]:
    """Turn errors of the service and of the connection into ``StorageFull`` and ``Unavailable``."""
    try:
        yield
    except ClientError as error:
        if _code(error) in S3_FULL:
            raise StorageFull() from error
        raise Unavailable("the storage of files does not answer") from error
    except (BotoCoreError, HTTPClientError) as error:
        raise Unavailable("the storage of files does not answer") from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
