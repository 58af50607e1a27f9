"""How much one client may do, where the operator may say otherwise."""

# `setting` returns a dataclasses.field, as RUF009 cannot know.
# ruff: noqa: RUF009

from __future__ import annotations

from dataclasses import dataclass

from server.config import parsing
from server.config.declared import setting
from server.limits import Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one client may do. A rate is ``COUNT/[N]UNIT[:BURST]``; without a burst it is COUNT."""

    signup: Rate = setting(parsing.rate, "10/h", "sign-ups from one address")
    signin: Rate = setting(parsing.rate, "100/h", "sign-ins from one address")
    signin_failures: Rate = setting(
        parsing.rate, "1/5m:5", "failed sign-ins for one login from one address"
    )
    send_message: Rate = setting(parsing.rate, "10/s:30", "messages sent by one user")
    typing: Rate = setting(parsing.rate, "2/s:5", "`typing` events on one socket")
    event: Rate = setting(parsing.rate, "20/s:60", "any other events on one socket")
    http: Rate = setting(
        parsing.rate, "20/s:60", "HTTP requests by one user, or address where open"
    )
    mail: Rate = setting(parsing.rate, "5/h", "mails to one address")
    uploads: Rate = setting(parsing.rate, "20/m", "uploads by one user")
    uploads_at_once: int = setting(
        parsing.number(1, 10**6), "4", "uploads of one user that are taken at once; more wait"
    )
    search: Rate = setting(parsing.rate, "5/s:10", "searches by one user")
    connections_per_address: int = setting(
        parsing.number(1, 10**6), "50", "open connections from one address"
    )
    connections_per_user: int = setting(
        parsing.number(1, 10**6), "20", "open connections of one user"
    )
    connections_per_node: int = setting(
        parsing.number(1, 10**6), "10000", "open connections to one server process"
    )
    connections_per_second: int = setting(
        parsing.number(1, 10**6), "200", "new connections a second to one server process"
    )
    # Below the 20 s after which Engine.IO gives up a silent peer.
    handler_timeout: float = setting(
        parsing.seconds(0.01, 19), "10", "seconds that one event or request may take"
    )
    stored_bytes_per_user: int = setting(parsing.size(1), "1GiB", "attachments kept for one user")
    max_event_bytes: int = setting(parsing.size(1024), "128KiB", "one event or JSON body")
    max_upload_bytes: int = setting(parsing.size(1024), "25MB", "one uploaded file")
