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
        "To choose one, open this within an hour:\n\n{link}\n\n"
        "If it was not you, there is nothing to do: the password stays as it is.\n",
    ),
    "verify": (
        "Confirm your e-mail address",
        "Somebody gave this e-mail address for an account at {site}.\n\n"
        "To confirm that it is yours, open this within a week:\n\n{link}\n\n"
        "If it was not you, there is nothing to do.\n",
    ),
    "change": (
        "Confirm your new e-mail address",
        "Somebody asked to use this e-mail address for their account at {site}.\n\n"
        "If it was you, open this within a week:\n\n{link}\n\n"
        "If it was not you, do not open it: then nothing changes.\n",
    ),
    "undo": (
        "Your e-mail address is about to change",
        "Somebody who knows your password asked to use another e-mail address for your account "
        "at {site}. If it was you, there is nothing to do.\n\n"
        "If it was not you, open this. It keeps this address or puts it back, for a week after "
        "the change, and signs out all devices:\n\n{link}\n",
    ),
    "taken": (
        "Your e-mail address was named for another account",
        "Somebody asked to use this e-mail address for another account at {site}. It belongs to "
        "an account already, so it stays where it is, and they were not told so.\n\n"
        "If it was you, use another address, or sign in to the account that has this one. If it "
        "was not you, there is nothing to do.\n",
    ),
    "undone": (
        "Your e-mail address is as it was",
        "The change of the e-mail address of your account at {site} was undone, and all devices "
        "are signed out. Whoever asked for it knew your password.\n\n"
        "To choose a new one, open this within an hour:\n\n{link}\n\n"
        "Later you can ask for another link where you sign in.\n",
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
