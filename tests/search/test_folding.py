"""What makes no difference when one searches, and what is shown of what was found."""

from __future__ import annotations

import time
import unicodedata

import asyncpg
import pytest
import regex

from migrations.files import SEARCH_FOLD, function
from server.kernel import ranges
from server.kernel.folding import LETTERS, fold
from server.search.excerpt import EXCERPT_CHARACTERS, excerpt, pattern
from server.search.query import parse_query
from server.search.words import fold_words, parted
from tests.support.message_calls import HTTP
from tests.support.node import Node
from tests.support.search_calls import room_with_texts, search, texts_found
from tests.support.shared_world import SharedWorld

# A text; what finds it; and what of it is shown as found.
CASES = [
    ("in Łódź gewesen", "lodz", "Łódź"),
    ("in Lodz gewesen", "ŁÓDŹ", "Lodz"),
    ("die Straße", "strasse", "Straße"),
    ("die STRASSE hier", "straße", "STRASSE"),
    ("Diyarbakır güzel", "diyarbakir", "Diyarbakır"),
    ("DİYARBAKIR büyük", "diyarbakır", "DİYARBAKIR"),
    ("ο ΣΊΣΥΦΟΣ", "σισυφος", "ΣΊΣΥΦΟΣ"),
    ("ο σίσυφος κι άλλος", "ΣΙΣΥΦΟΣ", "σίσυφος"),
    ("Þórður býr", "thordur", "Þórður"),
    ("smørrebrød og æbler", "aebler", "æbler"),
    ("cœur", "coeur", "cœur"),
    ("ŋalo", "nalo", "ŋalo"),
    ("Đà Nẵng", "da nang", "Đà Nẵng"),
    ("cafe\u0301 noir", "café", "cafe\u0301"),
    ("caf\u00e9 creme", "cafe\u0301", "caf\u00e9"),
    ("Ｆｕｌｌ width", "full", "Ｆｕｌｌ"),
    ("half ﾊﾟｿｺﾝ here", "パソコン", "ﾊﾟｿｺﾝ"),
    ("は\u309aん", "ぱん", "は\u309aん"),
    ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"),
    ("ﬁnd the oﬀer", "offer", "oﬀer"),
    ("co\u00adop\u00aderate", "cooperate", "co\u00adop\u00aderate"),
    ("zero\u200bwidth", "zerowidth", "zero\u200bwidth"),
    ("می\u200cخواهم", "میخواهم", "می\u200cخواهم"),
    ("a\ufeffbc\u2060d", "abcd", "a\ufeffbc\u2060d"),
    ("ёлка", "елка", "ёлка"),
    ("قُرْآن كريم", "قران", "قُرْآن"),
    ("یک روز", "يك", "یک"),
    ("שָׁלוֹם", "שלום", "שָׁלוֹם"),
    ("मैं हिन्दी बोलता हूँ", "हिन्दी", "हिन्दी"),
    ("நான் தமிழ் பேசுகிறேன்", "தமிழ்", "தமிழ்"),
    ("আমি বাংলা বলি", "বাংলা", "বাংলা"),
    ("ছোটো গল্প", "গল্প", "গল্প"),
    ("ภาษาไทย ก็ได้", "ก็ได้", "ก็ได้"),
    ("½ cup", "1", "½"),
    ("snake_case", "case", "case"),
]
APART = [("कि", "का"), ("か", "が"), ("ක", "කා"), ("น้า", "นา")]


async def test_what_makes_no_difference(shared_world: SharedWorld) -> None:
    room_id, ann, bob = await room_with_texts(shared_world, *(text for text, _, _ in CASES))
    for text, q, shown in CASES:
        page = await search(bob, q, room_id=room_id)
        found = {item["message"]["text"]: item for item in page["items"]}
        assert text in found, (q, list(found))
        for item in found.values():
            assert item["hits"], (q, item["excerpt"])
        item = found[text]
        assert "".join(item["excerpt"][start:end] for start, end in item["hits"]) in (
            shown,
            shown.replace(" ", ""),
            *([shown] if shown in "".join(item["excerpt"]) else []),
        ), q
    # What was edited and deleted is not found any more.
    rows = (await search(bob, "lodz", room_id=room_id))["items"]
    for item in rows:
        await HTTP.edit(ann, room_id, item["message"]["seq"], "Gdańsk")
    assert await texts_found(bob, "lodz", room_id=room_id) == []
    assert await texts_found(bob, "gdansk", room_id=room_id) == ["Gdańsk"] * len(rows)
    for item in rows:
        await HTTP.delete(ann, room_id, item["message"]["seq"])
    assert await texts_found(bob, "gdansk", room_id=room_id) == []


