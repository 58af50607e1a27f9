"""Settings: every variable, every refusal, the .env file and the key that is made and kept."""

from __future__ import annotations

import copy
import dataclasses
import multiprocessing
import os
import pickle
import traceback
from collections.abc import Mapping
from ipaddress import ip_network
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from server.backends.database import sqlite_path
from server.config import (
    SETTINGS,
    ConfigError,
    FileMedia,
    Limits,
    Rate,
    S3Media,
    Secret,
    Settings,
)

KEY = "k" * 32
POSTGRES = "postgres://chat:hunter2@db:5432/chat"


def load(**environ: str) -> Settings:
    return Settings.load(environ, env_file=None)


def refusal(environ: Mapping[str, str], env_file: Path | None = None) -> str:
    """The one line with which these settings stop the start."""
    with pytest.raises(ConfigError) as caught:
        Settings.load(environ, env_file)
    line = str(caught.value)
    assert line.isprintable()
    assert "hunter2" not in "".join(traceback.format_exception(caught.value, chain=True))
    return line


# --- Defaults ---


def test_defaults() -> None:
    settings = load()
    data = Path.cwd() / "data"
    assert (settings.host, settings.port) == ("0.0.0.0", 8080)
    assert settings.public_url == "http://localhost:8080"
    assert settings.data_dir == data
    assert settings.database_url.reveal() == f"sqlite:///{data}/chat.db"
    assert settings.database_replica_urls == ()
    assert settings.auto_migrate is True
    assert settings.redis_url is None
    assert settings.secret_key is None
    assert settings.media == FileMedia(data / "media")
    assert settings.cors_origins == ()
    assert settings.access_token_ttl == 900
    assert settings.refresh_token_ttl == 30 * 24 * 3600
    assert settings.rate_limits is True
    assert settings.trusted_proxies == ()
    assert (settings.log_level, settings.log_format) == ("info", "console")
    assert settings.smtp_url is None and settings.vapid_subject is None
    assert settings.limits == Limits()


def test_default_limits() -> None:
    assert Limits() == Limits(
        signup=Rate(10 / 3600, 10),
        signin=Rate(100 / 3600, 100),
        signin_failures=Rate(1 / 300, 5),
        send_message=Rate(10, 30),
        typing=Rate(2, 5),
        event=Rate(20, 60),
        http=Rate(20, 60),
        uploads=Rate(20 / 60, 20),
        search=Rate(5, 10),
        connections_per_address=50,
        connections_per_user=20,
        connections_per_node=10_000,
        connections_per_second=200,
        handler_timeout=10.0,
        stored_bytes_per_user=1024**3,
        max_event_bytes=128 * 1024,
        max_upload_bytes=25_000_000,
    )


def test_every_field_is_a_setting_with_a_meaning() -> None:
    own = [f.name.upper() for f in dataclasses.fields(Settings) if f.name != "limits"]
    limits = ["LIMIT_" + f.name.upper() for f in dataclasses.fields(Limits)]
    assert [setting.name for setting in SETTINGS] == own + limits
    assert all(setting.meaning for setting in SETTINGS)


def test_the_listed_defaults_are_the_true_ones() -> None:
    fixed = {s.name: s.default for s in SETTINGS if s.default and "_DIR" not in s.default}
    fixed = {
        name: text for name, text in fixed.items() if name not in ("PUBLIC_URL", "AUTO_MIGRATE")
    }
    assert load(**fixed) == load()


def test_an_empty_or_blank_value_counts_as_none() -> None:
    assert load(**{setting.name: "  " for setting in SETTINGS}) == load()


def test_values_lose_their_surrounding_blanks() -> None:
    assert load(PORT=" 81\n").port == 81


def test_settings_and_limits_are_frozen() -> None:
    settings = load()
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.limits.http = Rate(1, 1)  # type: ignore[misc]


def test_load_reads_the_process_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "4321")
    assert Settings.load(env_file=None).port == 4321


