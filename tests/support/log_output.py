"""The log output of this process."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest

FORMATS: tuple[Literal["console", "json"], ...] = ("console", "json")


class LogOutput:
    """The text written to stderr since the last call."""

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
