"""What a service says of its HTTP calls; ``server/edge/http.py`` turns it into aiohttp's.

A handler is a method whose parameters, by name, are: ``identity`` (who calls; None without an
access token), ``body`` and ``query`` (their annotation is a ``Payload`` type that is decoded and
checked), ``upload`` (an ``Upload``: a file in place of a body), ``origin`` (a ``Origin``: address,
cookies and so on) and the placeholders of the path (an annotation of ``Id`` checks a UUID, ``int``
a number, ``str`` takes the text). It returns what is to be sent as JSON, ``None`` for 204, or a
``Reply``.
All of it, with the first lines of its docstring, is what the OpenAPI description says of the call
(server/edge/description).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from server.kernel.errors import ChatError

T = TypeVar("T")

# Bytes of a multipart body besides its file: boundaries, the part's headers, what stands around.
WRAPPING = 16 * 1024


@dataclass(frozen=True, slots=True)
class Route:
    """``path`` is below /api/v1. ``open``: callable without an access token; ``cookie``: without
    one where a cookie stands for it, which the handler checks."""

    method: str
    path: str
    handler: Callable[..., Awaitable[Any]]
    _: KW_ONLY
    open: bool = False
    cookie: bool = False
    status: int = 200
    # The name of a limit in the settings that holds besides the one on requests.
    limit: str | None = None
    # Another status of the same answer: of what was there already.
    again: int | None = None
    # What it may refuse besides what any call like it may: see server/edge/description/openapi.py.
    refuses: tuple[type[ChatError], ...] = ()


@dataclass(frozen=True, slots=True)
class Cookie:
    """HttpOnly and SameSite=Strict always; ``value`` None removes it. ``max_age`` in seconds."""

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
    """Where a request comes from. ``trusted`` is False only when a browser says that the page
    behind it belongs to an origin which is not ours. ``bearer``: the token of the header
    ``Authorization``, which an open call may make something of."""

    address: str
    trusted: bool = True
    cookies: Mapping[str, str] = field(default_factory=dict)
    bearer: str | None = field(default=None, repr=False)


class Upload(Protocol):
    """A multipart body with one file, in the field ``file``.

    ``announced``: bytes of the whole body, where that is known before it comes.
    """

    announced: int | None

    def check_head(self) -> None:
        """Refuses what is known to be wrong before any of it has come."""
        ...

    async def receive(self, write: Callable[[bytes], Awaitable[None]]) -> str:
        """Hands the file on as it comes, and answers its name as it was sent. A refusal may come
        at any point: whoever took the pieces until then has to drop them."""
        ...