def test_load_writes_nothing(tmp_path: Path) -> None:
    load(DATA_DIR=str(tmp_path / "data"))
    assert list(tmp_path.iterdir()) == []


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
    assert [getattr(limits, name) for name in names] == [rate] * 10


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


# --- Refusals: one line that names the variable ---

BAD = [
    ("HOST", "two words", 'HOST must be an address or host name to listen on, not "two words"'),
    ("PORT", "abc", 'PORT must be a number from 1 to 65535 (or 0: any free port), not "abc"'),
    ("PORT", "65536", None),
    ("PORT", "-1", None),
    ("PORT", "٨٠", None),
    ("PUBLIC_URL", "chat.example.com", None),
    ("PUBLIC_URL", "ftp://chat.example.com", None),
    ("PUBLIC_URL", "https://chat.example.com/chat", None),
    ("PUBLIC_URL", "https://chat.example.com?", None),
    ("PUBLIC_URL", "https://chat.example.com/#a", None),
    ("PUBLIC_URL", "https://ann:hunter2@chat.example.com", None),
    ("PUBLIC_URL", "https://chat.example.com:99999", None),
    ("PUBLIC_URL", "https://[::1", None),
    ("PUBLIC_URL", "https://[fe80::1%25eth0]", None),
    ("PUBLIC_URL", "https://", None),
    ("PUBLIC_URL", "https://chât.example", None),
    ("DATA_DIR", "a\0b", "DATA_DIR must be one line of UTF-8 without control characters"),
    ("DATABASE_URL", "mysql://ann:hunter2@db/chat", None),
    ("DATABASE_URL", "sqlite://", None),
    ("DATABASE_URL", "sqlite:///", None),
    ("DATABASE_URL", "sqlite://chat.db", None),
    ("DATABASE_URL", "sqlite:///folder/", None),
    ("DATABASE_URL", "sqlite:///:memory:", None),
    ("DATABASE_URL", "sqlite:///chat.db?mode=ro", None),
    ("DATABASE_URL", "postgres://db", None),
    ("DATABASE_URL", "postgres:///chat", None),
    ("DATABASE_URL", "postgres://chat:hunter2/x@db/chat", None),
    ("DATABASE_URL", "postgres://chat:hunter2#x@db/chat", None),
    ("DATABASE_URL", "postgres://chat:hunter2@db:port/chat", None),
    ("DATABASE_REPLICA_URLS", "sqlite:///chat.db", None),
    ("DATABASE_REPLICA_URLS", "postgres://a:hunter2@b/chat,,", None),
    ("AUTO_MIGRATE", "maybe", 'AUTO_MIGRATE must be on or off, not "maybe"'),
    ("REDIS_URL", "http://:hunter2@redis", None),
    ("REDIS_URL", "redis://", None),
    ("REDIS_URL", "redis://:hunter2@redis/zero", None),
    ("REDIS_URL", "redis://:hunter2@redis:x", None),
    ("REDIS_URL", "redis://redis#hunter2", None),
    ("REDIS_URL", "unix://redis", None),
    ("SECRET_KEY", "hunter2", "SECRET_KEY must be at least 32 bytes long"),
    ("SECRET_KEY", "hunter2" + "x" * 24, "SECRET_KEY must be at least 32 bytes long"),
    ("SECRET_KEY", "hunter2\udcff" * 9, None),
    ("MEDIA_URL", "/srv/media", None),
    ("MEDIA_URL", "http://media", None),
    ("MEDIA_URL", "file:", None),
    ("MEDIA_URL", "file://host/media", None),
    ("MEDIA_URL", "file:/media?x=1", None),
    ("MEDIA_URL", "s3://", None),
    ("MEDIA_URL", "s3://Bad_Bucket", None),
    ("MEDIA_URL", "s3://media?regoin=eu", None),
    ("MEDIA_URL", "s3://media?region=", None),
    ("MEDIA_URL", "s3://media?region=eu&region=us", None),
    ("MEDIA_URL", "s3://media?endpoint=minio:9000", None),
    ("MEDIA_URL", "s3://media?endpoint=http://ann:hunter2@minio", None),
    ("MEDIA_URL", "s3://ann@media", None),
    ("MEDIA_URL", "s3://:hunter2@media", None),
    ("MEDIA_URL", "s3://media#x", None),
    ("CORS_ORIGINS", "a.example", None),
    ("CORS_ORIGINS", "https://a.example/path", None),
    ("CORS_ORIGINS", "https://*.example", None),
    ("CORS_ORIGINS", "https://a.example, *", None),
    ("CORS_ORIGINS", "https://a.example,", None),
    ("CORS_ORIGINS", "null", None),
    ("ACCESS_TOKEN_TTL", "0", None),
    ("ACCESS_TOKEN_TTL", "-5", None),
    ("ACCESS_TOKEN_TTL", "1.5", None),
    ("REFRESH_TOKEN_TTL", "forever", None),
    ("REFRESH_TOKEN_TTL", "9999d", None),
    ("RATE_LIMITS", "2", 'RATE_LIMITS must be on or off, not "2"'),
    ("TRUSTED_PROXIES", "proxy", None),
    ("TRUSTED_PROXIES", "10.0.0.1/8", None),
    ("LOG_LEVEL", "loud", None),
    ("LOG_FORMAT", "xml", 'LOG_FORMAT must be one of console, json, not "xml"'),
    ("SMTP_URL", "mail:25", None),
    ("SMTP_URL", "smtp://", None),
    ("SMTP_URL", "smtp://ann:hunter2@mail:x", None),
    ("MAIL_FROM", "chat", None),
    ("MAIL_FROM", "a@b\u2028c", None),
    ("VAPID_SUBJECT", "ann", None),
    ("LIMIT_HTTP", "20", None),
    ("LIMIT_HTTP", "0/s", None),
    ("LIMIT_HTTP", "1/0s", None),
    ("LIMIT_HTTP", "1/s:0", None),
    ("LIMIT_HTTP", "1/d", None),
    ("LIMIT_HTTP", "10/s burst 30", None),
    ("LIMIT_CONNECTIONS_PER_USER", "0", None),
    ("LIMIT_CONNECTIONS_PER_USER", "many", None),
    ("LIMIT_HANDLER_TIMEOUT", "0", None),
    ("LIMIT_HANDLER_TIMEOUT", "20", None),
    ("LIMIT_HANDLER_TIMEOUT", "nan", None),
    ("LIMIT_MAX_EVENT_BYTES", "10", None),
    ("LIMIT_MAX_UPLOAD_BYTES", "25 bananas", None),
    ("LIMIT_STORED_BYTES_PER_USER", "99999999GiB", None),
]


