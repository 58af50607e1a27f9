"""Loads database functions and triggers from SQL files. Each version is a file beside the code that
calls it.

A migration loads the version that it installs, and never copies parts of another migration. The
statements of a released file are never changed: a new version is a new file and a new migration.
"""

from pathlib import Path

SERVER = Path(__file__).resolve().parents[1] / "server"

SEND_MESSAGES = "messages/send/send_messages"
SEARCH_MESSAGE_CHANGED = "search/search_message_changed"
SEARCH_INDEX_DUE = "search/search_index_due"
SEARCH_TRIGGERS = "search/search_triggers"
SEARCH_FOLD = "search/search_fold"
ATTACHMENT_KIND = "messages/attachment_kind"


def function(name: str, version: int) -> str:
    """The statements that create a version of a function or trigger."""
    return (SERVER / f"{name}_{version}.sql").read_text(encoding="utf-8")
