"""Sends mail over SMTP."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime, make_msgid
from urllib.parse import unquote, urlsplit

import aiosmtplib

from server.kernel.mailbox import to_ascii_address
from server.mail.entity import Letter

# Seconds that one step of the SMTP dialogue may take, and the whole dialogue.
SMTP_STEP = 10.0
WHOLE = 30.0


class SmtpMailer:
    """A ``Mailer`` over SMTP.

    An ``smtps`` URL means TLS from the start. With ``smtp``, STARTTLS is required if the URL has a
    user name, so that the password is never sent in the clear; otherwise it is used if the server
    offers it.
    """

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._sender = _sent_as(sender)
        self._host = parts.hostname or ""
        self._tls = parts.scheme == "smtps"
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._port = parts.port or (465 if self._tls else 587 if self._username else 25)

    async def send_mail(self, letter: Letter) -> None:
        secure = self._tls or self._username is not None
        async with asyncio.timeout(WHOLE):
            await aiosmtplib.send(
                self._message(letter),
                sender=self._sender,
                recipients=[_sent_as(letter.to)],
                hostname=self._host,
                port=self._port,
                username=self._username,
                password=self._password,
                use_tls=self._tls,
                start_tls=False if self._tls else True if secure else None,
                # The certificate is checked only if TLS is required. An attacker could remove
                # optional TLS anyway, so checking its certificate would protect nothing.
                validate_certs=secure,
                timeout=SMTP_STEP,
            )

    def _message(self, letter: Letter) -> EmailMessage:
        """The letter as an email. ``EmailMessage`` raises if a header contains a line break."""
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = _sent_as(letter.to)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(localtime())
        message["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message


def _sent_as(address: str) -> str:
    """The address with the ASCII form of its domain, which relays without SMTPUTF8 take too. Only a
    part before the @ that is not ASCII needs SMTPUTF8."""
    return to_ascii_address(address) or address