@pytest.mark.parametrize(("name", "value", "line"), BAD)
def test_a_bad_value_is_refused_by_name(name: str, value: str, line: str | None) -> None:
    environ = {"SECRET_KEY": KEY, "DATABASE_URL": POSTGRES} | {name: value}
    told = refusal(environ)
    assert told.startswith(f"{name} must be ")
    assert line is None or told == line


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
@pytest.mark.parametrize("value", ["x\ny", "x\x1b[31m", "x\0", "\udcff"])
def test_control_characters_and_broken_text_are_refused_everywhere(name: str, value: str) -> None:
    assert refusal({name: value}).startswith(f"{name} must be ")


def test_a_long_or_odd_value_is_quoted_on_one_short_line() -> None:
    line = refusal({"PORT": "\u2028" + "x" * 1000})
    assert line.startswith("PORT must be ") and len(line) < 200


def test_redis_without_a_secret_key_is_refused() -> None:
    line = refusal({"REDIS_URL": "redis://:hunter2@redis"})
    assert line == "SECRET_KEY must be set when REDIS_URL is: all nodes share it"


def test_replicas_of_sqlite_are_refused() -> None:
    line = refusal({"DATABASE_REPLICA_URLS": POSTGRES})
    assert line == "DATABASE_REPLICA_URLS needs PostgreSQL in DATABASE_URL, not SQLite"


