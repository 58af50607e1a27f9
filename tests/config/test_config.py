"""Each setting: what it takes, and what becomes of it."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_network
from pathlib import Path

import pytest

from server.backends.database import sqlite_path
from server.config import FileMedia, Limits, Rate, S3Media, Secret
from tests.support.settings import KEY, POSTGRES, load

# --- Each setting ---


@pytest.mark.parametrize("host", ["127.0.0.1", "::", "localhost", "fe80::1%eth0"])
def test_host(host: str) -> None:
    assert load(HOST=host).host == host


@pytest.mark.parametrize(("text", "port"), [("0", 0), ("1", 1), ("65535", 65535)])
def test_port(text: str, port: int) -> None:
    assert load(PORT=text).port == port


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://chat.example.com", "https://chat.example.com"),
        ("HTTPS://Chat.Example.com/", "https://chat.example.com"),
        ("https://chat.example.com:443", "https://chat.example.com"),
        ("http://chat.example.com:443", "http://chat.example.com:443"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://[0:0::1]", "http://[::1]"),
    ],
)
def test_public_url_is_an_origin_as_browsers_write_it(text: str, url: str) -> None:
    assert load(PUBLIC_URL=text).public_url == url


def test_the_default_public_url_follows_the_port() -> None:
    assert load(PORT="9000").public_url == "http://localhost:9000"
    assert load(PORT="80").public_url == "http://localhost"


def test_data_dir_moves_the_database_and_the_media(tmp_path: Path) -> None:
    settings = load(DATA_DIR=str(tmp_path))
    assert sqlite_path(settings.database_url.reveal()) == tmp_path / "chat.db"
    assert settings.media == FileMedia(tmp_path / "media")


def test_data_dir_with_special_characters() -> None:
    settings = load(DATA_DIR="/srv/50% of #1? é/")
    assert settings.data_dir == Path("/srv/50% of #1? é")
    assert sqlite_path(settings.database_url.reveal()) == Path("/srv/50% of #1? é/chat.db")
    assert settings.media == FileMedia(Path("/srv/50% of #1? é/media"))


def test_data_dir_knows_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    assert load(DATA_DIR="~/chat").data_dir == Path("/home/ann/chat")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///chat.db", Path.cwd() / "chat.db"),
        ("sqlite:///./a/../chat.db", Path.cwd() / "chat.db"),
        ("sqlite:////srv/chat.db", Path("/srv/chat.db")),
        ("sqlite:////srv/my%20chat.db", Path("/srv/my chat.db")),
    ],
)
def test_database_url_of_sqlite(url: str, path: Path) -> None:
    settings = load(DATABASE_URL=url)
    assert sqlite_path(settings.database_url.reveal()) == path
    assert load(DATABASE_URL=settings.database_url.reveal()) == settings


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_database_url_of_postgres(scheme: str) -> None:
    settings = load(DATABASE_URL=f"{scheme}://chat:hunter2@db:5432/chat")
    assert settings.database_url.reveal() == POSTGRES


def test_database_url_of_postgres_on_a_unix_socket() -> None:
    url = "postgres://chat@/chat?host=/run/postgresql"
    assert load(DATABASE_URL=url).database_url.reveal() == url


def test_database_replica_urls() -> None:
    settings = load(
        DATABASE_URL=POSTGRES, DATABASE_REPLICA_URLS="postgres://a/chat, postgresql://b/chat"
    )
    assert [url.reveal() for url in settings.database_replica_urls] == [
        "postgres://a/chat",
        "postgres://b/chat",
    ]


def test_auto_migrate_is_on_for_sqlite_and_off_for_postgres_unless_told() -> None:
    assert load(AUTO_MIGRATE="off").auto_migrate is False
    assert load(DATABASE_URL=POSTGRES).auto_migrate is False
    assert load(DATABASE_URL=POSTGRES, AUTO_MIGRATE="on").auto_migrate is True


@pytest.mark.parametrize("text", ["on", "true", "1", "yes", "ON", "True", "YES"])
def test_switch_on(text: str) -> None:
    assert load(RATE_LIMITS=text).rate_limits is True


@pytest.mark.parametrize("text", ["off", "false", "0", "no", "OFF", "False", "No"])
def test_switch_off(text: str) -> None:
    assert load(RATE_LIMITS=text).rate_limits is False


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://:hunter2@localhost:6379/0",
        "rediss://chat:hunter2@redis.example.com:6380/1?timeout=5",
        "unix:///run/redis.sock?db=1",
    ],
)
def test_redis_url(url: str) -> None:
    settings = load(REDIS_URL=url, SECRET_KEY=KEY)
    assert settings.redis_url == Secret(url)


def test_secret_key_is_counted_in_bytes() -> None:
    assert load(SECRET_KEY=KEY).signing_key.reveal() == KEY
    assert load(SECRET_KEY="é" * 16).signing_key.reveal() == "é" * 16


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("file:/srv/media", Path("/srv/media")),
        ("file:///srv/my%20media", Path("/srv/my media")),
        ("file:media", Path.cwd() / "media"),
    ],
)
def test_media_url_of_files(url: str, folder: Path) -> None:
    settings = load(MEDIA_URL=url)
    assert settings.media == FileMedia(folder)
    assert load(MEDIA_URL=settings.media_url.reveal()) == settings


def test_media_url_of_s3() -> None:
    assert load(MEDIA_URL="s3://chat-media").media == S3Media(
        bucket="chat-media", prefix="", region=None, endpoint=None, access_key=None, secret_key=None
    )
    url = "s3://ann:hunter2%2F@media/some/where/?region=eu-1&endpoint=http://minio:9000"
    assert load(MEDIA_URL=url).media == S3Media(
        bucket="media",
        prefix="some/where",
        region="eu-1",
        endpoint="http://minio:9000",
        access_key="ann",
        secret_key=Secret("hunter2/"),
    )


def test_cors_origins() -> None:
    settings = load(CORS_ORIGINS="https://A.example, http://b.example:80/,capacitor://localhost")
    assert settings.cors_origins == (
        "https://a.example",
        "http://b.example",
        "capacitor://localhost",
    )
    assert load(CORS_ORIGINS="*").cors_origins == ("*",)


def test_token_ttls() -> None:
    settings = load(ACCESS_TOKEN_TTL="2", REFRESH_TOKEN_TTL="3")
    assert (settings.access_token_ttl, settings.refresh_token_ttl) == (2, 3)
    settings = load(ACCESS_TOKEN_TTL="15m", REFRESH_TOKEN_TTL="12h")
    assert (settings.access_token_ttl, settings.refresh_token_ttl) == (900, 12 * 3600)


def test_trusted_proxies() -> None:
    assert load(TRUSTED_PROXIES="10.0.0.0/8, 127.0.0.1,fd00::/8").trusted_proxies == (
        ip_network("10.0.0.0/8"),
        ip_network("127.0.0.1/32"),
        ip_network("fd00::/8"),
    )


def test_log_settings() -> None:
    settings = load(LOG_LEVEL="WARNING", LOG_FORMAT="JSON")
    assert (settings.log_level, settings.log_format) == ("warning", "json")


def test_mail_and_push_settings() -> None:
    settings = load(SMTP_URL="smtps://ann:hunter2@mail:465", VAPID_SUBJECT="mailto:ann@example.com")
    assert settings.smtp_url == Secret("smtps://ann:hunter2@mail:465")
    assert settings.vapid_subject == "mailto:ann@example.com"
    assert load(VAPID_SUBJECT="https://example.com").vapid_subject == "https://example.com"
    hosts = load(PUSH_PRIVATE_HOSTS="push.internal, 10.0.0.7,[FD00::7]").push_private_hosts
    assert hosts == ("push.internal", "10.0.0.7", "fd00::7")


def test_mail_sender() -> None:
    assert load().mail_sender == "noreply@localhost"
    assert load(PUBLIC_URL="https://chat.example.com:1").mail_sender == "noreply@chat.example.com"
    assert load(MAIL_FROM="chat@example.com").mail_sender == "chat@example.com"


def test_push_contact() -> None:
    assert load().push_contact == "mailto:admin@localhost"
    assert load(PUBLIC_URL="https://chat.example.com").push_contact == "https://chat.example.com"
    assert load(VAPID_SUBJECT="mailto:ann@example.com").push_contact == "mailto:ann@example.com"


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10/s", Rate(10, 10)),
        ("10/s:30", Rate(10, 30)),
        ("30/m", Rate(0.5, 30)),
        ("36/h:2", Rate(0.01, 2)),
        ("1/5m:5", Rate(1 / 300, 5)),
    ],
)
def test_every_rate_can_be_set(text: str, rate: Rate) -> None:
    defaults = Limits()
    names = [
        f.name for f in dataclasses.fields(Limits) if isinstance(getattr(defaults, f.name), Rate)
    ]
    limits = load(**{f"LIMIT_{name.upper()}": text for name in names}).limits
    assert [getattr(limits, name) for name in names] == [rate] * len(names)


@pytest.mark.parametrize("per", ["address", "user", "node", "second"])
def test_connection_limits(per: str) -> None:
    limits = load(**{f"LIMIT_CONNECTIONS_PER_{per.upper()}": "7"}).limits
    assert getattr(limits, f"connections_per_{per}") == 7


def test_handler_timeout() -> None:
    assert load(LIMIT_HANDLER_TIMEOUT="0.25").limits.handler_timeout == 0.25


@pytest.mark.parametrize("name", ["stored_bytes_per_user", "max_event_bytes", "max_upload_bytes"])
@pytest.mark.parametrize(
    ("text", "size"),
    [("2048", 2048), ("2KB", 2000), ("2 KiB", 2048), ("3mb", 3 * 10**6), ("1GiB", 2**30)],
)
def test_sizes(name: str, text: str, size: int) -> None:
    assert getattr(load(**{f"LIMIT_{name.upper()}": text}).limits, name) == size
