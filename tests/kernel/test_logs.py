"""Logs: one line per event, nothing forged in it, nothing secret."""

from __future__ import annotations

import dataclasses
import json
import logging
import re
import uuid
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import engineio
import msgspec
import pytest
import socketio
import structlog

from server import logs
from server.config import Secret

FORMATS: tuple[Literal["console", "json"], ...] = ("console", "json")
TOUCHED = ("", *logs.OWN_LOGGERS, *logs.SILENT_LOGGERS)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, levels = list(root.handlers), {n: logging.getLogger(n).level for n in TOUCHED}
    structlog.contextvars.clear_contextvars()
    yield
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(False)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


class Output:
    """What was written to stderr since the last look."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def text(self) -> str:
        out, err = self._capsys.readouterr()
        assert out == ""
        return err

    def line(self) -> str:
        text = self.text()
        assert text.endswith("\n") and text.count("\n") == 1
        return text[:-1]

    def json(self) -> dict[str, Any]:
        parsed = json.loads(self.line())
        assert isinstance(parsed, dict)
        return parsed


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Output:
    return Output(capsys)


# --- The two forms ---


def test_a_json_line(output: Output) -> None:
    logs.configure("info", "json")
    structlog.contextvars.bind_contextvars(request_id="r1")
    structlog.get_logger("server.rooms").info("room created", room_id="0192", members=3)
    line = output.json()
    assert list(line)[:4] == ["timestamp", "level", "logger", "event"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("timestamp"))
    assert line == {
        "level": "info",
        "logger": "server.rooms",
        "event": "room created",
        "request_id": "r1",
        "room_id": "0192",
        "members": 3,
    }


def test_a_console_line(output: Output) -> None:
    logs.configure("info", "console")
    structlog.contextvars.bind_contextvars(request_id="r1")
    log = structlog.get_logger("server.rooms")
    log.warning("slow start", name="the room", n=1, none=None, ids=["a"], path="/a/b.c")
    stamp, rest = output.line().split(" ", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", stamp)
    head, _, pairs = rest.partition(": slow start ")
    assert head == "[warning] server.rooms"
    assert pairs == "name='the room' n=1 none=None ids=['a'] path=/a/b.c request_id=r1"


@pytest.mark.parametrize("form", FORMATS)
def test_stdlib_loggers_use_the_same_form(form: Literal["console", "json"], output: Output) -> None:
    logs.configure("info", form)
    structlog.contextvars.bind_contextvars(request_id="r1")
    logging.getLogger("server.rooms").info("room %s created", "0192")
    line = output.line()
    for part in ("room 0192 created", "server.rooms", "info", "request_id", "r1", "Z"):
        assert part in line


def test_a_logger_is_named_after_its_module_and_takes_arguments(output: Output) -> None:
    logs.configure("info", "json")
    structlog.get_logger().error("%d of %d", 1, 2)
    line = output.json()
    assert (line["logger"], line["event"], line["level"]) == (__name__, "1 of 2", "error")


def test_bound_values_are_logged(output: Output) -> None:
    logs.configure("info", "json")
    structlog.get_logger().bind(user_id="u1").info("hello")
    assert output.json()["user_id"] == "u1"


def test_a_warning_of_python_is_a_line(output: Output) -> None:
    logs.configure("info", "json")
    warnings.warn("old\nthing", stacklevel=1)
    line = output.json()
    assert line["logger"] == "py.warnings" and "old\nthing" in line["event"]


# --- Levels ---


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "critical"])
@pytest.mark.parametrize("kind", ["structlog", "stdlib"])
def test_levels(level: str, kind: str, output: Output) -> None:
    names = ["debug", "info", "warning", "error", "critical"]
    logs.configure(level, "json")
    log = structlog.get_logger() if kind == "structlog" else logging.getLogger("server.x")
    for name in names:
        getattr(log, name)("hello")
    seen = [json.loads(line)["level"] for line in output.text().splitlines()]
    assert seen == names[names.index(level) :]


def test_other_libraries_are_heard_from_warning_on(output: Output) -> None:
    logs.configure("debug", "json")
    library = logging.getLogger("tortoise.db_client")
    library.debug("INSERT …")
    library.info("INSERT …")
    assert output.text() == ""
    library.warning("slow")
    assert output.json()["event"] == "slow"


def test_other_libraries_obey_a_higher_level(output: Output) -> None:
    logs.configure("error", "json")
    logging.getLogger("asyncio").warning("hello")
    assert output.text() == ""


@pytest.mark.parametrize("name", logs.SILENT_LOGGERS)
def test_silent_loggers(name: str, output: Output) -> None:
    logs.configure("debug", "json")
    logging.getLogger(name).error("a client's text")
    assert output.text() == ""


def test_socketio_servers_stay_silent_and_add_no_handlers(output: Output) -> None:
    names = ("engineio.server", "socketio.server")
    for name in names:
        logging.getLogger(name).handlers.clear()
    logs.configure("debug", "json")
    server = socketio.AsyncServer(async_mode="aiohttp", logger=True, engineio_logger=True)
    engineio.AsyncServer(async_mode="aiohttp", logger=True)
    server.logger.error("a client's text")
    server.eio.logger.error("a client's text")
    assert output.text() == ""
    assert [logging.getLogger(name).handlers for name in names] == [[], []]


def test_an_unknown_level_is_an_error() -> None:
    with pytest.raises(KeyError):
        logs.configure("loud", "json")


def test_configuring_again_replaces_only_the_own_handler(output: Output) -> None:
    other = logging.NullHandler()
    logging.getLogger().addHandler(other)
    logs.configure("info", "console")
    before = len(logging.getLogger().handlers)
    logs.configure("info", "json")
    assert len(logging.getLogger().handlers) == before
    assert other in logging.getLogger().handlers
    structlog.get_logger().info("once")
    assert output.json()["event"] == "once"


def test_captured_logs_can_be_looked_at_after_configure() -> None:
    logs.configure("info", "json")
    log = structlog.get_logger()
    log.info("before, so that the logger is cached")
    with structlog.testing.capture_logs() as captured:
        log.info("hello", n=1)
    assert captured == [{"event": "hello", "n": 1, "log_level": "info"}]


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
    where: str, text: str, form: Literal["console", "json"], output: Output
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
    form: Literal["console", "json"], output: Output
) -> None:
    logs.configure("info", form)
    structlog.get_logger().info("hello", name="Zoë 你好 👋")
    assert "Zoë 你好 👋" in output.line()


def _fail(message: str) -> None:
    raise ValueError(message)


@pytest.mark.parametrize("kind", ["structlog", "stdlib"])
def test_a_traceback_in_json_is_one_line(kind: str, output: Output) -> None:
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
    kind: str, output: Output
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
    key: str, form: Literal["console", "json"], output: Output
) -> None:
    logs.configure("info", form)
    structlog.contextvars.bind_contextvars(**{key: "hunter2"})
    log = structlog.get_logger()
    log.info("a", **{key: "hunter2"})
    log.info("b", value=[{"deep": ({key: {"x": "hunter2"}},)}])
    logging.getLogger("server.x").info("c")
    text = output.text()
    assert text.count("\n") == 3 and "hunter2" not in text
    assert text.count(logs.HIDDEN) == 4


@pytest.mark.parametrize("key", ["context", "user_id", "author", "texture", "embody"])
def test_other_keys_are_shown(key: str, output: Output) -> None:
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
    value: object, shown: object, output: Output
) -> None:
    logs.configure("info", "json")
    structlog.get_logger().info("hello", value=value)
    assert output.json()["value"] == shown


def test_a_cycle_ends(output: Output) -> None:
    logs.configure("info", "json")
    cycle: list[Any] = []
    cycle.append(cycle)
    structlog.get_logger().info("hello", value=cycle)
    assert output.json()["value"] == [[[["…"]]]]
