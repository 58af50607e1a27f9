"""The words of a text without Markdown's marks, for notifications.

The web client does the same for previews (``web/src/rooms/without-markdown.ts``), with the same
patterns. ``plain.json``, beside this file, is the table of cases for both.
"""

from __future__ import annotations

import re
from collections.abc import Callable

# More than a notification shows. The text is cut first, so that no pattern has far to look.
_MOST = 500

# Pieces that no later step may change are signs for private use until the end.
_FIRST = 0xE100
_SIGNS = re.compile("[\ue100-\ue3ff]")

_FENCED = re.compile(
    r"^[ \t>]*(`{3,}|~{3,})[^\n]*\n?([\s\S]*?)(?:\n[ \t>]*\1[^\n]*|\Z)", re.MULTILINE
)
_CODE = re.compile(r"(?<![\\`])(`+)(?!`)((?:[^`]|(?!(?<!`)\1(?!`))`)+)(?<!`)\1(?!`)")
_LINK = re.compile(
    r"!?\[((?:\\.|[^\[\]\\])*)\]"
    r"\((?:<([^<>\n]*)>|((?:[^\s()<>]|\([^\s()]*\))*))(?:\s+\"[^\"]*\")?\)"
)
# Links to anything else are shown as they were written.
_SAFE = re.compile(r"(?:https?:[/\\]*[^\s/\\?#]|mailto:)", re.ASCII | re.IGNORECASE)
_ADDRESS = re.compile(r"\b(?:https?://|www\.)[^\s<>]+", re.ASCII)
_SHRUG = re.compile(r"\\_\([^\s()]{1,8}\)_/")
# Marks that are taken back: in pairs, where one could begin something, and before a list.
_PAIR = re.compile(r"(?<![^\W_])(?<![:\\/._])\\([*_~`])(?=\S)([^\n\\]*)\\\1")
_MARK = re.compile(r"(?<![^\W_])(?<![:\\/._])\\([*_~`\[<@:])(?=[^\s\\])")
_BULLET = re.compile(r"^([ \t>]*)\\([-+*#>])(?=\s)", re.MULTILINE)
_BACKSLASHES = re.compile(r"\\+[*_~`]*")

# Lines of nothing but marks, which begin no list and no quote.
_LONE = re.compile(
    r"^[ \t]*(?:[-*+>]|[0-9]{1,9}[.)])(?:[ \t]*(?:[-*+>]|[0-9]{1,9}[.)]))*[ \t]*$", re.MULTILINE
)
_ITEM = re.compile(r"^[ \t]*(?:(?:>|[-*+][ \t])[ \t]*)+(?=\S)", re.MULTILINE)
_TASK = re.compile(r"^((?:\d{1,9}[.)])?[ \t]*)\[([ xX])\](?=[ \t]+\S)", re.MULTILINE)
_EMPHASIS = (
    re.compile(r"(?<!\*)(\*{1,3})(?![\s*])([^\n*]+)(?<!\s)\1(?!\*)"),
    re.compile(r"(?<![^\W_])(?<!_)(_{1,3})(?![\s_])([^\n]+?)(?<![\s_])\1(?!\w)"),
    re.compile(r"(?<!~)(~{1,2})(?![\s~])([^\n~]+)(?<!\s)\1(?!~)"),
)
# What is left of marks and links where a text was cut: their other half is missing.
_HALF_MARKS = re.compile(
    r"(?<![\w*~`])(?:\*{1,3}|_{1,3}|~~|`+)(?=[^\s*_~`])"
    r"|(?<=[^\s*_~`])(?:\*{1,3}|_{1,3}|~~|`+)(?![\w*~`])",
    re.ASCII,
)
_HALF_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^\s()]*\Z")
# The shortest of the excerpts that are made of texts.
_SHORTEST_CUT = 140
# Marks can stand in marks.
_TIMES = 3


def without_markdown(markdown: str) -> str:
    """The words in one line."""
    kept: list[str] = []

    def keep(piece: str) -> str:
        kept.append(piece)
        return chr(_FIRST + len(kept) - 1)

    def link(found: re.Match[str]) -> str:
        address = found[2] or found[3] or ""
        if not _SAFE.match(address):
            return keep(found[0])
        return found[1] or keep(address)

    steps: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
        (_FENCED, lambda found: keep(found[2] if found[2].strip() else found[0])),
        (_CODE, lambda found: keep(found[2].strip())),
        (_LINK, link),
        (_ADDRESS, lambda found: keep(found[0])),
        (_SHRUG, lambda found: keep(found[0])),
        (_PAIR, lambda found: keep(found[1]) + found[2] + keep(found[1])),
        (_MARK, lambda found: keep(found[1])),
        (_BULLET, lambda found: found[1] + keep(found[2])),
        (_BACKSLASHES, lambda found: keep(found[0])),
        (_LONE, lambda found: keep(found[0])),
        (_ITEM, lambda found: ""),
        (_TASK, lambda found: found[1] + ("\u2610" if found[2] == " " else "\u2611")),
    )
    text = _SIGNS.sub("", markdown.lstrip()[:_MOST])
    for pattern, replaced in steps:
        text = pattern.sub(replaced, text)
    for pattern in _EMPHASIS * _TIMES:
        text = pattern.sub(r"\2", text)
    if len(markdown) >= _SHORTEST_CUT or markdown[:1] == "\u2026" or markdown[-1:] == "\u2026":
        text = _HALF_LINK.sub(r"\1", _HALF_MARKS.sub("", text))
    # A piece can hold pieces that were kept before it.
    for at in range(len(kept) - 1, -1, -1):
        text = text.replace(chr(_FIRST + at), kept[at], 1)
    return " ".join(text.split())
