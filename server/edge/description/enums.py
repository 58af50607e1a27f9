"""Gives each enum, and each object inside another shape, a name of its own, so that generators need
not make one up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from server.edge.description.schemas import Json, reference

EnumValues = tuple[Any, ...]
# Where a set of values stands: the shape and its field.
EnumPlace = tuple[str, str]


def camel(name: str) -> str:
    """``send_message`` as ``SendMessage``."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def name_objects(components: dict[str, Json]) -> None:
    """Turns the objects with fields that stand inside of shapes into components, named by the shape
    and field that they stand in."""
    for shape in sorted(components):
        fields = partial(_named_field, components, shape)
        components[shape] = _with_fields(components[shape], fields)


def _named_field(components: dict[str, Json], shape: str, schema: Json, field: str) -> Json:
    return _named(components, shape + camel(field), schema)


def _named(components: dict[str, Json], name: str, schema: Json) -> Json:
    if "properties" not in schema:
        return _mapped(schema, lambda each: _named(components, name, each))
    if components.setdefault(name, schema) != schema:
        raise TypeError(f"Two shapes are named {name}, but clients tell shapes by their names.")
    return {"$ref": reference(name)}


def name_enums(components: dict[str, Json]) -> None:
    """Turns the enums in the fields of shapes into components, and the fields into references to
    them. An enum has the name of its field, or of its shape and field if other enums have a field
    of that name. Equal enums have one name."""
    places: dict[EnumValues, list[EnumPlace]] = defaultdict(list)
    for shape in sorted(components):
        for field, enum in _enums(components[shape]):
            places[tuple(enum["enum"])].append((shape, field))
    named = _names(places, set(components))
    for shape in list(components):
        components[shape] = _with_references(components[shape], named)
    for values, name in named.items():
        components[name] = {"type": "string", "enum": list(values)}


def _names(places: dict[EnumValues, list[EnumPlace]], taken: set[str]) -> dict[EnumValues, str]:
    by_field: dict[str, set[EnumValues]] = defaultdict(set)
    for values, found in places.items():
        for _, field in found:
            by_field[field].add(values)
    names: dict[EnumValues, str] = {}
    for values, found in places.items():
        fields = {field for _, field in found}
        shape, field = found[0]
        alone = len(fields) == 1 and len(by_field[field]) == 1 and camel(field) not in taken
        name = camel(field) if alone else shape + camel(field)
        if name in taken:
            raise TypeError(f"Two shapes are named {name}, but clients tell shapes by their names.")
        taken.add(name)
        names[values] = name
    return names


def _enums(shape: Json) -> Iterator[tuple[str, Json]]:
    for field, schema in shape.get("properties", {}).items():
        for each in _within(schema):
            if "enum" in each:
                yield field, each


def _within(schema: Json) -> Iterator[Json]:
    """The schema and those in it, but not the fields of objects in it."""
    yield schema
    for each in (*schema.get("anyOf", ()), *_items(schema)):
        yield from _within(each)


def _items(schema: Json) -> list[Json]:
    return [schema["items"]] if isinstance(schema.get("items"), dict) else []


def _with_references(shape: Json, named: dict[EnumValues, str]) -> Json:
    def replaced(schema: Json, field: str) -> Json:
        if "enum" in schema:
            return {"$ref": reference(named[tuple(schema["enum"])])}
        return _mapped(schema, lambda each: replaced(each, field))

    return _with_fields(shape, replaced)


def _with_fields(shape: Json, change: Callable[[Json, str], Json]) -> Json:
    """The shape with each of its fields changed."""
    if "properties" not in shape:
        return shape
    fields = {name: change(field, name) for name, field in shape["properties"].items()}
    return shape | {"properties": fields}


def _mapped(schema: Json, change: Callable[[Json], Json]) -> Json:
    found = dict(schema)
    if "anyOf" in schema:
        found["anyOf"] = [change(each) for each in schema["anyOf"]]
    if isinstance(schema.get("items"), dict):
        found["items"] = change(schema["items"])
    return found
