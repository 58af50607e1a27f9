from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from server.kernel import logs
from tests.support.log_output import LogOutput

TOUCHED = ("", *logs.OWN_LOGGERS, *logs.SILENT_LOGGERS)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, levels = list(root.handlers), {n: logging.getLogger(n).level for n in TOUCHED}
    # Loggers of modules that have logged already keep the processors that were configured then.
    configured = structlog.get_config() if structlog.is_configured() else None
    structlog.contextvars.clear_contextvars()
    yield
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(False)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()
    if configured:
        structlog.configure(**configured)


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> LogOutput:
    return LogOutput(capsys)
