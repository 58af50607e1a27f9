"""The code's own types as JSON Schema: msgspec's, with what the contract says of all of them."""

from __future__ import annotations

from typing import Any

import msgspec

from server.kernel.wire import ID_PATTERN

Json = dict[str, Any]

# One word per thing: what a field is follows from what it is called.
TIMES = ("_at", "_until", "up_to")
IDS = ("id", "created_by", "_id", "_ids", "mentions", "gone", "left")


class Schemas:
    """The components that the types asked for need, each under the name of its class."""

    def __init__(self) -> None:
        self.components: dict[str, Json] = {}

    def of(self, kind: Any) -> Json:
        """A type's schema; classes come as references to ``components``."""
        (found,), parts = msgspec.json.schema_components([kind], ref_template=reference("{name}"))
        for name, part in parts.items():
            self._add(_plain(name), _component(_renamed(part)))
        schema: Json = _renamed(found)
        return schema

    def fields(self, kind: Any) -> Json:
        """A class's own schema, which does not become a component by that."""
        before = set(self.components)
        name = self.of(kind)["$ref"].rsplit("/", 1)[1]
        return self.components[name] if name in before else self.components.pop(name)

    def _add(self, name: str, part: Json) -> None:
        if self.components.setdefault(name, part) != part:
            raise TypeError(f"two types are named {name}: clients know them by their names")


def reference(name: str) -> str:
    return f"#/components/schemas/{name}"


def _plain(name: str) -> str:
    """``Page[Room]`` is described as RoomPage, and ``AddMembersBody``, the body of an HTTP call, by
    the name of the event that does the same: AddMembers."""
    if name.startswith("Page_"):
        return name.removeprefix("Page_").strip("_") + "Page"
    return name.removesuffix("Body")


def _renamed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_renamed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return schema | {"$ref": reference(_plain(schema["$ref"].rsplit("/", 1)[1]))}
    enum = {"type": "string"} if "enum" in schema else {}
    found = enum | {key: _renamed(value) for key, value in schema.items()}
    if keys := found.get("propertyNames"):
        uuid = {"format": "uuid"} if keys.get("pattern") == ID_PATTERN else {}
        found["propertyNames"] = {"type": "string", **keys, **uuid}
    return found


def _component(schema: Json) -> Json:
    """What a client sends may lack what has a default; what it gets is always whole, with null for
    no value."""
    fields = {name: _named(name, field) for name, field in schema.get("properties", {}).items()}
    if "properties" not in schema:
        return schema
    taken = schema.get("additionalProperties") is False
    required = [*schema.get("required", ())]
    if not taken:
        required = [n for n in fields if n in required or "default" in fields[n]]
    for field in fields.values():
        field.pop("default", None)
    schema = schema | {"properties": fields, "required": required}
    schema.pop("title", None)
    if "description" in schema:
        schema["description"] = prose(schema["description"]).replace("None", "null")
    return schema


def prose(text: str) -> str:
    """A docstring as Markdown."""
    paragraphs = text.replace("``", "`").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _named(name: str, schema: Json) -> Json:
    """The format that a field's name stands for, where it holds text."""
    if any(name.endswith(end) for end in TIMES):
        return _texts(schema, "date-time")
    if name in IDS or any(name.endswith(end) for end in IDS if end[0] == "_"):
        return _texts(schema, "uuid")
    return _texts(schema, "uri-reference") if name.endswith("_url") else dict(schema)


def _texts(schema: Json, name: str) -> Json:
    if "anyOf" in schema:
        return schema | {"anyOf": [_texts(each, name) for each in schema["anyOf"]]}
    if "items" in schema:
        return schema | {"items": _texts(schema["items"], name)}
    return schema | {"format": name} if schema.get("type") == "string" else dict(schema)
