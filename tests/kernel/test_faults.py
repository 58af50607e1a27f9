"""A wrong payload is refused in words that people understand, and each wrong field is named."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from msgspec import UNSET, Meta, UnsetType
from multidict import MultiDict

from server.kernel.errors import Invalid
from server.kernel.faults import MOST_FAULTS
from server.kernel.wire import Id, Payload, convert, query

ID = "00000000-0000-0000-0000-000000000000"


class Order(Payload):
    text: Annotated[str, Meta(min_length=1, max_length=3)] | None = None
    ids: Annotated[list[Id], Meta(max_length=2)] | None = None
    marks: dict[Id, int] | None = None
    count: Annotated[int, Meta(ge=1, le=5)] = 1
    share: Annotated[float, Meta(le=2)] = 0.5
    open: bool = False
    kind: Literal["direct", "group"] | UnsetType = UNSET
    at: Annotated[datetime, Meta(tz=True)] | None | UnsetType = UNSET


class Needed(Payload):
    name: str
    size: int
    note: str | None = None


def refused(value: Any, kind: type[Payload] = Order) -> Invalid:
    with pytest.raises(Invalid) as raised:
        convert(value, kind)
    return raised.value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"text": 3}, "text must be text, not a whole number."),
        ({"text": ""}, "text must have at least 1 character."),
        ({"text": "long"}, "text must have at most 3 characters."),
        ({"ids": ID}, "ids must be a list, not text."),
        ({"ids": [1]}, "Each item of ids must be text, not a whole number."),
        ({"ids": ["x"]}, "Each item of ids must be a UUID."),
        ({"ids": [ID, ID, ID]}, "ids must have at most 2 items."),
        ({"marks": []}, "marks must be an object, not a list."),
        ({"marks": {"x": 1}}, "Each key of marks must be a UUID."),
        ({"marks": {ID: "x"}}, "Each value of marks must be a whole number, not text."),
        ({"count": None}, "count must be a whole number, not null."),
        ({"count": 1.5}, "count must be a whole number, not a decimal number."),
        ({"count": 0}, "count must be at least 1."),
        ({"count": 6}, "count must be at most 5."),
        ({"share": 2.5}, "share must be at most 2."),
        ({"open": "yes"}, "open must be true or false, not text."),
        ({"kind": "pair"}, 'kind must be one of "direct", "group".'),
        ({"kind": None}, "kind must be text, not null."),
        ({"at": "tomorrow"}, "at must be a date and time such as 2030-01-31T12:00:00Z."),
        ({"at": "2030-01-31T12:00:00"}, "at must have a time zone, such as Z."),
        ({"text": "a\0"}, "text must not contain NUL."),
        ({"colour": "red"}, "colour is not a known field."),
    ],
)
def test_a_wrong_field_is_named_in_plain_words(value: dict[str, Any], message: str) -> None:
    error = refused(value)
    assert (error.message, error.field, error.more) == (message, next(iter(value)), [])


@pytest.mark.parametrize(
    ("value", "kind"),
    [(None, "null"), ([], "a list"), ("x", "text"), (1, "a whole number"), (True, "true or false")],
)
def test_a_payload_that_is_no_object_has_no_wrong_field(value: Any, kind: str) -> None:
    error = refused(value)
    assert (error.message, error.field) == (f"The payload must be an object, not {kind}.", None)


def test_every_wrong_field_is_named() -> None:
    error = refused({"size": "large", "note": 4, "colour": "red"}, Needed)
    assert dict([(error.field, error.message), *error.more]) == {
        "name": "name is required.",
        "size": "size must be a whole number, not text.",
        "note": "note must be text, not a whole number.",
        "colour": "colour is not a known field.",
    }
    assert len(error.more) == 3


def test_only_so_many_are_named() -> None:
    error = refused({f"field_{n}": n for n in range(1000)})
    assert len(error.more) == MOST_FAULTS - 1


def test_a_query_says_it_alike() -> None:
    with pytest.raises(Invalid) as raised:
        query({"count": "many", "open": "maybe"}, Order)
    assert raised.value.message == "count must be a whole number, not text."
    assert raised.value.more == [("open", "open must be true or false, not text.")]


def test_a_name_that_comes_twice_is_named() -> None:
    with pytest.raises(Invalid) as raised:
        query(MultiDict([("open", "true"), ("count", "1"), ("count", "2")]), Order)
    assert raised.value.field == "count"
