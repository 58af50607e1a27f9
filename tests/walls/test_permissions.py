"""The permission matrix: every route and event, by every caller, with every kind of id."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from server.app import Node as Application
from tests.support.answers import connect_errors
from tests.support.client import Http, Refused, Socket, User
from tests.support.descriptions import descriptions_of
from tests.support.files import form
from tests.support.node import Node
from tests.support.tokens import bad_tokens
from tests.support.world import signup
from tests.walls import belongings, scenes
from tests.walls.mounted import APART, application, events_of, routes_of
from tests.walls.outside_permissions import OUTSIDE
from tests.walls.payloads import BODIES, payload_of
from tests.walls.permissions import CALLS, LETTERS, SAME
from tests.walls.scenes import CALLERS, PEOPLE, Callers, Ids, sign_up_callers

# The answer of every call for things that do not exist or are hidden.
NOT_FOUND = {
    "type": "urn:chat:error:not_found",
    "title": "Not found.",
    "status": 404,
    "detail": "Not found.",
    "code": "not_found",
}
# Calls that end the caller's session, which later rows need. Callers use new accounts for them.
SPENDING = {"POST /auth/signout", "DELETE /auth/sessions"}
# Calls that change what later rows rely on, and the method that reverts them.
UNDONE = {"PUT /users/me/blocks/{user_id}": "DELETE"}


def rows() -> list[tuple[str, str]]:
    calls = CALLS | {event: CALLS[call] for event, call in SAME.items()}
    # The event that leaves a room names no user.
    calls["/rooms leave_room"] = {
        scene: letters
        for scene, letters in CALLS["DELETE /rooms/{room_id}/members/{user_id}"].items()
        if scene == "member_is_oneself"
    }
    return [(call, scene) for call, each in calls.items() for scene in each]


def expected(call: str, scene: str) -> str:
    return CALLS[SAME.get(call, call)][scene]


@pytest.fixture
async def mounted(tmp_path: Path) -> AsyncIterator[Application]:
    async with application(tmp_path) as node:
        yield node


async def test_every_route_has_its_row(mounted: Application) -> None:
    apart = {APART + route for route in routes_of(mounted.metrics)}
    rows = {call for call in CALLS if not call.startswith("/")}
    assert routes_of(mounted.web) | apart == rows | OUTSIDE.keys()


async def test_one_without_a_row_is_found(mounted: Application, tmp_path: Path) -> None:
    before = routes_of(mounted.web)
    inner = web.Application()
    inner.router.add_post("/run", fail)
    mounted.web.router.add_get("/debug", fail)
    mounted.web.router.add_route("DELETE", "/api/v1/rooms/{room_id}/all", fail)
    mounted.web.router.add_static("/files", tmp_path)
    mounted.web.add_subapp("/admin", inner)
    found = routes_of(mounted.web) - before
    assert found == {
        "GET /debug",
        "DELETE /rooms/{room_id}/all",
        "GET /files",
        "POST /admin/run",
    }


async def fail(_: web.Request) -> web.Response:
    raise AssertionError


async def test_every_event_has_its_row(mounted: Application) -> None:
    assert events_of(mounted) == {call for call in (*CALLS, *SAME) if call.startswith("/")}


async def test_what_is_mounted_is_described(
    mounted: Application, shared_nodes: Callable[[str], list[Node]]
) -> None:
    described = descriptions_of(shared_nodes("sqlite")[0])
    routes = {
        f"{method.upper()} {path}"
        for path, calls in described.openapi["paths"].items()
        for method in calls
    }
    assert routes == routes_of(mounted.web) - OUTSIDE.keys()


@pytest.fixture(scope="module")
def sessions() -> dict[str, Any]:
    """By kind."""
    return {}


@pytest.fixture
async def callers(kind: str, nodes: list[Node], sessions: dict[str, Any]) -> AsyncIterator[Callers]:
    if kind not in sessions:
        sessions[kind] = await sign_up_callers(nodes)
    callers = Callers(nodes, sessions[kind])
    yield callers
    await callers.close()


@pytest.mark.parametrize(("call", "scene"), rows())
async def test_who_may(call: str, scene: str, callers: Callers) -> None:
    build: scenes.Scene = getattr(scenes, scene, None) or getattr(belongings, scene)
    said = []
    ids = await build(callers)
    for caller in CALLERS:
        before = await version(callers, ids)
        code = await made_by(caller, call, ids, callers)
        said.append(code)
        if code == "ok":
            if "untouched" in ids:
                assert await version(callers, ids) == before, f"{caller} changed what is another's"
            # What may be done once may not be there any more.
            ids = await build(callers)
        else:
            assert await version(callers, ids) == before, f"{caller} was refused, and changed it"
    wanted = [LETTERS[letter] for letter in expected(call, scene)]
    assert dict(zip(CALLERS, said, strict=True)) == dict(zip(CALLERS, wanted, strict=True))


async def version(callers: Callers, ids: Ids) -> Any:
    """Of what is another's, or of the room that the ids name, as its owner sees it."""
    if "untouched" in ids:
        return await ids["untouched"]()
    if "room_id" not in ids:
        return None
    try:
        return (await callers["owner"].http("GET", f"/rooms/{ids['room_id']}"))["version"]
    except Refused as refused:
        return refused.code


async def made_by(caller: str, call: str, ids: Ids, callers: Callers) -> str:
    user = callers[caller] if caller in PEOPLE else None
    meant = {
        name: value(user) if callable(value) else value
        for name, value in ids.items()
        if name != "untouched"
    }
    token = user.token if user else None
    if caller == "forged":
        token = bad_tokens(callers["owner"])["another key"][0]
    node = (user or callers["owner"]).node
    if call.startswith("/"):
        return await _by_event(node, user, token, call, meant)
    if call in SPENDING and user:
        token = await _new_account(node)
    return await _by_http(node, token, call, meant)


async def _new_account(node: Node) -> str:
    user = await signup(node)
    await user.close()
    return user.token


async def _by_http(node: Node, token: str | None, call: str, ids: Ids) -> str:
    method, pattern = call.split()
    path = re.sub(r"\{(\w+)\}", lambda found: str(ids.get(found[1], "%F0%9F%91%8D")), pattern)
    http = Http(node, token)
    try:
        if call == "POST /attachments":
            status, _, raw = await http.raw(method, path, data=form(b"a file"))
            return "ok" if status == 201 else str(json.loads(raw)["code"])
        query, body = BODIES[call](ids) if call in BODIES else ("", None)
        try:
            answer = await http(method, path + query, body)
            check_shown(answer, ids)
            if call in UNDONE:
                await http(UNDONE[call], path)
        except Refused as refused:
            if refused.code == "not_found" and refused.field is None:
                assert refused.error == NOT_FOUND
            return str(refused.code)
        return "nothing_found" if "q" in ids and not answer["items"] else "ok"
    finally:
        await http.close()


async def _by_event(node: Node, user: User | None, token: str | None, call: str, ids: Ids) -> str:
    namespace, event = call.split()
    if user is None:
        errors = await connect_errors(node, {"token": token} if token else None)
        assert errors["/rooms"] == errors["/notifications"]
        return str(errors[namespace]["data"]["code"])
    assert token is not None
    socket = await Socket(node, token).connect()
    try:
        check_shown(await socket.call(event, namespace, **payload_of(event, ids, token)), ids)
        return "ok"
    except Refused as refused:
        return str(refused.code)
    finally:
        await socket.close()


def check_shown(answer: Any, ids: Ids) -> None:
    assert "hidden" not in ids or ids["hidden"] not in json.dumps(answer)
