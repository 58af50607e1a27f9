"""Settings for the tests, and the error line of wrong ones."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from pathlib import Path

import pytest

from server.config import ConfigError, Settings

KEY = "k" * 32
POSTGRES = "postgres://chat:hunter2@db:5432/chat"


def load(**environ: str) -> Settings:
    return Settings.load(environ, env_file=None)


def refusal(environ: Mapping[str, str], env_file: Path | None = None) -> str:
    """The single line with which the server refuses to start with these settings."""
    with pytest.raises(ConfigError) as caught:
        Settings.load(environ, env_file)
    line = str(caught.value)
    assert line.isprintable()
    assert "hunter2" not in "".join(traceback.format_exception(caught.value, chain=True))
    return line
