"""The limits on what one client may do. The operator may change them."""

# `setting` returns a dataclasses.field, as RUF009 cannot know.
# ruff: noqa: RUF009

from __future__ import annotations

from dataclasses import dataclass

from server.config import parsing
from server.config.declared import setting
from server.kernel.limits import Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one client may do. A rate is ``COUNT/[N]UNIT[:BURST]``; without a burst it is COUNT."""

    signup: Rate = setting(parsing.rate, "10/h", "sign-ups from one address")
    signin: Rate = setting(parsing.rate, "100/h", "sign-ins from one address")
    signin_failures: Rate = setting(
        parsing.rate, "1/5m:5", "failed sign-ins for one login from one address"
    )
    signin_failures_per_account: Rate = setting(
        parsing.rate,
        # The burst and the refill in an hour add up to 100, the most in any hour.
        "36/h:64",
        "failed sign-ins for one account from all addresses",
    )
    send_message: Rate = setting(parsing.rate, "10/s:30", "messages sent by one user")
    seats: Rate = setting(
        parsing.rate,
        "2/s:1000",
        "seats in rooms that one user takes or gives: by making one, adding people, joining",
    )
    typing: Rate = setting(parsing.rate, "2/s:5", "`typing` events on one socket")
    event: Rate = setting(parsing.rate, "20/s:60", "any other events on one socket")
    # This is far more than two browsers and a phone need when they reconnect after an outage.
    user: Rate = setting(
        parsing.rate, "40/s:400", "what one user does on all sockets and over HTTP, by its cost"
    )
    http: Rate = setting(
        parsing.rate, "20/s:60", "HTTP requests by one user, or address where open"
    )
    mail: Rate = setting(parsing.rate, "5/h", "mails of a kind to one address")
    email_changes: Rate = setting(parsing.rate, "5/24h", "changes of e-mail asked for by one user")
    uploads: Rate = setting(parsing.rate, "20/m", "uploads by one user")
    uploads_at_once: int = setting(
        parsing.parse_number(1, 10**6), "4", "uploads of one user that are taken at once; more wait"
    )
    search: Rate = setting(parsing.rate, "5/s:10", "searches by one user")
    connections_per_address: int = setting(
        parsing.parse_number(1, 10**6), "50", "open connections from one address"
    )
    connections_per_user: int = setting(
        parsing.parse_number(1, 10**6), "20", "open connections of one user"
    )
    connections_per_node: int = setting(
        parsing.parse_number(1, 10**6), "10000", "open connections to one server process"
    )
    connections_per_second: int = setting(
        parsing.parse_number(1, 10**6), "200", "new sockets a second on one server process"
    )
    new_connections: Rate = setting(
        parsing.rate, "20/s:100", "new connections, and new sockets, from one address"
    )
    # By far more than a busy office needs whose browsers all start at once.
    requests: Rate = setting(
        parsing.rate, "100/s:400", "HTTP requests served for one address; more wait"
    )
    probes: Rate = setting(
        parsing.rate,
        "1/s:120",
        "bad tokens, mailed ones too, and tries for what is not there, from one address",
    )
    # This is less than the 20 s after which Engine.IO gives up a silent peer.
    handler_timeout: float = setting(
        parsing.seconds(0.01, 19), "10", "seconds that one event or request may take"
    )
    rooms_per_user: int = setting(
        parsing.parse_number(1, 10**6), "2000", "rooms that one user is in, direct ones too"
    )
    rooms_made_per_user: int = setting(
        parsing.parse_number(1, 10**6),
        "1000",
        "rooms made by one user that are there, direct ones too",
    )
    seats_per_room: int = setting(
        parsing.parse_number(2, 10**7), "10000", "members of one group, and invitations into it"
    )
    invites_per_room: int = setting(
        parsing.parse_number(1, 10**5),
        "1000",
        "invite codes of one group that are good, whatever `RATE_LIMITS`",
    )
    invites_per_user: int = setting(
        parsing.parse_number(1, 10**5), "1000", "invite codes made by one user that are good"
    )
    invitations_per_user: int = setting(
        parsing.parse_number(1, 10**5), "100", "invitations kept for one user; the oldest goes"
    )
    notifications_per_user: int = setting(
        parsing.parse_number(1, 10**6), "5000", "notifications kept for one user; the oldest go"
    )
    emoji_per_message: int = setting(
        parsing.parse_number(1, 100),
        "20",
        "different reactions to one message, whatever `RATE_LIMITS`",
    )
    reactions_per_user: int = setting(
        parsing.parse_number(1, 100), "10", "reactions of one user to one message"
    )
    stored_bytes_per_user: int = setting(parsing.size(1), "1GiB", "attachments kept for one user")
    max_event_bytes: int = setting(parsing.size(1024), "128KiB", "one event or JSON body")
    max_upload_bytes: int = setting(parsing.size(1024), "25MB", "one uploaded file")
