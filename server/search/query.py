"""Parses the text of a search: words, "phrases" and prefixes*."""

from __future__ import annotations

import re

from server.search.entity import Term, Terms
from server.search.words import ends_in_word, fold_words

# A quoted phrase, whose closing quote may be missing, or a word. A star after it makes it a prefix.
_PART = re.compile(r'"([^"]*)(?:"(\*?)|$)|([^\s"]+)')
_QUOTES = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u00ab\u00bb\uff02"), '"')


def parse_query(text: str) -> tuple[Terms, ...]:
    """The steps of a search, the closest match first: the words side by side, then all of them
    anywhere, then with the last one as a prefix. Empty if the text has no letter or digit."""
    parts = [_part(match) for match in _PART.finditer(text.translate(_QUOTES))]
    parts = [(term, quoted) for term, quoted in parts if fold_words(term.text)]
    if not parts:
        return ()
    terms = tuple(term for term, _ in parts)
    steps = [terms]
    last, quoted = parts[-1]
    if not (quoted or last.prefix) and ends_in_word(last.text):
        steps.append((*terms[:-1], Term(last.text, prefix=True)))
    if len(parts) > 1 and not any(term.prefix or quoted for term, quoted in parts):
        steps.insert(0, (Term(" ".join(term.text for term in terms)),))
    return tuple(steps)


def _part(match: re.Match[str]) -> tuple[Term, bool]:
    phrase, star, word = match.groups()
    if word is None:
        return Term(phrase, prefix=bool(star)), True
    return Term(word.rstrip("*"), prefix=word.endswith("*")), False
