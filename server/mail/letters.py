"""The texts of mails. They contain no text from users. Otherwise anyone could use a sign-up or a
change of address to send their own words to any address."""

from __future__ import annotations

from typing import Literal

from server.mail.entity import Letter

# ``taken`` goes to the owner of an address that another user has entered, and ``undone`` to a user
# who has undone a change.
Purpose = Literal["reset", "verify", "change", "undo", "taken", "undone"]

# The name in the fragment of a link, for the web client: ``#<name>=<token>``.
_LINKS: dict[Purpose, str] = {
    "reset": "reset",
    "verify": "verify",
    "change": "verify",
    "undo": "undo-email",
    "undone": "reset",
}
_LETTERS: dict[Purpose, tuple[str, str]] = {
    "reset": (
        "Choose a new password",
        "Somebody asked for a new password for your account at {site}.\n\n"
        "If it was you, open this link within an hour to choose one:\n\n{link}\n\n"
        "If it was not you, you can ignore this email. Your password stays the same.\n",
    ),
    "verify": (
        "Confirm your email address",
        "Somebody used this email address for an account at {site}.\n\n"
        "If it was you, open this link within a week to confirm the address:\n\n{link}\n\n"
        "If it was not you, you can ignore this email.\n",
    ),
    "change": (
        "Confirm your new email address",
        "Somebody asked to use this email address for their account at {site}.\n\n"
        "If it was you, open this link within a week to confirm the address:\n\n{link}\n\n"
        "If it was not you, do not open the link, and nothing will change.\n",
    ),
    "undo": (
        "Your email address is about to change",
        "Somebody who knows your password asked to use another email address for your account "
        "at {site}. If it was you, you can ignore this email.\n\n"
        "If it was not you, open this link. It keeps or restores this address and signs out all "
        "devices. It works until a week after the change:\n\n{link}\n",
    ),
    "taken": (
        "Your email address was entered for another account",
        "Somebody asked to use this email address for another account at {site}. An account has "
        "this address already, so nothing has changed. We did not tell them that the address is "
        "taken.\n\n"
        "If it was you, use another address, or sign in to the account that has this one. If it "
        "was not you, you can ignore this email.\n",
    ),
    "undone": (
        "Your email address was restored",
        "The change of your email address at {site} was undone, and all devices were signed out. "
        "The person who asked for the change knew your password.\n\n"
        "Open this link within an hour to choose a new password:\n\n{link}\n\n"
        "If the link has expired, you can ask for another one on the sign-in page.\n",
    ),
}


def letter(
    purpose: Purpose, to: str, site: str, token: str = "", token_hash: str | None = None
) -> Letter:
    """Makes a mail. ``site`` is the URL of the web client; ``token`` goes into the link, if the
    mail has one."""
    subject, text = _LETTERS[purpose]
    link = f"{site}/#{_LINKS[purpose]}={token}" if purpose in _LINKS else ""
    return Letter(to, subject, text.format(site=site, link=link), token_hash)
