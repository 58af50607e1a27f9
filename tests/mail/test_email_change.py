"""A change of the e-mail address: it takes the password, waits for its link, and can be undone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import PASSWORD, PATIENCE, Http, Refused, User, code_of, outcome, unique
from tests.support.database import query
from tests.support.mail import Postbox, mailing_nodes, postbox
from tests.support.matching import ObjectWith
from tests.support.node import Node
from tests.support.world import World, signup

pytestmark = pytest.mark.usefixtures("no_errors_logged")

FORGOT, RESET, VERIFY, UNDO = (
    f"POST /auth/{path}"
    for path in ("password/forgot", "password/reset", "email/verify", "email/undo")
)
ANOTHER = "another fine password"


@pytest.fixture(scope="module")
def post() -> Iterator[Postbox]:
    with postbox() as box:
        yield box


@pytest.fixture(scope="module")
def shared_nodes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, post: Postbox
) -> Iterator[Callable[[str], list[Node]]]:
    folder = tmp_path_factory.mktemp("email")
    with mailing_nodes(request, folder, post) as of:
        yield of


def email_of(user: User) -> str:
    return str(user.session["user"]["email"])


def fresh(name: str = "new") -> str:
    return f"{unique(name)}@example.com"


async def ask(user: User, email: str, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
    """A change of address; the user as they see themselves afterwards."""
    body = {"email": email, "current_password": password, **more}
    me: dict[str, Any] = await user.http("PATCH", "/users/me", body)
    return me


async def me_of(user: User) -> dict[str, Any]:
    me: dict[str, Any] = await user.http("GET", "/users/me")
    return me


async def signed_in(node: Node, login: str, password: str = PASSWORD) -> User | None:
    """The user on a device of their own; None when the credentials are wrong."""
    http = Http(node)
    try:
        body = {"login": login, "password": password}
        return User(node, await http("POST", "/auth/signin", body))
    except Refused as refused:
        assert refused.code == "invalid_credentials"
        return None
    finally:
        await http.close()


async def can_sign_in(node: Node, login: str, password: str = PASSWORD) -> bool:
    body = {"login": login, "password": password}
    return await code_of(node, None, "POST /auth/signin", body) == "ok"


async def spend(node: Node, call: str, token: str, **more: Any) -> str:
    return await code_of(node, None, call, {"token": token, **more})


async def forgot(node: Node, email: str) -> None:
    assert await code_of(node, None, FORGOT, {"email": email}) == "ok"


async def past_signup(user: User, post: Postbox) -> str:
    """The user's address, once the mail of the sign-up has come."""
    await post.token(email_of(user), "verify")
    return email_of(user)


async def moved(user: User, post: Postbox, node: Node) -> tuple[str, str]:
    """The address that the user has now, and the token that undoes it."""
    old, new = (await me_of(user))["email"], fresh()
    await ask(user, new)
    assert await spend(node, VERIFY, await post.token(new, "verify")) == "ok"
    return new, await post.token(old, "undo-email")


# Asking


async def test_an_email_takes_the_password(ann: User) -> None:
    before = await me_of(ann)
    body = {"email": fresh(), "bio": "not kept"}
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

    # What is no e-mail takes none, and a password that nothing asked for is not passed over.
    me = await ann.http("PATCH", "/users/me", {"bio": "kept", "current_password": None})
    assert me["bio"] == "kept"
    with pytest.raises(Refused) as refused:
        await ann.http("PATCH", "/users/me", {"bio": "x", "current_password": PASSWORD})
    assert refused.value.field == "current_password"


