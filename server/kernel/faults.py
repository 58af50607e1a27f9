"""Explains what is wrong with a payload, field by field, in words that people understand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, reduce
from operator import or_
from typing import Any, Literal, NamedTuple, get_args, get_origin

import msgspec
from msgspec import Struct, UnsetType

# The most wrong fields that one answer names.
MOST_FAULTS = 20
# The names of types in msgspec's messages, and ours.
_TYPES = {
    "array": "a list",
    "bool": "true or false",
    "datetime": "a date and time",
    "float": "a number",
    "int": "a whole number",
    "null": "null",
    "object": "an object",
    "str": "text",
}
# The units in which the length of a value is counted, by the value's type.
_UNITS = {
    "array": ("item", "items"),
    "object": ("entry", "entries"),
    "str": ("character", "characters"),
}

_PATH = re.compile(r"^(?P<what>.*?) - at (?P<key>`key` in )?`\$(?P<path>.*)`$", re.DOTALL)
_FIELD = re.compile(r"^Object (?P<why>missing|contains).* field `(?P<name>[^`]+)`", re.DOTALL)
_TYPE = re.compile(r"^Expected `(?P<wanted>[a-z |]+)`, got `(?P<got>[a-z]+)`$")
_LENGTH = re.compile(r"^Expected `(?P<type>[a-z]+)` of length (?P<side>[<>]=) (?P<length>[0-9]+)$")
_AMOUNT = re.compile(r"^Expected `(?:int|float)` (?P<side>[<>]=?) (?P<amount>[-0-9.e+]+)$")
_SIDES = {"<=": "at most", ">=": "at least", "<": "less than", ">": "more than"}


class Fault(NamedTuple):
    """``field`` is None if the payload as a whole is wrong."""

    field: str | None
    message: str


class _Field(NamedTuple):
    name: str
    type: Any
    required: bool
    options: tuple[str, ...]


def explain(text: str, options: tuple[str, ...] = ()) -> Fault:
    """A message of msgspec in our own words. ``options`` are the values that the field may have, if
    they are few."""
    match = _PATH.match(text)
    what, path = (match["what"], match["path"]) if match else (text, "")
    field = path.lstrip(".").split("[")[0] or None
    if named := _FIELD.match(what):
        field = f"{field}.{named['name']}" if field else named["name"]
        verb = "is required." if named["why"] == "missing" else "is not a known field."
        return Fault(field, f"{field} {verb}")
    words = _in_words(what, options)
    if field is None and words is None:
        # Our own checks raise errors that begin with the name of the field.
        first = what.split(" ", 1)[0]
        return Fault(first if first.isidentifier() and first.islower() else None, what)
    if words is None:
        return Fault(field, f"{field}: {what}" if what.endswith(".") else f"{field} is not valid.")
    return Fault(field, f"{_subject(field, match)} {words}.")


def _subject(field: str | None, match: re.Match[str] | None) -> str:
    if field is None or match is None:
        return "The payload"
    if match["key"]:
        return f"Each key of {field}"
    within = match["path"].partition("[")[2]
    if within:
        return f"Each {'value' if within.startswith('...') else 'item'} of {field}"
    return field


def _in_words(what: str, options: tuple[str, ...]) -> str | None:
    if match := _TYPE.match(what):
        # Readers gain nothing from learning that the field may also be null.
        kinds = [name for name in match["wanted"].split(" | ") if name != "null"] or ["null"]
        wanted = " or ".join(_TYPES.get(name, name) for name in kinds)
        got = "a decimal number" if match["got"] == "float" else _TYPES.get(match["got"])
        return f"must be {wanted}, not {got or match['got']}"
    if match := _LENGTH.match(what):
        length, units = int(match["length"]), _UNITS.get(match["type"], ("item", "items"))
        return f"must have {_SIDES[match['side']]} {length:,} {units[length != 1]}"
    if match := _AMOUNT.match(what):
        return f"must be {_SIDES[match['side']]} {match['amount'].removesuffix('.0')}"
    if what.startswith("Invalid enum value"):
        return f"must be one of {', '.join(options)}" if options else "must be another value"
    if "matching regex" in what and "fA-F" in what:
        return "must be a UUID"
    if "RFC3339" in what:
        return "must be a date and time such as 2030-01-31T12:00:00Z"
    if "timezone" in what:
        return "must have a time zone, such as Z"
    return None


def faults(value: Any, kind: Any, *, strict: bool) -> list[Fault]:
    """Every wrong field of a payload, up to ``MOST_FAULTS``. Empty if the payload as a whole is
    wrong."""
    if not (isinstance(value, Mapping) and isinstance(kind, type) and issubclass(kind, Struct)):
        return []
    found: list[Fault] = []
    for fault in _each_fault(value, kind, strict):
        found.append(fault)
        if len(found) == MOST_FAULTS:
            break
    return found


def _each_fault(value: Mapping[str, Any], kind: type[Struct], strict: bool) -> Iterator[Fault]:
    fields = _fields_of(kind)
    for each in fields:
        if each.name not in value:
            if each.required:
                yield Fault(each.name, f"{each.name} is required.")
            continue
        try:
            msgspec.convert(value[each.name], each.type, strict=strict)
        except msgspec.ValidationError as error:
            yield explain(_below(str(error), each.name), each.options)
    if kind.__struct_config__.forbid_unknown_fields:
        known = {each.name for each in fields}
        for name in (name for name in value if name not in known):
            yield Fault(name, f"{name} is not a known field.")


def _below(text: str, name: str) -> str:
    """A message about the value of a field, as msgspec writes it about the object around it."""
    what, mark, path = text.rpartition("`$")
    return f"{what}`$.{name}{path}" if mark else f"{text} - at `$.{name}`"


@cache
def _fields_of(kind: type[Struct]) -> tuple[_Field, ...]:
    return tuple(
        _Field(each.encode_name, _without_unset(each.type), each.required, _options(each.type))
        for each in msgspec.structs.fields(kind)
    )


def _without_unset(hint: Any) -> Any:
    """The type of a field that is present. msgspec knows ``UnsetType`` in structs only."""
    kinds = get_args(hint)
    if UnsetType not in kinds:
        return hint
    return reduce(or_, (kind for kind in kinds if kind is not UnsetType))


def _options(hint: Any) -> tuple[str, ...]:
    """The values of the literals in a type, as JSON writes them."""
    if get_origin(hint) is Literal:
        return tuple(msgspec.json.encode(value).decode() for value in get_args(hint))
    return tuple(option for kind in get_args(hint) for option in _options(kind))
