"""Settings that are probably not meant as they are."""

from __future__ import annotations

import pytest

from server.config import SETTINGS, doubts
from tests.support.settings import load

TOKEN = "a-token-of-a-scraper"


@pytest.mark.parametrize(
    ("address", "token", "told"),
    [
        ("0.0.0.0:9090", None, True),
        ("[::]:9090", None, True),
        ("8.8.8.8:9090", None, True),
        ("metrics.example:9090", None, True),
        ("0.0.0.0:9090", TOKEN, False),
        ("127.0.0.1:9090", None, False),
        ("[::1]:9090", None, False),
        ("localhost:9090", None, False),
        ("10.0.0.5:9090", None, False),
    ],
)
def test_metrics_for_everyone_are_told(address: str, token: str | None, told: bool) -> None:
    settings = load(METRICS_ADDR=address, **({"METRICS_TOKEN": token} if token else {}))
    lines = list(doubts(settings, {}))
    assert len(lines) == told
    assert all("METRICS_ADDR" in line and "METRICS_TOKEN" in line for line in lines)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CORS_ORIGIN", "CORS_ORIGINS"),
        ("PUBLICURL", "PUBLIC_URL"),
        ("public_url", "PUBLIC_URL"),
        ("RATE_LIMIT", "RATE_LIMITS"),
        ("REDIS_URI", "REDIS_URL"),
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
        ("SECRETKEY_FILE", "SECRET_KEY_FILE"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("METRICS_ADDRESS", "METRICS_ADDR"),
        ("LIMITS_SIGNUP", "LIMIT_SIGNUP"),
    ],
)
def test_a_name_that_is_nearly_a_setting(name: str, meant: str) -> None:
    (line,) = doubts(load(), {name: "hunter2"})
    assert line.startswith(f"{name} ") and meant in line and "hunter2" not in line


def test_names_of_others_and_our_own_are_no_mistakes() -> None:
    others = "PATH HOME HOSTNAME LANG PWD SHLVL USER LOGNAME TERM REDIS_PASSWORD POSTGRES_PASSWORD"
    more = "XDG_DATA_DIRS LS_COLORS REDIS_PORT SMTP_PORT PYTHONPATH LIMIT_UPLOADS SECRET_KEY_FILE"
    given = {*others.split(), *more.split(), *(each.name for each in SETTINGS)}
    assert list(doubts(load(), dict.fromkeys(given, "x"))) == []
