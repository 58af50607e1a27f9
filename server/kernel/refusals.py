"""Turns errors into the answers that clients receive, for both edges (HTTP and sockets)."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from server.kernel.errors import ChatError, Internal, Invalid, Unauthenticated


def shown(error: ChatError) -> dict[str, Any]:
    """The fields of an error: ``code`` and ``message``, and ``field`` and ``retry_after`` (seconds)
    if it has them."""
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
    """The answer to a refused CONNECT. Socket.IO has a separate place for the message."""
    data = shown(error)
    return {"message": data.pop("message"), "data": data}


def headers(error: ChatError) -> dict[str, str]:
    """The headers of an HTTP error answer."""
    found: dict[str, str] = {}
    if error.retry_after is not None:
        found["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthenticated):
        found["WWW-Authenticate"] = "Bearer"
    return found


class FieldProblem(Struct):
    """A field of the request and what is wrong with it."""

    field: str
    message: str


class Problem(Struct, kw_only=True):
    """An error as in RFC 9457. `code` is for programs and `detail` for people. `retry_after` is in
    seconds. `request_id` identifies an `internal` error in the server's log."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] | UnsetType = UNSET
    retry_after: int | UnsetType = UNSET
    request_id: str | UnsetType = UNSET


def problem(error: ChatError, request_id: str) -> Problem:
    """The body of an HTTP error answer."""
    return Problem(
        type=f"urn:chat:error:{error.code}",
        title=error.default,
        status=error.status,
        detail=error.message,
        code=error.code,
        errors=_field_problems(error) or UNSET,
        retry_after=UNSET if error.retry_after is None else error.retry_after,
        request_id=request_id if isinstance(error, Internal) else UNSET,
    )


def _field_problems(error: ChatError) -> list[FieldProblem]:
    """The wrong fields of the request. The first one is the one that ``detail`` is about."""
    found = [(error.field, error.message)] if error.field else []
    if isinstance(error, Invalid):
        found += error.more
    return [FieldProblem(field, message) for field, message in found]
