"""Types of the search: what is searched for, and what is found."""

from __future__ import annotations

from msgspec import Struct

from server.history.entity import Message


class Term(Struct, frozen=True):
    """Words that follow each other directly. With ``prefix``, the last one may be the beginning of
    a longer word."""

    text: str
    prefix: bool = False


# A message must have all of the terms, in any order.
Terms = tuple[Term, ...]


class Wanted(Struct, frozen=True, kw_only=True):
    """A search. ``steps``: the terms of each step, from the closest match to wider ones.

    It covers the messages of ``room_id``, or of all the user's rooms if that is None, from between
    the times ``after`` and ``before`` (ms).
    """

    user_id: str
    room_id: str | None
    author_id: str | None
    after: int
    before: int
    steps: tuple[Terms, ...]


class FoundPlace(Struct, frozen=True):
    """The place of a message among the results, which are ordered by step and then newest first."""

    step: int
    created_at: int
    seq: int
    room_id: str


class Found(Struct, frozen=True):
    """``hits``: the places of the search terms in the excerpt, as (begin, end) in code points."""

    message: Message
    excerpt: str
    hits: list[tuple[int, int]]
