"""Addresses with letters beyond ASCII: how they are compared, and what mails go to."""

from __future__ import annotations

from tests.support.answers import code_of
from tests.support.client import PASSWORD, Http, unique
from tests.support.mail import Postbox
from tests.support.mail_calls import forgot_password, refusal_of
from tests.support.node import Node

SIGNUP = "POST /auth/signup"


def body_of(email: str) -> dict[str, str]:
    return {"email": email, "username": unique("ann"), "password": PASSWORD}


async def test_a_domain_has_one_form(node: Node, post: Postbox) -> None:
    local, word = unique("ann"), unique("d").replace("_", "")
    domain, ascii_domain = f"bücher-{word}.example", _ascii(f"bücher-{word}.example")
    http = Http(node)
    try:
        session = await http("POST", "/auth/signup", body_of(f"{local}@{domain}"))
        assert session["user"]["email"] == f"{local}@{domain}"
        for other in (ascii_domain, ascii_domain.upper(), domain.replace("ü", "u\u0308")):
            taken = await refusal_of(node, SIGNUP, body_of(f"{local}@{other}"))
            assert taken == ("conflict", "email"), other
            login = {"login": f"{local}@{other}", "password": PASSWORD}
            assert await code_of(node, None, "POST /auth/signin", login) == "ok"
        # This server has no SMTPUTF8.
        letter = await post.next(f"{local}@{ascii_domain}")
        assert letter["To"] == f"{local}@{ascii_domain}"
        assert (await forgot_password(node, f"{local}@{ascii_domain}"))[0] == 202
        await post.token(f"{local}@{ascii_domain}", "reset")
    finally:
        await http.close()


async def test_a_local_part_has_one_form(node: Node) -> None:
    local = unique("jose")
    http = Http(node)
    try:
        await http("POST", "/auth/signup", body_of(f"{local}\u00e9@example.com"))
    finally:
        await http.close()
    for other in (f"{local}e\u0301@example.com", f"{local}\u00c9@EXAMPLE.com"):
        assert await refusal_of(node, SIGNUP, body_of(other)) == ("conflict", "email")


async def test_letters_that_nobody_sees_are_refused(node: Node) -> None:
    for wrong in (
        "an\u200bn@example.com",
        "ann@exam\u00adple.com",
        "ann\u2060@example.com",
        "ann@\u3164.example",
        "ann@example.com\u200d",
        "ann@-ü.example",
        "ann@ü..example",
        "ann@" + "ü" * 70 + ".example",
    ):
        refused = await refusal_of(node, SIGNUP, body_of(wrong))
        assert refused == ("validation_failed", "email"), wrong


def _ascii(domain: str) -> str:
    return domain.encode("idna").decode()
