"""Kinds of fields, each with values that are not allowed in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SOME_ID = "01930000-0000-7000-8000-000000000000"


BIGGEST = 2**53 - 1


@dataclass(frozen=True)
class FieldKind:
    """Values that are not allowed in a field of this kind. ``None`` is covered by ``required``."""

    wrong: tuple[Any, ...]


_NO_TEXT: tuple[Any, ...] = (1, 1.5, True, [], {})


_NO_ID = ("", "x", "0" * 36, SOME_ID[:-1], SOME_ID + "\n", " " + SOME_ID, f"{{{SOME_ID}}}")


ID = FieldKind((*_NO_TEXT, *_NO_ID, SOME_ID.replace("-", ""), SOME_ID[:-1] + "\0"))


IDS = FieldKind(("x", SOME_ID, 1, True, {}, [1], [None], [[]], ["x"], [SOME_ID, SOME_ID + "\n"]))


COUNT = FieldKind(("", "1", -1, BIGGEST + 1, 10**400, 1.5, True, [], {}))


TEXT = FieldKind((*_NO_TEXT, "NUL \0 within"))


SWITCH = FieldKind((0, 1, "", "true", "on", [], {}))


OBJECT = FieldKind((1, 1.5, True, [], "x", [{}]))


LIMIT = FieldKind(("10", 0, -1, 101, 10**30, 1.5, True, [], {}))


ROLE = FieldKind((*_NO_TEXT, "", "Owner", "king"))


ROOM_KIND = FieldKind((*_NO_TEXT, "", "GROUP", "channel"))


VISIBILITY = FieldKind((*_NO_TEXT, "", "hidden"))


SCOPE = FieldKind((*_NO_TEXT, "", "some"))


# In a query, where everything is text.
FILE_KIND = FieldKind(("", "Media", "image"))


NOTIFY = FieldKind((*_NO_TEXT, "", "All", "some", None))


TIME = FieldKind(
    (
        *(*_NO_TEXT, "", "tomorrow", "2030-01-01", "12:00:00Z", "2030-01-01T12:00:00"),
        *("2030-02-30T12:00:00Z", "2030-01-01T25:00:00Z", "1969-12-31T23:59:59Z"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "10000-01-01T00:00:00Z"),
    )
)


# An invite's lifetime (seconds), and its number of uses.
SPAN = FieldKind(("", "1", 0, -1, BIGGEST + 1, 10**400, 365 * 24 * 3600 + 1, 1.5, True, [], {}))


EMOJI = FieldKind((*_NO_TEXT, "", "x", "👍👍", "👍 ", "\0", "👍" * 5000))


VERSIONS = FieldKind(
    (
        *(1, "x", True, [], [SOME_ID], {"x": 1}, {SOME_ID + "\n": 1}, {SOME_ID: None}),
        *({SOME_ID: value} for value in COUNT.wrong),
    )
)


P256DH = "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"


AUTH = "AAAAAAAAAAAAAAAAAAAAAA"


ENDPOINT = FieldKind(
    (
        *(*_NO_TEXT, "", "x", "https://", "http://1.1.1.1/x", "https://1.1.1.1/" + "x" * 2048),
        *(
            "https://a@1.1.1.1/x",
            "https://1.1.1.1/\0",
            "https://1.1.1.1/é",
            "https://1.1.1.1:99999/",
        ),
        *("ftp://1.1.1.1/x", "https://10.0.0.1/x", "https://[::1]/x", "https://localhost/x"),
    )
)


# Wrong values of its inner fields are in test_push_subscriptions.py.
PUSH_KEYS = FieldKind(("x", 1, True, []))


MOMENT = FieldKind(("", "1", True, [], {}))


# Wrong values of query parameters, which are always text.
Q_LIMIT = FieldKind(("", "0", "-1", "101", "x", "1.5", "9" * 5000))


Q_COUNT = FieldKind(("", "-1", "x", "1.5", str(BIGGEST + 1), "9" * 5000))


Q_TEXT = FieldKind(("%00", "x" * 101))


Q_ORIGIN = FieldKind(("%00", "x" * 301))


Q_IDS = FieldKind(("x", "%00", SOME_ID + "x", SOME_ID + ",x", ",".join([SOME_ID] * 101)))


CURSOR = FieldKind(("%00", "x", "%C3%A9", "%ED%A0%80", "%FF", "W10", "bnVsbA", "!!!!", "A" * 5000))


Q_SEARCH = FieldKind(("", "%00", "%20", "x" * 201, "x" * 10_000))


Q_ID = FieldKind(("", "x", "%00", "0" * 36, SOME_ID + "%0A", SOME_ID[:-1]))


Q_TIME = FieldKind(
    (
        *("", "x", "%00", "1", "1790000000", "2026-11-22", "2026-11-22T14:03:11", "NaN"),
        *("2026-11-22T25:00:00Z", "2026-11-22T14:03:11Z%0A", "9" * 5000),
    )
)
