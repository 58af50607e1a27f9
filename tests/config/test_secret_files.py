"""Secrets that come by file, as containers hand them over."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.config import SECRETS, Settings
from tests.support.settings import KEY, POSTGRES, load, refusal

# What each may hold, and the field that then has it.
EXAMPLES = {
    "SECRET_KEY": KEY,
    "DATABASE_URL": POSTGRES,
    "DATABASE_REPLICA_URLS": POSTGRES,
    "REDIS_URL": "redis://:hunter2@redis:6379/0",
    "SMTP_URL": "smtp://chat:hunter2@mail:25",
    "MEDIA_URL": "s3://key:hunter2@bucket",
    "METRICS_TOKEN": "a-token-of-a-scraper",
}
# What some need besides.
ALSO = {"REDIS_URL": {"SECRET_KEY": KEY}, "DATABASE_REPLICA_URLS": {"DATABASE_URL": POSTGRES}}


def kept(folder: Path, text: str | bytes, name: str = "secret") -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_every_secret_has_an_example() -> None:
    assert set(EXAMPLES) == SECRETS


@pytest.mark.parametrize("name", sorted(SECRETS))
@pytest.mark.parametrize("end", ["", "\n", "\r\n", " \n\n"])
def test_a_secret_comes_by_file(tmp_path: Path, name: str, end: str) -> None:
    also = ALSO.get(name, {})
    by_file = load(**also, **{f"{name}_FILE": kept(tmp_path, EXAMPLES[name] + end)})
    assert by_file == load(**also, **{name: EXAMPLES[name]})


def test_the_env_file_names_files_too_and_the_environment_wins(tmp_path: Path) -> None:
    env_file = Path(kept(tmp_path, f"SECRET_KEY_FILE={kept(tmp_path, KEY)}\n", ".env"))
    assert Settings.load({}, env_file).signing_key.reveal() == KEY
    other = KEY.upper()
    assert Settings.load({"SECRET_KEY": other}, env_file).signing_key.reveal() == other
    by_file = {"SECRET_KEY_FILE": kept(tmp_path, other, "other")}
    plain = Path(kept(tmp_path, f"SECRET_KEY={KEY}\n", "plain.env"))
    assert Settings.load(by_file, plain).signing_key.reveal() == other
    assert Settings.load({"SECRET_KEY_FILE": ""}, plain).signing_key.reveal() == KEY


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff" * 40, "is not UTF-8"),
        (b"k" * 70_000, "is too large"),
    ],
)
def test_a_file_that_holds_no_secret(tmp_path: Path, content: bytes, why: str) -> None:
    path = kept(tmp_path, content)
    assert refusal({"SECRET_KEY_FILE": path}) == f"SECRET_KEY_FILE: {path} {why}"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    missing = f"{tmp_path}/missing"
    line = f"SMTP_URL_FILE: {missing} cannot be read: No such file or directory"
    assert refusal({"SMTP_URL_FILE": missing}) == line
    assert refusal({"SMTP_URL_FILE": str(tmp_path)}).endswith("cannot be read: Is a directory")
    assert "this is no path" in refusal({"SMTP_URL_FILE": "a\0b"})


def test_both_ways_at_once(tmp_path: Path) -> None:
    given = {"SECRET_KEY": KEY, "SECRET_KEY_FILE": kept(tmp_path, KEY)}
    line = "SECRET_KEY and SECRET_KEY_FILE are both set; set only one of them"
    assert refusal(given) == line


def test_a_bad_secret_from_a_file_is_refused_by_name_and_not_shown(tmp_path: Path) -> None:
    line = refusal({"REDIS_URL_FILE": kept(tmp_path, "http://:hunter2@redis")})
    assert line.startswith("REDIS_URL_FILE must be redis://")
    line = refusal({"SECRET_KEY_FILE": kept(tmp_path, "hunter2")})
    assert line == "SECRET_KEY_FILE must be at least 32 bytes long"


def test_what_is_no_secret_has_no_file(tmp_path: Path) -> None:
    env_file = Path(kept(tmp_path, "PORT_FILE=/x\n", ".env"))
    assert "unknown setting PORT_FILE" in refusal({}, env_file)


def test_a_bad_value_names_the_variable_that_it_came_from(tmp_path: Path) -> None:
    short = kept(tmp_path, "hunter2")
    assert refusal({"SECRET_KEY_FILE": short}) == "SECRET_KEY_FILE must be at least 32 bytes long"
    assert refusal({"SECRET_KEY": "hunter2"}).startswith("SECRET_KEY must")
    assert refusal({"METRICS_TOKEN_FILE": short}).startswith("METRICS_TOKEN_FILE must")
    two = kept(tmp_path, "hunter2\n" * 8, "two")
    assert refusal({"SECRET_KEY_FILE": two}).startswith("SECRET_KEY_FILE must be one line")
    env_file = Path(kept(tmp_path, f"SECRET_KEY_FILE={short}\n", ".env"))
    assert refusal({}, env_file).startswith("SECRET_KEY_FILE must")
    assert refusal({"SECRET_KEY": "hunter2"}, env_file).startswith("SECRET_KEY must")
