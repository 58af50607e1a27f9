"""The secret key of a server without SECRET_KEY. It is made at the first start and stored."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from server.config import parsing
from server.config.values import MIN_SECRET_KEY_BYTES, ConfigError, Secret


def kept_key(folder: Path) -> Secret:
    path = folder / "secret_key"
    try:
        if not path.exists():
            _make_key(path)
        return parsing.secret_key(path.read_text("utf-8").strip())
    except OSError as error:
        raise ConfigError(
            f"DATA_DIR: {path} cannot be used: {error.strerror} (needed, as SECRET_KEY is not set)"
        ) from None
    except (parsing.SettingRefused, UnicodeDecodeError):
        raise ConfigError(
            f"SECRET_KEY is not set and {path} has no key of {MIN_SECRET_KEY_BYTES} bytes: "
            "restore the file, or remove it (all users must then sign in again)"
        ) from None


def _make_key(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(MIN_SECRET_KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link fails if another process was first. Then its key is used.
        with suppress(FileExistsError):
            os.link(draft, path)
        _sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
