"""A server like ``python -m server``, with additional handlers that fail."""

from __future__ import annotations

import uvloop

from events.signal_catalogue import MessageCreatedFacts, TypingSignal
from server.backends.private import make_private
from server.config import Settings
from server.kernel import logs
from server.serving import node_of, run


async def fail_at_signal(signal: TypingSignal) -> None:
    raise RuntimeError("planted in a signal's handler")


def fail_at_event(data: object) -> None:
    raise RuntimeError("planted in an event's handler")


async def serve(settings: Settings) -> None:
    async with node_of(settings) as (node, listener):
        node.dispatcher.on_signal(TypingSignal, fail_at_signal)
        node.dispatcher.on_event("message_created", MessageCreatedFacts, fail_at_event)
        await run(node, listener)


def main(argv: list[str]) -> int:
    settings = Settings.load()
    logs.configure(settings.log_level, settings.log_format)
    make_private(settings)
    uvloop.run(serve(settings.with_secret_key()))
    return 0
