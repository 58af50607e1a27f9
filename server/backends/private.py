"""Closes files to other users of the machine that an earlier version or ``mkdir`` left open."""

from __future__ import annotations

import stat
from pathlib import Path

import structlog

from server.backends.database import is_sqlite, sqlite_path
from server.config import FileMedia, Settings

log = structlog.get_logger("server")

OTHERS = stat.S_IRWXG | stat.S_IRWXO
# The suffixes of a SQLite file and of the files that belong to it.
SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal", ".lock")


def make_private(settings: Settings) -> None:
    """Lets only their owner open the database's file, the key, and the folders of files below
    ``DATA_DIR``; also ``DATA_DIR`` itself, unless it contains anything else. If one of these is a
    link, the link's target is changed.

    Files that belong to another user, or that cannot be changed, stay as they are, with a warning
    in the log. A media folder elsewhere may be shared on purpose, so its mode is left to the
    operator, also where a link in ``DATA_DIR`` leads there.
    """
    ours = {settings.data_dir / "secret_key", settings.data_dir / "incoming"}
    url = settings.database_url.reveal()
    if is_sqlite(url):
        file = sqlite_path(url)
        ours |= {file.with_name(file.name + suffix) for suffix in SQLITE_SUFFIXES}
    media = settings.media
    if isinstance(media, FileMedia) and settings.data_dir in media.folder.parents:
        ours.add(media.folder)
    for path in sorted(ours):
        if not (isinstance(media, FileMedia) and path == media.folder and _leads_out(path)):
            _close(path)
    if settings.data_dir.is_dir():
        if all(found in ours or _is_nobodys(found) for found in settings.data_dir.iterdir()):
            _close(settings.data_dir)
        elif _is_open(settings.data_dir):
            log.warning(
                "DATA_DIR holds other things too, and other users may look into it",
                folder=str(settings.data_dir),
            )


def _leads_out(folder: Path) -> bool:
    """Whether it is a link to somewhere outside of the folder that it stands in."""
    return folder.parent.resolve() not in folder.resolve().parents


def _is_nobodys(path: Path) -> bool:
    """Whether the path is the folder that a file system makes for itself at its root."""
    return path.name == "lost+found" and path.is_dir()


def _close(path: Path) -> None:
    if not path.exists() or not _is_open(path):
        return
    try:
        path.chmod(path.stat().st_mode & ~OTHERS)
    except OSError:
        log.warning("other users can open this, and this server cannot change that", path=str(path))


def _is_open(path: Path) -> bool:
    return bool(path.stat().st_mode & OTHERS)
