"""Every setting of the server: read from the environment and ``.env``, checked, then frozen.

Each field of ``Settings`` and ``Limits`` declares its parser, its default and its meaning in one
place. The variable is named after the field, in capitals; those of ``Limits`` begin with
``LIMIT_``. An empty value counts as none. What is wrong stops the start with one line, which
never shows a value that may hold a password.
"""

# `_setting` returns a dataclasses.field, as RUF009 cannot know.
# ruff: noqa: RUF009

from __future__ import annotations

import difflib
import json
import os
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar, cast
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

T = TypeVar("T")
Network = IPv4Network | IPv6Network
LogFormat = Literal["console", "json"]

MIN_SECRET_KEY_BYTES = 32
TEN_YEARS = 3650 * 86400


class ConfigError(ValueError):
    """Why the server does not start: one printable line that names the variable."""

    def __init__(self, line: str) -> None:
        super().__init__("".join(c if c.isprintable() else repr(c)[1:-1] for c in line))


class Secret:
    """Text that shows itself to ``reveal()`` only, not to logs, tracebacks or pickles."""

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "_text", text)

    def reveal(self) -> str:
        return self._text

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Secret does not change")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return "Secret('********')"

    def __str__(self) -> str:
        return "********"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled: pass reveal() where it has to go")


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: ``burst`` at once, refilled at ``per_second``."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class FileMedia:
    folder: Path


@dataclass(frozen=True, slots=True)
class S3Media:
    """Without an access key the usual AWS variables, files and roles apply."""

    bucket: str
    prefix: str
    region: str | None
    endpoint: str | None
    access_key: str | None
    secret_key: Secret | None


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable, as the documentation lists it."""

    name: str
    default: str
    meaning: str


# --- Parsers: text → value. Each refuses by saying what the variable must be. ---


class _Refused(Exception):
    """``shown`` is the text to quote in the error; None where it may hold a secret."""

    def __init__(self, wanted: str, shown: str | None = None) -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.shown = shown

    def line(self, name: str) -> str:
        # A URL in the wrong variable may bring a password with it.
        if self.shown is None or "@" in self.shown:
            return f"{name} must be {self.wanted}"
        return f"{name} must be {self.wanted}, not {json.dumps(self.shown[:80])}"


def _optional(parse: Callable[[str], T]) -> Callable[[str], T | None]:
    return lambda text: parse(text) if text else None


def _list_of(parse: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    return lambda text: tuple(parse(item.strip()) for item in text.split(",")) if text else ()


def _choice(*allowed: T) -> Callable[[str], T]:
    def parse(text: str) -> T:
        for one in allowed:
            if text.lower() == one:
                return one
        raise _Refused("one of " + ", ".join(map(str, allowed)), text)

    return parse


def _switch(text: str) -> bool:
    if text.lower() in ("on", "true", "1", "yes"):
        return True
    if text.lower() in ("off", "false", "0", "no"):
        return False
    raise _Refused("on or off", text)


def _number(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if re.fullmatch("[0-9]{1,18}", text) and low <= int(text) <= high:
            return int(text)
        raise _Refused(f"a number from {low} to {high}", text)

    return parse


def _port(text: str) -> int:
    if re.fullmatch("[0-9]{1,5}", text) and int(text) <= 65535:
        return int(text)
    raise _Refused("a number from 1 to 65535 (or 0: any free port)", text)


def _seconds(low: float, high: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) and low <= float(text) <= high:
            return float(text)
        raise _Refused(f"a number of seconds from {low:g} to {high:g}", text)

    return parse


_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZES = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def _duration(text: str) -> int:
    match = re.fullmatch("([0-9]{1,9})([smhd]?)", text)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < seconds <= TEN_YEARS:
        raise _Refused("a time such as 900, 15m or 30d, above 0 and at most 10 years", text)
    return seconds


def _size(low: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        match = re.fullmatch("([0-9]{1,15}) ?([kmg]i?b)?", text.lower())
        size = int(match[1]) * _SIZES[match[2] or ""] if match else 0
        if not low <= size < 2**53:
            raise _Refused(f"a size such as 131072, 25MB or 1GiB, at least {low} bytes", text)
        return size

    return parse


def _rate(text: str) -> Rate:
    match = re.fullmatch("([0-9]{1,9})/([0-9]{0,9})([smh])(?::([0-9]{1,9}))?", text)
    if match:
        count, seconds = int(match[1]), int(match[2] or 1) * _UNITS[match[3]]
        burst = int(match[4] or count)
        if count and seconds and burst:
            return Rate(count / seconds, burst)
    raise _Refused("a rate such as 10/s, 10/s:30 (burst 30) or 1/5m:5", text)


def _host(text: str) -> str:
    if re.fullmatch("[A-Za-z0-9._:%-]+", text):
        return text
    raise _Refused("an address or host name to listen on", text)


def _path(text: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(text)))


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        raise _Refused("addresses or networks such as 10.0.0.0/8", text) from None


def _split(text: str, schemes: tuple[str, ...], wanted: str) -> SplitResult:
    """The URL's parts, with a scheme out of ``schemes`` and a port that is a number."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        # Its message would quote the URL.
        raise _Refused(wanted) from None
    if parts.scheme not in schemes:
        raise _Refused(wanted)
    return parts


