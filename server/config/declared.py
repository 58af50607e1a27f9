"""Fields of a dataclass that are read from variables. Each declares its parser and its meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, cast

from server.config import parsing
from server.config.environment import Given
from server.config.values import ConfigError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """``name`` is the field's name, and ``variable`` the variable that it is read from."""

    name: str
    variable: str
    parse: Callable[[str], Any]
    default: str
    meaning: str
    derive: Callable[[Mapping[str, Any]], str] | None
    secret: bool


def setting(
    parse: Callable[[str], T],
    default: str,
    meaning: str,
    derive: Callable[[Mapping[str, Any]], str] | None = None,
    *,
    secret: bool = False,
) -> T:
    """A field that is read from its variable, or is ``default`` if that is not set.

    ``derive`` makes the default's text from the fields above it; ``default`` then only describes
    it. A ``secret`` may be read from a file, whose path is in the variable with ``_FILE``.
    """
    said = {
        "parse": parse,
        "default": default,
        "meaning": meaning,
        "derive": derive,
        "secret": secret,
    }
    # For the type checker, the field has the type of its value, as with dataclasses.field.
    if derive:
        return cast(T, field(metadata={"setting": said}))
    return field(default_factory=lambda: parse(default), metadata={"setting": said})


def declared(kind: type[Any], prefix: str = "") -> Iterator[Declared]:
    """The settings of a dataclass. A variable's name is the prefix and the field's name in
    capitals."""
    for each in fields(kind):
        if said := each.metadata.get("setting"):
            yield Declared(name=each.name, variable=prefix + each.name.upper(), **said)


def read_settings(kind: type[Any], given: Mapping[str, Given], prefix: str = "") -> dict[str, Any]:
    """The values of the fields by name, from the texts of variables. An empty text counts as not
    set.

    Raises ``ConfigError`` with the name of the variable that the text came from.
    """
    values: dict[str, Any] = {}
    for each in declared(kind, prefix):
        found = given.get(each.variable, Given("", each.variable))
        text = _clean(found.variable, found.text)
        if not text:
            text = each.derive(values) if each.derive else each.default
        try:
            values[each.name] = each.parse(text)
        except parsing.SettingRefused as refused:
            raise ConfigError(refused.line(found.variable)) from None
    return values


def _clean(variable: str, text: str) -> str:
    text = text.strip()
    # URL parsing would silently skip control characters. Surrogates are bytes that are not UTF-8.
    if re.search("[\x00-\x1f\x7f\ud800-\udfff]", text):
        raise ConfigError(f"{variable} must be one line of UTF-8 without control characters")
    return text
