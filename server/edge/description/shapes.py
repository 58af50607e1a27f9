"""Turns schemas into short HTML: a type on one line, and a shape as a table of its fields."""

from __future__ import annotations

import re
from collections.abc import Collection
from html import escape

from server.edge.description.schemas import Json

# The names of text formats on the page.
FORMATS = {"uuid": "id", "date-time": "time", "uri-reference": "url", "binary": "file"}


def paragraphs(words: str) -> str:
    """Turns Markdown into HTML. It supports paragraphs and `code`, and nothing else."""
    paragraphs = [" ".join(p.split()) for p in words.split("\n\n") if p.strip()]
    return "".join(f"<p>{line(each)}</p>" for each in paragraphs)


def line(words: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words, quote=False))


def kind(schema: Json) -> str:
    """A type in short form, such as `id`, `[Message]`, `"a" | "b"` or `Room | null`."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f'<a href="#shape-{name}">{name}</a>'
    if "const" in schema:
        return _value(schema["const"])
    if "enum" in schema:
        return " | ".join(_value(value) for value in schema["enum"])
    for either in ("anyOf", "oneOf"):
        if either in schema:
            return " | ".join(kind(each) for each in schema[either])
    if schema.get("type") == "array":
        its = schema.get("prefixItems") or filter(None, [schema.get("items")])
        return f"[{', '.join(map(kind, its)) or 'any'}]"
    if schema.get("type") == "object":
        return _object(schema)
    named = FORMATS.get(schema.get("format", ""))
    return named or escape(str(schema.get("type", "any")))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return escape(f'"{value}"' if isinstance(value, str) else str(value), quote=False)


def _object(schema: Json) -> str:
    if isinstance(schema.get("properties"), dict):
        required = schema.get("required", ())
        fields = [name + ("" if name in required else "?") for name in schema["properties"]]
        return escape(f"{{{', '.join(fields)}}}", quote=False)
    values = schema.get("additionalProperties")
    key = kind(schema.get("propertyNames", {"type": "string"}))
    return f"{{{key}: {kind(values)}}}" if isinstance(values, dict) else "object"


def limits(schema: Json) -> str:
    """The limits of a value, in words."""
    for each in schema.get("anyOf", ()):
        if found := limits(each):
            return found
    if schema.get("format") == "uuid":
        return ""
    said = [
        _range(schema, "minimum", "maximum", ""),
        _range(schema, "minLength", "maxLength", " characters"),
        _range(schema, "minItems", "maxItems", " items"),
        _range(schema, "minProperties", "maxProperties", " entries"),
    ]
    return "; ".join(each for each in said if each)


def _range(schema: Json, least: str, most: str, what: str) -> str:
    low, high = schema.get(least), schema.get(most)
    if high is not None and high < 2**53 - 1:
        return f"{low} to {high}{what}" if low else f"at most {high}{what}"
    return f"at least {low}{what}" if low else ""


def fields(schema: Json, without: Collection[str] = ()) -> str:
    """The fields of a shape as a table; empty if it has none."""
    rows = [
        _row(name, field, name in schema.get("required", ()))
        for name, field in schema.get("properties", {}).items()
        if name not in without
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _row(name: str, schema: Json, required: bool) -> str:
    mark = "" if required else '<span class="soft">?</span>'
    about = " ".join(each for each in (limits(schema), line(schema.get("description", ""))) if each)
    note = f'<div class="soft">{about}</div>' if about else ""
    return (
        f'<tr><th scope="row"><code>{escape(name)}</code>{mark}</th>'
        f"<td><code>{kind(schema)}</code>{note}</td></tr>"
    )
