"""Where files are kept: a folder or a bucket, by the same rules."""

from __future__ import annotations

import secrets
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from server.backends import ClosableStorage, open_storage
from server.config import Settings
from server.kernel.errors import Unavailable
from tests.support.files import fetch, opened, picture, upload
from tests.support.node import Node
from tests.support.world import signup


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """Its MEDIA_URL."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    with urllib.request.urlopen(urllib.request.Request(f"{endpoint}/chat-media", method="PUT")):
        pass
    yield f"s3://key:secret@chat-media/some/prefix?region=us-east-1&endpoint={endpoint}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def media_url(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "s3":
        return str(request.getfixturevalue("bucket"))
    return f"file:{folder}/media"


@pytest.fixture
async def storage(media_url: str, folder: Path) -> AsyncIterator[ClosableStorage]:
    settings = Settings.load({"MEDIA_URL": media_url, "DATA_DIR": str(folder)}, None)
    storage = open_storage(settings)
    storage.incoming.mkdir(parents=True)
    yield storage
    await storage.close()


async def put(storage: ClosableStorage, data: bytes) -> str:
    key = f"{secrets.token_hex(16)}.bin"
    file = storage.incoming / key
    file.write_bytes(data)
    await storage.put_file(key, file)
    return key


async def read(storage: ClosableStorage, key: str, start: int, end: int) -> bytes:
    async with aclosing(storage.read_file(key, start, end)) as chunks:  # type: ignore[type-var]
        return b"".join([chunk async for chunk in chunks])


@pytest.mark.parametrize("size", [1, 300_000, 5 * 2**20, 12_345_678])
async def test_what_was_put_is_read(storage: ClosableStorage, size: int) -> None:
    data = secrets.token_bytes(size)
    key = await put(storage, data)
    assert await storage.file_size(key) == size
    assert await read(storage, key, 0, size) == data
    middle = size // 2
    assert await read(storage, key, middle, size) == data[middle:]
    assert await read(storage, key, 0, middle) == data[:middle]


async def test_what_was_removed_is_gone(storage: ClosableStorage) -> None:
    kept, gone = await put(storage, b"kept"), await put(storage, b"gone")
    await storage.remove_files([gone])
    await storage.remove_files([gone, "0" * 32 + ".bin"])
    assert (await storage.file_size(gone), await storage.file_size(kept)) == (None, 4)


async def test_a_storage_that_is_away_is_unavailable(folder: Path) -> None:
    url = "s3://key:secret@chat-media?region=us-east-1&endpoint=http://127.0.0.1:1"
    storage = open_storage(Settings.load({"MEDIA_URL": url, "DATA_DIR": str(folder)}, None))
    with pytest.raises(Unavailable):
        await storage.file_size("0" * 32 + ".bin")
    await storage.close()


async def test_a_server_on_it(media_url: str, folder: Path) -> None:
    node = Node(folder / "node", MEDIA_URL=media_url)
    node.start()
    try:
        ann = await signup(node, "ann")
        large, image = secrets.token_bytes(6_000_000), picture("JPEG", (600, 400), gps=True)
        url = (await upload(ann, large))["url"]
        assert (await fetch(ann, url))[2] == large
        status, _, body = await fetch(ann, url, Range="bytes=5999990-")
        assert (status, body) == (206, large[-10:])
        attachment = await upload(ann, image)
        assert opened((await fetch(ann, attachment["thumbnail_url"]))[2]).size == (512, 341)
        room = await ann.group()
        room = await ann.http("PATCH", f"/rooms/{room['id']}", {"avatar_id": attachment["id"]})
        assert opened((await fetch(ann, room["avatar_url"]))[2]).size == (256, 256)
        incoming = [*folder.glob("node/incoming/*"), *folder.glob("media/incoming/*")]
        assert incoming == [] == node.errors()
        await ann.close()
    finally:
        node.stop()
