"""The arguments of a handler, as they are read from a request."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from aiohttp import web

from server.kernel import wire
from server.kernel.errors import Invalid, PayloadTooLarge, UnsupportedMediaType
from server.kernel.routes import Route


def bearer(request: web.Request) -> str | None:
    """The access token that came with a request."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def needs_token(route: Route, request: web.Request) -> bool:
    """Whether a request to this route must bring an access token."""
    return not route.open and not (route.cookie and "Authorization" not in request.headers)


def parameters(handler: Callable[..., Any]) -> dict[str, Any]:
    """The types of a handler's parameters, by name."""
    hints = get_type_hints(handler, include_extras=True)
    return {name: hints[name] for name in inspect.signature(handler).parameters}


async def read_json(request: web.Request) -> Any:
    """The body as plain objects. No body at all counts as an empty object."""
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise PayloadTooLarge() from None
    if not raw:
        return {}
    if request.content_type != "application/json":
        raise UnsupportedMediaType()
    return wire.parse_json(raw)


def path_value(name: str, text: str, kind: Any) -> Any:
    """The value of a placeholder in the path. Raises ``Invalid`` with its name as the field."""
    if kind is str:
        return text
    try:
        value = wire.convert(text, kind, strict=False)
    except Invalid:
        what = "a number" if kind is not wire.Id else "a UUID"
        raise Invalid(f"{name} must be {what}.", field=name) from None
    return value.lower() if isinstance(value, str) else value
