"""The secret key that is made at the first start, and kept."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from server.config import ConfigError, Settings
from tests.support.settings import KEY, load


def test_a_given_key_is_taken_and_nothing_is_kept(tmp_path: Path) -> None:
    settings = load(SECRET_KEY=KEY, DATA_DIR=str(tmp_path / "data"))
    assert settings.with_secret_key() is settings
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    settings = load(DATA_DIR=str(tmp_path / "new" / "data"))
    with pytest.raises(RuntimeError):
        _ = settings.signing_key
    first = settings.with_secret_key().signing_key.reveal()
    path = settings.data_dir / "secret_key"
    assert path.read_text() == first + "\n"
    assert len(first) >= 43
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(settings.data_dir) == ["secret_key"]
    assert settings.with_secret_key().signing_key.reveal() == first
    assert load(DATA_DIR=str(tmp_path / "other")).with_secret_key().signing_key.reveal() != first


def test_whoever_links_the_key_first_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def overtaken(draft: Path, path: Path) -> None:
        path.write_text(KEY)
        link(draft, path)

    monkeypatch.setattr(os, "link", overtaken)
    settings = load(DATA_DIR=str(tmp_path)).with_secret_key()
    assert settings.signing_key.reveal() == KEY
    assert os.listdir(tmp_path) == ["secret_key"]


def _start(folder: str, barrier: Barrier, keys: Queue[str]) -> None:
    settings = Settings.load({"DATA_DIR": folder}, None)
    barrier.wait(30)
    keys.put(settings.with_secret_key().signing_key.reveal())


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for attempt in range(5):
        barrier, keys = context.Barrier(8), context.Queue()
        folder = str(tmp_path / str(attempt))
        starts = [
            context.Process(target=_start, args=(folder, barrier, keys), daemon=True)
            for _ in range(8)
        ]
        for start in starts:
            start.start()
        found = {keys.get(timeout=30) for _ in starts}
        for start in starts:
            start.join(30)
        assert len(found) == 1
        assert os.listdir(folder) == ["secret_key"]


@pytest.mark.parametrize("content", [b"", b"hunter2", b"\xff" * 40])
def test_a_damaged_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret_key"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(DATA_DIR=str(tmp_path)).with_secret_key()
    assert str(caught.value) == (
        f"SECRET_KEY is not set and {path} has no key of 32 bytes: "
        "restore the file, or remove it (all users must then sign in again)"
    )
    assert path.read_bytes() == content


def test_a_data_dir_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(ConfigError) as caught:
        load(DATA_DIR=str(tmp_path / "data")).with_secret_key()
    assert str(caught.value).startswith(f"DATA_DIR: {tmp_path}/data/secret_key cannot be used: ")


def test_a_failed_write_leaves_no_key_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left on device"):
        load(DATA_DIR=str(tmp_path)).with_secret_key()
    assert os.listdir(tmp_path) == []
