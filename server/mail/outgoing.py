"""Sends mail in the background: looks up the recipient, then sends the mail. No answer waits for
it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol

import structlog

from server.kernel.errors import Unavailable
from server.mail.entity import Letter

log = structlog.get_logger("mail")

# How many connections to the mail server, and how many look-ups in the database, run at once.
MAILS_AT_ONCE = 4
# The most pieces of work that may wait.
MOST_WAITING_MAILS = 1_000


class Mailer(Protocol):
    async def send_mail(self, letter: Letter) -> None:
        """Hands a mail to the mail server, at most once, and ends within half a minute. Raises any
        error if the server did not take it, or if it is unknown whether it did."""
        ...


class Outgoing:
    """``background`` runs the work that no answer waits for. ``unsent`` is called with the token
    hash of a mail that may not have been sent. Mails are sent at most once, and are lost if the
    process ends."""

    def __init__(
        self,
        mailer: Mailer,
        unsent: Callable[[str], Awaitable[None]],
        background: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._mailer = mailer
        self._unsent = unsent
        self._background = background
        # Look-ups and mails have separate limits, so that a look-up of an address that no user has
        # never waits for a slow mail server.
        self._looks = asyncio.Semaphore(MAILS_AT_ONCE)
        self._lines = asyncio.Semaphore(MAILS_AT_ONCE)
        self._looking = self._sending = 0

    def begin(self, look: Coroutine[Any, Any, Letter | None]) -> None:
        """Schedules a mail. ``look`` returns the mail, or None to send nothing. Never raises or
        waits."""
        if self._looking >= MOST_WAITING_MAILS or self._sending >= MOST_WAITING_MAILS:
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
    # The text of the error may quote the address, so only its type is logged.
    log.warning("a mail was not sent", reason=type(error).__name__)
