"""Finds the names in a message's text that may mention somebody. All functions are pure.

Nothing is a mention inside code, links and addresses, after a backslash, or as a part of a longer
name (``@bob/pkg``, ``me@bob``). ``mentions.json``, beside this file, is the table of all cases:
tests compare this module and the web client (``web/src/timeline/spans.ts``) with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

MOST_MENTIONS = 50
# Longer than any username: see server/auth/rules.py.
_LONGEST = 32

_AT = "@\uff20\ufe6b"
_NAME = re.compile(r"[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*")
# A username may hold several such signs in a row. Whoever writes "@bob--" means bob, though.
_LONG_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
# What makes a name part of something else: a package, or an address on another server.
_FOREIGN = re.compile(r"/[A-Za-z0-9_]|[@\uff20\ufe6b][A-Za-z0-9-]{1,63}\.[A-Za-z]")

_TOKEN = re.compile(
    r"\\[!-/:-@\[-`{-~]?|`+|\[|_+|[@\uff20\ufe6b]"
    r"|(?<![A-Za-z0-9])(?:[A-Za-z][A-Za-z0-9+.-]{1,20}://|[Ww]{3}\.)(?=[^\s<])"
)
_TICKS = re.compile("`+")
# A label may hold brackets once, and code; a destination may hold parentheses once.
_LINK = re.compile(
    r"\[(?:\[(?:\\.|[^\[\]\\])*\]|\\.|`[^`]*`|[^\[\]\\`])*\]"
    r"\([ \t\n]*(?:<[^<>\n]*>|[^\s()<\\](?:\\.|[^\s()\\]|\([^\s()]*\))*)?"
    r"(?:[ \t\n]+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?[ \t\n]*\)"
)
# An address ends at a space, and at the punctuation of languages that write without spaces.
_ADDRESS = re.compile(
    r"[^\s<>`\"\u00ab\u00bb\u201c-\u201e\u3001\u3002\u3008-\u3011\u3014-\u301f\uff01\uff08\uff09"
    r"\uff0c\uff0e\uff1a\uff1b\uff1f\uff3b\uff3d\uff5b\uff5d\uff5f-\uff65]*"
)
_AFTER_ADDRESS = "?!.,:;*'~&\u2026\u2019"
_PAIRS = {")": "(", "]": "[", "}": "{"}

_RETURN = re.compile(r"\r\n?")
# What only one of Python and browsers takes for a space, and signs that both take for the same.
_AS_IN_BROWSERS = str.maketrans("\x1c\x1d\x1e\x1f\x85\ufeff", "\0\0\0\0\0\u00a0")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
# The marks of quotes and lists before a fence, and the fence.
_FENCE = re.compile(
    r"([ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t][ \t>]*)*)(`{3,}(?=[^`\n]*(?:\n|$))|~{3,})"
)
# A blank line, or the begin of an item.
_BREAK = re.compile(r"[ \t>]*(?:\n|$|(?:[-*+]|[0-9]{1,9}[.)])(?:[ \t\n]|$))")

# Scripts without spaces between words, in which a letter beside a mention is no part of it: Thai,
# Lao, Tibetan, Burmese, Hangul, Khmer, all from the radicals of Chinese to the syllables of Yi.
_UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff"
    "\uff66-\uffdc\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def mentioned_names(text: str) -> list[str]:
    """The usernames that a text may mention, in lower case, at most ``MOST_MENTIONS``."""
    if not any(at in text for at in _AT):
        return []
    text = _RETURN.sub("\n", text).translate(_AS_IN_BROWSERS)
    found = (name.lower() for part in _paragraphs(text) for name in _names(part))
    return list(islice(dict.fromkeys(found), MOST_MENTIONS))


def _paragraphs(text: str) -> Iterator[str]:
    """The parts of a text, outside fenced code, in which marks may belong together."""
    fence: tuple[str, str] | None = None
    start = at = 0
    for line in _LINE.findall(text):
        end = at + len(line)
        if fence and _leaves(line, fence[0]):
            fence, start = None, at
        if fence:
            fence = None if _closes(line, fence[1]) else fence
            start = end
        elif fence := _opened_fence(line):
            yield text[start:at]
        elif _BREAK.match(line):
            yield text[start:at]
            start = at
        at = end
    if not fence:
        yield text[start:]


def _opened_fence(line: str) -> tuple[str, str] | None:
    found = _FENCE.match(line)
    if found is None:
        return None
    prefix, fence = found.groups()
    marks = prefix.rstrip(" \t")
    return (prefix, fence) if len(prefix) - len(marks) <= (4 if marks else 3) else None


def _closes(line: str, fence: str) -> bool:
    rest = line.lstrip(" \t>").rstrip()
    return len(rest) >= len(fence) and rest == fence[0] * len(rest)


def _leaves(line: str, prefix: str) -> bool:
    """Whether a line is outside the quote or the item in which the fence stands."""
    given = line[: len(line) - len(line.lstrip(" \t>"))]
    if given.count(">") < prefix.count(">"):
        return True
    marks = prefix.rstrip(" \t")
    return marks.strip(" \t>") != "" and line.strip() != "" and len(given) <= len(marks)


def _names(text: str) -> Iterator[str]:
    """The names after an @ in one paragraph."""
    closers = _Closers(text)
    underscores = 0  # How many are open: they end an emphasis, and no name.
    at = after = 0  # Where to go on; where the last mention has ended.
    while token := _TOKEN.search(text, at):
        start, at = token.span()
        mark = token.group()
        if mark[0] == "`":
            at = closers.end_of_code(start, len(mark)) or at
        elif mark == "[":
            link = _LINK.match(text, start)
            at = link.end() if link else at
        elif mark[0] == "_":
            underscores = max(0, underscores + len(mark) * _flank(text, start, at))
        elif mark in _AT and _may_begin(text, start, after):
            for kind in (_NAME, _LONG_NAME):
                if name := _name(kind, text, start + 1, underscores):
                    yield name
                    at = after = start + 1 + len(name)
        elif mark[0] != "\\" and mark not in _AT:
            at = _end_of_address(text, start)


class _Closers:
    """Where the code spans of a text end: each at the next row of as many backticks."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends: dict[int, list[int]] | None = None

    def end_of_code(self, start: int, length: int) -> int | None:
        """The end of the code that begins with ``length`` backticks at ``start``, if it has one.
        Ask from left to right."""
        if self._ends is None:
            self._ends = {}
            for row in reversed(list(_TICKS.finditer(self._text, start))):
                self._ends.setdefault(len(row.group()), []).append(row.end())
        ends = self._ends.get(length, [])
        while ends and ends[-1] <= start + length:
            ends.pop()
        return ends[-1] if ends else None


