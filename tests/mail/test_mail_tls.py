"""Mail over TLS, at once or after STARTTLS: to a server that proves who it is, to no other."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from aiosmtplib import SMTPException
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.backends.mail import SmtpMailer
from server.mail.entity import Letter
from tests.support.mail import Postbox, postbox

LETTER = Letter("ann@example.com", "hello", "a text")
Trust = Callable[[], None]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With its key, for 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a mail server")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


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
