"""What the web client's picker of emoji offers is what the server takes, as it is."""

from __future__ import annotations

import json

from server.kernel.wire import MOST_OF_EMOJI
from server.messages.emoji import qualify_emoji
from tests.support.node import ROOT

LIST = ROOT / "web" / "src" / "emoji" / "list.json"
TONES = [chr(letter) for letter in range(0x1F3FB, 0x1F400)]


def offered() -> list[str]:
    """Each emoji, and those that show skin in each tone, as `web/src/emoji/tones.ts` makes them."""
    found = []
    for _, lines in json.loads(LIST.read_text(encoding="utf-8")):
        for line in lines:
            fields = line.split("\t")
            found.append(fields[0])
            if light := fields[4] if len(fields) > 4 else "":
                found += [light.replace(TONES[0], tone) for tone in TONES]
    return found


def test_the_server_takes_each_emoji_that_is_offered() -> None:
    all_of_them = offered()
    assert len(all_of_them) > 3_500 and len(all_of_them) == len(set(all_of_them))
    assert [emoji for emoji in all_of_them if qualify_emoji(emoji) != emoji] == []
    assert max(map(len, all_of_them)) <= MOST_OF_EMOJI
    # Sequences, flags and keycaps are among them.
    assert {"👩🏽‍🚀", "🏳️‍🌈", "🇩🇪", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "#️⃣", "🤝🏿", "❤️‍🔥"} <= set(all_of_them)
