"""Fields of a dataclass that are read from variables: each says how, and what it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, cast

from server.config import parsing
from server.config.values import ConfigError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """``name``: the field; ``variable``: where it is read from."""

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
    """A field read from its variable; without one it is ``default``.

    ``derive`` makes the default's text of the fields above it; ``default`` then only tells of it.
    A ``secret`` may come by file: its variable with ``_FILE`` names the path.
    """
    said = {
        "parse": parse,
        "default": default,
        "meaning": meaning,
        "derive": derive,
        "secret": secret,
    }
    # To the type checker a field is its value, as with dataclasses.field itself.
    if derive:
        return cast(T, field(metadata={"setting": said}))
    return field(default_factory=lambda: parse(default), metadata={"setting": said})


def declared(kind: type[Any], prefix: str = "") -> Iterator[Declared]:
    """The settings of a dataclass: a variable is the prefix and its field's name in capitals."""
    for each in fields(kind):
        if said := each.metadata.get("setting"):
            yield Declared(name=each.name, variable=prefix + each.name.upper(), **said)


def read_settings(kind: type[Any], given: Mapping[str, str], prefix: str = "") -> dict[str, Any]:
    """The fields' values by name, from the texts of variables; an empty one counts as none.

    Raises ``ConfigError`` naming the variable.
    """
    values: dict[str, Any] = {}
    for each in declared(kind, prefix):
        text = _clean(each.variable, given.get(each.variable, ""))
        if not text:
            text = each.derive(values) if each.derive else each.default
        try:
            values[each.name] = each.parse(text)
        except parsing.SettingRefused as refused:
            raise ConfigError(refused.line(each.variable)) from None
    return values


def _clean(variable: str, text: str) -> str:
    text = text.strip()
    # URL parsing would skip control characters in silence; surrogates are bytes that are no UTF-8.
    if re.search("[\x00-\x1f\x7f\ud800-\udfff]", text):
        raise ConfigError(f"{variable} must be one line of UTF-8 without control characters")
    return text
