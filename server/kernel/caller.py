"""Who is behind the work that goes on: both edges say it once, and what is below may ask.

It is for what no rule depends on: the audit log, and taking turns. Whoever decides something by a
user or an address has it as a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Caller:
    """``address`` is the one that limits count; ``user_id`` and ``session_id`` are those of an
    access token. None where there is none: in work of the server's own, there is no address."""

    address: str | None = None
    user_id: str | None = None
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller behind a checked access token. ``expires_at``: the token's end, in ms."""

    user_id: str
    session_id: str
    expires_at: int


_NOBODY = Caller()
_current: ContextVar[Caller] = ContextVar("caller", default=_NOBODY)


def current() -> Caller:
    return _current.get()


@contextmanager
def calling(caller: Caller) -> Iterator[None]:
    """Tasks that begin within have the same caller."""
    before = _current.set(caller)
    try:
        yield
    finally:
        _current.reset(before)


def identified(user_id: str, session_id: str) -> None:
    """The caller has shown an access token."""
    _current.set(replace(_current.get(), user_id=user_id, session_id=session_id))
