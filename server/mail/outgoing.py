"""Mail that no answer waits for: who it goes to is looked up, and then it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol

import structlog

from server.kernel.errors import Unavailable
from server.mail.entity import Letter

log = structlog.get_logger("mail")

# Connections to the mail server at once, and looks into the database.
AT_ONCE = 4
# Pieces of work that may wait for their turn.
MOST_WAITING = 1_000


class Mailer(Protocol):
    async def send_mail(self, letter: Letter) -> None:
        """Raises when it was not taken; ends within half a minute."""
        ...


class Outgoing:
    """``background`` runs what nobody waits for; ``unsent`` is told of the token in a letter that
    may not have been sent."""

    def __init__(
        self,
        mailer: Mailer,
        unsent: Callable[[str], Awaitable[None]],
        background: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._mailer = mailer
        self._unsent = unsent
        self._background = background
        # Apart from each other: what turns out to be nobody's address never waits for a mail
        # server, however slow that is.
        self._looks = asyncio.Semaphore(AT_ONCE)
        self._lines = asyncio.Semaphore(AT_ONCE)
        self._looking = self._sending = 0

    def begin(self, look: Coroutine[Any, Any, Letter | None]) -> None:
        """``look`` makes the letter, or None for none. Never raises, and waits for nothing."""
        if self._looking >= MOST_WAITING or self._sending >= MOST_WAITING:
            look.close()
            log.warning("a mail was dropped: too many wait")
            return
        self._looking += 1
        self._background(self._run(look))

    async def _run(self, look: Coroutine[Any, Any, Letter | None]) -> None:
        letter = None
        try:
            async with self._looks:
                letter = await look
        except Exception as error:
            _failed(error)
        finally:
            look.close()
            self._looking -= 1
        if letter:
            await self._send(letter)

    async def _send(self, letter: Letter) -> None:
        self._sending += 1
        try:
            async with self._lines:
                await self._mailer.send_mail(letter)
        except Exception as error:
            _failed(error)
            if letter.token_hash:
                with suppress(Unavailable):
                    await self._unsent(letter.token_hash)
        finally:
            self._sending -= 1


def _failed(error: Exception) -> None:
    # The reason's text may quote the address.
    log.warning("a mail was not sent", reason=type(error).__name__)
