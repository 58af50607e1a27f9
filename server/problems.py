"""Refusals over HTTP: problem+json, by RFC 9457."""

from __future__ import annotations

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from msgspec import UNSET, Struct, UnsetType

from server.kernel import wire
from server.kernel.errors import (
    ChatError,
    Internal,
    Invalid,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)

log = structlog.get_logger("http")

# What aiohttp raises at bytes that are no HTTP, or a body that is not in its own encoding.
NOT_HTTP = (HttpProcessingError, web.RequestPayloadError)


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


_BY_STATUS: dict[int, type[ChatError]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: PayloadTooLarge,
    415: UnsupportedMediaType,
    503: Unavailable,
}


def as_chat_error(error: BaseException) -> ChatError:
    """Every way in which a request can fail, as what the client is told."""
    if isinstance(error, ChatError):
        return error
    if isinstance(error, web.HTTPException):
        kind = _BY_STATUS.get(error.status)
        return kind() if kind else Invalid("this is no request that we understand")
    if isinstance(error, NOT_HTTP):
        return Invalid("the body cannot be read")
    if isinstance(error, TimeoutError):
        log.warning("deadline passed")
        return Unavailable("this took too long")
    if isinstance(error, ConnectionResetError):
        return Unavailable("the connection was lost")
    log.error("unexpected error", exc_info=error)
    return Internal()


def refuse(error: Exception, request_id: str) -> web.Response:
    response = problem(as_chat_error(error), request_id)
    if isinstance(error, web.HTTPMethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
    return response


def problem(error: ChatError, request_id: str) -> web.Response:
    """RFC 9457."""
    body = Problem(
        type=f"urn:chat:error:{error.code}",
        title=error.default,
        status=error.status,
        detail=error.message,
        code=error.code,
    )
    if error.field:
        body.errors = [FieldProblem(error.field, error.message)]
    headers = {}
    if error.retry_after is not None:
        body.retry_after = error.retry_after
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Internal):
        body.request_id = request_id
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(
        status=error.status,
        body=wire.encode(body),
        content_type="application/problem+json",
        headers=headers,
    )
