"""The caller of the work under way. Both edges (HTTP and sockets) set it once, and the layers below
can read it.

It serves only the audit log and the order of turns; no rule depends on it. A function that decides
something by a user or an address takes it as a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Caller:
    """``address`` is the address that limits count; ``user_id`` and ``session_id`` are those of the
    access token. Each is None if there is none: the server's own work has no address."""

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


def called_by(caller: Caller) -> None:
    """Sets the caller for the rest of this context, and for the tasks that begin there."""
    _current.set(caller)


@contextmanager
def calling(caller: Caller) -> Iterator[None]:
    """Sets the caller for the code in the ``with`` block, and for the tasks that begin there."""
    before = _current.set(caller)
    try:
        yield
    finally:
        _current.reset(before)


def identified(user_id: str, session_id: str) -> None:
    """Completes the caller with the identity in its access token."""
    _current.set(replace(_current.get(), user_id=user_id, session_id=session_id))