async def test_a_new_address_waits_for_its_link(ann: User, bob: User, post: Postbox) -> None:
    old, new = await past_signup(ann, post), fresh()
    await forgot(ann.node, old)
    reset = await post.token(old, "reset")

    me = await ask(ann, new, bio="news")

    assert (me["email"], me["pending_email"], me["bio"]) == (old, new, "news")
    assert await me_of(ann) == me
    link, _ = await post.token(new, "verify"), await post.token(old, "undo-email")
    for node in (ann.node, bob.node):
        assert await can_sign_in(node, old) and not await can_sign_in(node, new)
    # Nor does a stranger at that address get any further.
    await forgot(ann.node, new)

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
    assert await spend(ann.node, RESET, reset, new_password=ANOTHER) == "validation_failed"
    await forgot(ann.node, old)
    await forgot(ann.node, new)
    await post.token(new, "reset")
    assert post.empty(old) and post.empty(new)


async def test_a_taken_address_is_answered_like_a_free_one(
    ann: User, bob: User, post: Postbox
) -> None:
    old, taken = await past_signup(ann, post), await past_signup(bob, post)
    for address in (taken, taken.upper(), fresh()):
        me = await ask(ann, address)
        assert me == await me_of(ann)
        assert (me["email"], me["pending_email"]) == (old, address)
        await post.token(old, "undo-email")
    # Who has it is told, and gets no link; nor does it become anybody else's.
    notice = await post.next(taken)
    assert notice["Subject"] == "Your e-mail address was named for another account"
    assert "#" not in notice.get_content() and ann.username not in notice.get_content()
    await post.next(taken.upper())
    assert (await me_of(bob))["pending_email"] is None
    assert await can_sign_in(ann.node, taken)


async def test_the_present_address_changes_nothing_and_ends_the_wait(
    ann: User, post: Postbox
) -> None:
    old, new = await past_signup(ann, post), fresh()
    assert (await ask(ann, old))["pending_email"] is None
    assert post.empty(old)
    await ask(ann, new)
    link = await post.token(new, "verify")
    me = await ask(ann, old)
    assert (me["email"], me["pending_email"]) == (old, None)
    assert await spend(ann.node, VERIFY, link) == "validation_failed"


async def test_only_the_last_link_is_good(ann: User, bob: User, post: Postbox) -> None:
    wrong, right = fresh("wrong"), fresh("right")
    await ask(ann, wrong)
    first = await post.token(wrong, "verify")
    assert (await ask(ann, right))["pending_email"] == right
    assert await spend(bob.node, VERIFY, first) == "validation_failed"
    assert await spend(bob.node, VERIFY, await post.token(right, "verify")) == "ok"
    assert (await me_of(ann))["email"] == right


async def test_a_link_waits_for_a_week(ann: User, post: Postbox) -> None:
    new = fresh()
    await ask(ann, new)
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
        old, new = await past_signup(user, post), fresh()
        await ask(user, new)
        link, undo = await post.token(new, "verify"), await post.token(old, "undo-email")
        if user is ann:
            body = {"current_password": PASSWORD, "new_password": ANOTHER}
            await ann.http("POST", "/auth/password", body)
            assert (await me_of(ann))["pending_email"] is None
        else:
            await forgot(bob.node, old)
            token = await post.token(old, "reset")
            assert await spend(other.node, RESET, token, new_password=ANOTHER) == "ok"
        assert await spend(other.node, VERIFY, link) == "validation_failed"
        # The way back stays: it may not be the user who set that password.
        assert await spend(other.node, UNDO, undo) == "ok"


# Undoing


async def test_email_undo_ends_the_wait(ann: User, bob: User, post: Postbox) -> None:
    old, new = await past_signup(ann, post), fresh()
    await ask(ann, new)
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
    assert await spend(ann.node, RESET, token, new_password=ANOTHER) == "ok"


async def test_email_undo_puts_the_old_address_back(ann: User, bob: User, post: Postbox) -> None:
    old = await past_signup(ann, post)
    new, undo = await moved(ann, post, bob.node)
    await forgot(ann.node, new)
    reset = await post.token(new, "reset")

    assert await spend(bob.node, UNDO, undo) == "ok"

    assert await code_of(ann.node, ann.token) == "unauthenticated"
    assert not await can_sign_in(ann.node, new)
    assert await spend(ann.node, RESET, reset, new_password=ANOTHER) == "validation_failed"
    again = await signed_in(bob.node, old)
    assert again is not None
    assert ObjectWith(email=old, pending_email=None) == await me_of(again)
    await again.close()


