"""Calls that send or answer mails, over HTTP."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from server.auth.rules import Email, NewPassword
from server.kernel.routes import Route
from server.kernel.wire import Payload
from server.mail.usecase import Mails

MailedToken = Annotated[str, Meta(max_length=200)]


class ForgotPassword(Payload):
    email: Email


class ResetPassword(Payload):
    token: MailedToken
    new_password: NewPassword


class VerifyEmail(Payload):
    token: MailedToken


class UndoEmail(Payload):
    token: MailedToken


class MailRoutes:
    def __init__(self, mails: Mails) -> None:
        self._mails = mails

    def routes(self) -> list[Route]:
        return [
            Route("POST", "/auth/password/forgot", self.forgot_password, open=True, status=202),
            Route("POST", "/auth/password/reset", self.reset_password, open=True, status=204),
            Route("POST", "/auth/email/verify", self.verify_email, open=True, status=204),
            Route("POST", "/auth/email/undo", self.undo_email, open=True, status=204),
        ]

    async def forgot_password(self, body: ForgotPassword) -> None:
        """Mails a link to choose a new password. The answer is the same for every address."""
        self._mails.forgot(body.email)

    async def reset_password(self, body: ResetPassword) -> None:
        """Sets a new password with the token from a mail, and ends all sessions."""
        await self._mails.reset_password(body.token, body.new_password)

    async def verify_email(self, body: VerifyEmail) -> None:
        """Confirms an email address with the token from a mail. A pending address then replaces the
        old one."""
        await self._mails.verify_email(body.token)

    async def undo_email(self, body: UndoEmail) -> None:
        """Keeps or restores the old email address with the token that was mailed there, and ends
        all sessions."""
        await self._mails.undo_email_change(body.token)