@pytest.mark.parametrize("refresh", ["900", "60"])
def test_a_refresh_token_must_outlive_an_access_token(refresh: str) -> None:
    line = refusal({"REFRESH_TOKEN_TTL": refresh})
    assert line == "ACCESS_TOKEN_TTL must be shorter than REFRESH_TOKEN_TTL"


def test_an_unknown_limit_in_the_environment_is_refused() -> None:
    assert refusal({"LIMIT_SEND_MESSAGES": "1/s"}) == (
        "unknown setting LIMIT_SEND_MESSAGES in the environment (is it LIMIT_SEND_MESSAGE?)"
    )
    assert "LIMIT_\\n" in refusal({"LIMIT_\n": "1"})


def test_other_variables_of_the_environment_are_let_be() -> None:
    assert load(PATH="/bin", PORTS="x", DATABSE_URL="x") == load()


# --- .env ---


def env_file(folder: Path, text: str | bytes) -> Path:
    path = folder / ".env"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("line", "host"),
    [
        ("HOST=a", "a"),
        ("  HOST = a  ", "a"),
        ("export HOST=a", "a"),
        ("HOST=a # comment", "a"),
        ("HOST=a\t# comment # more", "a"),
        ("HOST='a'", "a"),
        ("HOST='a' # comment", "a"),
        ('HOST="a"', "a"),
        ("HOST=a\r", "a"),
        ("HOST=", "0.0.0.0"),
        ("HOST= # comment", "0.0.0.0"),
        ("HOST=''", "0.0.0.0"),
        ("# HOST=a", "0.0.0.0"),
        ("", "0.0.0.0"),
    ],
)
def test_env_file_lines(tmp_path: Path, line: str, host: str) -> None:
    path = env_file(tmp_path, f"# first\n\n{line}\nPORT=81\n")
    settings = Settings.load({}, path)
    assert (settings.host, settings.port) == (host, 81)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("p#ss " + KEY, "p#ss " + KEY),
        ("a=b'c\"" + KEY, "a=b'c\"" + KEY),
        ("$HOME" + KEY, "$HOME" + KEY),
        (f"'{KEY} # \\n\"'", KEY + ' # \\n"'),
        (f'"{KEY} # \\" \\\\ \'"', KEY + " # \" \\ '"),
    ],
)
def test_env_file_quoting(tmp_path: Path, text: str, value: str) -> None:
    settings = Settings.load({}, env_file(tmp_path, f"SECRET_KEY={text}"))
    assert settings.signing_key.reveal() == value


def test_env_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert Settings.load({}, env_file(tmp_path, b"\xef\xbb\xbfPORT=81")).port == 81


def test_the_environment_overrides_the_env_file_even_with_nothing(tmp_path: Path) -> None:
    path = env_file(tmp_path, "PORT=81\nHOST=a")
    settings = Settings.load({"PORT": "82", "HOST": ""}, path)
    assert (settings.host, settings.port) == ("0.0.0.0", 82)


def test_a_missing_env_file_is_no_error(tmp_path: Path) -> None:
    assert Settings.load({}, tmp_path / ".env") == load()


def test_the_env_file_of_the_working_folder_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file(tmp_path, "PORT=81")
    monkeypatch.chdir(tmp_path)
    assert Settings.load({}).port == 81


