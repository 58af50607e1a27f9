"""From bytes to typed payloads and back: the decoding that HTTP and sockets share."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_type_hints

import msgspec
from msgspec import Meta, Struct

from server.kernel.errors import Invalid

MAX_DEPTH = 32
MAX_INT = 2**53 - 1
# Items of a page where no limit is given.
PAGE_SIZE = 50
# Lists, pages and sync answers end early near this size.
MAX_ANSWER_BYTES = 512 * 1024

# A pattern's $ would let a line break pass at the end; the length does not.
ID_PATTERN = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
Id = Annotated[str, Meta(pattern=ID_PATTERN, max_length=36)]
Count = Annotated[int, Meta(ge=0, le=MAX_INT)]
Limit = Annotated[int, Meta(ge=1, le=100)]
Cursor = Annotated[str, Meta(max_length=4_096)]
Token = Annotated[str, Meta(max_length=4_096)]


def characters(least: int, most: int, **more: Any) -> Meta:
    """Tells clients of a limit that ``text`` below keeps to, after white space was taken off."""
    return Meta(extra_json_schema={"minLength": least, "maxLength": most, **more})


# What of it is one emoji, ``server.messages.emoji`` knows.
MOST_OF_EMOJI = 64
Emoji = Annotated[str, characters(1, MOST_OF_EMOJI)]

T = TypeVar("T")
S = TypeVar("S", bound=Struct)


class Payload(Struct, forbid_unknown_fields=True, kw_only=True):
    """A request body, query or event payload. Ids come out in lower case; NUL is refused.

    ``long_answer``: what it asks for may be large, so it waits for its turn among its user's.
    """

    long_answer: ClassVar[bool] = False

    @property
    def cost(self) -> int:
        """What it takes of its user's budget, in ordinary calls: a subclass says what else."""
        return 1

    def __post_init__(self) -> None:
        for name in _id_fields(type(self)):
            setattr(self, name, _lower(getattr(self, name)))
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, str) and "\0" in value:
                raise ValueError(f"{name} must not contain NUL")


class Nothing(Payload):
    """Where no field is taken."""


class Page(Struct, Generic[T], frozen=True):
    """One page of a list; ``next`` goes back as ``cursor``."""

    items: list[T]
    has_more: bool
    next: str | None


class PageQuery(Payload):
    long_answer = True

    limit: Limit | None = None
    cursor: Cursor | None = None

    @property
    def size(self) -> int:
        """How many items the page may have."""
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
    """Whether JSON nests deeper than MAX_DEPTH, seen before it is parsed.

    Brackets inside strings are not told apart until a first, cheaper count says that it matters.
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


# From any quote on this matches, to the end where no quote closes it: so it never tries again
# from the middle, and its time grows with the text's length alone.
_STRINGS = re.compile(r'"(?:[^"\\]|\\(?:.|\Z))*(?:"|\Z)', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")


def parse_json(raw: str | bytes) -> Any:
    """JSON as plain objects; ``Invalid`` when it is too deep or malformed."""
    if too_deep(raw):
        raise Invalid(f"JSON nested deeper than {MAX_DEPTH} levels")
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid("the body is not valid JSON") from None


def convert(value: Any, kind: type[T], *, strict: bool = True) -> T:
    """``value`` as ``kind``; ``Invalid`` names the field that is missing, unknown or wrong."""
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        message, field = explain(str(error))
        raise Invalid(message, field=field) from None


_PATH = re.compile(r"^(?P<what>.*?) - at (?:`key` in )?`\$(?P<path>.*)`$", re.DOTALL)
_FIELD = re.compile(r"field `([^`]+)`")


def explain(text: str) -> tuple[str, str | None]:
    """msgspec's message as (a message in our words, the field it is about)."""
    match = _PATH.match(text)
    what, path = (match["what"], match["path"]) if match else (text, "")
    field = path.lstrip(".").split("[")[0] or None
    named = _FIELD.search(what)
    if named and ("missing" in what or "unknown" in what):
        field = f"{field}.{named[1]}" if field else named[1]
        verb = "is missing" if "missing" in what else "is not known here"
        return f"{field} {verb}", field
    if field is None:
        # Our own checks in __post_init__ begin with the field's name.
        first = what.split(" ", 1)[0]
        return what, first if first.isidentifier() and first.islower() else None
    if "matching regex" in what and "fA-F" in what:
        return f"{field} must be a UUID", field
    return f"{field}: {what[0].lower()}{what[1:]}", field


def encode(value: Any) -> bytes:
    return msgspec.json.encode(value)


def fitting(items: Sequence[Any]) -> int:
    """How many of them, from the first on, fit into one answer; at least one."""
    # Mostly all of them do, and that is seen sooner at once.
    if len(encode(items)) <= MAX_ANSWER_BYTES:
        return len(items)
    size = 0
    for n, item in enumerate(items):
        size += len(encode(item))
        if size > MAX_ANSWER_BYTES:
            return max(n, 1)
    return len(items)


def plain(value: Any) -> Any:
    """Entities as dicts and lists, to be sent to clients here and to other nodes alike."""
    return msgspec.to_builtins(value)


def make_cursor(*parts: int | str) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


def read_cursor(cursor: str | None, *kinds: Any) -> tuple[Any, ...] | None:
    """The parts of a cursor that ``make_cursor`` made, each an ``int``, a ``str`` or an ``Id``;
    ``Invalid`` for anything else."""
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        parts: tuple[Any, ...] = msgspec.json.decode(raw, type=tuple[kinds])  # type: ignore[valid-type]
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise Invalid("cursor is not one of ours", field="cursor") from None
    if any(abs(part) > MAX_INT if isinstance(part, int) else "\0" in part for part in parts):
        raise Invalid("cursor is not one of ours", field="cursor")
    return parts


def text(value: str, field: str, *, least: int = 0, most: int, strip: bool = True) -> str:
    """A text field within its length in characters (code points)."""
    value = value.strip() if strip else value
    if not least <= len(value) <= most:
        raise Invalid(f"{field} must have {least} to {most} characters", field=field)
    return value


def query(values: Mapping[str, str], kind: type[S]) -> S:
    """A URL's query as ``kind``: numbers are read from text, and there is no null."""
    given = dict(values)
    if len(given) < len(values):
        raise Invalid("a name may stand in a query once")
    read = convert(given, kind, strict=False)
    # Not msgspec.structs.fields(), which reads the annotations anew each time.
    for name, sent_as in zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True):
        if sent_as in given and getattr(read, name) is None:
            raise Invalid(f"{sent_as} must have a value", field=sent_as)
    return read
