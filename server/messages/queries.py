"""What calls ask of a room's messages: a page of its history, or of those with files."""

from __future__ import annotations

from collections.abc import Sequence

from server.kernel.errors import Invalid
from server.kernel.wire import Count, Limit, Payload
from server.messages.entity import Direction, FileKind


class HistoryQuery(Payload):
    long_answer = True

    before_seq: Count | None = None
    after_seq: Count | None = None
    around_seq: Count | None = None
    limit: Limit | None = None


class AttachmentsQuery(Payload):
    """``kind``: pictures and films, sounds, or all other files; absent for files of any kind."""

    long_answer = True

    kind: FileKind | None = None
    before_seq: Count | None = None
    limit: Limit | None = None


def history_place(query: HistoryQuery) -> tuple[Direction, int | None]:
    """From where a page goes, and in which direction. Raises ``Invalid`` if several are named."""
    given: Sequence[tuple[Direction, int | None]] = (
        ("before", query.before_seq),
        ("after", query.after_seq),
        ("around", query.around_seq),
    )
    named = [(direction, seq) for direction, seq in given if seq is not None]
    if len(named) > 1:
        field = f"{named[1][0]}_seq"
        raise Invalid("Give only one of before_seq, after_seq and around_seq.", field=field)
    return named[0] if named else ("before", None)