@pytest.mark.parametrize(
    "line",
    [
        b"hunter2",
        b"=hunter2",
        b"port=hunter2",
        b"MY-PORT=hunter2",
        b"HOST='hunter2",
        b'HOST="hunter2',
        b'HOST="hunter2\\n"',
        b"HOST='hunter2'x",
        b"HOST='a'#hunter2",
        b"HOST=#hunter2",
        b"HOST hunter2",
    ],
)
def test_an_unreadable_line_is_named_but_not_shown(tmp_path: Path, line: bytes) -> None:
    path = env_file(tmp_path, b"# one\nPORT=81\n" + line)
    assert refusal({}, path) == f"{path}, line 3 is not NAME=value"


def test_a_line_that_is_not_utf8(tmp_path: Path) -> None:
    path = env_file(tmp_path, b"PORT=81\nHOST=\xff")
    assert refusal({}, path) == f"{path}, line 2 is not UTF-8"


def test_a_setting_twice_in_the_env_file(tmp_path: Path) -> None:
    path = env_file(tmp_path, "PORT=81\nHOST=a\nPORT=82")
    assert refusal({}, path) == f"{path}, line 3: PORT is there twice"


def test_an_unknown_setting_in_the_env_file(tmp_path: Path) -> None:
    path = env_file(tmp_path, "DATABSE_URL=postgres://ann:hunter2@db/chat")
    line = f"{path}, line 1: unknown setting DATABSE_URL (is it DATABASE_URL?)"
    assert refusal({}, path) == line
    path = env_file(tmp_path, "PATH=hunter2")
    assert refusal({}, path) == f"{path}, line 1: unknown setting PATH"
    path = env_file(tmp_path, "LIMIT_NOTHING_SUCH=1/s")
    assert refusal({}, path) == f"{path}, line 1: unknown setting LIMIT_NOTHING_SUCH"


def test_the_env_file_may_hold_what_docker_compose_needs(tmp_path: Path) -> None:
    text = "POSTGRES_PASSWORD=a\nREDIS_PASSWORD=b\nSEED=true\nCOMPOSE_PROJECT_NAME=chat\nPORT=81"
    assert Settings.load({}, env_file(tmp_path, text)).port == 81


def test_a_bad_value_in_the_env_file_is_refused(tmp_path: Path) -> None:
    assert refusal({}, env_file(tmp_path, "PORT=abc")).startswith("PORT must be ")


def test_an_env_file_that_is_a_folder(tmp_path: Path) -> None:
    assert refusal({}, tmp_path) == f"{tmp_path} cannot be read: Is a directory"


def test_an_odd_file_name_stays_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a\nb"
    path.write_text("?")
    assert refusal({}, path).endswith("a\\nb, line 1 is not NAME=value")


# --- Secrets ---


def test_no_password_shows_in_settings() -> None:
    settings = load(
        DATABASE_URL=POSTGRES,
        DATABASE_REPLICA_URLS=f"{POSTGRES},{POSTGRES}",
        REDIS_URL="redis://:hunter2@redis",
        SECRET_KEY="hunter2" * 5,
        MEDIA_URL="s3://ann:hunter2@media",
        SMTP_URL="smtp://ann:hunter2@mail",
    )
    shown = f"{settings!r} {settings} {settings.media} {dataclasses.asdict(settings)}"
    assert "hunter2" not in shown
    assert shown.count("Secret('********')") > 10


def test_a_secret_hides_itself() -> None:
    secret = Secret("hunter2")
    assert secret.reveal() == "hunter2"
    assert repr(secret) == "Secret('********')"
    assert str(secret) == f"{secret}" == "%s" % secret == "********"  # noqa: UP031
    assert f"{secret:>10}" == "  ********"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret)
    assert copy.copy(secret) is secret and copy.deepcopy(secret) is secret


def test_a_secret_is_a_value() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert {Secret("a"), Secret("a")} == {Secret("a")}
    with pytest.raises(AttributeError):
        Secret("a")._text = "b"


# --- Origins and the port that was found ---


def test_allowed_origins_of_the_default_url_include_the_loopback_address() -> None:
    assert load().allowed_origins == ("http://localhost:8080", "http://127.0.0.1:8080")
    assert load(PORT="80").allowed_origins == ("http://localhost", "http://127.0.0.1")


