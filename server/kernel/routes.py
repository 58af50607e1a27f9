"""How a service declares its HTTP calls. ``server/edge/http.py`` turns them into aiohttp routes.

A handler is a method. The names of its parameters say what it gets: ``identity`` (the caller; None
without an access token), ``body`` and ``query`` (annotated with a ``Payload`` type, which is
decoded and checked), ``upload`` (an ``Upload``: a file in place of a body), ``origin`` (an
``Origin``: address, cookies and so on) and the placeholders of the path (annotated with ``Id`` for
a UUID, ``int`` for a number, ``str`` for any text). It returns the value to send as JSON, ``None``
for 204, or a ``Reply``.

The OpenAPI description of a call (server/edge/description) is made from all this and the first
lines of the handler's docstring.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from server.kernel.errors import ChatError

T = TypeVar("T")

# The most bytes of a multipart body besides its file: boundaries, headers and surrounding text.
WRAPPING = 16 * 1024


@dataclass(frozen=True, slots=True)
class Route:
    """One HTTP call. ``path`` is below /api/v1. ``open``: it needs no access token. ``cookie``: it
    needs no access token if there is a cookie in its place, which the handler checks."""

    method: str
    path: str
    handler: Callable[..., Awaitable[Any]]
    _: KW_ONLY
    open: bool = False
    cookie: bool = False
    status: int = 200
    # The name of a limit in the settings that applies besides the limit on all requests.
    limit: str | None = None
    # The status if the thing existed already; the answer is the same.
    again: int | None = None
    # Errors that the call may raise besides those of every call of its kind: see
    # server/edge/description/openapi.py.
    refuses: tuple[type[ChatError], ...] = ()


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie, always HttpOnly and SameSite=Strict. A ``value`` of None removes it. ``max_age`` is
    in seconds."""

    name: str
    value: str | None
    path: str
    max_age: int = 0


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    body: T
    status: int = 200
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from. ``trusted`` is False only if a browser says that the request
    comes from a page of another origin. ``bearer``: the token in the header ``Authorization``,
    which calls without authentication may use."""

    address: str
    trusted: bool = True
    cookies: Mapping[str, str] = field(default_factory=dict)
    bearer: str | None = field(default=None, repr=False)


class Upload(Protocol):
    """A multipart body with one file in the field ``file``. It can be received once.

    ``announced``: the size of the whole body in bytes, if the request states it.
    """

    announced: int | None

    def check_head(self) -> None:
        """Raises ``PayloadTooLarge`` or ``UnsupportedMediaType`` if the headers alone show that the
        upload must be refused. Reads nothing of the body."""
        ...

    async def receive(self, write: Callable[[bytes], Awaitable[None]]) -> str:
        """Passes the file to ``write``, in order and piece by piece as it arrives, and returns its
        name as it was sent. Raises ``Invalid``, ``PayloadTooLarge``, ``UnsupportedMediaType`` or
        ``Unavailable`` at any point; the caller must then drop the pieces that were written."""
        ...
