"""The log: one line for each event on stderr, as JSON or for a console, from structlog and from
loggers of the standard library.

Use ``log = structlog.get_logger()`` and ``log.info("room created", room_id=...)``. A line may have
ids, but no entities or texts of users: see ``redact``.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import re
import sys
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, TextIO

import msgspec
import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN_VALUE = "[hidden]"

# Only these loggers may log below WARNING. There, other libraries log statements, headers and
# packets, with the texts of users in them.
OWN_LOGGERS = (
    *("server", "events", "models", "migrations", "web", "bench", "tests", "__main__"),
    *("audit", "auth", "bus", "deletion", "http", "mail", "media", "push"),
)

# Setting a level on exactly these names also keeps the two libraries from adding handlers.
SILENT_LOGGERS = (
    "aiohttp.access",
    "engineio",
    "engineio.client",
    "engineio.server",
    "socketio",
    "socketio.client",
    "socketio.server",
)

_HIDDEN_KEY = re.compile(
    r"token|password|secret|authorization|cookie|api_?key|private_?key"
    r"|^(text|auth|body|payload|excerpt|preview)$",
    re.IGNORECASE,
)
# Control characters, line and paragraph separators, marks of text direction, surrogates.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_PLAIN = re.compile(r"[\w./:@+-]+", re.ASCII)
_FIRST = ("timestamp", "level", "logger", "event", "exception", "stack")
_SCALARS = frozenset({str, int, float, bool, type(None)})
_MAX_DEPTH = 4


class Seldom:
    """Limits a log line that may occur very often to one in ``seconds``."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._next = 0.0

    def is_due(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True


class _StderrHandler(logging.StreamHandler[TextIO]):
    def emit(self, record: logging.LogRecord) -> None:
        # sys.stderr is read for each line. So code that replaces it gets the lines, and no line
        # goes to a file that was closed meanwhile.
        self.stream = sys.stderr
        super().emit(record)


def configure(level: str, format: Literal["console", "json"]) -> None:
    """Sets up logging. Another call replaces only the handler that the previous call added."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = _StderrHandler()
    handler.setFormatter(_formatter(_render_json if format == "json" else _render_console))
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, _StderrHandler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(number, logging.WARNING))
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(number)
    for name in SILENT_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.captureWarnings(True)


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Hides the values of sensitive keys at any depth, and leaves only plain JSON types."""
    for key, value in event.items():
        # Keys that begin with an underscore belong to structlog.
        if not key.startswith("_"):
            event[key] = HIDDEN_VALUE if _is_hidden(key) else _plain(value)
    return event


@lru_cache(maxsize=1024)
def _is_hidden(key: str) -> bool:
    return _HIDDEN_KEY.search(key) is not None


def _plain(value: object, depth: int = 0) -> Any:
    # Only these exact types: a subclass, such as an enumeration, may print differently.
    if type(value) in _SCALARS:
        return value
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _plain_container(value, depth + 1)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, msgspec.Struct) or dataclasses.is_dataclass(value):
        # The repr of an entity would show every field, such as a message's text.
        return f"<{type(value).__name__}>"
    try:
        return str(value)
    except Exception:  # a log line must not make its caller fail
        return f"<{type(value).__name__}>"


def _plain_container(value: Any, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        pairs = [(str(_plain(key)), item) for key, item in value.items()]
        return {
            key: HIDDEN_VALUE if _is_hidden(key) else _plain(item, depth) for key, item in pairs
        }
    return [_plain(item, depth) for item in value]


def _formatter(render: Processor) -> logging.Formatter:
    return ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[ProcessorFormatter.remove_processors_meta, render],
    )


def _in_order(event: EventDict) -> dict[str, Any]:
    return {key: event[key] for key in _FIRST if key in event} | dict(event)


def _render_json(_: WrappedLogger, __: str, event: EventDict) -> str:
    ordered = _in_order(event)
    try:
        line = msgspec.json.encode(ordered).decode()
    except (UnicodeEncodeError, OverflowError, msgspec.MsgspecError):
        # Lone surrogates and very large integers lead here.
        line = json.dumps(ordered, separators=(",", ":"))
    return _UNPRINTABLE.sub(_json_escape, line)


def _json_escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _render_console(_: WrappedLogger, __: str, event: EventDict) -> str:
    """Renders ``<time> [level] logger: event key=value``, and a traceback indented below it.

    Every value stays on its line, and every line of a traceback begins with ``  | ``. So no client
    can forge a line.
    """
    head = f"{event.pop('timestamp')} [{event.pop('level')}] {event.pop('logger')}: "
    traces = [event.pop(key) for key in ("exception", "stack") if key in event]
    words = [head + str(event.pop("event"))]
    words += [f"{key}={_quoted(value)}" for key, value in event.items()]
    lines = [" ".join(words)]
    lines += [f"  | {line}" for trace in traces for line in str(trace).split("\n")]
    return "\n".join(_UNPRINTABLE.sub(_console_escape, line) for line in lines)


def _quoted(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if _PLAIN.fullmatch(text) or not isinstance(value, str) else repr(text)


def _console_escape(match: re.Match[str]) -> str:
    return repr(match[0])[1:-1]


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    redact,
]
# This list is never replaced: structlog.testing.capture_logs() changes it in place, so that cached
# loggers see the change too.
_PROCESSORS: list[Processor] = [*_SHARED, ProcessorFormatter.wrap_for_formatter]