def test_allowed_origins_of_a_public_url() -> None:
    settings = load(
        PUBLIC_URL="https://chat.example.com",
        CORS_ORIGINS="https://a.example,https://chat.example.com",
    )
    assert settings.allowed_origins == ("https://chat.example.com", "https://a.example")
    assert settings.allows_origin("https://a.example")
    assert not settings.allows_origin("https://b.example")
    assert not settings.allows_origin("http://127.0.0.1:8080")


def test_any_origin() -> None:
    settings = load(CORS_ORIGINS="*")
    assert settings.allows_origin("https://b.example")
    assert "https://b.example" not in settings.allowed_origins


def test_with_port_moves_the_default_url_along() -> None:
    settings = load(PORT="0").with_port(4321)
    assert (settings.port, settings.public_url) == (4321, "http://localhost:4321")
    assert settings.allowed_origins == ("http://localhost:4321", "http://127.0.0.1:4321")
    settings = load(PORT="0", PUBLIC_URL="https://chat.example.com").with_port(4321)
    assert (settings.port, settings.public_url) == (4321, "https://chat.example.com")


# --- The key that is made and kept ---


def test_a_given_key_is_taken_and_nothing_is_kept(tmp_path: Path) -> None:
    settings = load(SECRET_KEY=KEY, DATA_DIR=str(tmp_path / "data"))
    assert settings.with_secret_key() is settings
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    settings = load(DATA_DIR=str(tmp_path / "new" / "data"))
    with pytest.raises(RuntimeError):
        _ = settings.signing_key
    first = settings.with_secret_key().signing_key.reveal()
    path = settings.data_dir / "secret_key"
    assert path.read_text() == first + "\n"
    assert len(first) >= 43
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(settings.data_dir) == ["secret_key"]
    assert settings.with_secret_key().signing_key.reveal() == first
    assert load(DATA_DIR=str(tmp_path / "other")).with_secret_key().signing_key.reveal() != first


def test_whoever_links_the_key_first_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def overtaken(draft: Path, path: Path) -> None:
        path.write_text(KEY)
        link(draft, path)

    monkeypatch.setattr(os, "link", overtaken)
    settings = load(DATA_DIR=str(tmp_path)).with_secret_key()
    assert settings.signing_key.reveal() == KEY
    assert os.listdir(tmp_path) == ["secret_key"]


def _start(folder: str, barrier: Barrier, keys: Queue[str]) -> None:
    settings = Settings.load({"DATA_DIR": folder}, None)
    barrier.wait(30)
    keys.put(settings.with_secret_key().signing_key.reveal())


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for attempt in range(5):
        barrier, keys = context.Barrier(8), context.Queue()
        folder = str(tmp_path / str(attempt))
        starts = [
            context.Process(target=_start, args=(folder, barrier, keys), daemon=True)
            for _ in range(8)
        ]
        for start in starts:
            start.start()
        found = {keys.get(timeout=30) for _ in starts}
        for start in starts:
            start.join(30)
        assert len(found) == 1
        assert os.listdir(folder) == ["secret_key"]


@pytest.mark.parametrize("content", [b"", b"hunter2", b"\xff" * 40])
def test_a_damaged_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret_key"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(DATA_DIR=str(tmp_path)).with_secret_key()
    assert str(caught.value) == (
        f"SECRET_KEY is not set and {path} holds no key of 32 bytes: "
        "restore the file, or remove it (everyone then signs in again)"
    )
    assert path.read_bytes() == content


def test_a_data_dir_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(ConfigError) as caught:
        load(DATA_DIR=str(tmp_path / "data")).with_secret_key()
    assert str(caught.value).startswith("SECRET_KEY is not set and ")


def test_a_failed_write_leaves_no_key_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left on device"):
        load(DATA_DIR=str(tmp_path)).with_secret_key()
    assert os.listdir(tmp_path) == []
