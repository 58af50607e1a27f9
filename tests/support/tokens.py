"""Access tokens: valid ones as a node makes them, and wrong ones."""

from __future__ import annotations

from typing import Any

import jwt

from server.auth.tokens import AccessTokens, derive_key
from server.kernel.clock import now_ms
from tests.support.client import User, new_id
from tests.support.node import Node


def secret_of(node: Node) -> bytes:
    key = node.settings.get("SECRET_KEY") or (node.folder / "secret_key").read_text().strip()
    return key.encode()


def access_token(user: User, ttl: int = 900, age: int = 0) -> str:
    """Another token of the user's session, made ``age`` seconds ago and valid for ``ttl``
    seconds."""
    tokens = AccessTokens(secret_of(user.node), ttl)
    return tokens.issue(user.id, user.session["session_id"], 0, now_ms() - age * 1000)


def bad_tokens(user: User) -> dict[str, tuple[str, str]]:
    """Tokens that are refused, by name: (token, code of the refusal)."""
    good = jwt.decode(user.token, options={"verify_signature": False})
    key = derive_key(secret_of(user.node), "access")

    def signed(key: bytes | str = key, algorithm: str = "HS256", **changes: Any) -> str:
        return jwt.encode(good | changes, key, algorithm=algorithm)

    head, _, tag = user.token.split(".")
    _, body, _ = signed(sub=new_id()).split(".")
    forged = {
        "none at all": "",
        "garbage": "garbage",
        "three parts of garbage": "a.b.c",
        "no algorithm": signed(key="", algorithm="none"),
        "another algorithm": signed(key=key * 2, algorithm="HS512"),
        "another key": signed(key=b"x" * 32),
        "the secret key itself": signed(key=secret_of(user.node)),
        "another body": f"{head}.{body}.{tag}",
        "another key, expired": signed(key=b"x" * 32, exp=1),
        "a refresh token": user.session["refresh_token"],
        "typ refresh": signed(typ="refresh"),
        "another audience": signed(aud="others"),
        "a session of nobody": signed(sid=new_id()),
    }
    refused = {name: (token, "unauthenticated") for name, token in forged.items()}
    return refused | {"expired": (access_token(user, ttl=1, age=2), "token_expired")}
