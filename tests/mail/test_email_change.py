"""A change of the email address takes the password, and waits for its link."""

from __future__ import annotations

import pytest

from tests.support.client import PASSWORD, Refused, User
from tests.support.database import query
from tests.support.email_change import (
    ask_for_email,
    can_sign_in,
    me_of,
    new_address,
    past_signup,
    spend,
)
from tests.support.mail import Postbox
from tests.support.mail_calls import (
    ANOTHER_PASSWORD,
    RESET,
    UNDO,
    VERIFY,
    email_of,
    forgot_password,
)

pytestmark = pytest.mark.usefixtures("no_errors_logged")


# Asking


async def test_an_email_takes_the_password(ann: User) -> None:
    before = await me_of(ann)
    body = {"email": new_address(), "bio": "not kept"}
    for password, code, field in (
        ({}, "validation_failed", "current_password"),
        ({"current_password": None}, "validation_failed", "current_password"),
        ({"current_password": 7}, "validation_failed", "current_password"),
        ({"current_password": "x" * 1025}, "validation_failed", "current_password"),
        ({"current_password": ""}, "invalid_credentials", None),
        ({"current_password": "not hers"}, "invalid_credentials", None),
    ):
        with pytest.raises(Refused) as refused:
            await ann.http("PATCH", "/users/me", body | password)
        assert (refused.value.code, refused.value.field) == (code, field)
        with pytest.raises(Refused) as refused:
            # The same for the address that one has.
            await ann.http("PATCH", "/users/me", body | {"email": email_of(ann)} | password)
        assert (refused.value.code, refused.value.field) == (code, field)
    assert await me_of(ann) == before

    # What is no email takes none, and a password that nothing asked for is not passed over.
    me = await ann.http("PATCH", "/users/me", {"bio": "kept", "current_password": None})
    assert me["bio"] == "kept"
    with pytest.raises(Refused) as refused:
        await ann.http("PATCH", "/users/me", {"bio": "x", "current_password": PASSWORD})
    assert refused.value.field == "current_password"


async def test_a_new_address_waits_for_its_link(ann: User, bob: User, post: Postbox) -> None:
    old, new = await past_signup(ann, post), new_address()
    assert (await forgot_password(ann.node, old))[0] == 202
    reset = await post.token(old, "reset")

    me = await ask_for_email(ann, new, bio="news")

    assert (me["email"], me["pending_email"], me["bio"]) == (old, new, "news")
    assert await me_of(ann) == me
    link, _ = await post.token(new, "verify"), await post.token(old, "undo-email")
    for node in (ann.node, bob.node):
        assert await can_sign_in(node, old) and not await can_sign_in(node, new)
    # Nor does a stranger at that address get any further.
    assert (await forgot_password(ann.node, new))[0] == 202

    assert await spend(bob.node, VERIFY, link) == "ok"

    me = await me_of(ann)
    assert (me["email"], me["pending_email"]) == (new, None)
    for node in (ann.node, bob.node):
        assert await can_sign_in(node, new) and not await can_sign_in(node, old)
    rows = await query(
        ann.node, "SELECT email_verified_at FROM user_credentials WHERE user_id = $1", ann.id
    )
    assert rows[0]["email_verified_at"]
    # Both links are spent or void, and whoever has the old address asks in vain.
    assert await spend(ann.node, VERIFY, link) == "validation_failed"
    assert await spend(ann.node, RESET, reset, new_password=ANOTHER_PASSWORD) == "validation_failed"
    assert (await forgot_password(ann.node, old))[0] == 202
    assert (await forgot_password(ann.node, new))[0] == 202
    await post.token(new, "reset")
    assert post.empty(old) and post.empty(new)


async def test_a_taken_address_is_answered_like_a_free_one(
    ann: User, bob: User, post: Postbox
) -> None:
    old, taken = await past_signup(ann, post), await past_signup(bob, post)
    for address in (taken, taken.upper(), new_address()):
        me = await ask_for_email(ann, address)
        assert me == await me_of(ann)
        assert (me["email"], me["pending_email"]) == (old, address)
        await post.token(old, "undo-email")
    # Who has it is told, and gets no link; nor does it become anybody else's.
    notice = await post.next(taken)
    assert notice["Subject"] == "Your email address was entered for another account"
    assert "#" not in notice.get_content() and ann.username not in notice.get_content()
    await post.next(taken.upper())
    assert (await me_of(bob))["pending_email"] is None
    assert await can_sign_in(ann.node, taken)


async def test_the_present_address_changes_nothing_and_ends_the_wait(
    ann: User, post: Postbox
) -> None:
    old, new = await past_signup(ann, post), new_address()
    assert (await ask_for_email(ann, old))["pending_email"] is None
    assert post.empty(old)
    await ask_for_email(ann, new)
    link = await post.token(new, "verify")
    me = await ask_for_email(ann, old)
    assert (me["email"], me["pending_email"]) == (old, None)
    assert await spend(ann.node, VERIFY, link) == "validation_failed"


async def test_only_the_last_link_is_good(ann: User, bob: User, post: Postbox) -> None:
    wrong, right = new_address("wrong"), new_address("right")
    await ask_for_email(ann, wrong)
    first = await post.token(wrong, "verify")
    assert (await ask_for_email(ann, right))["pending_email"] == right
    assert await spend(bob.node, VERIFY, first) == "validation_failed"
    assert await spend(bob.node, VERIFY, await post.token(right, "verify")) == "ok"
    assert (await me_of(ann))["email"] == right


async def test_a_link_waits_for_a_week(ann: User, post: Postbox) -> None:
    new = new_address()
    await ask_for_email(ann, new)
    link = await post.token(new, "verify")
    [row] = await query(
        ann.node,
        "SELECT expires_at - created_at AS life FROM email_tokens"
        " WHERE user_id = $1 AND kind = 'change'",
        ann.id,
    )
    assert row["life"] == 7 * 24 * 3_600_000
    await query(ann.node, "UPDATE email_tokens SET expires_at = 1 WHERE user_id = $1", ann.id)
    assert await spend(ann.node, VERIFY, link) == "validation_failed"
    assert (await me_of(ann))["pending_email"] is None


async def test_a_new_password_voids_what_waits(ann: User, bob: User, post: Postbox) -> None:
    for user, other in ((ann, bob), (bob, ann)):
        old, new = await past_signup(user, post), new_address()
        await ask_for_email(user, new)
        link, undo = await post.token(new, "verify"), await post.token(old, "undo-email")
        if user is ann:
            body = {"current_password": PASSWORD, "new_password": ANOTHER_PASSWORD}
            await ann.http("POST", "/auth/password", body)
            assert (await me_of(ann))["pending_email"] is None
        else:
            assert (await forgot_password(bob.node, old))[0] == 202
            token = await post.token(old, "reset")
            assert await spend(other.node, RESET, token, new_password=ANOTHER_PASSWORD) == "ok"
        assert await spend(other.node, VERIFY, link) == "validation_failed"
        # The way back stays: it may not be the user who set that password.
        assert await spend(other.node, UNDO, undo) == "ok"
