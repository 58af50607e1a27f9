"""Where settings come from: the environment, and ``.env`` below it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path

from server.config.values import ConfigError

# docker-compose.yml reads the same .env, and these are for it alone.
_COMPOSE = re.compile(
    "(POSTGRES|REDIS)_PASSWORD|(POSTGRES|REDIS|SERVER)_MEMORY|(POSTGRES|REDIS|PYTHON|NODE)_IMAGE"
    "|PUBLISH_ADDR|SEED|COMPOSE_[A-Z_]+"
)


# NAME_FILE is the path of a file that holds the value of NAME, as container secrets come.
_FILE = "_FILE"
# No secret is longer than this, and no wrong path (a log, a device) is read for ever.
_LONGEST_SECRET = 64 * 1024


def given_values(
    environ: Mapping[str, str],
    env_file: Path | None,
    known: frozenset[str],
    secrets: frozenset[str] = frozenset(),
) -> dict[str, str]:
    """The known settings of the environment, over those of the file.

    Those in ``secrets`` may stand in files of their own, named by ``NAME_FILE``.
    """
    files = frozenset(name + _FILE for name in secrets)
    kept = _read_env_file(env_file, known | files) if env_file else {}
    for name in environ:
        # The environment holds other programs' variables, but these can only be meant for us.
        if name.startswith("LIMIT_") and name not in known:
            raise ConfigError(f"unknown setting {name} in the environment{_hint(name, known)}")
    given = {name: text for name, text in environ.items() if name in known | files}
    return _with_secrets(kept, files) | _with_secrets(given, files)


def _with_secrets(given: Mapping[str, str], files: frozenset[str]) -> dict[str, str]:
    """What one source gives, with the contents of the files that it names."""
    values = {name: text for name, text in given.items() if name not in files}
    for variable in sorted(given.keys() & files):
        path, name = given[variable].strip(), variable.removesuffix(_FILE)
        if path and values.get(name, "").strip():
            raise ConfigError(f"{name} and {variable} are both set, and only one can count")
        if path:
            values[name] = _read_secret(variable, path)
    return values


def _read_secret(variable: str, path: str) -> str:
    """The file's text without blanks around it. Errors do not quote it."""
    try:
        with open(path, "rb") as file:
            raw = file.read(_LONGEST_SECRET + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "this is no path"
        raise ConfigError(f"{variable}: {path} cannot be read: {why}") from None
    try:
        text = raw.decode().strip()
    except UnicodeDecodeError:
        raise ConfigError(f"{variable}: {path} is not UTF-8") from None
    if not text or len(raw) > _LONGEST_SECRET:
        what = "is too large" if text else "is empty"
        raise ConfigError(f"{variable}: {path} {what}")
    return text


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
