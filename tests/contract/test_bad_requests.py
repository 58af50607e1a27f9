"""Whatever a request holds, it gets the contract's answer, and moves nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.kernel.wire import make_cursor
from tests.support.bad_requests import (
    NOT_JSON,
    TOO_MUCH,
    field_of,
    problem_of,
    request_of,
)
from tests.support.client import Refused
from tests.support.contract import PATHS, ROUTES, Fields, each_wrong, required
from tests.support.field_kinds import SOME_ID
from tests.support.sample_world import SampleWorld

pytestmark = pytest.mark.usefixtures("no_errors_logged")

# What must not get past the decoding is the same whatever lies behind it.
once = pytest.mark.parametrize("kind", ["sqlite"])


# --- HTTP ---


@once
@pytest.mark.parametrize("name", [name for name, call in ROUTES.items() if not call.upload])
async def test_a_wrong_request_is_a_problem(sample: SampleWorld, name: str) -> None:
    """Wrong in its body, its query or its path; the field is named where there is one."""
    call = ROUTES[name]
    await _unreadable_bodies(sample, name)
    await _wrong_bodies(sample, name, call.body)
    await _wrong_queries(sample, name, call.query)
    await _wrong_paths(sample, name)
    assert (await sample.ann.http("GET", "/users/me"))["id"] == sample.ann.id


async def _unreadable_bodies(sample: SampleWorld, name: str) -> None:
    for what, body in NOT_JSON.items():
        problem = await problem_of(sample, name, data=body)
        assert problem["code"] == "validation_failed", what
    problem = await problem_of(sample, name, data=json.dumps({"text": TOO_MUCH}).encode())
    assert problem["code"] == "payload_too_large"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"):
        problem = await problem_of(sample, name, data=b"{}", headers={"Content-Type": kind})
        assert problem["code"] == "unsupported_media_type", kind


async def _wrong_bodies(sample: SampleWorld, name: str, fields: Fields | None) -> None:
    async def refused(body: Any) -> str | None:
        problem = await problem_of(sample, name, data=json.dumps(body).encode())
        assert problem["code"] == "validation_failed", (body, problem)
        return field_of(problem)

    fitting = sample.fitting(fields or {})
    for shape in (None, [], [fitting], "", "x", 0, 17, 1.5, True):
        assert await refused(shape) is None, shape
    assert await refused({**fitting, "extra": 1}) == "extra"
    for field in required(fields or {}):
        assert await refused({k: v for k, v in fitting.items() if k != field}) == field
        assert await refused({**fitting, field: None}) == field
    for field, value in each_wrong(fields or {}):
        assert await refused({**fitting, field: value}) == field, (field, value)
    if required(fields or {}):
        assert field_of(await problem_of(sample, name)) in fitting


async def _wrong_queries(sample: SampleWorld, name: str, fields: Fields | None) -> None:
    needed = required(fields or {})
    for field in needed:
        assert field_of(await problem_of(sample, name)) == field
    wrong = [*each_wrong(fields or {}), ("extra", "1")]
    for field, value in wrong:
        rest = "".join(f"&{other}=x" for other in needed if other != field)
        problem = await problem_of(sample, name, query=f"?{field}={value}{rest}")
        assert problem["code"] == "validation_failed", (field, value, problem)
        assert field_of(problem) == field, (field, value, problem)


async def _wrong_paths(sample: SampleWorld, name: str) -> None:
    for place in ("room_id", "user_id", "id", "seq", "emoji"):
        if f"{{{place}}}" in name:
            for value in PATHS[place.removeprefix("room_").removeprefix("user_")]:
                problem = await problem_of(sample, name, path={place: value})
                assert problem["code"] == "validation_failed", (value, problem)
                assert field_of(problem) == place, (value, problem)


async def test_another_users_room_does_not_exist_over_http(sample: SampleWorld) -> None:
    for name, call in ROUTES.items():
        if "{room_id}" not in name:
            continue
        body = json.dumps(sample.fitting(call.body)).encode() if call.body is not None else None
        answers = [
            await request_of(sample.carol.http, sample, name, data=body, path={"room_id": room_id})
            for room_id in (sample.room_id, sample.direct_id, SOME_ID, sample.ann.id)
        ]
        assert answers[0][0] == 404, name
        assert all(answer == answers[0] for answer in answers), name


async def test_ids_of_nothing_are_not_found_over_http(sample: SampleWorld) -> None:
    carols = (await sample.carol.http("GET", "/auth/sessions"))["items"][0]["id"]
    for method, path in [
        ("GET", f"/users/{SOME_ID}"),
        ("DELETE", f"/auth/sessions/{SOME_ID}"),
        ("DELETE", f"/auth/sessions/{carols}"),
        ("GET", sample.path("/rooms/{room_id}/messages/999")),
        ("GET", sample.path("/rooms/{room_id}/messages/9007199254740991")),
        ("GET", "/nowhere"),
        ("GET", "/rooms/"),
        ("POST", "/users//"),
        ("GET", "/rooms/{room_id}"),
    ]:
        with pytest.raises(Refused) as refused:
            await sample.ann.http(method, path.replace("{room_id}", "public/x"))
        assert (refused.value.status, refused.value.code) == (404, "not_found"), path
    assert await sample.carol.http("GET", "/users/me")


async def test_forged_cursors_are_validation_failed(sample: SampleWorld) -> None:
    """Cursors are opaque, and what somebody makes of them must not reach the database."""
    lists = [name.split()[1] for name, call in ROUTES.items() if "cursor?" in (call.query or {})]
    parts: list[tuple[int | str, ...]] = [
        (),
        ("x",),
        (-1, -1, -1),
        (10**30,),
        (-(10**30),),
        (10**30, SOME_ID),
        (-(10**30), SOME_ID),
        (1, "x"),
        (1, SOME_ID + "\n"),
        ("x", "x"),
        ("a\0b", SOME_ID),
        (7, "x"),
        (1, 2**63),
    ]
    for path in lists:
        for forged in parts:
            if path == "/users" and forged[:1] == (1,) and isinstance(forged[1], str):
                # That is one of its own: a rank, and any username.
                continue
            needed = required(ROUTES[f"GET {path}"].query or {})
            query = "?" + "".join(f"{name}=x&" for name in needed)
            query += f"cursor={make_cursor(*forged)}"
            problem = await problem_of(sample, f"GET {path}", query=query)
            refused = (problem["code"], field_of(problem))
            assert refused == ("validation_failed", "cursor"), (path, forged)


async def test_a_body_in_an_encoding_is_not_taken(sample: SampleWorld) -> None:
    for encoding in ("gzip", "deflate"):
        headers = {"Content-Encoding": encoding}
        problem = await problem_of(sample, "POST /rooms", data=b"no archive", headers=headers)
        assert problem["code"] == "unsupported_media_type", encoding


async def test_a_body_of_exactly_128_kib_is_read(sample: SampleWorld) -> None:
    def padded(size: int) -> bytes:
        body = json.dumps({"seq": 0}).encode()
        return body + b" " * (size - len(body))

    name = "PUT /rooms/{room_id}/read"
    status, _ = await request_of(sample.ann.http, sample, name, data=padded(128 * 1024))
    assert status == 200
    problem = await problem_of(sample, name, data=padded(128 * 1024 + 1))
    assert problem["code"] == "payload_too_large"
    # In pieces, so that no Content-Length tells.
    status, answer = await request_of(sample.ann.http, sample, name, data=_pieces(300 * 1024))
    assert (status, json.loads(answer)["code"]) == (413, "payload_too_large")


# --- How requests are made here ---


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1024):
        yield b" " * 1024
