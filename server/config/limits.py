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
    """A rate is written ``COUNT/[N]UNIT[:BURST]``. Without a burst, the burst is COUNT."""

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
        "seats in rooms that one user takes or gives by creating rooms, adding people and joining",
    )
    typing: Rate = setting(parsing.rate, "2/s:5", "`typing` events on one socket")
    event: Rate = setting(parsing.rate, "20/s:60", "any other events on one socket")
    # This is far more than two browsers and a phone need when they reconnect after an outage.
    user: Rate = setting(
        parsing.rate,
        "40/s:400",
        "cost of all events and requests of one user together; an ordinary one costs 1",
    )
    http: Rate = setting(
        parsing.rate, "20/s:60", "HTTP requests by one user; without a token, by one address"
    )
    mail: Rate = setting(parsing.rate, "5/h", "emails of one kind to one address")
    email_changes: Rate = setting(
        parsing.rate, "5/24h", "changes of the email address that one user asks for"
    )
    uploads: Rate = setting(parsing.rate, "20/m", "uploads by one user")
    uploads_at_once: int = setting(
        parsing.parse_number(1, 10**6),
        "4",
        "uploads of one user that run at the same time; further ones wait",
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
        parsing.parse_number(1, 10**6), "200", "new sockets per second on one server process"
    )
    new_connections: Rate = setting(
        parsing.rate, "20/s:100", "new connections and new sockets from one address"
    )
    # This is far more than a busy office needs when all its browsers start at the same time.
    requests: Rate = setting(
        parsing.rate, "100/s:400", "HTTP requests served for one address; further ones wait"
    )
    probes: Rate = setting(
        parsing.rate,
        "1/s:120",
        "requests from one address with an invalid token, or for something that does not exist",
    )
    # This is less than the 20 s after which Engine.IO gives up a silent peer.
    handler_timeout: float = setting(
        parsing.seconds(0.01, 19), "10", "seconds that one event or request may take"
    )
    rooms_per_user: int = setting(
        parsing.parse_number(1, 10**6), "2000", "rooms that one user is in, including direct rooms"
    )
    rooms_made_per_user: int = setting(
        parsing.parse_number(1, 10**6),
        "1000",
        "rooms created by one user that still exist, including direct rooms",
    )
    seats_per_room: int = setting(
        parsing.parse_number(2, 10**7),
        "10000",
        "members of one group and open invitations into it, together",
    )
    invites_per_room: int = setting(
        parsing.parse_number(1, 10**5),
        "1000",
        "valid invite codes of one group, also with `RATE_LIMITS=off`",
    )
    invites_per_user: int = setting(
        parsing.parse_number(1, 10**5), "1000", "valid invite codes created by one user"
    )
    invitations_per_user: int = setting(
        parsing.parse_number(1, 10**5),
        "100",
        "invitations kept for one user; then the oldest is deleted",
    )
    notifications_per_user: int = setting(
        parsing.parse_number(1, 10**6),
        "5000",
        "notifications kept for one user; then the oldest are deleted",
    )
    emoji_per_message: int = setting(
        parsing.parse_number(1, 100),
        "20",
        "different reactions to one message, also with `RATE_LIMITS=off`",
    )
    reactions_per_user: int = setting(
        parsing.parse_number(1, 100), "10", "reactions of one user to one message"
    )
    stored_bytes_per_user: int = setting(
        parsing.size(1), "1GiB", "size of all attachments of one user together"
    )
    max_event_bytes: int = setting(parsing.size(1024), "128KiB", "size of one event or JSON body")
    max_upload_bytes: int = setting(parsing.size(1024), "25MB", "size of one uploaded file")
