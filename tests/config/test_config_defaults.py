"""The defaults of all settings, and where their values come from."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from server.config import SETTINGS, FileMedia, Limits, Rate, Settings
from tests.support.settings import load

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
