"""A mail server on loopback, and the letters that it received."""

from __future__ import annotations

import asyncio
import queue
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.support.client import PATIENCE, new_id
from tests.support.node import Node, clustered
from tests.support.service import free_port
from tests.support.services import Postgres, Redis


class Postbox:
    """A mail server that runs on its own thread and keeps letters by their recipient's address."""

    def __init__(self, **options: Any) -> None:
        """``options`` are those of aiosmtpd's controller."""
        # True: every letter is refused.
        self.refuse = False
        self._letters: dict[str, queue.Queue[EmailMessage]] = defaultdict(queue.Queue)
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port(), **options)

    @property
    def port(self) -> int:
        return int(self._controller.port)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            return "451 later"
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        for address in envelope.rcpt_tos:
            self._letters[address].put(letter)
        return "250 OK"

    async def next(self, address: str) -> EmailMessage:
        return await asyncio.to_thread(self._letters[address].get, True, PATIENCE)

    async def token(self, address: str, kind: str) -> str:
        """The token in the next letter, which must be of that kind."""
        text = (await self.next(address)).get_content()
        found = re.findall(rf"^http://\S+/#{kind}=(\S+)\s", text, re.MULTILINE)
        assert len(found) == 1, text
        return str(found[0])

    def empty(self, address: str) -> bool:
        return self._letters[address].empty()


@contextmanager
def postbox(**options: Any) -> Iterator[Postbox]:
    box = Postbox(**options)
    box._controller.start()
    try:
        yield box
    finally:
        box._controller.stop()


@contextmanager
def mailing_nodes(
    request: pytest.FixtureRequest, folder: Path, post: Postbox, **more: str
) -> Iterator[Callable[[str], list[Node]]]:
    """Nodes like those of ``shared_nodes``, but with mail."""
    started: dict[str, list[Node]] = {}

    def of(kind: str) -> list[Node]:
        if kind not in started:
            settings = {"SMTP_URL": post.url, "MAIL_FROM": "chat@example.com", **more}
            names = ["one"]
            if kind == "postgres":
                postgres: Postgres = request.getfixturevalue("postgres")
                redis: Redis = request.getfixturevalue("redis")
                settings |= clustered(postgres.create_database(new_id()), redis.url)
                names.append("two")
            started[kind] = [Node(folder / kind / name, **settings) for name in names]
            for node in started[kind]:
                node.start()
        return started[kind]

    yield of
    for node in [node for nodes in started.values() for node in nodes]:
        node.stop()
