"""Turns errors into HTTP answers: problem+json, by RFC 9457."""

from __future__ import annotations

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from server.kernel import refusals, wire
from server.kernel.errors import (
    ChatError,
    Internal,
    Invalid,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    Unavailable,
    UnsupportedMediaType,
)
from server.kernel.timeouts import too_late

log = structlog.get_logger("http")

# What aiohttp raises for bytes that are not HTTP, or a body that does not match its encoding.
NOT_HTTP = (HttpProcessingError, web.RequestPayloadError)


_BY_STATUS: dict[int, type[ChatError]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: PayloadTooLarge,
    415: UnsupportedMediaType,
    503: Unavailable,
}


def as_chat_error(error: BaseException) -> ChatError:
    """The error that the client receives, for every exception that a request may raise."""
    if isinstance(error, ChatError):
        return error
    if isinstance(error, web.HTTPException):
        kind = _BY_STATUS.get(error.status)
        return kind() if kind else Invalid("This request cannot be understood.")
    if isinstance(error, NOT_HTTP):
        return Invalid("The body cannot be read.")
    if isinstance(error, TimeoutError):
        log.warning("deadline passed")
        return too_late()
    if isinstance(error, ConnectionResetError):
        return Unavailable("The connection was lost.")
    log.error("unexpected error", exc_info=error)
    return Internal()


def refuse(error: Exception, request_id: str) -> web.Response:
    refused = as_chat_error(error)
    response = web.Response(
        status=refused.status,
        body=wire.encode(refusals.problem(refused, request_id)),
        content_type="application/problem+json",
        headers=refusals.headers(refused),
    )
    if isinstance(error, web.HTTPMethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
    return response