async def test_what_makes_a_difference(shared_world: SharedWorld) -> None:
    room_id, _, bob = await room_with_texts(shared_world, *(text for text, _ in APART))
    for text, other in APART:
        found = await texts_found(bob, f'"{other}"', room_id=room_id)
        assert text not in found, (text, other)


@pytest.mark.parametrize("text", [text for text, _, _ in CASES])
def test_how_letters_are_composed_makes_no_difference(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        given = unicodedata.normalize(form, text)
        assert fold(given) == fold(text)
        assert fold_words(given) == fold_words(text)


LONG = [
    "हिन्दी में लिखा हुआ एक लम्बा सन्देश ",
    "தமிழில் எழுதப்பட்ட ஒரு நீண்ட செய்தி ",
    "বাংলায় লেখা একটি দীর্ঘ বার্তা ",
    "हिन्दीमेंलिखाहुआएकलम्बासन्देश",
    "👨‍👩‍👧‍👦👍🏽🇩🇪",
    "e\u0301\u0323",
]


@pytest.mark.parametrize("letters", LONG)
def test_excerpts_and_hits_do_not_divide_letters(letters: str) -> None:
    for before in range(3):
        text = "x" * before + " " + letters * 40 + " needle " + letters * 40
        shown, hits = excerpt(text, pattern(parse_query("needle")[0]))
        assert len(shown) <= EXCERPT_CHARACTERS + 2
        assert [shown[start:end] for start, end in hits] == ["needle"]
        ends = _ends(text)
        begin = text.index(shown.strip("…"))
        assert begin in ends and begin + len(shown.strip("…")) in ends
    word = letters.split()[0] if letters[0].isalpha() else ""
    if word:
        shown, hits = excerpt(letters * 40, pattern(parse_query(word)[-1]))
        assert hits
        ends = _ends(shown)
        assert all(start in ends and end in ends for start, end in hits)


def _ends(text: str) -> set[int]:
    return {0, *(match.end() for match in regex.finditer(r"\X", text))}


@pytest.mark.parametrize("kind", ["postgres"])
async def test_the_database_folds_as_the_server_does(node: Node) -> None:
    """Every letter that both know, alone and between others."""
    sql = "SELECT array_agg(btrim(regexp_replace(search_fold(t), ' +', ' ', 'g')) ORDER BY n)"
    sql += " FROM unnest($1::text[]) WITH ORDINALITY AS given(t, n)"
    assigned = [
        chr(n)
        for n in range(1, 0x11_0000)
        if unicodedata.category(chr(n)) not in ("Cn", "Cs", "Co") and chr(n) not in LATER
    ]
    connection = await asyncpg.connect(node.database_url)
    try:
        for begin in range(0, len(assigned), 5_000):
            texts = [f"a{letter}b {letter}" for letter in assigned[begin : begin + 5_000]]
            found = await connection.fetchval(sql, texts)
            ours = [" ".join(parted(text).split()) for text in texts]
            wrong = [
                (text, theirs, mine)
                for text, theirs, mine in zip(texts, found, ours, strict=True)
                if theirs != mine
            ]
            assert not wrong, wrong[:5]
        whole = [text for text, _, _ in CASES]
        assert await connection.fetchval(sql, whole) == [fold_words(text) for text in whole]
    finally:
        await connection.close()


# Their lower-case letters came later than Unicode 13, or they fold to upper case here.
LATER = {chr(n) for n in (*range(0x13A0, 0x13FE), *range(0xAB70, 0xABC0), 0x2C2F, 0x2C5F)}


def test_the_files_for_the_database_have_the_same_letters() -> None:
    text = function(SEARCH_FOLD, 1)
    for part in (ranges.SEPARATORS, ranges.STACKED, ranges.MARKS + ranges.IGNORED):
        assert f"[{part}]" in text
    for letter, folded in LETTERS.items():
        assert letter in text and folded in text


def test_folding_takes_time_that_grows_with_the_text_alone() -> None:
    for text in ("a" + "\u0301\u0323" * 3999, "ก" + "\u0e48\u0e38" * 3999, "ﷺ" * 8000):
        began = time.thread_time()
        fold_words(text)
        assert time.thread_time() - began < 0.2
