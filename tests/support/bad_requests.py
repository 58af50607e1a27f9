"""Bodies that are not JSON, and requests that are answered with a problem."""

from __future__ import annotations

import json
from typing import Any

from tests.support.client import Http
from tests.support.contract import CODES
from tests.support.sample_world import SampleWorld

TOO_DEEP = "[" * 20_000 + "]" * 20_000
TOO_MUCH = "x" * 128 * 1024
# Written as bytes, because Python's JSON writer could not produce some of them.
NOT_JSON = {
    "nothing but a brace": b"{",
    "two values": b"{} {}",
    "a bare word": b"hello",
    "not a number": b'{"seq": NaN}',
    "infinity": b'{"seq": -Infinity}',
    "a number without end": b'{"seq": ' + b"9" * 5000 + b"}",
    "beyond floats": b'{"seq": 1e999}',
    "half a character": b'{"text": "\\ud800"}',
    "not UTF-8": b'{"text": "\xff\xfe"}',
    "a surrogate in UTF-8": b'{"text": "\xed\xa0\x80"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"text": "x"}'.encode("utf-16"),
    "a line break in a string": b'{"text": "a\nb"}',
    "20,000 deep": TOO_DEEP.encode(),
    "20,000 deep in a field": b'{"text": ' + TOO_DEEP.encode() + b"}",
    "20,000 objects deep": b'{"":' * 20_000 + b"1" + b"}" * 20_000,
    "20,000 deep and no end": b"[" * 20_000,
}


async def request_of(
    http: Http,
    sample: SampleWorld,
    name: str,
    *,
    data: Any = None,
    query: str = "",
    path: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes]:
    method, route = name.split()
    headers = {"Content-Type": "application/json", **(headers or {})}
    status, given, body = await http.raw(
        method, sample.path(route, **(path or {})) + query, data=data, headers=headers
    )
    if status >= 400:
        assert given["Content-Type"] == "application/problem+json", (name, given)
    return status, body


async def problem_of(sample: SampleWorld, name: str, **request: Any) -> dict[str, Any]:
    """The refusal of a request, which must have the form of RFC 9457."""
    status, body = await request_of(sample.ann.http, sample, name, **request)
    problem: dict[str, Any] = json.loads(body)
    assert status >= 400, (name, request, problem)
    assert {"type", "title", "status", "detail", "code"} <= set(problem), problem
    assert problem["status"] == status == CODES[problem["code"]], problem
    return problem


def field_of(problem: dict[str, Any]) -> str | None:
    errors = problem.get("errors")
    if errors is None:
        return None
    assert errors and all(set(error) == {"field", "message"} for error in errors)
    fields = [error["field"] for error in errors]
    assert len(fields) == len(set(fields))
    # The first one is the one that ``detail`` is about.
    assert errors[0]["message"] == problem["detail"]
    return str(errors[0]["field"])
