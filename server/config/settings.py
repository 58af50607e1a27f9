"""The settings. Each field declares its parser, its default and its meaning in one place.

A variable has the name of its field in capitals; those of ``Limits`` begin with ``LIMIT_``. An
empty value counts as not set.
"""

# `setting` returns a dataclasses.field, as RUF009 cannot know.
# ruff: noqa: RUF009

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

from server.config import parsing, urls
from server.config.declared import declared, read_settings, setting
from server.config.environment import given_values
from server.config.kept_key import kept_key
from server.config.limits import Limits
from server.config.values import (
    Address,
    ConfigError,
    FileMedia,
    Network,
    S3Media,
    Secret,
    Setting,
)

LogFormat = Literal["console", "json"]
# The prefix of the variables of limits.
_LIMIT = "LIMIT_"


def _default_public_url(port: int) -> str:
    return urls.public_url(f"http://localhost:{port}")


def _is_sqlite(url: Secret) -> bool:
    return url.reveal().startswith("sqlite:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, made by ``load``. Defaults are derived in the order of the fields."""

    host: str = setting(parsing.host, "0.0.0.0", "address to listen on")
    port: int = setting(parsing.port, "8080", "port to listen on; 0 takes any free port")
    public_url: str = setting(
        urls.public_url,
        "http://localhost:PORT",
        "URL at which users reach the server, without a path",
        derive=lambda values: _default_public_url(values["port"]),
    )
    data_dir: Path = setting(
        parsing.absolute_path, "./data", "folder for the database, the media and the secret key"
    )
    database_url: Secret = setting(
        urls.database_url,
        "sqlite:///DATA_DIR/chat.db",
        "`sqlite:///relative/path`, `sqlite:////absolute/path` or `postgres://…`",
        derive=lambda values: "sqlite:///" + quote(str(values["data_dir"] / "chat.db")),
        secret=True,
    )
    database_replica_urls: tuple[Secret, ...] = setting(
        parsing.list_of(urls.postgres_url),
        "",
        "PostgreSQL replicas to read from, separated by commas",
        secret=True,
    )
    auto_migrate: bool = setting(
        parsing.switch,
        "on for SQLite, off for PostgreSQL",
        "whether the server migrates the database when it starts",
        derive=lambda values: "on" if _is_sqlite(values["database_url"]) else "off",
    )
    redis_url: Secret | None = setting(
        parsing.optional(urls.redis_url),
        "",
        "`redis://…`, `rediss://…` or `unix://…`; required for several nodes, not needed for one",
        secret=True,
    )
    secret_key: Secret | None = setting(
        parsing.optional(parsing.secret_key),
        "",
        "key that signs tokens and links, at least 32 bytes; required with `REDIS_URL`. "
        "Without it, the first start makes a key and keeps it in `DATA_DIR/secret_key`",
        secret=True,
    )
    media_url: Secret = setting(
        urls.media_url,
        "file:DATA_DIR/media",
        "`file:/folder` or `s3://[key:secret@]bucket[/prefix]?region=…&endpoint=…`",
        derive=lambda values: "file:" + quote(str(values["data_dir"] / "media")),
        secret=True,
    )
    disk_reserve: int = setting(
        parsing.size(0),
        "512MiB",
        "space on the disk that uploads leave free; on a small disk, a twentieth of the disk",
    )
    cors_origins: tuple[str, ...] = setting(
        urls.parse_origins, "", "origins of other web clients, separated by commas, or `*`"
    )
    access_token_ttl: int = setting(
        parsing.parse_duration,
        "900",
        "how long an access token is valid: seconds, or a time such as `15m`, `12h` or `30d`",
    )
    refresh_token_ttl: int = setting(
        parsing.parse_duration, "30d", "how long a refresh token is valid"
    )
    session_max_age: int = setting(
        parsing.parse_duration, "180d", "how long a session lasts at most, even if it is refreshed"
    )
    rate_limits: bool = setting(parsing.switch, "on", "`off` lifts all limits, for benchmarks")
    trusted_proxies: tuple[Network, ...] = setting(
        parsing.list_of(parsing.network),
        "",
        "addresses or networks of proxies whose `X-Forwarded-For` is trusted, separated by commas",
    )
    log_level: str = setting(
        parsing.choice("debug", "info", "warning", "error", "critical"),
        "info",
        "lowest level that is logged: `debug`, `info`, `warning`, `error` or `critical`",
    )
    log_format: LogFormat = setting(
        parsing.choice("console", "json"), "console", "`console` or `json`"
    )
    metrics_token: Secret | None = setting(
        parsing.optional(parsing.metrics_token),
        "",
        "Bearer token for reading `/metrics`, at least 16 characters. Without it, `/metrics` is "
        "served at `METRICS_ADDR` only",
        secret=True,
    )
    metrics_addr: Address | None = setting(
        parsing.optional(parsing.listen_address),
        "",
        "`address:port` of a separate listener for `/metrics`. If it is set, `/metrics` is served "
        "nowhere else; port 0 takes any free port",
    )
    smtp_url: Secret | None = setting(
        parsing.optional(urls.smtp_url),
        "",
        "`smtp://…` or `smtps://…`, the server that sends email. Without it, no email is sent",
        secret=True,
    )
    mail_from: str | None = setting(
        parsing.optional(parsing.mail_address),
        "",
        "sender of email. Without it, the sender is `noreply@` and the host of `PUBLIC_URL`",
    )
    vapid_subject: str | None = setting(
        parsing.optional(parsing.vapid_subject),
        "",
        "contact for Web Push services: `mailto:…` or an `https://` URL. Without it, the contact "
        "is `PUBLIC_URL` if it begins with `https`, else `admin@` and its host",
    )
    push_private_hosts: tuple[str, ...] = setting(
        parsing.list_of(parsing.host_name),
        "",
        "hosts of push services in your own network, separated by commas. "
        "All other push services must have public addresses and TLS",
    )
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def load(
        cls,
        environ: Mapping[str, str] | None = None,
        env_file: Path | None = Path(".env"),
    ) -> Settings:
        """The settings from the environment and, if it exists, from ``env_file``. The environment
        takes precedence.

        Writes nothing. Raises ``ConfigError``.
        """
        given = given_values(os.environ if environ is None else environ, env_file, _NAMES, SECRETS)
        settings = cls(
            limits=Limits(**read_settings(Limits, given, _LIMIT)), **read_settings(cls, given)
        )
        _check_together(settings)
        return settings

    def with_secret_key(self) -> Settings:
        """A copy with a secret key: the given one, or the one in ``DATA_DIR``, which is made if it
        is missing."""
        return self if self.secret_key else replace(self, secret_key=kept_key(self.data_dir))

    def with_port(self, port: int) -> Settings:
        """A copy with the port that the system chose for port 0, also in the default URL."""
        url = _default_public_url(port) if self.has_default_url else self.public_url
        return replace(self, port=port, public_url=url)

    @property
    def has_default_url(self) -> bool:
        """Whether PUBLIC_URL, by which users reach the server, has its default value."""
        return self.public_url == _default_public_url(self.port)

    @property
    def signing_key(self) -> Secret:
        if self.secret_key is None:
            raise RuntimeError("there is no secret key before with_secret_key()")
        return self.secret_key

    @property
    def media(self) -> FileMedia | S3Media:
        return urls.media_of(self.media_url.reveal())

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
    def allowed_origins(self) -> tuple[str, ...]:
        """The origins whose pages may use the API; a ``*`` among them allows all others.

        Requests with a cookie need an origin that is listed by name: see server/edge/origins.py.
        """
        origins = [self.public_url]
        if self.has_default_url:
            origins.append(urls.public_url(f"http://127.0.0.1:{self.port}"))
        return tuple(dict.fromkeys([*origins, *self.cors_origins]))


SETTINGS: tuple[Setting, ...] = tuple(
    Setting(each.variable, each.default, each.meaning)
    for kind, prefix in ((Settings, ""), (Limits, _LIMIT))
    for each in declared(kind, prefix)
)
# The settings that may be read from a file, as NAME_FILE.
SECRETS = frozenset(each.variable for each in declared(Settings) if each.secret)
_NAMES = frozenset(each.name for each in SETTINGS)
# All variables that are read.
KNOWN = _NAMES | {f"{name}_FILE" for name in SECRETS}


def _check_together(settings: Settings) -> None:
    if settings.redis_url and not settings.secret_key:
        raise ConfigError("SECRET_KEY must be set if REDIS_URL is, because all nodes share it")
    if settings.database_replica_urls and _is_sqlite(settings.database_url):
        raise ConfigError("DATABASE_REPLICA_URLS requires PostgreSQL in DATABASE_URL, not SQLite")
    if settings.access_token_ttl >= settings.refresh_token_ttl:
        raise ConfigError("ACCESS_TOKEN_TTL must be shorter than REFRESH_TOKEN_TTL")
