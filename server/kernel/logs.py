"""One line per event on stderr, as JSON or for a console, from structlog and stdlib loggers alike.

Use ``log = structlog.get_logger()`` and ``log.info("room created", room_id=...)``. Ids go into a
line, entities and texts do not: see ``redact``.
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

HIDDEN = "[hidden]"

# Other libraries log statements, headers and packets below WARNING, with what users wrote.
OWN_LOGGERS = (
    *("server", "events", "models", "migrations", "web", "bench", "tests", "__main__"),
    "audit",
)

# A level on exactly these names also keeps the two libraries from adding handlers of their own.
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
# Controls, line and paragraph separators, marks that turn the direction of text, surrogates.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_PLAIN = re.compile(r"[\w./:@+-]+", re.ASCII)
_FIRST = ("timestamp", "level", "logger", "event", "exception", "stack")
_SCALARS = frozenset({str, int, float, bool, type(None)})
_MAX_DEPTH = 4


class Seldom:
    """For a line that may be due very often: it goes into the log once in ``seconds``."""

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
        # Whoever replaces sys.stderr gets the lines, and no line goes to a closed file.
        self.stream = sys.stderr
        super().emit(record)


def configure(level: str, format: Literal["console", "json"]) -> None:
    """May be called again: it replaces only the handler that it added before."""
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
    """Hide the values of telling keys, at any depth, and leave only plain JSON types."""
    for key, value in event.items():
        # Keys with an underscore are structlog's own.
        if not key.startswith("_"):
            event[key] = HIDDEN if _is_hidden(key) else _plain(value)
    return event


@lru_cache(maxsize=1024)
def _is_hidden(key: str) -> bool:
    return _HIDDEN_KEY.search(key) is not None


def _plain(value: object, depth: int = 0) -> Any:
    # Exact types: a subclass may show itself differently, as an enumeration does.
    if type(value) in _SCALARS:
        return value
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _plain_container(value, depth + 1)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, msgspec.Struct) or dataclasses.is_dataclass(value):
        # Its repr would show every field: a message's text, for one.
        return f"<{type(value).__name__}>"
    try:
        return str(value)
    except Exception:  # a line of the log must not fail its caller
        return f"<{type(value).__name__}>"


def _plain_container(value: Any, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        pairs = [(str(_plain(key)), item) for key, item in value.items()]
        return {key: HIDDEN if _is_hidden(key) else _plain(item, depth) for key, item in pairs}
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
        # Lone surrogates and very large integers.
        line = json.dumps(ordered, separators=(",", ":"))
    return _UNPRINTABLE.sub(_json_escape, line)


def _json_escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _render_console(_: WrappedLogger, __: str, event: EventDict) -> str:
    """``<time> [level] logger: event key=value``; a traceback follows, indented.

    Every value stays on its line, so no client can forge one; nor can a traceback, whose lines
    all begin with ``  | ``.
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
# One list for good: structlog.testing.capture_logs() changes it in place, under cached loggers too.
_PROCESSORS: list[Processor] = [*_SHARED, ProcessorFormatter.wrap_for_formatter]
