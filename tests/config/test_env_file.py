"""The .env file: how its lines are read, and which are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.config import Settings
from tests.support.settings import KEY, load, refusal


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
    assert refusal({}, path) == f"{path}, line 3: PORT is set twice"


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
