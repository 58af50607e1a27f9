"""Usernames that nobody may take, because others would read them as everybody, or as somebody who
runs the server."""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

import structlog

from server.kernel.errors import Unavailable

log = structlog.get_logger("auth")

# The most usernames in the warning below.
MOST_WARNED = 20

# The words that mention everybody, in this product or in other chats.
_EVERYBODY = ("all", "channel", "everybody", "everyone", "here")
# The people who run a server, and their mailboxes, those of RFC 2142 among them.
_RUNS = (
    *("abuse", "admin", "administrator", "administrators", "admins", "help", "helpdesk"),
    *("hostmaster", "mailerdaemon", "moderator", "moderators", "noreply", "official", "operator"),
    *("postmaster", "root", "security", "server", "service", "staff", "superuser", "support"),
    *("sysadmin", "system", "webmaster"),
)
# The names that clients show for deleted accounts, and the words by which programs mean "no value".
_NOBODY = (
    *("anonymous", "deleted", "deletedaccount", "deleteduser", "nobody", "none", "null"),
    *("undefined", "unknown"),
)
RESERVED_NAMES = frozenset((*_EVERYBODY, *_RUNS, *_NOBODY))
# Readers do not notice that two names differ only in these characters.
_PUNCTUATION = str.maketrans("", "", "_.-")


def is_reserved(username: str) -> bool:
    """Whether nobody may take this name. Case and punctuation make no difference."""
    return username.lower().translate(_PUNCTUATION) in RESERVED_NAMES


class ReservedInUse(Protocol):
    async def reserved_names(self, limit: int) -> list[str]:
        """At most ``limit`` usernames in use that nobody may take any more, in their order."""
        ...


async def warn_of_reserved(users: ReservedInUse) -> None:
    """Logs which users have a name that nobody may take any more. They keep it."""
    with suppress(Unavailable):
        if names := await users.reserved_names(MOST_WARNED):
            log.warning("usernames in use are reserved", usernames=", ".join(names))
