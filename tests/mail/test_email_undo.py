"""A change of the email address is undone by who has the old address, for a week."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.answers import code_of
from tests.support.client import PASSWORD, PATIENCE, User, unique
from tests.support.database import query
from tests.support.email_change import (
    ask_for_email,
    can_sign_in,
    me_of,
    moved_email,
    new_address,
    past_signup,
    signed_in,
    spend,
)
from tests.support.mail import Postbox
from tests.support.mail_calls import (
    ANOTHER_PASSWORD,
    RESET,
    UNDO,
    VERIFY,
    forgot_password,
)
from tests.support.matching import ObjectWith

pytestmark = pytest.mark.usefixtures("no_errors_logged")


# Undoing


async def test_email_undo_ends_the_wait(ann: User, bob: User, post: Postbox) -> None:
    old, new = await past_signup(ann, post), new_address()
    await ask_for_email(ann, new)
    link, undo = await post.token(new, "verify"), await post.token(old, "undo-email")
    elsewhere = await ann.connect(bob.node)

    assert await spend(bob.node, UNDO, undo) == "ok"

    async with asyncio.timeout(PATIENCE):
        await ann.socket.closed.wait()
        await elsewhere.closed.wait()
    for node in (ann.node, bob.node):
        assert await code_of(node, ann.token) == "unauthenticated"
        assert await spend(node, UNDO, undo) == "validation_failed"
        assert await spend(node, VERIFY, link) == "validation_failed"
    again = await signed_in(bob.node, old)
    assert again is not None
    me = await me_of(again)
    assert (me["email"], me["pending_email"]) == (old, None)
    await again.close()
    # Somebody knew the password: a link to choose another comes by itself.
    token = await post.token(old, "reset")
    assert await spend(ann.node, RESET, token, new_password=ANOTHER_PASSWORD) == "ok"


async def test_email_undo_puts_the_old_address_back(ann: User, bob: User, post: Postbox) -> None:
    old = await past_signup(ann, post)
    new, undo = await moved_email(ann, post, bob.node)
    assert (await forgot_password(ann.node, new))[0] == 202
    reset = await post.token(new, "reset")

    assert await spend(bob.node, UNDO, undo) == "ok"

    assert await code_of(ann.node, ann.token) == "unauthenticated"
    assert not await can_sign_in(ann.node, new)
    assert await spend(ann.node, RESET, reset, new_password=ANOTHER_PASSWORD) == "validation_failed"
    again = await signed_in(bob.node, old)
    assert again is not None
    assert ObjectWith(email=old, pending_email=None) == await me_of(again)
    await again.close()


async def test_email_undo_takes_the_account_back_from_who_has_its_password(
    ann: User, bob: User, post: Postbox
) -> None:
    """As after a typing error, when a stranger follows the link and does all they can."""
    old = await past_signup(ann, post)
    new, undo = await moved_email(ann, post, bob.node)
    assert (await forgot_password(bob.node, new))[0] == 202
    stolen = await post.token(new, "reset")
    assert await spend(bob.node, RESET, stolen, new_password="a stranger's own") == "ok"
    assert await can_sign_in(bob.node, new, "a stranger's own")

    assert await spend(ann.node, UNDO, undo) == "ok"

    for login in (old, new, ann.username):
        for password in ("a stranger's own", PASSWORD, ""):
            assert not await can_sign_in(bob.node, login, password), (login, password)
    token = await post.token(old, "reset")
    assert await spend(ann.node, RESET, token, new_password=ANOTHER_PASSWORD) == "ok"
    assert await can_sign_in(bob.node, old, ANOTHER_PASSWORD)


async def test_the_first_address_has_the_last_word(ann: User, bob: User, post: Postbox) -> None:
    first = await past_signup(ann, post)
    second, undo_first = await moved_email(ann, post, bob.node)
    third, undo_second = await moved_email(ann, post, ann.node)
    # Who has the second address puts it back; who had the account before undoes that as well.
    assert await spend(bob.node, UNDO, undo_second) == "ok"
    assert await can_sign_in(ann.node, second) and not await can_sign_in(ann.node, third)
    assert await spend(ann.node, UNDO, undo_first) == "ok"
    assert await can_sign_in(ann.node, first) and not await can_sign_in(ann.node, second)

    # The other way round, there is nothing left to undo.
    await post.token(first, "reset")
    again = await signed_in(ann.node, first)
    assert again is not None
    second, undo_first = await moved_email(again, post, bob.node)
    third, undo_third = await moved_email(again, post, bob.node)
    await again.close()
    assert await spend(bob.node, UNDO, undo_first) == "ok"
    assert await spend(bob.node, UNDO, undo_third) == "validation_failed"
    assert await can_sign_in(bob.node, first)


async def test_an_undo_is_good_for_a_week_after_the_change(ann: User, post: Postbox) -> None:
    old, new = await past_signup(ann, post), new_address()
    await ask_for_email(ann, new)
    link, undo = await post.token(new, "verify"), await post.token(old, "undo-email")
    # It was asked for some days ago.
    days = 5 * 24 * 3_600_000
    await query(
        ann.node,
        "UPDATE email_tokens SET created_at = created_at - $2, expires_at = expires_at - $2"
        " WHERE user_id = $1",
        ann.id,
        days,
    )
    assert await spend(ann.node, VERIFY, link) == "ok"
    await query(
        ann.node,
        "UPDATE email_tokens SET expires_at = expires_at - $2 WHERE user_id = $1",
        ann.id,
        days,
    )
    assert await spend(ann.node, UNDO, undo) == "ok"
    _, undo = await moved_again(ann, old, post)
    await query(ann.node, "UPDATE email_tokens SET expires_at = 1 WHERE user_id = $1", ann.id)
    assert await spend(ann.node, UNDO, undo) == "validation_failed"


async def moved_again(user: User, login: str, post: Postbox) -> tuple[str, str]:
    """Past the mail that came when the change before was undone."""
    await post.token(login, "reset")
    again = await signed_in(user.node, login)
    assert again is not None
    try:
        return await moved_email(again, post, again.node)
    finally:
        await again.close()


async def test_the_old_address_is_kept_for_its_user(ann: User, bob: User, post: Postbox) -> None:
    old = await past_signup(ann, post)
    new, undo = await moved_email(ann, post, ann.node)
    body = {"email": old.upper(), "username": unique("carol"), "password": ANOTHER_PASSWORD}
    for node in (ann.node, bob.node):
        assert await code_of(node, None, "POST /auth/signup", body) == "conflict"
    assert (await ask_for_email(bob, old))["pending_email"] == old
    assert (await post.next(old))["Subject"] == "Your email address was entered for another account"
    assert await spend(bob.node, UNDO, undo) == "ok"
    assert await can_sign_in(ann.node, old)
    # Nobody waits for the other one any more.
    body = {"email": new, "username": unique("dave"), "password": ANOTHER_PASSWORD}
    assert await code_of(bob.node, None, "POST /auth/signup", body) == "ok"


async def test_an_undo_token_that_is_not_good_is_refused(ann: User, post: Postbox) -> None:
    old, new = await past_signup(ann, post), new_address()
    await ask_for_email(ann, new)
    link, undo = await post.token(new, "verify"), await post.token(old, "undo-email")
    for token in (link, undo[:-1], undo.swapcase(), "", "x", "é"):
        assert await spend(ann.node, UNDO, token) == "validation_failed"
    for call in (VERIFY, RESET):
        more = {"new_password": ANOTHER_PASSWORD} if call == RESET else {}
        assert await spend(ann.node, call, undo, **more) == "validation_failed"
    assert (await me_of(ann))["pending_email"] == new
