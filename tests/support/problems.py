"""Refusals over HTTP, and the origins of the pages that get them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.support.contract import CODES

ALLOWED_ORIGIN = "https://app.example.com"
OWN_ORIGIN = "https://chat.example.com"


def check_problem(answer: tuple[int, Mapping[str, str], bytes], code: str) -> dict[str, Any]:
    status, headers, body = answer
    assert headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(body)
    assert problem["code"] == code
    assert status == problem["status"] == CODES[code]
    assert problem["type"] and problem["title"] and problem["detail"]
    return problem
