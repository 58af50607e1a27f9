"""Describes the events of both namespaces in AsyncAPI 3. Events from clients come from the methods
of the doors, and events to clients from the catalogue."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, get_type_hints

from msgspec import Struct

from server.edge.description.enums import camel, name_enums, name_objects
from server.edge.description.openapi import codes, summary
from server.edge.description.schemas import Json, Schemas, prose, reference

ABOUT_EVENTS = """\
Socket.IO (Engine.IO 4, polling and websocket) at `/socket.io`, with two namespaces over one
connection. Both are connected with `auth: {token}`, an access token; a refused connection is a
`connect_error` with `data: {code}`. A client that connects no namespace within 10 s is closed.

Every event of a client is answered through its ack: `{"ok": true, …}` or `{"ok": false, "error":
{code, message, field?, retry_after?}}`. They are handled one at a time, in the order sent. An event
holds at most 128 KiB. Clients ignore events and fields that they do not know.
"""

REFUSAL: Json = {
    "type": "object",
    "description": "What an ack says when an event was refused.",
    "properties": {"ok": {"const": False}, "error": {"$ref": reference("RefusalError")}},
    "required": ["ok", "error"],
}
REFUSAL_ERROR: Json = {
    "type": "object",
    "description": "Why an event was refused. `retry_after` is in seconds.",
    "properties": {
        "code": {"type": "string", "enum": list(codes())},
        "message": {"type": "string"},
        "field": {"type": "string"},
        "retry_after": {"type": "integer", "minimum": 1},
    },
    "required": ["code", "message"],
}


class AsyncApi:
    """``doors`` maps each namespace to the object with its methods ``on_<event>``. ``told`` maps
    each namespace to the events that its sockets receive, by name."""

    def __init__(
        self,
        doors: Mapping[str, Any],
        told: Mapping[str, Mapping[str, type[Struct]]],
        version: str,
    ) -> None:
        self._doors = doors
        self._told = told
        self._version = version
        self._schemas = Schemas()
        self._schemas.components |= {"Refusal": REFUSAL, "RefusalError": REFUSAL_ERROR}
        self._channels: dict[str, Json] = {}
        self._operations: dict[str, Json] = {}

    def document(self) -> Json:
        for namespace, door in self._doors.items():
            self._channels[namespace.strip("/")] = {"address": namespace, "messages": {}}
            for name, method in client_events(door).items():
                self._receive(namespace.strip("/"), name, method)
            for name, kind in self._told[namespace].items():
                self._send(namespace.strip("/"), name, kind)
        name_objects(self._schemas.components)
        name_enums(self._schemas.components)
        return {
            "asyncapi": "3.0.0",
            "info": {
                "title": "Realtime Chat",
                "version": self._version,
                "description": ABOUT_EVENTS,
            },
            "defaultContentType": "application/json",
            "servers": {
                "here": {
                    "host": "{host}",
                    "protocol": "socketio",
                    "pathname": "/socket.io",
                    "variables": {"host": {"description": "where this page was found"}},
                    "security": [{"$ref": "#/components/securitySchemes/token"}],
                }
            },
            "channels": self._channels,
            "operations": self._operations,
            "components": {
                "schemas": dict(sorted(self._schemas.components.items())),
                "securitySchemes": {
                    "token": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": "an access token, given as `auth: {token}` at connect",
                    }
                },
            },
        }

    def _receive(self, channel: str, name: str, method: Any) -> None:
        hints = get_type_hints(method)
        text = summary(method)
        sent = self._message(channel, name, name, self._schemas.of(hints["payload"]), text)
        ack = self._message(channel, f"{name}_ack", "ack", self._ack(name, hints["return"]), "")
        self._operations[f"{channel}.{name}"] = {
            "action": "receive",
            "summary": text,
            "channel": {"$ref": f"#/channels/{channel}"},
            "messages": [sent],
            "reply": {"channel": {"$ref": f"#/channels/{channel}"}, "messages": [ack]},
        }

    def _send(self, channel: str, name: str, kind: type[Struct]) -> None:
        text = prose(inspect.getdoc(kind) or name)
        # Client and server may each have an event with this name.
        key = f"{name}_told" if name in self._channels[channel]["messages"] else name
        message = self._message(channel, key, name, self._schemas.of(kind), text)
        self._operations[f"{channel}.{key}"] = {
            "action": "send",
            "summary": text,
            "channel": {"$ref": f"#/channels/{channel}"},
            "messages": [message],
        }

    def _message(self, channel: str, key: str, name: str, payload: Json, text: str) -> Json:
        message = {"name": name, "summary": text, "payload": payload}
        self._channels[channel]["messages"][key] = {k: v for k, v in message.items() if v}
        return {"$ref": f"#/channels/{channel}/messages/{key}"}

    def _ack(self, event: str, kind: Any) -> Json:
        """The answer's fields beside ``ok``, or the refusal."""
        fields: Json = {} if kind is type(None) else self._schemas.fields(kind)
        done, ack = f"{camel(event)}Done", f"{camel(event)}Ack"
        self._schemas.add_component(
            done,
            {
                "type": "object",
                "properties": {"ok": {"const": True}, **fields.get("properties", {})},
                "required": ["ok", *fields.get("required", ())],
            },
        )
        either = [{"$ref": reference(done)}, {"$ref": reference("Refusal")}]
        self._schemas.add_component(ack, {"oneOf": either})
        return {"$ref": reference(ack)}


def client_events(door: Any) -> dict[str, Any]:
    """The methods that handle a client's events, by event name, in the order of declaration."""
    declared = [item for kind in reversed(door.__mro__) for item in vars(kind).items()]
    return {name[3:]: method for name, method in declared if name.startswith("on_")}
