"""Database functions and triggers stand in files of the server, one a version, beside the code that calls them.

A migration loads the version that it installs, and never cuts it out of another migration. A file
that has been released is not changed: a new version is a new file and a new migration.
"""

from pathlib import Path

SERVER = Path(__file__).resolve().parents[1] / "server"

SEND_MESSAGES = "messages/send/send_messages"
SEARCH_MESSAGE_CHANGED = "search/search_message_changed"
SEARCH_TRIGGERS = "search/search_triggers"


def function(name: str, version: int) -> str:
    """The statements that make a version of it; ``name`` as above."""
    return (SERVER / f"{name}_{version}.sql").read_text(encoding="utf-8")
