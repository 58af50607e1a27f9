"""Logs: one line per event, nothing forged in it, nothing secret."""

from __future__ import annotations

import json
import logging
import re
import warnings
from typing import Literal

import engineio
import pytest
import socketio
import structlog

from server.kernel import logs
from tests.support.log_output import FORMATS, LogOutput
from tests.support.node import ROOT

# --- The two forms ---


def test_a_json_line(output: LogOutput) -> None:
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


def test_a_console_line(output: LogOutput) -> None:
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
def test_stdlib_loggers_use_the_same_form(
    form: Literal["console", "json"], output: LogOutput
) -> None:
    logs.configure("info", form)
    structlog.contextvars.bind_contextvars(request_id="r1")
    logging.getLogger("server.rooms").info("room %s created", "0192")
    line = output.line()
    for part in ("room 0192 created", "server.rooms", "info", "request_id", "r1", "Z"):
        assert part in line


def test_a_logger_is_named_after_its_module_and_takes_arguments(output: LogOutput) -> None:
    logs.configure("info", "json")
    structlog.get_logger().error("%d of %d", 1, 2)
    line = output.json()
    assert (line["logger"], line["event"], line["level"]) == (__name__, "1 of 2", "error")


def test_bound_values_are_logged(output: LogOutput) -> None:
    logs.configure("info", "json")
    structlog.get_logger().bind(user_id="u1").info("hello")
    assert output.json()["user_id"] == "u1"


def test_a_warning_of_python_is_a_line(output: LogOutput) -> None:
    logs.configure("info", "json")
    warnings.warn("old\nthing", stacklevel=1)
    line = output.json()
    assert line["logger"] == "py.warnings" and "old\nthing" in line["event"]


# --- Levels ---


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "critical"])
@pytest.mark.parametrize("kind", ["structlog", "stdlib"])
def test_levels(level: str, kind: str, output: LogOutput) -> None:
    names = ["debug", "info", "warning", "error", "critical"]
    logs.configure(level, "json")
    log = structlog.get_logger() if kind == "structlog" else logging.getLogger("server.x")
    for name in names:
        getattr(log, name)("hello")
    seen = [json.loads(line)["level"] for line in output.text().splitlines()]
    assert seen == names[names.index(level) :]


def names_of_own_loggers() -> set[str]:
    """The first part of the name of each logger in the sources, such as ``server``."""
    names: set[str] = set()
    for folder in ("server", "events", "models"):
        for path in (ROOT / folder).rglob("*.py"):
            names.update(re.findall(r'(?:get_logger|getLogger)\("([a-z]+)[".]', path.read_text()))
    return names - {name.partition(".")[0] for name in logs.SILENT_LOGGERS}


@pytest.mark.parametrize("name", sorted(names_of_own_loggers()))
def test_own_loggers_are_heard_from_the_chosen_level_on(name: str, output: LogOutput) -> None:
    logs.configure("debug", "json")
    logging.getLogger(name).debug("hello")
    assert output.json()["logger"] == name


def test_other_libraries_are_heard_from_warning_on(output: LogOutput) -> None:
    logs.configure("debug", "json")
    library = logging.getLogger("tortoise.db_client")
    library.debug("INSERT …")
    library.info("INSERT …")
    assert output.text() == ""
    library.warning("slow")
    assert output.json()["event"] == "slow"


def test_other_libraries_obey_a_higher_level(output: LogOutput) -> None:
    logs.configure("error", "json")
    logging.getLogger("asyncio").warning("hello")
    assert output.text() == ""


@pytest.mark.parametrize("name", logs.SILENT_LOGGERS)
def test_silent_loggers(name: str, output: LogOutput) -> None:
    logs.configure("debug", "json")
    logging.getLogger(name).error("a client's text")
    assert output.text() == ""


def test_socketio_servers_stay_silent_and_add_no_handlers(output: LogOutput) -> None:
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


def test_configuring_again_replaces_only_the_own_handler(output: LogOutput) -> None:
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
