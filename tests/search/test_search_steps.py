"""The steps of a search by themselves: what was typed, what is found in a text, and what is
shown of it."""

from __future__ import annotations

import pytest

from server.search.entity import Term
from server.search.excerpt import EXCERPT_CHARACTERS, excerpt, pattern
from server.search.query import parse_query
from server.search.words import _PARTED, MOST_REMEMBERED, fold_words, words_in


def test_what_was_typed_as_steps() -> None:
    a, b = Term("a"), Term("b")
    assert parse_query("a") == ((a,), (Term("a", True),))
    assert parse_query("a b") == ((Term("a b"),), (a, b), (a, Term("b", True)))
    assert parse_query('"a b" c*') == ((Term("a b"), Term("c", True)),)
    assert parse_query("\u201ca b\u201d") == ((Term("a b"),),)
    assert parse_query("東京") == ((Term("東京"),),)
    assert parse_query("- * 🎉") == ()


@pytest.mark.parametrize(
    ("text", "q", "shown"),
    [
        ("one two one", "one", ["one", "one"]),
        ("🎉🎉 ünder", "under", ["ünder"]),
        ("Release-notes released", "rel", []),
        ("Release-notes released", "rel*", ["Release", "released"]),
        ("release, notes", '"release notes"', ["release, notes"]),
        ("Ｗide ﬁ", "wide", ["Ｗide"]),
        ("a_b", "b", ["b"]),
    ],
)
def test_hits(text: str, q: str, shown: list[str]) -> None:
    whole, hits = excerpt(text, pattern(parse_query(q)[0]))
    assert whole == text
    assert [whole[start:end] for start, end in hits] == shown


def test_excerpts_have_the_words_of_the_index() -> None:
    """And not all pieces are remembered, however many there are."""
    for begin in range(1, 0x11_0000, 1000):
        some = "".join(
            chr(n) for n in range(begin, min(begin + 1000, 0x11_0000)) if not 0xD800 <= n < 0xE000
        )
        for text in (" ".join(some), f"a{'a'.join(some)}a", f"東{'東'.join(some)}"):
            assert " ".join(word for word, _, _ in words_in(text)) == fold_words(text)
    assert len(_PARTED) <= MOST_REMEMBERED


def test_an_excerpt_is_around_the_first_hit() -> None:
    text = f"{'before ' * 100}needle {'after ' * 100}needle"
    shown, hits = excerpt(text, pattern((Term("needle"),)))
    assert shown[0] == shown[-1] == "…" and len(shown) == EXCERPT_CHARACTERS + 2
    assert shown.startswith("…before ")
    assert [shown[start:end] for start, end in hits] == ["needle"]
    assert excerpt("x " * 200, None) == ("x " * 100 + "…", [])
