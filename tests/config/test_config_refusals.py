"""Wrong settings: each stops the start with one line that names its variable and no secret."""

from __future__ import annotations

import pytest

from server.config import SETTINGS
from tests.support.settings import KEY, POSTGRES, load, refusal

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
    ("DISK_RESERVE", "lots", None),
    ("DISK_RESERVE", "-5", None),
    ("DISK_RESERVE", "1G", None),
    ("DISK_RESERVE", "99999TiB", None),
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
    assert line == "SECRET_KEY must be set if REDIS_URL is, because all nodes share it"


def test_replicas_of_sqlite_are_refused() -> None:
    line = refusal({"DATABASE_REPLICA_URLS": POSTGRES})
    assert line == "DATABASE_REPLICA_URLS requires PostgreSQL in DATABASE_URL, not SQLite"


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
