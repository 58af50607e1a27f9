"""The settings: each field declares its parser, its default and its meaning in one place.

The variable is named after the field, in capitals; those of ``Limits`` begin with ``LIMIT_``. An
empty value counts as none.
"""

# `_setting` returns a dataclasses.field, as RUF009 cannot know.
# ruff: noqa: RUF009

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, cast
from urllib.parse import quote, urlsplit

from server.config import parsing
from server.config.environment import given_values
from server.config.kept_key import kept_key
from server.config.values import (
    ConfigError,
    FileMedia,
    Network,
    S3Media,
    Secret,
    Setting,
)
from server.limits import Rate

T = TypeVar("T")
LogFormat = Literal["console", "json"]


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

    signup: Rate = _setting(parsing.rate, "10/h", "sign-ups from one address")
    signin: Rate = _setting(parsing.rate, "100/h", "sign-ins from one address")
    signin_failures: Rate = _setting(
        parsing.rate, "1/5m:5", "failed sign-ins for one login from one address"
    )
    send_message: Rate = _setting(parsing.rate, "10/s:30", "messages sent by one user")
    typing: Rate = _setting(parsing.rate, "2/s:5", "`typing` events on one socket")
    event: Rate = _setting(parsing.rate, "20/s:60", "any other events on one socket")
    http: Rate = _setting(
        parsing.rate, "20/s:60", "HTTP requests by one user, or address where open"
    )
    mail: Rate = _setting(parsing.rate, "5/h", "mails to one address")
    uploads: Rate = _setting(parsing.rate, "20/m", "uploads by one user")
    search: Rate = _setting(parsing.rate, "5/s:10", "searches by one user")
    connections_per_address: int = _setting(
        parsing.number(1, 10**6), "50", "open connections from one address"
    )
    connections_per_user: int = _setting(
        parsing.number(1, 10**6), "20", "open connections of one user"
    )
    connections_per_node: int = _setting(
        parsing.number(1, 10**6), "10000", "open connections to one server process"
    )
    connections_per_second: int = _setting(
        parsing.number(1, 10**6), "200", "new connections a second to one server process"
    )
    # Below the 20 s after which Engine.IO gives up a silent peer.
    handler_timeout: float = _setting(
        parsing.seconds(0.01, 19), "10", "seconds that one event or request may take"
    )
    stored_bytes_per_user: int = _setting(parsing.size(1), "1GiB", "attachments kept for one user")
    max_event_bytes: int = _setting(parsing.size(1024), "128KiB", "one event or JSON body")
    max_upload_bytes: int = _setting(parsing.size(1024), "25MB", "one uploaded file")


def _default_public_url(port: int) -> str:
    return parsing.public_url(f"http://localhost:{port}")


