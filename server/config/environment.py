"""Where settings come from: the environment, and ``.env`` below it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path

from server.config.values import ConfigError

# docker-compose.yml reads the same .env, and these are for it alone.
_COMPOSE = re.compile("POSTGRES_PASSWORD|REDIS_PASSWORD|SEED|COMPOSE_[A-Z_]+")


def given_values(
    environ: Mapping[str, str], env_file: Path | None, known: frozenset[str]
) -> dict[str, str]:
    """The known settings of the environment, over those of the file."""
    kept = _read_env_file(env_file, known) if env_file else {}
    for name in environ:
        # The environment holds other programs' variables, but these can only be meant for us.
        if name.startswith("LIMIT_") and name not in known:
            raise ConfigError(f"unknown setting {name} in the environment{_hint(name, known)}")
    return kept | {name: text for name, text in environ.items() if name in known}


def _hint(name: str, known: frozenset[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.8)
    return f" (is it {near[0]}?)" if near else ""


# A value is quoted, or plain up to a blank before "#". NAME=#x is refused: it can be read two ways.
_ENV_LINE = re.compile(
    r"(?:export\s+)?(?P<name>[A-Z][A-Z0-9_]*)\s*=\s*"
    r"""(?:'(?P<literal>[^']*)'|"(?P<escaped>(?:[^"\\]|\\["\\])*)"|(?P<plain>[^\s'"#](?:.*?\S)??)?)"""
    r"(?:\s+#.*)?"
)


def _read_env_file(path: Path, known: frozenset[str]) -> dict[str, str]:
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    values: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        where = f"{path}, line {number}"
        pair = _read_env_line(line, where, known)
        if pair and pair[0] in values:
            raise ConfigError(f"{where}: {pair[0]} is there twice")
        if pair:
            values[pair[0]] = pair[1]
    return values


def _read_env_line(line: bytes, where: str, known: frozenset[str]) -> tuple[str, str] | None:
    """None for a blank line or a comment. Errors do not quote the line: it may hold a secret."""
    try:
        text = line.decode().strip()
    except UnicodeDecodeError:
        raise ConfigError(f"{where} is not UTF-8") from None
    if not text or text.startswith("#"):
        return None
    match = _ENV_LINE.fullmatch(text)
    if not match:
        raise ConfigError(f"{where} is not NAME=value")
    name = match["name"]
    if name not in known and not _COMPOSE.fullmatch(name):
        raise ConfigError(f"{where}: unknown setting {name}{_hint(name, known)}")
    escaped = match["escaped"]
    if escaped is not None:
        return name, re.sub(r"\\(.)", r"\1", escaped)
    return name, match["literal"] or match["plain"] or ""
