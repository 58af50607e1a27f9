"""Settings: every variable, its default and what it takes; secrets and origins."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from ipaddress import ip_network
from pathlib import Path

import pytest

from server.backends.database import sqlite_path
from server.config import SETTINGS, FileMedia, Limits, Rate, S3Media, Secret, Settings
from tests.support.settings import KEY, POSTGRES, load

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
