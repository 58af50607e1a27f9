"""The emoji that a reaction may be: those of the RGI set, in their fully-qualified form."""

from __future__ import annotations

from functools import cache

import emoji

from server.kernel.wire import MOST_OF_EMOJI

_FULL = emoji.STATUS["fully_qualified"]
_VARIATION = "\ufe0f"


@cache
def _forms() -> dict[str, str]:
    """Maps each RGI emoji without its variation selectors to its fully-qualified form."""
    return {
        text.replace(_VARIATION, ""): text
        for text, data in emoji.EMOJI_DATA.items()
        if data["status"] == _FULL
    }


def qualify_emoji(text: str) -> str | None:
    """The fully-qualified form of one emoji; None if the text is anything else."""
    return _forms().get(text.replace(_VARIATION, "")) if len(text) <= MOST_OF_EMOJI else None
