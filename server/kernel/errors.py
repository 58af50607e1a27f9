"""What a client may be told when something is refused: one code, one HTTP status each."""

from __future__ import annotations


class ChatError(Exception):
    """A refusal that the two edges (HTTP and sockets) show to the client.

    ``code`` and ``status`` belong to the class; ``field`` names the offending field of the
    request, ``retry_after`` is in seconds.
    """

    code = "internal"
    status = 500
    default = "something went wrong"
    # Whether it is what those get who try out what may be there: it counts against the address.
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
    code, status, default = "validation_failed", 422, "the request is not valid"


class WrongToken(Invalid):
    """A mailed token that is not good."""

    default = "token is not one of ours, was used, or has expired"
    is_probe = True


class Unauthenticated(ChatError):
    code, status, default = "unauthenticated", 401, "sign in first"
    is_probe = True


class TokenExpired(ChatError):
    """No probe: a good client has an old token now and then."""

    code, status, default = "token_expired", 401, "the access token has expired"


class InvalidCredentials(ChatError):
    code, status, default = "invalid_credentials", 401, "the login or the password is wrong"


class Forbidden(ChatError):
    code, status, default = "forbidden", 403, "you may not do this"


class ForgedLink(Forbidden):
    """A file's address that this server never gave out."""

    is_probe = True


class Blocked(ChatError):
    """One of the two does not want to hear from the other."""

    code, status, default = "blocked", 403, "one of you has blocked the other"


class NotFound(ChatError):
    """Also for what exists but must not be seen: the same body in both cases."""

    code, status, default = "not_found", 404, "not found"
    is_probe = True


class MethodNotAllowed(ChatError):
    code, status, default = "method_not_allowed", 405, "method not allowed"


class Conflict(ChatError):
    code, status, default = "conflict", 409, "this conflicts with what is there"


class PayloadTooLarge(ChatError):
    code, status, default = "payload_too_large", 413, "the request is too large"


class UnsupportedMediaType(ChatError):
    code, status, default = "unsupported_media_type", 415, "send application/json"


class RateLimited(ChatError):
    code, status, default = "rate_limited", 429, "too many requests"


class Unavailable(ChatError):
    code, status, default = "unavailable", 503, "try again in a moment"


class Busy(Unavailable):
    """One room is being changed for too long; others are not concerned."""


class TooSlow(Unavailable):
    """A statement took longer than it may; the database is well."""

    default = "this takes too long"


class StorageFull(ChatError):
    code, status, default = "storage_full", 507, "there is no room left to store this"


class Internal(ChatError):
    code, status, default = "internal", 500, "something went wrong"
