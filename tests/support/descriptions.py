"""The server's own descriptions (OpenAPI, AsyncAPI). Every answer, ack and event that the tests get
is checked against them."""

from __future__ import annotations

import json
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.support.node import Node

Json = dict[str, Any]
# Schemas by the names of fields.
Fields = dict[str, Json]
# The codes with which any request may be refused before it is handled.
ANYWHERE = {"payload_too_large", "unsupported_media_type", "method_not_allowed"}


class Descriptions:
    def __init__(self, openapi: Json, asyncapi: Json) -> None:
        self.openapi = openapi
        self.asyncapi = asyncapi
        self._calls = {
            (method.upper(), tuple(path.split("/"))): call
            for path, calls in openapi["paths"].items()
            for method, call in calls.items()
        }

    def event_fields(self, namespace: str, event: str) -> Fields:
        """The fields of an event's payload, by name."""
        payload = self.asyncapi["channels"][namespace.strip("/")]["messages"][event]["payload"]
        return self._fields(self.asyncapi, payload)

    def body_fields(self, name: str) -> Fields:
        """The fields of the body of a call (such as ``POST /rooms``), by name."""
        method, path = name.split()
        body = self.openapi["paths"][path][method.lower()].get("requestBody", {"content": {}})
        json_body = body["content"].get("application/json")
        return self._fields(self.openapi, json_body["schema"]) if json_body else {}

    def query_fields(self, name: str) -> Fields:
        """The fields of the query of a call, by name."""
        method, path = name.split()
        given = self.openapi["paths"][path][method.lower()]["parameters"]
        return {each["name"]: each["schema"] for each in given if each["in"] == "query"}

    def _fields(self, document: Json, schema: Json) -> Fields:
        """The fields of a schema. Those of nested objects are named like ``status.text``."""
        schema = referred(document, schema)
        found: Fields = {}
        for name, field in schema["properties"].items():
            field = referred(document, without_null(field))
            inner = self._fields(document, field) if "properties" in field else {"": field}
            found |= {f"{name}.{part}" if part else name: each for part, each in inner.items()}
        return found

    def event_fault(self, namespace: str, name: str, data: Any) -> str | None:
        """What is wrong with an event that a socket got; None if nothing is."""
        channel = self.asyncapi["channels"][namespace.strip("/")]["messages"]
        message = channel.get(f"{name}_told", channel.get(name))
        if message is None:
            return f"{namespace} {name} is in no description: see events/catalogue.py"
        return self._fault(self.asyncapi, message["payload"], data, f"{namespace} {name}")

    def ack_fault(self, namespace: str, name: str, ack: Any) -> str | None:
        channel = self.asyncapi["channels"][namespace.strip("/")]["messages"]
        message = channel.get(f"{name}_ack", {"payload": {"$ref": "#/components/schemas/Refusal"}})
        return self._fault(self.asyncapi, message["payload"], ack, f"the ack of {name}")

    def answer_fault(self, method: str, path: str, status: int, body: bytes) -> str | None:
        """What is wrong with an answer; None if nothing is or there is no such call. ``path`` is
        below /api/v1."""
        call = self._call("GET" if method == "HEAD" else method, path.partition("?")[0])
        if call is None or method == "HEAD":
            return None
        what = f"the answer {status} of {method} {path[:200]}"
        answer: Any = json.loads(body) if body else None
        if status >= 400 and answer["code"] in ANYWHERE:
            return None
        given = call["responses"].get(str(status))
        if given is None:
            return f"{what} is not described (see Route.refuses): {body[:500]!r}"
        response = referred(self.openapi, given)
        for content in response.get("content", {}).values():
            return self._fault(self.openapi, content["schema"], answer, what)
        return None if not body else f"{what} has a body"

    def _call(self, method: str, path: str) -> Json | None:
        parts = tuple(path.split("/"))
        if (method, parts) in self._calls:
            return self._calls[method, parts]
        for (its, pattern), call in self._calls.items():
            if its == method and _matches(parts, pattern):
                return call
        return None

    def _fault(self, document: Json, schema: Json, data: Any, what: str) -> str | None:
        error = next(_validator(json.dumps(schema), id(document), self).iter_errors(data), None)
        return f"{what} is not as described: {error}"[:2000] if error else None

    def components(self, document: int) -> Json:
        both = (self.openapi, self.asyncapi)
        found: Json = next(each for each in both if id(each) == document)["components"]
        return found


def referred(document: Json, schema: Json) -> Json:
    """What a reference points to, or the schema itself if it is not a reference."""
    if "$ref" not in schema:
        return schema
    _, components, kind, name = schema["$ref"].split("/")
    found: Json = document[components][kind][name]
    return found


def without_null(schema: Json) -> Json:
    """The schema of a field without null."""
    kinds = [each for each in schema.get("anyOf", [schema]) if each != {"type": "null"}]
    assert len(kinds) == 1, schema
    return kinds[0]


def limited(schema: Json) -> bool:
    """Whether the schema limits the size of the value."""
    said = {
        "string": {"maxLength", "enum", "format"},
        "array": {"maxItems"},
        "object": {"maxProperties", "propertyNames"},
        "integer": {"maximum"},
        "number": {"maximum"},
    }
    return schema["type"] == "boolean" or bool(said[schema["type"]] & schema.keys())


def beyond(schema: Json) -> list[Any]:
    """Values just outside of the schema's limits."""
    ids = [f"01930000-0000-7000-8000-{n:012}" for n in range(schema.get("maxItems", 0) + 1)]
    rooms = [f"01930000-0000-7000-8000-{n:012}" for n in range(schema.get("maxProperties", 0) + 1)]
    values = {
        "maxLength": lambda most: "x" * (most + 1),
        "minLength": lambda least: "x" * (least - 1),
        "maxItems": lambda _: ids,
        "minItems": lambda least: ids[: least - 1],
        "maximum": lambda most: most + 1,
        "minimum": lambda least: least - 1,
        "maxProperties": lambda _: dict.fromkeys(rooms, 0),
        "propertyNames": lambda key: {"x" * (key["maxLength"] + 1): 0},
    }
    return [
        value(schema[name])
        for name, value in values.items()
        if schema.get(name) not in (None, 0) or (name == "minimum" and name in schema)
    ]


def _matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    return len(parts) == len(pattern) and all(
        "{" in there or here == there for here, there in zip(parts, pattern, strict=True)
    )


@cache
def _validator(
    schema: str, document: int, descriptions: Descriptions
) -> jsonschema_rs.Draft202012Validator:
    """A validator for a schema that also refuses fields the schema does not name."""
    whole = json.loads(schema) | {"components": descriptions.components(document)}
    return jsonschema_rs.Draft202012Validator(_strict(whole), validate_formats=True)


def _strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if schema.get("type") == "object" else {}
    if not isinstance(schema.get("properties"), dict):
        closed = {}
    return closed | {key: _strict(value) for key, value in schema.items()}


_known: dict[Path, Descriptions] = {}


def descriptions_of(node: Node) -> Descriptions:
    """The descriptions, which are read once for all nodes that run the same code."""
    if node.tree not in _known:
        documents = []
        for name in ("openapi", "asyncapi"):
            with urllib.request.urlopen(f"{node.url}/api/{name}.json", timeout=10) as answer:
                documents.append(json.load(answer))
        _known[node.tree] = Descriptions(*documents)
    return _known[node.tree]
