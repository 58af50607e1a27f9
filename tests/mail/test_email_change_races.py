"""Changes of the email address at once, how many there may be, and by whom."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.answers import code_of
from tests.support.client import PASSWORD, Refused, User, outcome, unique
from tests.support.database import query
from tests.support.email_change import (
    ask_for_email,
    can_sign_in,
    me_of,
    new_address,
    past_signup,
    signed_in,
    spend,
)
from tests.support.mail import Postbox
from tests.support.mail_calls import (
    ANOTHER_PASSWORD,
    UNDO,
    VERIFY,
    email_of,
)
from tests.support.matching import ObjectWith
from tests.support.node import Node
from tests.support.world import World, signup

pytestmark = pytest.mark.usefixtures("no_errors_logged")


# Several at once


async def test_two_changes_at_once_leave_one_link(ann: User, bob: User, post: Postbox) -> None:
    there = await signed_in(bob.node, ann.username)
    assert there is not None
    new = [new_address(), new_address()]
    await asyncio.gather(ask_for_email(ann, new[0]), ask_for_email(there, new[1]))
    pending = (await me_of(ann))["pending_email"]
    assert pending in new
    rows = await query(
        ann.node, "SELECT email FROM email_tokens WHERE user_id = $1 AND kind = 'change'", ann.id
    )
    assert [row["email"] for row in rows] == [pending]
    assert await spend(bob.node, VERIFY, await post.token(pending, "verify")) == "ok"
    assert (await me_of(there))["email"] == pending
    await there.close()


async def test_a_new_password_at_once_leaves_nothing_waiting(ann: User, bob: User) -> None:
    """Whichever comes first: the change was asked for with the old one."""
    there = await signed_in(bob.node, ann.username)
    assert there is not None
    password = PASSWORD
    for n in range(3):
        body = {"current_password": password, "new_password": f"{ANOTHER_PASSWORD} {n}"}
        asked, changed = await asyncio.gather(
            outcome(ask_for_email(there, new_address(), password)),
            outcome(ann.http("POST", "/auth/password", body)),
        )
        assert (changed, asked) in {
            ("ok", "ok"),
            ("ok", "invalid_credentials"),
            ("ok", "unauthenticated"),
        }
        password = body["new_password"]
        assert (await me_of(ann))["pending_email"] is None
        await there.close()
        again = await signed_in(bob.node, ann.username, password)
        assert again is not None
        there = again
    await there.close()


async def test_a_link_and_its_undoing_at_once_leave_the_old_address(
    ann: User, bob: User, post: Postbox
) -> None:
    old, new = await past_signup(ann, post), new_address()
    await ask_for_email(ann, new)
    link, undo = await post.token(new, "verify"), await post.token(old, "undo-email")
    codes = await asyncio.gather(
        spend(ann.node, VERIFY, link), spend(bob.node, UNDO, undo), spend(ann.node, UNDO, undo)
    )
    assert sorted(codes[1:]) == ["ok", "validation_failed"]
    assert await can_sign_in(ann.node, old) and not await can_sign_in(ann.node, new)


async def test_one_address_for_two_goes_to_one(ann: User, bob: User, post: Postbox) -> None:
    wanted = new_address()
    links = []
    for user in (ann, bob):
        assert (await ask_for_email(user, wanted))["pending_email"] == wanted
        links.append(await post.token(wanted, "verify"))
    codes = await asyncio.gather(
        *(spend(user.node, VERIFY, link) for user, link in zip((ann, bob), links, strict=True))
    )
    assert sorted(codes) == ["ok", "validation_failed"]
    won = (ann, bob)[codes.index("ok")]
    assert (await me_of(won))["email"] == wanted
    assert await can_sign_in(ann.node, wanted)


async def test_a_link_and_a_signup_at_once_have_one_winner(
    ann: User, bob: User, post: Postbox
) -> None:
    wanted = new_address()
    await ask_for_email(ann, wanted)
    link = await post.token(wanted, "verify")
    body = {"email": wanted, "username": unique("carol"), "password": ANOTHER_PASSWORD}
    codes = await asyncio.gather(
        spend(bob.node, VERIFY, link), code_of(ann.node, None, "POST /auth/signup", body)
    )
    assert codes in (["ok", "conflict"], ["validation_failed", "ok"])


# Nodes of their own


@pytest.fixture
def strict(folder: Path, post: Postbox) -> Iterator[Node]:
    node = Node(
        folder, RATE_LIMITS="on", LIMIT_HTTP="1000/s", LIMIT_SIGNUP="100/h", SMTP_URL=post.url
    ).start()
    yield node
    node.stop()


async def test_five_changes_a_day(strict: Node) -> None:
    ann, bob = await signup(strict, "ann"), await signup(strict, "bob")
    for n in range(5):
        await ask_for_email(ann, email_of(bob) if n % 2 else new_address())
        # What changes nothing is not counted.
        await ask_for_email(ann, email_of(ann))
    for address in (new_address(), email_of(bob)):
        with pytest.raises(Refused) as refused:
            await ask_for_email(ann, address, bio="not kept")
        assert refused.value.code == "rate_limited"
        assert 3600 < refused.value.error["retry_after"] <= 24 * 3600
    assert ObjectWith(bio=None, pending_email=None) == await me_of(ann)
    assert (await ask_for_email(bob, new_address()))["pending_email"]
    for user in (ann, bob):
        await user.close()


async def test_mails_to_one_address_are_few_whoever_asks(strict: Node, post: Postbox) -> None:
    victim, owner = new_address("victim"), await signup(strict, "owner")
    await past_signup(owner, post)
    askers = [await signup(strict, f"user{n}") for n in range(7)]
    for user in askers:
        await ask_for_email(user, victim)
        await ask_for_email(user, email_of(owner))
    for _ in range(5):
        assert (await post.next(email_of(owner)))["Subject"].startswith("Your email address was")
        await post.token(victim, "verify")
    # One more of each would have come before this one.
    last = await signup(strict, "last")
    await past_signup(last, post)
    assert post.empty(victim) and post.empty(email_of(owner))
    for user in [owner, *askers, last]:
        await user.close()


async def test_a_stolen_token_cannot_guess_the_password(strict: Node) -> None:
    ann = await signup(strict, "ann")
    codes = []
    for n in range(8):
        with pytest.raises(Refused) as refused:
            await ask_for_email(ann, new_address(), f"a guess {n}")
        codes.append(refused.value.code)
    assert codes == ["invalid_credentials"] * 5 + ["rate_limited"] * 3
    with pytest.raises(Refused, match="rate_limited"):
        await ask_for_email(ann, new_address())
    await ann.close()


async def test_an_access_token_alone_takes_no_account(world: World) -> None:
    """Whatever would keep the account for good takes the password, or a link in the user's mail."""
    ann = await world.user("ann", connect=False)
    guess = "a guess of hers"
    for call, body in (
        ("PATCH /users/me", {"email": new_address(), "current_password": guess}),
        ("POST /auth/password", {"current_password": guess, "new_password": ANOTHER_PASSWORD}),
        ("DELETE /users/me", {"password": guess}),
    ):
        assert await code_of(ann.node, ann.token, call, body) == "invalid_credentials", call
    for call, body in (
        ("PATCH /users/me", {"email": new_address()}),
        ("POST /auth/password", {"new_password": ANOTHER_PASSWORD}),
        ("DELETE /users/me", {}),
        ("POST /auth/refresh", {}),
        ("PATCH /users/me", {"password": ANOTHER_PASSWORD}),
    ):
        assert await code_of(ann.node, ann.token, call, body) == "validation_failed", call
    body = {"refresh_token": ann.token}
    assert await code_of(ann.node, ann.token, "POST /auth/refresh", body) == "unauthenticated"
    assert ObjectWith(email=email_of(ann), pending_email=None) == await me_of(ann)
    assert await can_sign_in(ann.node, email_of(ann))
