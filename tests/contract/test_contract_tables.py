"""The code has the events, routes and fields of the contract's tables."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import Struct

from events.namespace import Door
from events.notifications import NotificationEvents
from events.rooms import RoomEvents
from server.auth.handler import AuthRoutes
from server.blocks.handler import BlockRoutes
from server.configuration.handler import ConfigRoutes
from server.deletion.handler import DeletionRoutes
from server.edge.arguments import parameters
from server.invites.handler import InviteRoutes
from server.kernel.routes import Route
from server.mail.handler import MailRoutes
from server.media.handler import MediaRoutes
from server.messages.handler import MessageRoutes
from server.notifications.handler import NotificationRoutes
from server.profiles.handler import ProfileRoutes
from server.push.handler import PushRoutes
from server.rooms.handler import RoomRoutes
from server.search.handler import SearchRoutes
from server.unread.handler import UnreadRoutes
from tests.support.contract import (
    EVENTS,
    ROUTES,
    Fields,
)
from tests.support.settings import load

pytestmark = pytest.mark.usefixtures("no_errors_logged")

# What must not get past the decoding is the same whatever lies behind it.
once = pytest.mark.parametrize("kind", ["sqlite"])

NOBODY: Any = None

DOORS: dict[str, Door] = {
    "/rooms": RoomEvents(
        gate=NOBODY,
        connections=NOBODY,
        rooms=NOBODY,
        messages=NOBODY,
        synchronizer=NOBODY,
        presence=NOBODY,
        publisher=NOBODY,
    ),
    "/notifications": NotificationEvents(*[NOBODY] * 3),
}

SERVICES = (
    ConfigRoutes(load(), NOBODY),
    AuthRoutes(NOBODY, 0),
    ProfileRoutes(NOBODY),
    MailRoutes(NOBODY),
    DeletionRoutes(NOBODY),
    BlockRoutes(NOBODY),
    RoomRoutes(NOBODY, NOBODY),
    InviteRoutes(NOBODY),
    MessageRoutes(NOBODY),
    UnreadRoutes(NOBODY),
    NotificationRoutes(NOBODY),
    MediaRoutes(NOBODY),
    PushRoutes(NOBODY, NOBODY),
    SearchRoutes(NOBODY),
)

REAL_ROUTES: dict[str, Route] = {
    f"{route.method} {route.path}": route for service in SERVICES for route in service.routes()
}


# --- The code and the contract's tables ---


@once
def test_the_events_are_those_of_the_contract(kind: str) -> None:
    real = {
        name: {event: _fields(kind) for event, (_, kind) in door.events.items()}
        for name, door in DOORS.items()
    }
    table = {
        name: {event: set(fields) for event, fields in events.items()}
        for name, events in EVENTS.items()
    }
    assert real == table


@once
def test_the_routes_are_those_of_the_contract(kind: str) -> None:
    real = {
        name: (_part(route, "body"), _part(route, "query"), route.open)
        for name, route in REAL_ROUTES.items()
    }
    table = {
        name: (_names(call.body), _names(call.query), call.open) for name, call in ROUTES.items()
    }
    assert real == table


def _fields(kind: type[Struct]) -> set[str]:
    fields = msgspec.structs.fields(kind)
    return {field.encode_name + ("" if field.required else "?") for field in fields}


def _part(route: Route, name: str) -> set[str] | None:
    kind = parameters(route.handler).get(name)
    return _fields(kind) if kind else None


def _names(fields: Fields | None) -> set[str] | None:
    return None if fields is None else set(fields)
