"""Callers whose addresses the audit log names, and the lines that it has."""

from __future__ import annotations

import itertools
import json
from typing import Any

from tests.support.client import PASSWORD, Http, unique
from tests.support.node import Node

_addresses = (f"198.19.{n // 250}.{n % 250 + 1}" for n in itertools.count())


class Log:
    """The log lines that the nodes have written since the test began."""

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self._seen = [node.log.stat().st_size for node in nodes]

    def lines(self) -> list[dict[str, Any]]:
        found = [
            line
            for node, seen in zip(self._nodes, self._seen, strict=True)
            for line in node.log_lines(seen)
            if line.get("logger") == "audit"
        ]
        return sorted(found, key=lambda line: str(line["timestamp"]))

    def one(self, event: str) -> dict[str, Any]:
        """The only line of that event, without the fields that every log line has."""
        [line] = [line for line in self.lines() if line["event"] == event]
        assert line.pop("level") == "info"
        for name in ("timestamp", "logger", "event", "request_id"):
            line.pop(name, None)
        return line


class Guest:
    """Calls from one address, in turn to the nodes."""

    def __init__(self, nodes: list[Node]) -> None:
        self.address = next(_addresses)
        self._nodes = itertools.cycle(nodes)

    async def __call__(
        self, call: str, body: Any = None, session: dict[str, Any] | None = None
    ) -> Any:
        http = Http(next(self._nodes), session["access_token"] if session else None)
        http.session.headers["X-Forwarded-For"] = self.address
        method, path = call.split()
        try:
            _, _, raw = await http.raw(method, path, **({"json": body} if body else {}))
            return json.loads(raw) if raw else None
        finally:
            await http.close()

    async def signup(self) -> dict[str, Any]:
        name = unique("ann")
        body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        session: dict[str, Any] = await self("POST /auth/signup", body)
        return session

    async def signin(self, session: dict[str, Any], password: str = PASSWORD) -> Any:
        login = session["user"]["username"]
        return await self("POST /auth/signin", {"login": login, "password": password})

    def line(self, session: dict[str, Any], **more: Any) -> dict[str, Any]:
        """The expected fields of an audit line about this user."""
        whose = {"user_id": session["user"]["id"], "session_id": session["session_id"]}
        return whose | {"address": self.address} | more
