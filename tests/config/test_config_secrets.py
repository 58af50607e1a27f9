"""Secrets among the settings show themselves nowhere."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest

from server.config import Secret
from tests.support.settings import POSTGRES, load

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
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(secret)
    assert copy.copy(secret) is secret and copy.deepcopy(secret) is secret


def test_a_secret_is_a_value() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert {Secret("a"), Secret("a")} == {Secret("a")}
    with pytest.raises(AttributeError):
        Secret("a")._text = "b"
