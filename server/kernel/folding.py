"""The form in which texts are compared when people look for something: messages, users and rooms.

Case, accents, and how letters are composed make no difference; neither do width, ligatures, and
invisible characters. The search's index on PostgreSQL is made with the same steps in SQL:
``server/search/search_fold_<version>.sql``.
"""

from __future__ import annotations

import re
import unicodedata

from server.kernel.ranges import IGNORED, MARKS, STACKED

# Letters that Unicode does not decompose, in lower case, each with its usual spelling on a keyboard
# that lacks it. Most are those of the transform Latin-ASCII in the CLDR.
_SINGLE = (
    "ɑa ɐa ⱥa ƀb ƃb ɓb ƈc ɕc ȼc đd ðd ɖd ɗd ƌd ȡd ǝe əe ɛe ɇe ƒf ǥg ɠg ħh ɦh ⱨh ıi ɨi ɩi ȷj ɉj ĸk "
    "ƙk ⱪk łl ƚl ɫl ɬl ɭl ȴl ⱡl ɱm ɲn ɳn ƞn ȵn ŋn øo ɔo ɵo ƥp ᵽp ɋq ɍr ɼr ɽr ʂs ȿs ŧt ƭt ʈt ȶt ⱦt "
    "ʉu ʋv ⱱv ⱳw ɏy ƴy ƶz ȥz ɀz ʐz "
    # Greek and Cyrillic letters, and forms of Arabic letters that have keys of their own.
    "ςσ ґг ӏі ᲀв ᲁд ᲂо ᲃс ᲄт ᲅт ᲆъ ᲇѣ ᲈꙋ یي ىي کك ەه ةه ٱا "
)
_SEVERAL = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ꜳ": "aa", "ꝡ": "vy"}
LETTERS = {each[0]: each[1:] for each in _SINGLE.split()} | _SEVERAL

_table = str.maketrans(LETTERS)
_special = re.compile(f"[{''.join(LETTERS)}]")
_left_out = re.compile(f"[{MARKS}{IGNORED}]+")
_stack = re.compile(f"([{STACKED}]{{8}})[{STACKED}]+")
# The most letters of a folded text. Most texts keep their length, but a few letters become
# eighteen.
MOST_FOLDED = 32_000


def fold_name(name: str) -> str:
    """A name for comparisons, with single spaces between its words."""
    return " ".join(fold(name).split())


def fold(text: str) -> str:
    """The text for comparisons. Texts that readers take for the same word become the same."""
    if text.isascii():
        return text.lower()
    # Unicode sorts the marks of a letter in time that is quadratic in their number, so there must
    # be few of them.
    few = _stack.sub(r"\1", _left_out.sub("", text))
    bare = _left_out.sub("", unicodedata.normalize("NFKD", few)[:MOST_FOLDED]).casefold()
    if _special.search(bare):
        bare = bare.translate(_table)
    return unicodedata.normalize("NFKC", bare)
