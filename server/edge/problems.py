"""Refusals over HTTP: problem+json, by RFC 9457."""

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

# What aiohttp raises at bytes that are no HTTP, or a body that is not in its own encoding.
NOT_HTTP = (HttpProcessingError, web.RequestPayloadError)


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
        return too_late()
    if isinstance(error, ConnectionResetError):
        return Unavailable("the connection was lost")
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
