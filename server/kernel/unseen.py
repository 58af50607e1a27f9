"""Characters that show nothing, and characters that must not stand in a line of text."""

from __future__ import annotations

import re

from server.kernel.errors import Invalid
from server.kernel.wire import text

# Default_Ignorable_Code_Point, by DerivedCoreProperties.txt of the Unicode Character Database 15.1
# (https://www.unicode.org/Public/15.1.0/ucd/DerivedCoreProperties.txt).
IGNORABLE = (
    "\u00ad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Characters of other kinds whose glyphs are empty: the blank pattern of Braille, the null notehead,
# and two blanks of Egyptian writing.
BLANK = "\u2800\U0001d159\U00013441\U00013442"
_CONTROL = "\\x00-\\x1f\\x7f-\\x9f"
_SEPARATOR = "\u2028\u2029"
# Embeddings, overrides and isolates of text direction, which reach beyond the text they stand in;
# and format characters that Unicode deprecates.
_DIRECTION = "\u202a-\u202e\u2066-\u206f\ufff9-\ufffb"

_NOTHING = re.compile(f"[\\s{_CONTROL}{_SEPARATOR}\ufff9-\ufffb{IGNORABLE}{BLANK}]*")
_UNSEEN = re.compile(f"[{_CONTROL}{_SEPARATOR}\ufff9-\ufffb{IGNORABLE}{BLANK}]")
_NO_LINE = re.compile(f"[{_CONTROL}{_SEPARATOR}{_DIRECTION}]")
# The control characters that a longer text may contain.
_BREAKS = str.maketrans("", "", "\r\n\t")


def shows_nothing(value: str) -> bool:
    """Whether a text has no character that anybody would see. True for the empty text."""
    return _NOTHING.fullmatch(value) is not None


def has_unseen(value: str) -> bool:
    """Whether any character of a text shows nothing, apart from spaces."""
    return _UNSEEN.search(value) is not None


def one_line(value: str, field: str, *, least: int = 0, most: int) -> str:
    """A text that stands on one line, such as a name, without the space around it.

    ``least``, ``most``: its length in code points. Raises ``Invalid`` with the field if the length
    is wrong, if the text has control characters, line separators or characters that change the
    direction of the text around them, or if it is not empty and shows nothing.
    """
    value = text(value, field, least=least, most=most)
    if _NO_LINE.search(value):
        raise Invalid(
            f"{field} must be a single line, without control characters and characters that "
            "change the direction of text.",
            field=field,
        )
    return _seen(value, field)


def several_lines(value: str, field: str, *, most: int) -> str:
    """Does the same as ``one_line`` for a text that may have several lines."""
    value = text(value, field, most=most)
    if _NO_LINE.search(value.translate(_BREAKS)):
        raise Invalid(
            f"{field} must not have control characters or characters that change the direction of "
            "text.",
            field=field,
        )
    return _seen(value, field)


def _seen(value: str, field: str) -> str:
    if value and shows_nothing(value):
        raise Invalid(f"{field} must have a character that can be seen.", field=field)
    return value


def isolated(name: str) -> str:
    """A name for use beside other text: it does not change the direction of that text."""
    # A name that was stored before these characters were refused may contain them.
    return f"\u2068{_NO_LINE.sub('', name)}\u2069"
