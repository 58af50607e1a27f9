"""What a client reads when something is refused: made here for every edge."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from server.kernel.errors import ChatError, Internal, Unauthenticated


def shown(error: ChatError) -> dict[str, Any]:
    """``code`` and ``message``; ``field`` and ``retry_after`` (seconds) where it has them."""
    fields: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.field:
        fields["field"] = error.field
    if error.retry_after is not None:
        fields["retry_after"] = error.retry_after
    return fields


def ack(error: ChatError) -> dict[str, Any]:
    """The ack of an event that was refused."""
    return {"ok": False, "error": shown(error)}


def connect_error(error: ChatError) -> dict[str, Any]:
    """A refused CONNECT. Socket.IO has a place of its own for the message."""
    data = shown(error)
    return {"message": data.pop("message"), "data": data}


def headers(error: ChatError) -> dict[str, str]:
    """Those of an HTTP answer that refuses."""
    found: dict[str, str] = {}
    if error.retry_after is not None:
        found["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthenticated):
        found["WWW-Authenticate"] = "Bearer"
    return found


class FieldProblem(Struct):
    """One field of the request, and what is wrong with it."""

    field: str
    message: str


class Problem(Struct, kw_only=True):
    """An error, by RFC 9457. `code` says what it is, `detail` says it to a person; `retry_after` is
    in seconds, and `request_id` finds an `internal` error in the server's log."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] | UnsetType = UNSET
    retry_after: int | UnsetType = UNSET
    request_id: str | UnsetType = UNSET


def problem(error: ChatError, request_id: str) -> Problem:
    """The body of an HTTP answer that refuses."""
    return Problem(
        type=f"urn:chat:error:{error.code}",
        title=error.default,
        status=error.status,
        detail=error.message,
        code=error.code,
        errors=[FieldProblem(error.field, error.message)] if error.field else UNSET,
        retry_after=UNSET if error.retry_after is None else error.retry_after,
        request_id=request_id if isinstance(error, Internal) else UNSET,
    )