def _origin_of(text: str, wanted: str) -> str:
    """As browsers write it: lower case, no default port."""
    scheme = text.partition("://")[0].lower()
    if "://" not in text or not re.fullmatch("[a-z][a-z0-9+.-]*", scheme):
        raise _Refused(wanted, text)
    try:
        parts = _split(text, (scheme,), wanted)
        host = parts.hostname or ""
        if ":" in host:
            host = f"[{IPv6Address(host).compressed}]"
    except (_Refused, ValueError):
        raise _Refused(wanted, text) from None
    plain = re.fullmatch(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]", host)
    if not plain or "@" in parts.netloc or re.search("[?#]", text) or parts.path not in ("", "/"):
        raise _Refused(wanted, text)
    usual = {"http": 80, "https": 443}.get(scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{scheme}://{host}{port}"


def _origin(text: str) -> str:
    return _origin_of(text, "origins such as https://chat.example.com, or *")


def _origins(text: str) -> tuple[str, ...]:
    return ("*",) if text == "*" else _list_of(_origin)(text)


def _public_url(text: str) -> str:
    wanted = "an http(s) URL without a path, such as https://chat.example.com"
    if not text.lower().startswith(("http://", "https://")):
        raise _Refused(wanted, text)
    return _origin_of(text, wanted)


def _postgres_url(text: str) -> Secret:
    wanted = "postgres://user:password@host:port/name, special characters percent-encoded"
    parts = _split(text, ("postgres", "postgresql"), wanted)
    has_host = parts.hostname or dict(parse_qsl(parts.query)).get("host")
    if not has_host or len(parts.path) < 2 or parts.fragment:
        raise _Refused(wanted)
    return Secret("postgres://" + text.partition("://")[2])


def _database_url(text: str) -> Secret:
    """Three slashes before a relative path, four before an absolute one, as is usual."""
    if text.partition(":")[0].lower() in ("postgres", "postgresql"):
        return _postgres_url(text)
    path = text.removeprefix("sqlite:///")
    if path == text or not path or path.endswith("/") or re.search("[?#]|:memory:", path):
        raise _Refused("sqlite:///path/of/a/file or postgres://user:password@host:port/name")
    return Secret("sqlite:///" + quote(str(_path(unquote(path)))))


def _redis_url(text: str) -> Secret:
    wanted = "redis://[user:password@]host:port/0, rediss://… or unix:///path"
    parts = _split(text, ("redis", "rediss", "unix"), wanted)
    if parts.scheme == "unix":
        good = parts.path.startswith("/")
    else:
        good = bool(parts.hostname) and bool(re.fullmatch("(/[0-9]*)?", parts.path))
    if not good or parts.fragment:
        raise _Refused(wanted)
    return Secret(text)


def _smtp_url(text: str) -> Secret:
    wanted = "smtp://[user:password@]host:port or smtps://…"
    if not _split(text, ("smtp", "smtps"), wanted).hostname:
        raise _Refused(wanted)
    return Secret(text)


def _file_media(text: str) -> FileMedia:
    wanted = "file:/path/of/a/folder or s3://bucket?region=…&endpoint=…"
    parts = _split(text, ("file",), wanted)
    if parts.netloc or not parts.path or parts.query or parts.fragment:
        raise _Refused(wanted)
    return FileMedia(_path(unquote(parts.path)))


def _s3_media(text: str) -> S3Media:
    wanted = "s3://[key:secret@]bucket[/prefix]?region=…&endpoint=https://…"
    parts = _split(text, ("s3",), wanted)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    options = dict(pairs)
    bucket = parts.netloc.rpartition("@")[2]
    known = options.keys() <= {"region", "endpoint"} and len(options) == len(pairs)
    named = re.fullmatch("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket)
    if not known or not all(options.values()) or not named or parts.fragment:
        raise _Refused(wanted)
    if bool(parts.username) != bool(parts.password):
        raise _Refused(wanted)
    endpoint = options.get("endpoint")
    return S3Media(
        bucket=bucket,
        prefix=unquote(parts.path).strip("/"),
        region=options.get("region"),
        endpoint=_public_url(endpoint) if endpoint else None,
        access_key=unquote(parts.username) if parts.username else None,
        secret_key=Secret(unquote(parts.password)) if parts.password else None,
    )


def _media(text: str) -> FileMedia | S3Media:
    return _s3_media(text) if text.startswith("s3:") else _file_media(text)


def _media_url(text: str) -> Secret:
    media = _media(text)
    return Secret(media.folder.as_uri() if isinstance(media, FileMedia) else text)


def _vapid_subject(text: str) -> str:
    if re.fullmatch(r"mailto:\S+@\S+|https://\S+", text):
        return text
    raise _Refused("mailto:you@example.com or an https:// URL", text)


def _secret_key(text: str) -> Secret:
    if len(text.encode()) < MIN_SECRET_KEY_BYTES:
        raise _Refused(f"at least {MIN_SECRET_KEY_BYTES} bytes long")
    return Secret(text)


# --- The settings themselves ---


@dataclass(frozen=True, slots=True)
class _Declared:
    parse: Callable[[str], Any]
    default: str
    meaning: str
    derive: Callable[[Mapping[str, Any]], str] | None


def _setting(
    parse: Callable[[str], T],
    default: str,
    meaning: str,
    derive: Callable[[Mapping[str, Any]], str] | None = None,
) -> T:
    """A field read from its variable.

    ``derive`` makes the default's text of the fields above it; ``default`` then only tells of it.
    """
    declared = _Declared(parse, default, meaning, derive)
    # To the type checker a field is its value, as with dataclasses.field itself.
    if derive:
        return cast(T, field(metadata={"declared": declared}))
    return field(default_factory=lambda: parse(default), metadata={"declared": declared})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one client may do. A rate is ``COUNT/[N]UNIT[:BURST]``; without a burst it is COUNT."""

    signup: Rate = _setting(_rate, "10/h", "sign-ups from one address")
    signin: Rate = _setting(_rate, "100/h", "sign-ins from one address")
    signin_failures: Rate = _setting(
        _rate, "1/5m:5", "failed sign-ins for one login from one address"
    )
    send_message: Rate = _setting(_rate, "10/s:30", "messages sent by one user")
    typing: Rate = _setting(_rate, "2/s:5", "`typing` events on one socket")
    event: Rate = _setting(_rate, "20/s:60", "any other events on one socket")
    http: Rate = _setting(_rate, "20/s:60", "HTTP requests by one user, or address where open")
    uploads: Rate = _setting(_rate, "20/m", "uploads by one user")
    search: Rate = _setting(_rate, "5/s:10", "searches by one user")
    connections_per_address: int = _setting(
        _number(1, 10**6), "50", "open connections from one address"
    )
    connections_per_user: int = _setting(_number(1, 10**6), "20", "open connections of one user")
    connections_per_node: int = _setting(
        _number(1, 10**6), "10000", "open connections to one server process"
    )
    connections_per_second: int = _setting(
        _number(1, 10**6), "200", "new connections a second to one server process"
    )
    # Below the 20 s after which Engine.IO gives up a silent peer.
    handler_timeout: float = _setting(
        _seconds(0.01, 19), "10", "seconds that one event or request may take"
    )
    stored_bytes_per_user: int = _setting(_size(1), "1GiB", "attachments kept for one user")
    max_event_bytes: int = _setting(_size(1024), "128KiB", "one event or JSON body")
    max_upload_bytes: int = _setting(_size(1024), "25MB", "one uploaded file")


def _default_public_url(port: int) -> str:
    return _public_url(f"http://localhost:{port}")


def _is_sqlite(url: Secret) -> bool:
    return url.reveal().startswith("sqlite:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Made by ``load``; the order of fields is the order in which defaults are derived."""

    host: str = _setting(_host, "0.0.0.0", "address to listen on")
    port: int = _setting(_port, "8080", "port to listen on; 0 takes any free one")
    public_url: str = _setting(
        _public_url,
        "http://localhost:PORT",
        "URL at which users reach the server, without a path",
        derive=lambda values: _default_public_url(values["port"]),
    )
    data_dir: Path = _setting(_path, "./data", "folder for the database, media and secret key")
    database_url: Secret = _setting(
        _database_url,
        "sqlite:///DATA_DIR/chat.db",
        "`sqlite:///relative/path`, `sqlite:////absolute/path` or `postgres://…`",
        derive=lambda values: "sqlite:///" + quote(str(values["data_dir"] / "chat.db")),
    )
    database_replica_urls: tuple[Secret, ...] = _setting(
        _list_of(_postgres_url), "", "PostgreSQL replicas to read from, with commas between"
    )
    auto_migrate: bool = _setting(
        _switch,
        "on for SQLite, off for PostgreSQL",
        "bring the database's tables up to date at the start",
        derive=lambda values: "on" if _is_sqlite(values["database_url"]) else "off",
    )
    redis_url: Secret | None = _setting(
        _optional(_redis_url),
        "",
        "`redis://…`, `rediss://…` or `unix://…`, which several nodes need; none: one process",
    )
    secret_key: Secret | None = _setting(
        _optional(_secret_key),
        "",
        "signs tokens and links, at least 32 bytes; required with `REDIS_URL`, "
        "else made at the first start and kept in `DATA_DIR/secret_key`",
    )
    media_url: Secret = _setting(
        _media_url,
        "file:DATA_DIR/media",
        "`file:/folder` or `s3://[key:secret@]bucket[/prefix]?region=…&endpoint=…`",
        derive=lambda values: "file:" + quote(str(values["data_dir"] / "media")),
    )
    cors_origins: tuple[str, ...] = _setting(
        _origins, "", "origins of other web clients, with commas between, or `*`"
    )
    access_token_ttl: int = _setting(_duration, "900", "life of an access token (`900`, `15m`)")
    refresh_token_ttl: int = _setting(_duration, "30d", "life of a refresh token")
    rate_limits: bool = _setting(_switch, "on", "`off` lifts all limits, for benchmarks")
    trusted_proxies: tuple[Network, ...] = _setting(
        _list_of(_network),
        "",
        "addresses or networks whose `X-Forwarded-For` is believed, with commas between",
    )
    log_level: str = _setting(
        _choice("debug", "info", "warning", "error", "critical"), "info", "least level logged"
    )
    log_format: LogFormat = _setting(_choice("console", "json"), "console", "`console` or `json`")
    smtp_url: Secret | None = _setting(
        _optional(_smtp_url), "", "`smtp://…` or `smtps://…` to send mail through; none: no mail"
    )
    vapid_subject: str | None = _setting(
        _optional(_vapid_subject), "", "contact told to Web Push services: `mailto:…` or a URL"
    )
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def load(
        cls,
        environ: Mapping[str, str] | None = None,
        env_file: Path | None = Path(".env"),
    ) -> Settings:
        """The environment's settings over those of ``env_file``, if it exists.

        Writes nothing. Raises ``ConfigError``.
        """
        given = _given(os.environ if environ is None else environ, env_file)
        settings = cls(limits=Limits(**_values(Limits, given)), **_values(cls, given))
        _check_together(settings)
        return settings

    def with_secret_key(self) -> Settings:
        """With a key: the given one, or the one in ``DATA_DIR``, which is made when missing."""
        return self if self.secret_key else replace(self, secret_key=_kept_key(self.data_dir))

    def with_port(self, port: int) -> Settings:
        """For a server that was told port 0: the port that it got, in the default URL as well."""
        is_default = self.public_url == _default_public_url(self.port)
        url = _default_public_url(port) if is_default else self.public_url
        return replace(self, port=port, public_url=url)

    @property
    def signing_key(self) -> Secret:
        if self.secret_key is None:
            raise RuntimeError("there is no secret key before with_secret_key()")
        return self.secret_key

    @property
    def sqlite_path(self) -> Path | None:
        """None with PostgreSQL."""
        if not _is_sqlite(self.database_url):
            return None
        return Path(unquote(self.database_url.reveal().removeprefix("sqlite:///")))

    @property
    def media(self) -> FileMedia | S3Media:
        return _media(self.media_url.reveal())

    @property
    def limits_enabled(self) -> bool:
        return self.rate_limits

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Origins that may use the API from a browser; a ``*`` in it stands for all others.

        Requests that carry a cookie need an origin named here: ``origin in allowed_origins``.
        """
        origins = [self.public_url]
        if self.public_url == _default_public_url(self.port):
            origins.append(_public_url(f"http://127.0.0.1:{self.port}"))
        return tuple(dict.fromkeys([*origins, *self.cors_origins]))

    def allows_origin(self, origin: str) -> bool:
        return "*" in self.cors_origins or origin in self.allowed_origins


def _declared(cls: type[Settings] | type[Limits]) -> dict[str, _Declared]:
    return {f.name: f.metadata["declared"] for f in fields(cls) if "declared" in f.metadata}


def _variable(cls: type[Settings] | type[Limits], name: str) -> str:
    return ("LIMIT_" if cls is Limits else "") + name.upper()


SETTINGS: tuple[Setting, ...] = tuple(
    Setting(_variable(cls, name), declared.default, declared.meaning)
    for cls in (Settings, Limits)
    for name, declared in _declared(cls).items()
)
_KNOWN = frozenset(setting.name for setting in SETTINGS)
# docker-compose.yml reads the same .env, and these are for it alone.
_COMPOSE = re.compile("POSTGRES_PASSWORD|REDIS_PASSWORD|SEED|COMPOSE_[A-Z_]+")


def _values(cls: type[Settings] | type[Limits], given: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, declared in _declared(cls).items():
        variable = _variable(cls, name)
        text = _clean(variable, given.get(variable, ""))
        if not text:
            text = declared.derive(values) if declared.derive else declared.default
        try:
            values[name] = declared.parse(text)
        except _Refused as refused:
            raise ConfigError(refused.line(variable)) from None
    return values


def _clean(variable: str, text: str) -> str:
    text = text.strip()
    # URL parsing would skip control characters in silence; surrogates are bytes that are no UTF-8.
    if re.search("[\x00-\x1f\x7f\ud800-\udfff]", text):
        raise ConfigError(f"{variable} must be one line of UTF-8 without control characters")
    return text


def _check_together(settings: Settings) -> None:
    if settings.redis_url and not settings.secret_key:
        raise ConfigError("SECRET_KEY must be set when REDIS_URL is: all nodes share it")
    if settings.database_replica_urls and _is_sqlite(settings.database_url):
        raise ConfigError("DATABASE_REPLICA_URLS needs PostgreSQL in DATABASE_URL, not SQLite")
    if settings.access_token_ttl >= settings.refresh_token_ttl:
        raise ConfigError("ACCESS_TOKEN_TTL must be shorter than REFRESH_TOKEN_TTL")


# --- Where values come from ---


def _given(environ: Mapping[str, str], env_file: Path | None) -> dict[str, str]:
    kept = _read_env_file(env_file) if env_file else {}
    for name in environ:
        # The environment holds other programs' variables, but these can only be meant for us.
        if name.startswith("LIMIT_") and name not in _KNOWN:
            raise ConfigError(f"unknown setting {name} in the environment{_hint(name)}")
    return kept | {name: text for name, text in environ.items() if name in _KNOWN}


def _hint(name: str) -> str:
    near = difflib.get_close_matches(name, sorted(_KNOWN), n=1, cutoff=0.8)
    return f" (is it {near[0]}?)" if near else ""


# A value is quoted, or plain up to a blank before "#". NAME=#x is refused: it can be read two ways.
_ENV_LINE = re.compile(
    r"(?:export\s+)?(?P<name>[A-Z][A-Z0-9_]*)\s*=\s*"
    r"""(?:'(?P<literal>[^']*)'|"(?P<escaped>(?:[^"\\]|\\["\\])*)"|(?P<plain>[^\s'"#](?:.*?\S)??)?)"""
    r"(?:\s+#.*)?"
)