async def test_email_undo_takes_the_account_back_from_who_has_its_password(
    ann: User, bob: User, post: Postbox
) -> None:
    """As after a typing error, when a stranger follows the link and does all they can."""
    old = await past_signup(ann, post)
    new, undo = await moved(ann, post, bob.node)
    await forgot(bob.node, new)
    stolen = await post.token(new, "reset")
    assert await spend(bob.node, RESET, stolen, new_password="a stranger's own") == "ok"
    assert await can_sign_in(bob.node, new, "a stranger's own")

    assert await spend(ann.node, UNDO, undo) == "ok"

    for login in (old, new, ann.username):
        for password in ("a stranger's own", PASSWORD, ""):
            assert not await can_sign_in(bob.node, login, password), (login, password)
    token = await post.token(old, "reset")
    assert await spend(ann.node, RESET, token, new_password=ANOTHER) == "ok"
    assert await can_sign_in(bob.node, old, ANOTHER)


async def test_the_first_address_has_the_last_word(ann: User, bob: User, post: Postbox) -> None:
    first = await past_signup(ann, post)
    second, undo_first = await moved(ann, post, bob.node)
    third, undo_second = await moved(ann, post, ann.node)
    # Who has the second address puts it back; who had the account before undoes that as well.
    assert await spend(bob.node, UNDO, undo_second) == "ok"
    assert await can_sign_in(ann.node, second) and not await can_sign_in(ann.node, third)
    assert await spend(ann.node, UNDO, undo_first) == "ok"
    assert await can_sign_in(ann.node, first) and not await can_sign_in(ann.node, second)

    # The other way round, there is nothing left to undo.
    await post.token(first, "reset")
    again = await signed_in(ann.node, first)
    assert again is not None
    second, undo_first = await moved(again, post, bob.node)
    third, undo_third = await moved(again, post, bob.node)
    await again.close()
    assert await spend(bob.node, UNDO, undo_first) == "ok"
    assert await spend(bob.node, UNDO, undo_third) == "validation_failed"
    assert await can_sign_in(bob.node, first)


async def test_an_undo_is_good_for_a_week_after_the_change(ann: User, post: Postbox) -> None:
    old, new = await past_signup(ann, post), fresh()
    await ask(ann, new)
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
        return await moved(again, post, again.node)
    finally:
        await again.close()


async def test_the_old_address_is_kept_for_its_user(ann: User, bob: User, post: Postbox) -> None:
    old = await past_signup(ann, post)
    new, undo = await moved(ann, post, ann.node)
    body = {"email": old.upper(), "username": unique("carol"), "password": ANOTHER}
    for node in (ann.node, bob.node):
        assert await code_of(node, None, "POST /auth/signup", body) == "conflict"
    assert (await ask(bob, old))["pending_email"] == old
    assert (await post.next(old))["Subject"] == "Your e-mail address was named for another account"
    assert await spend(bob.node, UNDO, undo) == "ok"
    assert await can_sign_in(ann.node, old)
    # Nobody waits for the other one any more.
    body = {"email": new, "username": unique("dave"), "password": ANOTHER}
    assert await code_of(bob.node, None, "POST /auth/signup", body) == "ok"


async def test_an_undo_token_that_is_not_good_is_refused(ann: User, post: Postbox) -> None:
    old, new = await past_signup(ann, post), fresh()
    await ask(ann, new)
    link, undo = await post.token(new, "verify"), await post.token(old, "undo-email")
    for token in (link, undo[:-1], undo.swapcase(), "", "x", "é"):
        assert await spend(ann.node, UNDO, token) == "validation_failed"
    for call in (VERIFY, RESET):
        more = {"new_password": ANOTHER} if call == RESET else {}
        assert await spend(ann.node, call, undo, **more) == "validation_failed"
    assert (await me_of(ann))["pending_email"] == new


# Several at once


