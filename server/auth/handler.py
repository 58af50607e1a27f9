"""/auth over HTTP."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from server.auth.entity import Known, OpenedSession, Session, SessionInfo
from server.auth.rules import (
    MAX_LOGIN,
    MAX_PASSWORD,
    Device,
    DisplayName,
    Email,
    NewPassword,
    Username,
)
from server.auth.usecase import Auth
from server.kernel.caller import Identity
from server.kernel.errors import Conflict, Forbidden, Invalid, InvalidCredentials, Unauthenticated
from server.kernel.routes import Cookie, Origin, Reply, Route
from server.kernel.wire import Id, Page, PageQuery, Payload, Token

COOKIE = "refresh_token"
# The cookie with a browser's marks: see devices.py. Signing out does not remove it.
DEVICE = "device"
COOKIE_PATH = "/api/v1/auth"
# One year, in seconds. Browsers keep no cookie much longer.
DEVICE_AGE = 365 * 24 * 3600

# The errors that each call may raise besides those of every call.
SIGNUP, SIGNIN = (Conflict, Forbidden), (InvalidCredentials, Forbidden)
REFRESH_ERRORS, PASSWORD_ERRORS = (Unauthenticated, Forbidden), (InvalidCredentials,)

GivenPassword = Annotated[str, Meta(max_length=MAX_PASSWORD)]


class SignUp(Payload):
    email: Email
    username: Username
    password: NewPassword
    display_name: DisplayName | None = None
    device: Device | None = None
    cookie: bool | None = None


class SignIn(Payload):
    """``login`` is an email address or a username."""

    login: Annotated[str, Meta(max_length=MAX_LOGIN)]
    password: GivenPassword
    device: Device | None = None
    cookie: bool | None = None


class Refresh(Payload):
    """Without ``refresh_token``, the token in the cookie is used."""

    refresh_token: Token | None = None


class ChangePassword(Payload):
    current_password: GivenPassword
    new_password: NewPassword


class AuthRoutes:
    """``cookie_age``: how long the refresh cookie lasts, in seconds, unless its session ends
    before."""

    def __init__(self, auth: Auth, cookie_age: int) -> None:
        self._auth = auth
        self._cookie_age = cookie_age

    def routes(self) -> list[Route]:
        return [
            Route("POST", "/auth/signup", self.signup, open=True, status=201, refuses=SIGNUP),
            Route("POST", "/auth/signin", self.signin, open=True, refuses=SIGNIN),
            Route("POST", "/auth/refresh", self.refresh, open=True, refuses=REFRESH_ERRORS),
            # A page that was just loaded has no access token yet, only the cookie.
            Route(
                "POST", "/auth/signout", self.signout, cookie=True, status=204, refuses=(Forbidden,)
            ),
            Route(
                "POST", "/auth/password", self.change_password, status=204, refuses=PASSWORD_ERRORS
            ),
            Route("GET", "/auth/sessions", self.list_sessions),
            Route("DELETE", "/auth/sessions", self.end_others, status=204),
            Route("DELETE", "/auth/sessions/{id}", self.end_session, status=204),
        ]

    async def signup(self, body: SignUp, origin: Origin) -> Reply[Session]:
        """Creates an account and signs in."""
        by_cookie = _wants_cookie(body.cookie, origin)
        opened = await self._auth.signup(
            email=body.email,
            username=body.username,
            password=body.password,
            display_name=body.display_name,
            device=body.device,
            address=origin.address,
            marks=_marks(origin),
        )
        return self._reply(opened, by_cookie, 201, _remembered(opened.marks, origin))

    async def signin(self, body: SignIn, origin: Origin) -> Reply[Session]:
        """Signs in with an email address or a username. After too many failed sign-ins to an
        account, only devices that were signed in to it before can still sign in. Such a device
        sends the cookie `device` of an earlier sign-in, or a refresh token of the account as its
        cookie or in the header `Authorization`."""
        by_cookie = _wants_cookie(body.cookie, origin)
        opened = await self._auth.signin(
            login=body.login,
            password=body.password,
            device=body.device,
            address=origin.address,
            known=_known(origin),
        )
        return self._reply(opened, by_cookie, 200, _remembered(opened.marks, origin))

    async def refresh(self, body: Refresh, origin: Origin) -> Reply[Session]:
        """Exchanges a refresh token for a new access token and refresh token."""
        given = body.refresh_token
        token = _cookie(origin) if given is None else given
        if token is None:
            raise Invalid("refresh_token is required.", field="refresh_token")
        opened = await self._auth.refresh(token, origin.address)
        return self._reply(opened, by_cookie=given is None)

    async def signout(self, identity: Identity | None, origin: Origin) -> Reply[None]:
        """Ends this session, which the access token or the refresh cookie names."""
        token = _cookie(origin)
        if identity is None:
            if token is None:
                raise Unauthenticated()
            identity = await self._auth.identify(token, origin.address)
        await self._auth.signout(identity)
        return _done(without_cookie=token is not None)

    async def change_password(
        self, identity: Identity, body: ChangePassword, origin: Origin
    ) -> Reply[None]:
        """Changes the password and ends all other sessions."""
        marks = await self._auth.change_password(
            identity, body.current_password, body.new_password, _marks(origin)
        )
        return Reply(None, 204, _remembered(marks, origin))

    async def list_sessions(self, identity: Identity, query: PageQuery) -> Page[SessionInfo]:
        """Lists your sessions."""
        return await self._auth.list_sessions(identity, query.cursor, query.size)

    async def end_others(self, identity: Identity) -> None:
        """Ends all your sessions except this one."""
        await self._auth.end_others(identity)

    async def end_session(self, identity: Identity, id: Id, origin: Origin) -> Reply[None]:
        """Ends one of your sessions."""
        current = id == identity.session_id
        had_cookie = current and _cookie(origin) is not None
        await self._auth.end_session(identity, id)
        return _done(without_cookie=had_cookie)

    def _reply(
        self,
        opened: OpenedSession,
        by_cookie: bool,
        status: int = 200,
        others: tuple[Cookie, ...] = (),
    ) -> Reply[Session]:
        if not by_cookie:
            return Reply(opened.session, status, others)
        age = min(self._cookie_age, opened.lasts)
        cookie = Cookie(COOKIE, opened.session.refresh_token, COOKIE_PATH, age)
        body = msgspec.structs.replace(opened.session, refresh_token=None)
        return Reply(body, status, (cookie, *others))


def _done(*, without_cookie: bool) -> Reply[None]:
    gone = (Cookie(COOKIE, None, COOKIE_PATH),) if without_cookie else ()
    return Reply(None, 204, gone)


def _marks(origin: Origin) -> str | None:
    """The browser's marks. In a request from another origin's page they are ignored; the request
    itself is not refused because of them."""
    return origin.cookies.get(DEVICE) if origin.trusted else None


def _known(origin: Origin) -> Known:
    cookie = origin.cookies.get(COOKIE) if origin.trusted else None
    return Known(_marks(origin), origin.bearer or cookie)


def _remembered(marks: str | None, origin: Origin) -> tuple[Cookie, ...]:
    return (Cookie(DEVICE, marks, COOKIE_PATH, DEVICE_AGE),) if marks and origin.trusted else ()


def _wants_cookie(asked: bool | None, origin: Origin) -> bool:
    if asked and not origin.trusted:
        raise Forbidden("Pages of this origin cannot receive the cookie.")
    return bool(asked)


def _cookie(origin: Origin) -> str | None:
    """The refresh token in the browser's cookie. Raises ``Forbidden`` if there is one and the
    request comes from another origin's page."""
    token = origin.cookies.get(COOKIE)
    if token and not origin.trusted:
        raise Forbidden("Pages of this origin cannot use the cookie.")
    return token or None