def _read_env_file(path: Path) -> dict[str, str]:
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    values: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        where = f"{path}, line {number}"
        pair = _read_env_line(line, where)
        if pair and pair[0] in values:
            raise ConfigError(f"{where}: {pair[0]} is there twice")
        if pair:
            values[pair[0]] = pair[1]
    return values


def _read_env_line(line: bytes, where: str) -> tuple[str, str] | None:
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
    if name not in _KNOWN and not _COMPOSE.fullmatch(name):
        raise ConfigError(f"{where}: unknown setting {name}{_hint(name)}")
    escaped = match["escaped"]
    if escaped is not None:
        return name, re.sub(r"\\(.)", r"\1", escaped)
    return name, match["literal"] or match["plain"] or ""


# --- The embedded server's own key ---


def _kept_key(folder: Path) -> Secret:
    path = folder / "secret_key"
    try:
        if not path.exists():
            _make_key(path)
        return _secret_key(path.read_text("utf-8").strip())
    except OSError as error:
        raise ConfigError(f"SECRET_KEY is not set and {path} fails: {error.strerror}") from None
    except (_Refused, UnicodeDecodeError):
        raise ConfigError(
            f"SECRET_KEY is not set and {path} holds no key of {MIN_SECRET_KEY_BYTES} bytes: "
            "restore the file, or remove it (everyone then signs in again)"
        ) from None


def _make_key(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(MIN_SECRET_KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link fails when another process was first: then its key counts.
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
