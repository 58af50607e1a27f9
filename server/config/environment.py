"""Reads the texts of settings from the environment and from ``.env``. The environment takes
precedence."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from server.config.values import ConfigError

# docker-compose.yml reads the same .env. These variables are only for it.
_COMPOSE = re.compile(
    "(POSTGRES|REDIS)_PASSWORD|(POSTGRES|REDIS|SERVER)_MEMORY|(POSTGRES|REDIS|PYTHON|NODE)_IMAGE"
    "|PUBLISH_ADDR|SEED|COMPOSE_[A-Z_]+"
)


# NAME_FILE is the path of a file with the value of NAME, as for container secrets.
_FILE = "_FILE"
# No secret is longer than this. The limit keeps a wrong path (a log, a device) from being read
# forever.
_LONGEST_SECRET = 64 * 1024


# How alike two names must be (0 to 1) for one to count as a misspelling of the other. The variables
# of other programs are seldom as similar to a setting's name.
_NEAR = 0.85


@dataclass(frozen=True, slots=True)
class Given:
    """The text of a setting, and the variable that it came from: ``NAME`` or ``NAME_FILE``."""

    text: str
    variable: str


def given_values(
    environ: Mapping[str, str],
    env_file: Path | None,
    known: frozenset[str],
    secrets: frozenset[str] = frozenset(),
) -> dict[str, Given]:
    """The known settings from the file and the environment, which takes precedence.

    Those in ``secrets`` may be in separate files, named by ``NAME_FILE``.
    """
    files = frozenset(name + _FILE for name in secrets)
    kept = _read_env_file(env_file, known | files) if env_file else {}
    for name in environ:
        # The environment has variables of other programs, but these can only be meant for us.
        if name.startswith("LIMIT_") and name not in known:
            raise ConfigError(f"unknown setting {name} in the environment{_hint(name, known)}")
    given = {name: text for name, text in environ.items() if name in known | files}
    return _with_secrets(kept, files) | _with_secrets(given, files)


def _with_secrets(given: Mapping[str, str], files: frozenset[str]) -> dict[str, Given]:
    """The settings of one source, with the contents of the files that it names."""
    values = {name: Given(text, name) for name, text in given.items() if name not in files}
    for variable in sorted(given.keys() & files):
        path, name = given[variable].strip(), variable.removesuffix(_FILE)
        if path and given.get(name, "").strip():
            raise ConfigError(f"{name} and {variable} are both set; set only one of them")
        if path:
            values[name] = Given(_read_secret(variable, path), variable)
    return values


def _read_secret(variable: str, path: str) -> str:
    """The text of the file without surrounding blanks. Errors do not quote it."""
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


def near_misses(environ: Mapping[str, str], known: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The variables whose names look like misspelled names of settings, each with that setting.
    Less similar names are left out, because the environment has variables of other programs too.
    """
    for name in sorted(environ):
        plain = name.upper().replace("-", "_")
        if name not in known and not _COMPOSE.fullmatch(name):
            near = difflib.get_close_matches(plain, sorted(known), n=1, cutoff=_NEAR)
            if near:
                yield name, near[0]


def _hint(name: str, known: frozenset[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.8)
    return f" (is it {near[0]}?)" if near else ""


# A value is quoted, or plain up to a blank before "#". NAME=#x is refused, because it is ambiguous.
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
            raise ConfigError(f"{where}: {pair[0]} is set twice")
        if pair:
            values[pair[0]] = pair[1]
    return values


def _read_env_line(line: bytes, where: str, known: frozenset[str]) -> tuple[str, str] | None:
    """The name and value on a line; None for a blank line or a comment. Errors do not quote the
    line, because it may contain a secret."""
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
