"""Log lines that nobody forges, and that show nothing secret."""

from __future__ import annotations

import dataclasses
import json
import logging
import uuid
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
import structlog

from server.config import Secret
from server.kernel import logs
from tests.support.log_output import FORMATS, LogOutput

# --- No client writes a line of its own ---

HOSTILE = [
    "a\nb",
    "a\r\nb",
    "\x1b[2J\x1b]0;title\x07",
    "\x00\x08\x7f",
    "\x85\x9b31m",
    "\u2028\u2029",
    "\u202eabc\u2066",
    "\ufeff\u200f\u061c",
    "\ud800",
]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("where", ["event", "value", "key", "list", "dict", "context", "stdlib"])
def test_control_characters_are_escaped(
    where: str, text: str, form: Literal["console", "json"], output: LogOutput
) -> None:
    logs.configure("info", form)
    log = structlog.get_logger()
    match where:
        case "event":
            log.info(text)
        case "value":
            log.info("hello", value=text)
        case "key":
            log.info("hello", **{text: 1})
        case "list":
            log.info("hello", value=[text])
        case "dict":
            log.info("hello", value={text: text})
        case "context":
            structlog.contextvars.bind_contextvars(request_id=text)
            log.info("hello")
        case "stdlib":
            # Not into pytest's report: it could not be sent from one process to another.
            logging.getLogger().handlers[:-1] = []
            logging.getLogger("aiohttp.server").error("bad request: %s", text)
    line = output.line()
    assert line.isprintable()
    if form == "json" and where == "value":
        assert json.loads(line)["value"] == text


@pytest.mark.parametrize("form", FORMATS)
def test_ordinary_text_of_any_script_stays(
    form: Literal["console", "json"], output: LogOutput
) -> None:
    logs.configure("info", form)
    structlog.get_logger().info("hello", name="Zoë 你好 👋")
    assert "Zoë 你好 👋" in output.line()


def _fail(message: str) -> None:
    raise ValueError(message)


@pytest.mark.parametrize("kind", ["structlog", "stdlib"])
def test_a_traceback_in_json_is_one_line(kind: str, output: LogOutput) -> None:
    logs.configure("info", "json")
    log = structlog.get_logger() if kind == "structlog" else logging.getLogger("server.x")
    try:
        _fail("two\nlines")
    except ValueError:
        log.exception("failed")
    line = output.json()
    assert (line["event"], line["level"]) == ("failed", "error")
    assert line["exception"].startswith("Traceback") and "two\nlines" in line["exception"]


@pytest.mark.parametrize("kind", ["structlog", "stdlib"])
def test_a_traceback_on_the_console_is_indented_so_that_it_forges_no_line(
    kind: str, output: LogOutput
) -> None:
    logs.configure("info", "console")
    log = structlog.get_logger() if kind == "structlog" else logging.getLogger("server.x")
    try:
        _fail("bad\n2026-11-22T14:03:11Z [info] server: forged\x1b[0m")
    except ValueError:
        log.exception("failed", stack_info=True)
    first, *rest = output.text().splitlines()
    assert first.endswith(": failed")
    assert any(line.endswith("server: forged\\x1b[0m") for line in rest)
    assert any(line.startswith("  | Stack (most recent call last)") for line in rest)
    assert all(line.startswith("  | ") and line.isprintable() for line in rest)


# --- Nothing secret ---


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "key",
    [
        "token",
        "access_token",
        "refresh_token",
        "password",
        "new_password",
        "password_hash",
        "secret",
        "secret_key",
        "text",
        "authorization",
        "Authorization",
        "auth",
        "cookie",
        "Set-Cookie",
        "api_key",
        "private_key",
        "payload",
        "body",
        "excerpt",
        "preview",
    ],
)
def test_telling_keys_are_hidden_at_any_depth(
    key: str, form: Literal["console", "json"], output: LogOutput
) -> None:
    logs.configure("info", form)
    structlog.contextvars.bind_contextvars(**{key: "hunter2"})
    log = structlog.get_logger()
    log.info("a", **{key: "hunter2"})
    log.info("b", value=[{"deep": ({key: {"x": "hunter2"}},)}])
    logging.getLogger("server.x").info("c")
    text = output.text()
    assert text.count("\n") == 3 and "hunter2" not in text
    assert text.count(logs.HIDDEN_VALUE) == 4


@pytest.mark.parametrize("key", ["context", "user_id", "author", "texture", "embody"])
def test_other_keys_are_shown(key: str, output: LogOutput) -> None:
    logs.configure("info", "json")
    structlog.get_logger().info("hello", **{key: "shown"})
    assert output.json()[key] == "shown"


class Payload(msgspec.Struct):
    room_id: str
    text: str


@dataclasses.dataclass
class Entity:
    text: str


class Colour(Enum):
    RED = "red"


class Broken:
    def __str__(self) -> str:
        raise ValueError("no")


def _nested(depth: int) -> list[Any]:
    return [_nested(depth - 1)] if depth else []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Payload("r", "hunter2"), "<Payload>"),
        ([Entity("hunter2")], ["<Entity>"]),
        (Secret("hunter2"), "********"),
        (b"hunter2", "<7 bytes>"),
        (memoryview(b"hunter2"), "<7 bytes>"),
        (Broken(), "<Broken>"),
        (ValueError("no room"), "no room"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Path("/a"), "/a"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02 00:00:00+00:00"),
        (Colour.RED, "Colour.RED"),
        ({1: True, None: 1.5}, {"1": True, "None": 1.5}),
        ({"a"}, ["a"]),
        (("a", None), ["a", None]),
        (2**70, 2**70),
        (float("nan"), None),
        (_nested(10), [[[["…"]]]]),
    ],
)
def test_values_of_any_type_become_plain_and_harmless(
    value: object, shown: object, output: LogOutput
) -> None:
    logs.configure("info", "json")
    structlog.get_logger().info("hello", value=value)
    assert output.json()["value"] == shown


def test_a_cycle_ends(output: LogOutput) -> None:
    logs.configure("info", "json")
    cycle: list[Any] = []
    cycle.append(cycle)
    structlog.get_logger().info("hello", value=cycle)
    assert output.json()["value"] == [[[["…"]]]]
