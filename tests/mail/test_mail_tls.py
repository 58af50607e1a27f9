"""Mail over TLS, at once or after STARTTLS: to a server that proves who it is, to no other."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from aiosmtplib import SMTPException

from server.backends.mail import SmtpMailer
from server.mail.entity import Letter
from tests.support.certificates import self_signed
from tests.support.mail import Postbox, postbox

LETTER = Letter("ann@example.com", "hello", "a text")
Trust = Callable[[], None]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For 127.0.0.1, with its key."""
    return self_signed(tmp_path_factory.mktemp("tls") / "mail.pem")


@pytest.fixture
def context(certificate: Path) -> ssl.SSLContext:
    """The mail server's."""
    found = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    found.load_cert_chain(certificate)
    return found


@pytest.fixture
def trust(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Trust:
    """As an operator trusts a certificate of their own."""
    return lambda: monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def accepts(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
    good = (given.login, given.password) == (b"ann", b"hunter2")
    return AuthResult(success=good, handled=False)


async def handed_over(box: Postbox, url: str) -> None:
    await SmtpMailer(url.format(box.port), "chat@example.com").send_mail(LETTER)
    assert (await box.next(LETTER.to))["Subject"] == LETTER.subject


async def refused(box: Postbox, url: str) -> None:
    with pytest.raises((OSError, SMTPException)):
        await SmtpMailer(url.format(box.port), "chat@example.com").send_mail(LETTER)
    assert box.empty(LETTER.to)


async def test_smtps_needs_a_certificate_that_is_trusted(
    context: ssl.SSLContext, trust: Trust
) -> None:
    with postbox(ssl_context=context) as box:
        await refused(box, "smtps://127.0.0.1:{}")
        trust()
        await handed_over(box, "smtps://127.0.0.1:{}")
        # The certificate is of that address alone.
        await refused(box, "smtps://localhost:{}")


async def test_a_password_is_sent_after_starttls_alone(
    context: ssl.SSLContext, trust: Trust
) -> None:
    url = "smtp://ann:hunter2@127.0.0.1:{}"
    with postbox(tls_context=context, authenticator=accepts, auth_required=True) as box:
        await refused(box, url)
        trust()
        await handed_over(box, url)
        await refused(box, url.replace("hunter2", "hunter3"))
    with postbox(authenticator=accepts, auth_require_tls=False) as box:
        await refused(box, url)


async def test_starttls_is_used_where_the_server_has_it(context: ssl.SSLContext) -> None:
    with postbox(tls_context=context, require_starttls=True) as box:
        await handed_over(box, "smtp://127.0.0.1:{}")
