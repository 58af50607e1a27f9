"""The errors that clients receive. Each class has one code and one HTTP status."""

from __future__ import annotations

from collections.abc import Sequence


class ChatError(Exception):
    """An error that both edges (HTTP and sockets) send to the client.

    ``code`` and ``status`` belong to the class. ``message`` is a sentence for the user. ``field``
    is the name of the wrong field in the request; ``retry_after`` is in seconds.
    """

    code = "internal"
    status = 500
    default = "Something went wrong."
    # Whether callers get this error when they try out tokens or ids. If so, it counts against their
    # address.
    is_probe = False

    def __init__(
        self,
        message: str | None = None,
        *,
        field: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message or self.default)
        self.message = message or self.default
        self.field = field
        self.retry_after = retry_after


class Invalid(ChatError):
    """``more`` are other wrong fields of the same request, each with its message."""

    code, status, default = "validation_failed", 422, "The request is not valid."

    def __init__(
        self,
        message: str | None = None,
        *,
        field: str | None = None,
        retry_after: int | None = None,
        more: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(message, field=field, retry_after=retry_after)
        self.more = more


class WrongToken(Invalid):
    """A mailed token that is not valid."""

    default = "token is not valid, was used already, or has expired."
    is_probe = True


class Unauthenticated(ChatError):
    code, status, default = "unauthenticated", 401, "Sign in first."
    is_probe = True


class TokenExpired(ChatError):
    """This error does not count as a probe, because honest clients get it too."""

    code, status, default = "token_expired", 401, "The access token has expired."


class InvalidCredentials(ChatError):
    code, status = "invalid_credentials", 401
    default = "Incorrect username, email or password."


class Forbidden(ChatError):
    code, status, default = "forbidden", 403, "You are not allowed to do this."


class ForgedLink(Forbidden):
    """The URL of a file that this server never signed."""

    is_probe = True


class Blocked(ChatError):
    """One of the two users has blocked the other. The client is not told which one."""

    code, status, default = "blocked", 403, "One of you has blocked the other."


class NotFound(ChatError):
    """Also raised for things that exist but that the caller may not see. The answer is the same in
    both cases."""

    code, status, default = "not_found", 404, "Not found."
    is_probe = True


class MethodNotAllowed(ChatError):
    code, status, default = "method_not_allowed", 405, "This method is not allowed here."


class Conflict(ChatError):
    code, status, default = "conflict", 409, "This conflicts with existing data."


class PayloadTooLarge(ChatError):
    code, status, default = "payload_too_large", 413, "The request is too large."


class UnsupportedMediaType(ChatError):
    code, status, default = "unsupported_media_type", 415, "Send application/json."


class RateLimited(ChatError):
    code, status, default = "rate_limited", 429, "Too many requests. Try again later."


class Unavailable(ChatError):
    code, status, default = "unavailable", 503, "Try again in a moment."


class Busy(Unavailable):
    """A change of one room holds its lock for too long. Other rooms are not affected."""


class TooSlow(Unavailable):
    """A statement took longer than its limit. The database itself works."""

    default = "This takes too long."


class StorageFull(ChatError):
    code, status, default = "storage_full", 507, "There is not enough storage left."


class Internal(ChatError):
    code, status, default = "internal", 500, "Something went wrong."
