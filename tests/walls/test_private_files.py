"""Only the owner can open the files on disk, also if the folder existed before."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from server.backends.private import make_private
from tests.support.node import Node
from tests.support.settings import load
from tests.support.world import signup


def modes(folder: Path) -> dict[str, int]:
    """The modes of everything below a folder that others could open, by path."""
    found = [folder, *folder.rglob("*")]
    return {
        str(path.relative_to(folder)): mode
        for path in found
        if (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077 and path.name != "node.log"
    }


@contextmanager
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Node]:
    """A running node. Its log is in another folder, because the log belongs to the test."""
    node = Node(folder.parent / f"log of {folder.name}", DATA_DIR=str(folder), **settings)
    with usual_umask():
        node.start()
    try:
        yield node
    finally:
        node.stop()


async def use(node: Node) -> None:
    user = await signup(node)
    try:
        await user.http("PATCH", "/users/me", {"display_name": "somebody"})
    finally:
        await user.close()


@pytest.mark.parametrize("there_before", [False, True])
async def test_a_data_folder(tmp_path: Path, there_before: bool) -> None:
    folder = tmp_path / "data"
    if there_before:
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
    with running(folder) as node:
        await use(node)
        assert modes(folder) == {}
    assert (folder / "chat.db").exists()


async def test_what_an_earlier_version_left_open_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with running(folder):
        pass
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (folder / "media").mkdir(exist_ok=True)
    (folder / "media").chmod(0o755)
    with running(folder) as node:
        await use(node)
        assert modes(folder) == {}


async def test_a_folder_with_other_things_in_it_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "somebody's").write_text("something")
    (folder / "somebody's").chmod(0o644)
    with running(folder) as node:
        await use(node)
        assert set(modes(folder)) == {".", "somebody's"}
        assert "DATA_DIR holds other things too" in node.log_text()


async def test_a_folder_behind_a_link_is_closed(tmp_path: Path) -> None:
    folder, link = tmp_path / "data", tmp_path / "link"
    folder.mkdir()
    folder.chmod(0o755)
    for name in ("chat.db", "secret_key"):
        (tmp_path / f"its {name}").write_text("k" * 40 if name == "secret_key" else "")
        (tmp_path / f"its {name}").chmod(0o644)
        (folder / name).symlink_to(tmp_path / f"its {name}")
    link.symlink_to(folder)
    with running(link) as node:
        await use(node)
        assert modes(folder) == {}
    assert link.is_symlink() and (folder / "chat.db").is_symlink()


async def test_media_behind_a_link_may_be_shared(tmp_path: Path) -> None:
    folder, shared = tmp_path / "data", tmp_path / "shared"
    for each in (folder, shared):
        each.mkdir()
        each.chmod(0o755)
    (folder / "media").symlink_to(shared)
    with running(folder):
        assert stat.S_IMODE(shared.stat().st_mode) == 0o755
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_cannot_be_closed_stops_no_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a key on a file system that is read only."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "read-only file system")

    (tmp_path / "secret_key").write_text("k" * 40)
    (tmp_path / "secret_key").chmod(0o644)
    settings = load(DATA_DIR=str(tmp_path))
    monkeypatch.setattr(Path, "chmod", refuse)
    with capture_logs() as lines:
        make_private(settings)
    assert any("secret_key" in str(line.get("path")) for line in lines)


async def test_a_volume_of_its_own_is_closed(tmp_path: Path) -> None:
    """It may have the folder that its file system made, whose owner is root."""
    folder = tmp_path / "data"
    (folder / "lost+found").mkdir(parents=True, mode=0o700)
    folder.chmod(0o755)
    with running(folder) as node:
        await use(node)
        assert modes(folder) == {}
        assert "DATA_DIR holds other things too" not in node.log_text()


def test_commands_leave_nothing_open_either(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    node = Node(tmp_path / "log", DATA_DIR=str(folder))
    with usual_umask():
        assert node.run("migrate", "up").returncode == 0
    assert modes(folder) == {}