def _is_sqlite(url: Secret) -> bool:
    return url.reveal().startswith("sqlite:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Made by ``load``; the order of fields is the order in which defaults are derived."""

    host: str = _setting(parsing.host, "0.0.0.0", "address to listen on")
    port: int = _setting(parsing.port, "8080", "port to listen on; 0 takes any free one")
    public_url: str = _setting(
        parsing.public_url,
        "http://localhost:PORT",
        "URL at which users reach the server, without a path",
        derive=lambda values: _default_public_url(values["port"]),
    )
    data_dir: Path = _setting(
        parsing.absolute_path, "./data", "folder for the database, media and secret key"
    )
    database_url: Secret = _setting(
        parsing.database_url,
        "sqlite:///DATA_DIR/chat.db",
        "`sqlite:///relative/path`, `sqlite:////absolute/path` or `postgres://…`",
        derive=lambda values: "sqlite:///" + quote(str(values["data_dir"] / "chat.db")),
    )
    database_replica_urls: tuple[Secret, ...] = _setting(
        parsing.list_of(parsing.postgres_url),
        "",
        "PostgreSQL replicas to read from, with commas between",
    )
    auto_migrate: bool = _setting(
        parsing.switch,
        "on for SQLite, off for PostgreSQL",
        "bring the database's tables up to date at the start",
        derive=lambda values: "on" if _is_sqlite(values["database_url"]) else "off",
    )
    redis_url: Secret | None = _setting(
        parsing.optional(parsing.redis_url),
        "",
        "`redis://…`, `rediss://…` or `unix://…`, which several nodes need; none: one process",
    )
    secret_key: Secret | None = _setting(
        parsing.optional(parsing.secret_key),
        "",
        "signs tokens and links, at least 32 bytes; required with `REDIS_URL`, "
        "else made at the first start and kept in `DATA_DIR/secret_key`",
    )
    media_url: Secret = _setting(
        parsing.media_url,
        "file:DATA_DIR/media",
        "`file:/folder` or `s3://[key:secret@]bucket[/prefix]?region=…&endpoint=…`",
        derive=lambda values: "file:" + quote(str(values["data_dir"] / "media")),
    )
    cors_origins: tuple[str, ...] = _setting(
        parsing.origins, "", "origins of other web clients, with commas between, or `*`"
    )
    access_token_ttl: int = _setting(
        parsing.duration, "900", "life of an access token (`900`, `15m`)"
    )
    refresh_token_ttl: int = _setting(parsing.duration, "30d", "life of a refresh token")
    rate_limits: bool = _setting(parsing.switch, "on", "`off` lifts all limits, for benchmarks")
    trusted_proxies: tuple[Network, ...] = _setting(
        parsing.list_of(parsing.network),
        "",
        "addresses or networks whose `X-Forwarded-For` is believed, with commas between",
    )
    log_level: str = _setting(
        parsing.choice("debug", "info", "warning", "error", "critical"),
        "info",
        "least level logged",
    )
    log_format: LogFormat = _setting(
        parsing.choice("console", "json"), "console", "`console` or `json`"
    )
    smtp_url: Secret | None = _setting(
        parsing.optional(parsing.smtp_url),
        "",
        "`smtp://…` or `smtps://…` to send mail through; none: no mail",
    )
    mail_from: str | None = _setting(
        parsing.optional(parsing.mail_address),
        "",
        "sender of mail; none: `noreply@` the host of `PUBLIC_URL`",
    )
    vapid_subject: str | None = _setting(
        parsing.optional(parsing.vapid_subject),
        "",
        "contact told to Web Push services: `mailto:…` or a URL; none: `PUBLIC_URL`, "
        "or while that is no https one, `admin@` its host",
    )
    push_private_hosts: tuple[str, ...] = _setting(
        parsing.list_of(parsing.host_name),
        "",
        "hosts of push services in one's own network, with commas between; "
        "all others must have public addresses and TLS",
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
        given = given_values(os.environ if environ is None else environ, env_file, _KNOWN)
        settings = cls(limits=Limits(**_values(Limits, given)), **_values(cls, given))
        _check_together(settings)
        return settings

    def with_secret_key(self) -> Settings:
        """With a key: the given one, or the one in ``DATA_DIR``, which is made when missing."""
        return self if self.secret_key else replace(self, secret_key=kept_key(self.data_dir))

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
    def media(self) -> FileMedia | S3Media:
        return parsing.media_of(self.media_url.reveal())

    @property
    def mail_sender(self) -> str:
        return self.mail_from or f"noreply@{urlsplit(self.public_url).hostname}"

    @property
    def push_contact(self) -> str:
        if self.vapid_subject:
            return self.vapid_subject
        secure = self.public_url.startswith("https:")
        return self.public_url if secure else f"mailto:admin@{urlsplit(self.public_url).hostname}"

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
            origins.append(parsing.public_url(f"http://127.0.0.1:{self.port}"))
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


def _values(cls: type[Settings] | type[Limits], given: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, declared in _declared(cls).items():
        variable = _variable(cls, name)
        text = _clean(variable, given.get(variable, ""))
        if not text:
            text = declared.derive(values) if declared.derive else declared.default
        try:
            values[name] = declared.parse(text)
        except parsing.Refused as refused:
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
