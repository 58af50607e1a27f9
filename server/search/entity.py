"""What is searched for, and what is found."""

from __future__ import annotations

from msgspec import Struct

from server.history.entity import Message


class Term(Struct, frozen=True):
    """Words that stand side by side; with ``prefix`` the last one may go on."""

    text: str
    prefix: bool = False


# All of them are wanted, in any order.
Terms = tuple[Term, ...]


class Wanted(Struct, frozen=True, kw_only=True):
    """``steps``: the closest match first, each of them wider than the one before it.

    Messages of ``room_id``, or of all the user's rooms, from after ``after`` and before ``before``.
    """

    user_id: str
    room_id: str | None
    author_id: str | None
    after: int
    before: int
    steps: tuple[Terms, ...]


class FoundPlace(Struct, frozen=True):
    """Where a message stands among what was found: by step, then newest first."""

    step: int
    created_at: int
    seq: int
    room_id: str


class Found(Struct, frozen=True):
    """``hits``: where the excerpt has what was searched for, in code points."""

    message: Message
    excerpt: str
    hits: list[tuple[int, int]]
