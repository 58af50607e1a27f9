"""Decodes bytes into typed payloads and encodes answers, for HTTP and sockets."""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_type_hints

import msgspec
from msgspec import Meta, Struct

from server.kernel.errors import Invalid
from server.kernel.faults import explain, faults

MAX_DEPTH = 32
MAX_INT = 2**53 - 1
# The number of items on a page if the request has no limit.
PAGE_SIZE = 50
# Lists, pages and answers to sync end early at about this size.
MAX_ANSWER_BYTES = 512 * 1024

# The $ of a pattern also matches before a line break at the end; the length excludes that.
ID_PATTERN = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
Id = Annotated[str, Meta(pattern=ID_PATTERN, max_length=36)]
Count = Annotated[int, Meta(ge=0, le=MAX_INT)]
Limit = Annotated[int, Meta(ge=1, le=100)]
Cursor = Annotated[str, Meta(max_length=4_096)]
Token = Annotated[str, Meta(max_length=4_096)]


def characters(least: int, most: int, **more: Any) -> Meta:
    """Describes a limit to clients. The function ``text`` below enforces it, after it has stripped
    white space."""
    return Meta(extra_json_schema={"minLength": least, "maxLength": most, **more})


# The longest text that ``server.messages.emoji`` checks for being one emoji.
MOST_OF_EMOJI = 64
Emoji = Annotated[str, characters(1, MOST_OF_EMOJI)]

T = TypeVar("T")
S = TypeVar("S", bound=Struct)


class Payload(Struct, forbid_unknown_fields=True, kw_only=True):
    """A request body, a query or the payload of an event. Ids are converted to lower case; texts
    with NUL are refused.

    ``long_answer``: whether the answer may be large. Such calls of one user take turns.
    """

    long_answer: ClassVar[bool] = False

    @property
    def cost(self) -> int:
        """What the call takes from its user's budget, in units of one ordinary call. Subclasses of
        costlier calls override it."""
        return 1

    def __post_init__(self) -> None:
        for name in _id_fields(type(self)):
            setattr(self, name, _lower(getattr(self, name)))
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, str) and "\0" in value:
                raise ValueError(f"{name} must not contain NUL.")


class Nothing(Payload):
    """A payload without fields."""


class Page(Struct, Generic[T], frozen=True):
    """One page of a list. Send ``next`` as ``cursor`` to get the next page."""

    items: list[T]
    has_more: bool
    next: str | None


class PageQuery(Payload):
    long_answer = True

    limit: Limit | None = None
    cursor: Cursor | None = None

    @property
    def size(self) -> int:
        """The most items that the page may have."""
        return self.limit or PAGE_SIZE


@cache
def _id_fields(kind: type) -> tuple[str, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(name for name, hint in hints.items() if "fA-F" in repr(hint))


def _lower(value: Any) -> Any:
    if isinstance(value, str):
        return value.lower()
    if isinstance(value, list):
        return [item.lower() for item in value]
    if isinstance(value, dict):
        return {key.lower(): item for key, item in value.items()}
    return value


def too_deep(raw: str | bytes) -> bool:
    """Whether JSON nests deeper than MAX_DEPTH, checked before it is parsed.

    A first, cheap count includes brackets inside strings. Only if that count is too high, the
    strings are removed and the depth is counted exactly.
    """
    text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    depth = 0
    for mark in _BRACKETS.findall(_STRINGS.sub("", text)):
        depth += 1 if mark in "[{" else -1
        if depth > MAX_DEPTH:
            return True
    return False


# This matches from every quote on, and to the end of the text if no quote closes the string. So it
# never backtracks, and its time is linear in the length of the text.
_STRINGS = re.compile(r'"(?:[^"\\]|\\(?:.|\Z))*(?:"|\Z)', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")


def parse_json(raw: str | bytes) -> Any:
    """JSON as plain objects. Raises ``Invalid`` if it is malformed or nests too deep."""
    if too_deep(raw):
        raise Invalid(f"The JSON must not nest deeper than {MAX_DEPTH} levels.")
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid("The body is not valid JSON.") from None


def convert(value: Any, kind: type[T], *, strict: bool = True) -> T:
    """Converts ``value`` to ``kind``. Raises ``Invalid`` with the field that is missing, unknown or
    wrong, and with the other wrong fields in ``more``."""
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        first = explain(str(error))
        found = {fault.field: fault for fault in faults(value, kind, strict=strict)}
        field, message = found.pop(first.field, first)
        more = [(each.field, each.message) for each in found.values() if each.field]
        raise Invalid(message, field=field, more=more) from None


def encode(value: Any) -> bytes:
    return msgspec.json.encode(value)


def fitting(items: Sequence[Any]) -> int:
    """How many of the items, from the first on, fit into one answer; at least one."""
    # Usually all of them fit, and encoding them together shows that faster.
    if len(encode(items)) <= MAX_ANSWER_BYTES:
        return len(items)
    size = 0
    for n, item in enumerate(items):
        size += len(encode(item))
        if size > MAX_ANSWER_BYTES:
            return max(n, 1)
    return len(items)


def plain(value: Any) -> Any:
    """Entities as dicts and lists, for clients of this node and for other nodes."""
    return msgspec.to_builtins(value)


def make_cursor(*parts: int | str) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


def read_cursor(cursor: str | None, *kinds: Any) -> tuple[Any, ...] | None:
    """The parts of a cursor from ``make_cursor``, each an ``int``, a ``str`` or an ``Id``; None
    without a cursor. Raises ``Invalid`` for any other text."""
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        parts: tuple[Any, ...] = msgspec.json.decode(raw, type=tuple[kinds])  # type: ignore[valid-type]
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise Invalid("cursor is not valid.", field="cursor") from None
    if any(abs(part) > MAX_INT if isinstance(part, int) else "\0" in part for part in parts):
        raise Invalid("cursor is not valid.", field="cursor")
    return parts


def text(value: str, field: str, *, least: int = 0, most: int, strip: bool = True) -> str:
    """Checks the length of a text field in characters (code points) and returns the text. Raises
    ``Invalid`` with the field."""
    value = value.strip() if strip else value
    if not least <= len(value) <= most:
        raise Invalid(f"{field} must have {least} to {most} characters.", field=field)
    return value


def query(values: Mapping[str, str], kind: type[S]) -> S:
    """A URL's query as ``kind``. Numbers are read from text; a query cannot contain null."""
    given = dict(values)
    if len(given) < len(values):
        times = Counter(name for name, _ in values.items())
        repeated = max(times, key=times.__getitem__)
        raise Invalid("A query must not contain the same name twice.", field=repeated)
    read = convert(given, kind, strict=False)
    # This does not use msgspec.structs.fields(), which evaluates the annotations each time.
    for name, sent_as in zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True):
        if sent_as in given and getattr(read, name) is None:
            raise Invalid(f"{sent_as} must have a value.", field=sent_as)
    return read
