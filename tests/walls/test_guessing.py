"""Guessing an account's password from many addresses while its owner goes on using the account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from server.auth.attempts import shares
from server.config.limits import Limits
from tests.support.client import PASSWORD, unique
from tests.support.node import KINDS, Node, clustered
from tests.support.services import Postgres, Redis
from tests.walls.guessing import KNOWN, MOST, Place, attack, next_address

SETTINGS = {
    "RATE_LIMITS": "on",
    # Tests send X-Forwarded-For, so that they can come from any address.
    "TRUSTED_PROXIES": "127.0.0.1",
    "LIMIT_SIGNIN_FAILURES_PER_ACCOUNT": f"{MOST + KNOWN}/h",
}
OTHER = "another good password"


@pytest.fixture(scope="module", params=KINDS)
def guarded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Node]]:
    folder, settings, names = tmp_path_factory.mktemp("guarded"), SETTINGS, ["one"]
    if request.param == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        redis: Redis = request.getfixturevalue("redis")
        settings = SETTINGS | clustered(postgres.create_database("guarded"), redis.url)
        names = ["one", "two"]
    nodes = [Node(folder / name, **settings).start() for name in names]
    yield nodes
    for node in nodes:
        node.stop()


async def test_an_account_has_so_many_failures_whatever_the_address(guarded: list[Node]) -> None:
    """Failures with the email address and with the username are counted together, in any case,
    over all nodes. After that even the right password is refused from an unknown place."""
    ann = (await Place(guarded).signup())["user"]
    codes = await attack(guarded, ann["username"], ann["email"], ann["username"].upper())
    assert codes == {"invalid_credentials": MOST, "rate_limited": 2 * MOST}
    assert await Place(guarded).signin(ann["email"]) == "rate_limited"
    # Other accounts are not affected.
    bob = (await Place(guarded).signup())["user"]
    assert await Place(guarded).signin(bob["username"]) == "ok"


async def test_a_login_that_nobody_has_is_counted_alike(guarded: list[Node]) -> None:
    for login in (unique("nobody"), f"{unique('nobody')}@example.com"):
        codes = await attack(guarded, login, login.upper())
        assert codes == {"invalid_credentials": MOST, "rate_limited": 2 * MOST}


async def test_good_signins_use_up_nothing(guarded: list[Node]) -> None:
    ann = (await Place(guarded).signup())["user"]
    codes = [await Place(guarded).signin(ann["username"]) for _ in range(MOST + 3)]
    assert set(codes) == {"ok"}
    assert (await attack(guarded, ann["email"]))["invalid_credentials"] == MOST


async def test_a_success_leaves_the_failures_of_others(guarded: list[Node]) -> None:
    """Neither a success of the owner, nor one with the attacker's own account from the same
    address."""
    home, cafe = Place(guarded), Place(guarded)
    ann = (await home.signup())["user"]
    eve = (await cafe.signup())["user"]
    await attack(guarded, ann["username"], tries=MOST - 6)
    assert await home.signin(ann["username"]) == "ok"
    failed = []
    for _ in range(6):
        failed.append(await cafe.signin(ann["username"], "a guess"))
        assert await cafe.signin(eve["username"]) == "ok"
    # Five failures in a row are allowed for a login from one address.
    assert failed == ["invalid_credentials"] * 5 + ["rate_limited"]
    assert (await attack(guarded, ann["username"]))["invalid_credentials"] == 1


@pytest.mark.parametrize("by", ["signup", "signin", "cookie session"])
async def test_a_browser_that_signed_in_before_goes_on(guarded: list[Node], by: str) -> None:
    """It may use any address, and may have signed out."""
    home, phone = Place(guarded), Place(guarded)
    session = await home.signup(cookie=by == "cookie session")
    ann = session["user"]
    assert await phone.signin(ann["email"]) == "ok"
    known = phone if by == "signin" else home
    assert known.given["device"]["httponly"] is True
    assert known.given["device"]["samesite"] == "Strict"
    assert known.given["device"]["path"] == "/api/v1/auth"
    await attack(guarded, ann["username"])

    known.address = next_address()
    for login in (ann["username"], ann["email"]):
        assert await known.signin(login) == "ok"
    bearer = {"Authorization": f"Bearer {session['access_token']}"}
    assert (await home("/auth/signout", None, **bearer))[0] == 204
    assert await known.signin(ann["username"]) == "ok"
    assert await Place(guarded).signin(ann["username"]) == "rate_limited"


async def test_a_browser_is_known_to_each_who_signed_in_there(guarded: list[Node]) -> None:
    home = Place(guarded)
    ann, bob = [(await home.signup())["user"] for _ in range(2)]
    await attack(guarded, ann["username"])
    assert await home.signin(ann["username"]) == "ok"
    await attack(guarded, bob["username"])
    assert await home.signin(bob["username"]) == "ok"


@pytest.mark.parametrize("where", ["header", "cookie"])
async def test_a_refresh_token_shows_that_a_client_is_known(
    guarded: list[Node], where: str
) -> None:
    """This is for clients without cookies. A refresh token that was used already works too."""
    session = await Place(guarded).signup()
    ann, token = session["user"], session["refresh_token"]
    assert (await Place(guarded)("/auth/refresh", {"refresh_token": token}))[0] == 200
    await attack(guarded, ann["username"])
    eve = await Place(guarded).signup()

    async def signin(token: str) -> str:
        place = Place(guarded)
        if where == "cookie":
            place.cookies["refresh_token"] = token
            return await place.signin(ann["username"])
        return await place.signin(ann["username"], Authorization=f"Bearer {token}")

    assert await signin(token) == "ok"
    for of_no_use in (eve["refresh_token"], token[:-4] + "AAAA", "x", session["access_token"]):
        assert await signin(of_no_use) == "rate_limited"
    # A token of a session that ended with the change of the password does not work either.
    other = Place(guarded)
    assert await other.signin(ann["username"], Authorization=f"Bearer {token}") == "ok"
    assert await Place(guarded).change_password(session, PASSWORD, OTHER) == "ok"


async def test_a_stolen_mark_gives_five_tries_and_serves_for_no_other_account(
    guarded: list[Node],
) -> None:
    home = Place(guarded)
    ann = (await home.signup())["user"]
    bob = (await Place(guarded).signup())["user"]
    for login in (ann["username"], bob["username"]):
        await attack(guarded, login)

    async def thief(login: str, mark: str) -> str:
        place = Place(guarded)
        place.cookies["device"] = mark
        return await place.signin(login, "a guess")

    mark = home.cookies["device"]
    codes = [await thief(ann["username"], mark) for _ in range(8)]
    assert codes == ["invalid_credentials"] * 5 + ["rate_limited"] * 3
    assert await thief(bob["username"], mark) == "rate_limited"
    forged = mark[:-3] + ("AAA" if mark[-3:] != "AAA" else "BBB")
    for odd in (forged, "", ".", "x" * 3000, ".".join([forged] * 50), '"', "ü"):
        assert await thief(ann["username"], odd) == "rate_limited"


async def test_a_change_of_password_makes_other_browsers_strangers(guarded: list[Node]) -> None:
    home, phone = Place(guarded), Place(guarded)
    session = await home.signup()
    ann = session["user"]
    assert await phone.signin(ann["username"]) == "ok"
    assert await home.change_password(session, PASSWORD, OTHER) == "ok"
    await attack(guarded, ann["username"])
    assert await phone.signin(ann["username"], OTHER) == "rate_limited"
    # The browser in which the password was changed stays known.
    assert await home.signin(ann["username"], OTHER) == "ok"


async def test_an_access_token_is_no_way_to_guess(guarded: list[Node]) -> None:
    """Every call that asks for the password counts, but a signed-in user is not locked out."""
    home, thief = Place(guarded), Place(guarded)
    session = await home.signup()
    ann = session["user"]
    bearer = f"Bearer {session['access_token']}"
    codes = [await thief.change_password(session, "a guess", OTHER) for _ in range(3)]
    for _ in range(3):
        body = {"password": "a guess"}
        _, answer = await thief("/users/me", body, "DELETE", Authorization=bearer)
        codes.append(answer["code"])
    assert codes == ["invalid_credentials"] * 5 + ["rate_limited"]
    # Known devices have a share of their own in the failures of the account.
    assert (await attack(guarded, ann["username"]))["invalid_credentials"] == MOST

    bob_session = await home.signup()
    await attack(guarded, bob_session["user"]["username"])
    assert await home.change_password(bob_session, PASSWORD, OTHER) == "ok"


async def test_all_ways_to_guess_are_so_many_failures_together(guarded: list[Node]) -> None:
    """With a stolen access token, refresh tokens and cookies too, whatever comes first."""
    home, phone = Place(guarded), Place(guarded)
    session = await home.signup()
    ann = session["user"]
    assert await phone.signin(ann["username"]) == "ok"
    other = (await Place(guarded)("/auth/signin", {"login": ann["email"], "password": PASSWORD}))[1]

    async def thief(cookies: dict[str, str]) -> str:
        place = Place(guarded)
        place.cookies = cookies
        return await place.signin(ann["username"], "a guess")

    codes: Counter[str] = Counter()
    for _ in range(6):
        codes[await Place(guarded).change_password(session, "a guess", OTHER)] += 1
        for token in (session["refresh_token"], other["refresh_token"]):
            codes[await thief({"refresh_token": token})] += 1
        for place in (home, phone):
            codes[await thief({"device": place.cookies["device"]})] += 1
    codes += await attack(guarded, ann["username"])
    assert codes["invalid_credentials"] == MOST + KNOWN
    assert set(codes) == {"invalid_credentials", "rate_limited"}


@pytest.mark.parametrize("way", ["device", "refresh_token"])
async def test_one_stolen_mark_leaves_the_owners_device_its_share(
    guarded: list[Node], way: str
) -> None:
    """Also after strangers have used up theirs."""
    home, phone = Place(guarded), Place(guarded)
    session = await home.signup()
    ann = session["user"]
    assert await phone.signin(ann["username"]) == "ok"
    stolen = {"device": home.cookies["device"], "refresh_token": session["refresh_token"]}
    await attack(guarded, ann["username"])
    for _ in range(8):
        place = Place(guarded)
        place.cookies = {way: stolen[way]}
        await place.signin(ann["username"], "a guess")
    assert await phone.signin(ann["username"]) == "ok"


def test_one_mark_never_uses_up_what_is_for_known_devices() -> None:
    """With the limits as they are by default, in however many hours; nor do both parts make more
    failures than the whole."""
    limits = Limits()
    whole, one = limits.signin_failures_per_account, limits.signin_failures
    strangers, known = shares(whole)
    assert strangers.burst + known.burst == whole.burst == 64
    assert strangers.per_second + known.per_second == pytest.approx(whole.per_second)
    assert whole.burst + 3600 * whole.per_second == pytest.approx(100)
    assert one.burst < known.burst
    assert one.per_second <= known.per_second * (1 + 1e-9)


async def test_another_origins_page_gets_no_mark(guarded: list[Node]) -> None:
    place = Place(guarded)
    ann = (await place.signup())["user"]
    place.cookies.clear()
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert await place.signin(ann["username"], **elsewhere) == "ok"
    assert place.cookies == {}
