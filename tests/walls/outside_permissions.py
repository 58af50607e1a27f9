"""Who may what outside the API: rows as in ``permissions.py``, by what is mounted beside it.

Files and pages are for whoever has their address, so a token makes no difference to any of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from tests.support.files import upload
from tests.walls.scenes import PICTURE, Callers

EVERYBODY, NOBODY = "oooooooo", "nnnnnnnn"

OUTSIDE: dict[str, dict[str, str]] = {
    "GET /api/openapi.json": {"itself": EVERYBODY},
    "GET /api/asyncapi.json": {"itself": EVERYBODY},
    "GET /api/docs": {"itself": EVERYBODY},
    "GET /api/docs.css": {"itself": EVERYBODY},
    "GET /healthz": {"itself": EVERYBODY},
    "GET /readyz": {"itself": EVERYBODY},
    "GET /metrics": {"itself": NOBODY},
    "METRICS_ADDR GET /metrics": {"itself": "uuuuuuuu"},
    "* /socket.io": {"handshake": EVERYBODY, "unknown_session": "vvvvvvvv"},
    "* /socket.io/": {"handshake": EVERYBODY, "unknown_session": "vvvvvvvv"},
    "GET /media/{key}/{name}": {
        "file": EVERYBODY,
        "thumbnail": EVERYBODY,
        "file_unsigned": "ffffffff",
        "file_by_another_name": "ffffffff",
        "file_by_anothers_signature": "ffffffff",
        "file_for_longer": "ffffffff",
        "avatar_as_a_file": "ffffffff",
        "file_missing": "ffffffff",
    },
    "GET /avatars/{key}": {
        "avatar": EVERYBODY,
        "avatar_missing": NOBODY,
        "file_as_an_avatar": NOBODY,
        "path_outside": NOBODY,
    },
    "GET /{path}": {
        "page": EVERYBODY,
        "page_missing": NOBODY,
        "path_outside": NOBODY,
    },
}

# What takes the place of the braces in a route's path, and its query.
Address = tuple[dict[str, str], str]


async def itself(_: Callers) -> Address:
    """Nothing is named."""
    return {}, ""


# Sockets


async def handshake(_: Callers) -> Address:
    return {}, "EIO=4&transport=polling"


async def unknown_session(_: Callers) -> Address:
    return {}, "EIO=4&transport=polling&sid=nobody-has-this-one"


# Files of another user


async def _uploaded(callers: Callers, which: str = "url") -> Address:
    url = urlsplit((await upload(callers["outsider"], PICTURE, "a picture.png"))[which])
    _, _, key, name = url.path.split("/")
    return {"key": key, "name": name}, url.query


async def file(callers: Callers) -> Address:
    return await _uploaded(callers)


async def thumbnail(callers: Callers) -> Address:
    return await _uploaded(callers, "thumbnail_url")


async def file_unsigned(callers: Callers) -> Address:
    return (await file(callers))[0], ""


async def file_by_another_name(callers: Callers) -> Address:
    named, query = await file(callers)
    return named | {"name": "page.html"}, query


async def file_by_anothers_signature(callers: Callers) -> Address:
    return (await file(callers))[0], (await file(callers))[1]


async def file_for_longer(callers: Callers) -> Address:
    named, query = await file(callers)
    return named, query.replace("e=", "e=1")


async def file_missing(callers: Callers) -> Address:
    named, query = await file(callers)
    return named | {"key": "0" * len(named["key"])}, query


async def _avatar_key(callers: Callers) -> str:
    outsider = callers["outsider"]
    uploaded = await upload(outsider, PICTURE)
    me = await outsider.http("PATCH", "/users/me", {"avatar_id": uploaded["id"]})
    return urlsplit(me["avatar_url"]).path.rpartition("/")[2]


async def avatar(callers: Callers) -> Address:
    return {"key": await _avatar_key(callers)}, ""


async def avatar_as_a_file(callers: Callers) -> Address:
    return {"key": await _avatar_key(callers), "name": "avatar.webp"}, (await file(callers))[1]


async def avatar_missing(callers: Callers) -> Address:
    key = await _avatar_key(callers)
    return {"key": "0" * key.index("-") + key[key.index("-") :]}, ""


async def file_as_an_avatar(callers: Callers) -> Address:
    named, query = await file(callers)
    return {"key": named["key"]}, query


# Pages


async def page(_: Callers) -> Address:
    return {"path": ""}, ""


async def page_missing(_: Callers) -> Address:
    return {"path": "nowhere.js"}, ""


async def path_outside(_: Callers) -> Address:
    """Of a file that is there."""
    up = "%2e%2e%2f" * 3 + "pyproject.toml"
    return {"path": up, "key": up}, ""


AddressScene = Callable[[Callers], Awaitable[Address]]
