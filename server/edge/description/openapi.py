"""Describes the HTTP calls in OpenAPI 3.1, from the routes and the annotations of their
handlers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Mapping
from typing import Any, get_args, get_origin, get_type_hints

from server.edge.arguments import parameters
from server.edge.description.enums import camel
from server.edge.description.schemas import Json, Schemas, prose, reference
from server.edge.http import PREFIX
from server.kernel import errors
from server.kernel.errors import ChatError
from server.kernel.limits import AnyRate
from server.kernel.refusals import Problem
from server.kernel.routes import Reply, Route

ABOUT_CALLS = """\
JSON in UTF-8 with `snake_case` keys. Ids are UUIDs in lower case, times are RFC 3339 in UTC with
milliseconds, numbers are integers. A field with no value is `null` in an answer; in a request it
may be absent, and in a `PATCH` `null` clears it. A request with an unknown, missing or wrong field
is refused with `validation_failed`, which names the field, and changes nothing.

Errors are `application/problem+json` with a `code`. A client refreshes its access token only when
it gets `token_expired`. Lists take `limit` and `cursor` and answer `{items, has_more, next}`; send
`next` as `cursor` to get the next page. `HEAD` answers as `GET` does, without the body.
"""

# The errors that every call may raise, those of calls with an access token, those of calls that
# change what is named in their path, those of all that store something, and those of calls with a
# body.
ALWAYS = (errors.Invalid, errors.RateLimited, errors.Unavailable, errors.Internal)
WITH_TOKEN = (errors.Unauthenticated, errors.TokenExpired)
CHANGES = (errors.Forbidden, errors.Conflict)
STORES = (errors.StorageFull,)
WITH_BODY = (errors.PayloadTooLarge, errors.UnsupportedMediaType)

# The names of refusals begin with this.
REFUSAL_PREFIX = "Refused"

UPLOAD: Json = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"file": {"type": "string", "format": "binary"}},
                "required": ["file"],
            }
        }
    },
}

SECURITY: Json = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "an access token"},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "refresh_token",
        "description": "a browser's refresh token, where it asked for one",
    },
}


def codes() -> dict[str, type[ChatError]]:
    """Every error code that a client may receive, with its class."""
    found: dict[str, type[ChatError]] = {}
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, ChatError) and kind is not ChatError:
            found.setdefault(kind.code, kind)
    return found


class OpenApi:
    """``limits`` has the rates of the limits, by their names."""

    def __init__(self, routes: Collection[Route], limits: Any, version: str) -> None:
        self._routes = routes
        self._limits = limits
        self._version = version
        self._schemas = Schemas()
        self._refusals: dict[str, Json] = {}

    def document(self) -> Json:
        self._schemas.of(Problem)
        paths: dict[str, Json] = {}
        for route in self._routes:
            paths.setdefault(route.path, {})[route.method.lower()] = self._call(route)
        schemas = self._schemas.components
        schemas["Problem"]["properties"]["code"]["enum"] = list(codes())
        tags = {call["tags"][0] for path in paths.values() for call in path.values()}
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "Realtime Chat",
                "version": self._version,
                "description": ABOUT_CALLS,
            },
            "servers": [{"url": PREFIX}],
            "security": [{"bearer": []}],
            "tags": [{"name": tag} for tag in sorted(tags)],
            "paths": paths,
            "components": {
                "schemas": dict(sorted(schemas.items())),
                "responses": dict(sorted(self._refusals.items())),
                "securitySchemes": SECURITY,
                "headers": {
                    "Retry-After": {
                        "description": "seconds to wait",
                        "schema": {"type": "integer", "minimum": 1},
                    }
                },
            },
        }

    def _call(self, route: Route) -> Json:
        wants = parameters(route.handler)
        call: Json = {
            "operationId": route.handler.__name__,
            "tags": [service(route.handler)],
            "summary": summary(route.handler),
            "description": self._rates(route),
            "parameters": [*self._placeholders(route, wants), *self._query(wants)],
            "responses": self._responses(route, wants),
        }
        if "body" in wants:
            call["requestBody"] = self._body(wants["body"])
        if "upload" in wants:
            call["requestBody"] = UPLOAD
        if route.open:
            call["security"] = []
        elif route.cookie:
            call["security"] = [{"bearer": []}, {"cookie": []}]
        return call

    def _body(self, kind: Any) -> Json:
        """The schema of the request body. No body at all counts as an empty object."""
        schema = self._schemas.of(kind)
        name = schema["$ref"].rsplit("/", 1)[1]
        needed = bool(self._schemas.components[name]["required"])
        return {"required": needed, "content": {"application/json": {"schema": schema}}}

    def _rates(self, route: Route) -> str:
        named = ["http"] + ([route.limit] if route.limit else [])
        whom = "an address" if route.open else "a user"
        rates = [(said(getattr(self._limits, name)), name.upper()) for name in named]
        return "; ".join(f"{rate} {whom} (`LIMIT_{name}`)" for rate, name in rates)

    def _placeholders(self, route: Route, wants: Mapping[str, Any]) -> list[Json]:
        return [
            {"name": name, "in": "path", "required": True, "schema": self._text(name, wants[name])}
            for name in re.findall(r"{(\w+)}", route.path)
        ]

    def _text(self, name: str, kind: Any) -> Json:
        schema = self._schemas.of(kind)
        if kind is str:
            return schema | {"minLength": 1}
        return schema | {"format": "uuid"} if schema.get("type") == "string" else schema

    def _query(self, wants: Mapping[str, Any]) -> list[Json]:
        if "query" not in wants:
            return []
        schema = self._schemas.fields(wants["query"])
        return [
            {
                "name": name,
                "in": "query",
                "required": name in schema["required"],
                "schema": without_null(field),
            }
            for name, field in schema["properties"].items()
        ]

    def _responses(self, route: Route, wants: Mapping[str, Any]) -> Json:
        answer = self._answer(route)
        status = 204 if answer is None and route.status == 200 else route.status
        good = {"description": "done"} if answer is None else _content("answer", answer)
        responses: Json = {str(status): good}
        if route.again:
            responses[str(route.again)] = good | {"description": "the one that was there already"}
        by_status: dict[int, list[str]] = {}
        for code, kind in codes().items():
            if code in refusal_codes(route, wants):
                by_status.setdefault(kind.status, []).append(code)
        for status, its in sorted(by_status.items()):
            responses[str(status)] = self._refusal(status, its)
        return responses

    def _refusal(self, status: int, its: list[str]) -> Json:
        """A reference to the answer of calls that are refused with one of these codes."""
        name = REFUSAL_PREFIX + "Or".join(map(camel, its))
        if name not in self._refusals:
            shapes = self._schemas.components
            code = {"code": {"type": "string", "enum": its}}
            problem = shapes["Problem"]
            shapes[name] = problem | {"properties": problem["properties"] | code}
            self._refusals[name] = _problem(status, its, {"$ref": reference(name)})
        return {"$ref": f"#/components/responses/{name}"}

    def _answer(self, route: Route) -> Json | None:
        hints = inspect.get_annotations(route.handler, eval_str=True)
        kind = hints["return"]
        if get_origin(kind) is Reply:
            kind = get_args(kind)[0]
        return None if kind in (None, type(None)) else self._schemas.of(kind)


def refusal_codes(route: Route, wants: Mapping[str, Any]) -> set[str]:
    """The codes of all errors that a call may raise."""
    kinds: set[type[ChatError]] = {*ALWAYS, *route.refuses}
    if not route.open:
        kinds.update(WITH_TOKEN)
    if route.method != "GET":
        kinds.update(STORES)
    if "body" in wants or "upload" in wants:
        kinds.update(WITH_BODY)
    if "{" in route.path or _names_others(wants):
        kinds.add(errors.NotFound)
    if "{" in route.path and route.method != "GET":
        kinds.update(CHANGES)
    return {kind.code for kind in kinds}


def _names_others(wants: Mapping[str, Any]) -> bool:
    """Whether the body has ids of other things, which may not exist."""
    fields = get_type_hints(wants["body"]) if "body" in wants else {}
    return any(name.endswith(("_id", "_ids")) and name != "client_id" for name in fields)


def _content(description: str, schema: Json, media_type: str = "application/json") -> Json:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _problem(status: int, its: list[str], schema: Json) -> Json:
    said = ", ".join(f"`{code}`" for code in its)
    problem = _content(said, schema, "application/problem+json")
    if status == errors.RateLimited.status:
        problem["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    return problem


def without_null(schema: Json) -> Json:
    """The schema for a URL's query, where a field without a value is absent and never null."""
    kept = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if not kept:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return rest | (kept[0] if len(kept) == 1 else {"anyOf": kept})


def service(handler: Any) -> str:
    """The service that a handler belongs to."""
    return str(handler.__module__).split(".")[-2]


def summary(handler: Any) -> str:
    """The handler's docstring, or its name if it has none."""
    words = inspect.getdoc(handler) or handler.__name__.replace("_", " ")
    return prose(words)


def said(rate: AnyRate) -> str:
    often = f"{rate.per_second:g} a second"
    if rate.per_second < 1:
        often = f"{rate.per_second * 3600:g} an hour"
    return f"{often}, {rate.burst} at once,"
