"""Turns the types of the code into JSON Schema: the schemas of msgspec, completed by the rules of
the contract that apply to all types."""

from __future__ import annotations

from typing import Any

import msgspec

from server.kernel.wire import ID_PATTERN

Json = dict[str, Any]

# The same name always has the same meaning, so the format of a field follows from its name.
TIMES = ("_at", "_until", "up_to")
IDS = ("id", "created_by", "_id", "_ids", "mentions", "gone", "left")


class Schemas:
    """Collects the components that the requested types need, each under the name of its class."""

    def __init__(self) -> None:
        self.components: dict[str, Json] = {}

    def of(self, kind: Any) -> Json:
        """The schema of a type. Classes become references to ``components``."""
        (found,), parts = msgspec.json.schema_components([kind], ref_template=reference("{name}"))
        for name, part in parts.items():
            self.add_component(_plain(name), _component(_renamed(part)))
        schema: Json = _renamed(found)
        return schema

    def fields(self, kind: Any) -> Json:
        """The schema of a class, without making the class a component."""
        before = set(self.components)
        name = self.of(kind)["$ref"].rsplit("/", 1)[1]
        return self.components[name] if name in before else self.components.pop(name)

    def add_component(self, name: str, part: Json) -> None:
        """Adds a component, or raises ``TypeError`` if another one has the name."""
        if self.components.setdefault(name, part) != part:
            raise TypeError(f"Two types are named {name}, but clients tell types by their names.")


def reference(name: str) -> str:
    return f"#/components/schemas/{name}"


def _plain(name: str) -> str:
    """The name of a component: RoomPage for ``Page[Room]``, and AddMembers for ``AddMembersBody``.
    The body of an HTTP call gets the name of the event that does the same."""
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
    if "prefixItems" in schema:
        # The number of items is limited as well, so this says nothing more, and some generators
        # of clients cannot read it.
        schema = {key: value for key, value in schema.items() if key != "items"}
    enum = {"type": "string"} if "enum" in schema else {}
    found = enum | {key: _renamed(value) for key, value in schema.items()}
    if keys := found.get("propertyNames"):
        uuid = {"format": "uuid"} if keys.get("pattern") == ID_PATTERN else {}
        found["propertyNames"] = {"type": "string", **keys, **uuid}
    return found


def _component(schema: Json) -> Json:
    """Sets the required fields. A client may leave out fields that have a default. The server's
    answers have all fields, with null for no value."""
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
    """Turns a docstring into Markdown."""
    paragraphs = text.replace("``", "`").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _named(name: str, schema: Json) -> Json:
    """Adds the format that follows from a field's name, if the field is text."""
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