def _flank(text: str, start: int, end: int) -> int:
    """1 if underscores may begin an emphasis, -1 if they may end one, and 0 if neither."""
    before, behind = text[start - 1 : start] or " ", text[end : end + 1] or " "
    if before.isalnum() and behind.isalnum():
        return 0
    if not behind.isspace() and not before.isalnum():
        return 1
    return 0 if before.isspace() else -1


def _name(kind: re.Pattern[str], text: str, start: int, underscores: int) -> str | None:
    """The name of this kind at ``start``; None if it is part of something else."""
    found = kind.match(text, start)
    if found is None:
        return None
    name = found.group()
    word = name.rstrip("_")
    if word and underscores:
        name = name[: max(len(word), len(name) - underscores)]
    end = start + len(name)
    if end == found.end() and not _may_end(text, end):
        return None
    return name if len(name) <= _LONGEST else None


def _may_begin(text: str, start: int, after: int) -> bool:
    """Whether a mention may stand behind what is before the @ at ``start``. ``after`` is where
    the mention before it has ended."""
    at = start - 1
    while at >= 0 and text[at] == "_":
        at -= 1
    if at < 0 or (text[at] == "/" and 0 < after == at == start - 1):
        return True
    return text[at] not in "\\/=" + _AT and not _is_letter(text[at])


def _may_end(text: str, end: int) -> bool:
    return not _FOREIGN.match(text, end) and not _is_letter(text[end : end + 1])


def _is_letter(letter: str) -> bool:
    """Whether this is a letter or digit, or a mark on one, of a script with spaces."""
    if not letter or _UNSPACED.match(letter) or _SELECTORS.match(letter):
        return False
    kind = unicodedata.category(letter)
    return kind[0] in "LN" or kind in ("Mn", "Mc")


def _end_of_address(text: str, start: int) -> int:
    found = _ADDRESS.match(text, start)
    assert found is not None
    address = found.group()
    end = len(address)
    spare = {close: address.count(close) - address.count(_PAIRS[close]) for close in _PAIRS}
    while end > 1:
        last = address[end - 1]
        if last not in _AFTER_ADDRESS and spare.get(last, 0) <= 0:
            break
        if last in spare:
            spare[last] -= 1
        end -= 1
    return start + end