async def test_two_changes_at_once_leave_one_link(ann: User, bob: User, post: Postbox) -> None:
    there = await signed_in(bob.node, ann.username)
    assert there is not None
    new = [fresh(), fresh()]
    await asyncio.gather(ask(ann, new[0]), ask(there, new[1]))
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
        body = {"current_password": password, "new_password": f"{ANOTHER} {n}"}
        asked, changed = await asyncio.gather(
            outcome(ask(there, fresh(), password)),
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
    old, new = await past_signup(ann, post), fresh()
    await ask(ann, new)
    link, undo = await post.token(new, "verify"), await post.token(old, "undo-email")
    codes = await asyncio.gather(
        spend(ann.node, VERIFY, link), spend(bob.node, UNDO, undo), spend(ann.node, UNDO, undo)
    )
    assert sorted(codes[1:]) == ["ok", "validation_failed"]
    assert await can_sign_in(ann.node, old) and not await can_sign_in(ann.node, new)


async def test_one_address_for_two_goes_to_one(ann: User, bob: User, post: Postbox) -> None:
    wanted = fresh()
    links = []
    for user in (ann, bob):
        assert (await ask(user, wanted))["pending_email"] == wanted
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
    wanted = fresh()
    await ask(ann, wanted)
    link = await post.token(wanted, "verify")
    body = {"email": wanted, "username": unique("carol"), "password": ANOTHER}
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
        await ask(ann, email_of(bob) if n % 2 else fresh())
        # What changes nothing is not counted.
        await ask(ann, email_of(ann))
    for address in (fresh(), email_of(bob)):
        with pytest.raises(Refused) as refused:
            await ask(ann, address, bio="not kept")
        assert refused.value.code == "rate_limited"
        assert 3600 < refused.value.error["retry_after"] <= 24 * 3600
    assert ObjectWith(bio=None, pending_email=None) == await me_of(ann)
    assert (await ask(bob, fresh()))["pending_email"]
    for user in (ann, bob):
        await user.close()


async def test_mails_to_one_address_are_few_whoever_asks(strict: Node, post: Postbox) -> None:
    victim, owner = fresh("victim"), await signup(strict, "owner")
    await past_signup(owner, post)
    askers = [await signup(strict, f"user{n}") for n in range(7)]
    for user in askers:
        await ask(user, victim)
        await ask(user, email_of(owner))
    for _ in range(5):
        assert (await post.next(email_of(owner)))["Subject"].startswith("Your e-mail address was")
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
            await ask(ann, fresh(), f"a guess {n}")
        codes.append(refused.value.code)
    assert codes == ["invalid_credentials"] * 5 + ["rate_limited"] * 3
    with pytest.raises(Refused, match="rate_limited"):
        await ask(ann, fresh())
    await ann.close()


async def test_an_access_token_alone_takes_no_account(world: World) -> None:
    """Whatever would keep the account for good takes the password, or a link in the user's mail."""
    ann = await world.user("ann", connect=False)
    guess = "a guess of hers"
    for call, body in (
        ("PATCH /users/me", {"email": fresh(), "current_password": guess}),
        ("POST /auth/password", {"current_password": guess, "new_password": ANOTHER}),
        ("DELETE /users/me", {"password": guess}),
    ):
        assert await code_of(ann.node, ann.token, call, body) == "invalid_credentials", call
    for call, body in (
        ("PATCH /users/me", {"email": fresh()}),
        ("POST /auth/password", {"new_password": ANOTHER}),
        ("DELETE /users/me", {}),
        ("POST /auth/refresh", {}),
        ("PATCH /users/me", {"password": ANOTHER}),
    ):
        assert await code_of(ann.node, ann.token, call, body) == "validation_failed", call
    body = {"refresh_token": ann.token}
    assert await code_of(ann.node, ann.token, "POST /auth/refresh", body) == "unauthenticated"
    assert ObjectWith(email=email_of(ann), pending_email=None) == await me_of(ann)
    assert await can_sign_in(ann.node, email_of(ann))
