"""The ranges of Unicode that the fold of texts needs (see folding.py), as classes of a pattern.

They were made of the Unicode Character Database 14.0, and stay as they are: the search's index on
PostgreSQL was made with them. Each is written so that Python and PostgreSQL read it the same.
"""

from __future__ import annotations

# The characters between words: the general categories P, S, Z, Cc and Cf, without the ignored ones.
_SEPARATORS = (
    "1-2f 3a-40 5b-60 7b-a9 ab-b1 b4 b6-b8 bb bf d7 f7 2c2-2c5 2d2-2df 2e5-2eb 2ed 2ef-2ff 375 "
    "37e 384-385 387 3f6 482 55a-55f 589-58f 5be 5c0 5c3 5c6 5f3-60f 61b-61f 66a-66d 6d4 "
    "6dd-6de 6e9 6fd-6fe 700-70f 7f6-7f9 7fe-7ff 830-83e 85e 888 890-891 8e2 964-965 970 "
    "9f2-9f3 9fa-9fb 9fd a76 af0-af1 b70 bf3-bfa c77 c7f c84 d4f d79 df4 e3f e4f e5a-e5b "
    "f01-f17 f1a-f1f f34 f36 f38 f3a-f3d f85 fbe-fc5 fc7-fda 104a-104f 109e-109f 10fb 1360-1368 "
    "1390-1399 1400 166d-166e 1680 169b-169c 16eb-16ed 1735-1736 17d4-17d6 17d8-17db 1800-180a "
    "1940-1945 19de-19ff 1a1e-1a1f 1aa0-1aa6 1aa8-1aad 1b5a-1b6a 1b74-1b7e 1bfc-1bff 1c3b-1c3f "
    "1c7e-1c7f 1cc0-1cc7 1cd3 1fbd 1fbf-1fc1 1fcd-1fcf 1fdd-1fdf 1fed-1fef 1ffd-205f 207a-207e "
    "208a-208e 20a0-20c0 2100-2101 2103-2106 2108-2109 2114 2116-2118 211e-2123 2125 2127 2129 "
    "212e 213a-213b 2140-2144 214a-214d 214f 218a-244a 249c-24e9 2500-2775 2794-2bff 2ce5-2cea "
    "2cf9-2cfc 2cfe-2cff 2d70 2e00-2e2e 2e30-3004 3008-3020 3030 3036-3037 303d-303f 309b-309c "
    "30a0 30fb 3190-3191 3196-319f 31c0-31e3 3200-321e 322a-3247 3250 3260-327f 328a-32b0 "
    "32c0-33ff 4dc0-4dff a490-a4c6 a4fe-a4ff a60d-a60f a673 a67e a6f2-a716 a720-a721 a789-a78a "
    "a828-a82b a836-a839 a874-a877 a8ce-a8cf a8f8-a8fa a8fc a92e-a92f a95f a9c1-a9cd a9de-a9df "
    "aa5c-aa5f aa77-aa79 aade-aadf aaf0-aaf1 ab5b ab6a-ab6b abeb fb29 fbb2-fbc2 fd3e-fd4f fdcf "
    "fdfc-fe19 fe30-fe6b ff01-ff0f ff1a-ff20 ff3b-ff40 ff5b-ff65 ffe0-fffd 10100-10102 "
    "10137-1013f 10179-10189 1018c-101fc 1039f 103d0 1056f 10857 10877-10878 1091f 1093f "
    "10a50-10a58 10a7f 10ac8 10af0-10af6 10b39-10b3f 10b99-10b9c 10ead 10f55-10f59 10f86-10f89 "
    "11047-1104d 110bb-110c1 110cd 11140-11143 11174-11175 111c5-111c8 111cd 111db 111dd-111df "
    "11238-1123d 112a9 1144b-1144f 1145a-1145d 114c6 115c1-115d7 11641-11643 11660-1166c 116b9 "
    "1173c-1173f 1183b 11944-11946 119e2 11a3f-11a46 11a9a-11a9c 11a9e-11aa2 11c41-11c45 "
    "11c70-11c71 11ef7-11ef8 11fd5-11fff 12470-12474 12ff1-12ff2 13430-13438 16a6e-16a6f 16af5 "
    "16b37-16b3f 16b44-16b45 16e97-16e9a 16fe2 1bc9c 1bc9f 1cf50-1d164 1d16a-1d16c 1d183-1d184 "
    "1d18c-1d1a9 1d1ae-1d241 1d245 1d300-1d356 1d6c1 1d6db 1d6fb 1d715 1d735 1d74f 1d76f 1d789 "
    "1d7a9 1d7c3 1d800-1d9ff 1da37-1da3a 1da6d-1da74 1da76-1da83 1da85-1da8b 1e14f 1e2ff "
    "1e95e-1e95f 1ecac 1ecb0 1ed2e 1eef0-1f0f5 1f10d-1fbca"
)
# Accents, points and other marks that readers leave out when they type: the general category Mn, by
# its combining class, and Me. Vowel signs, viramas, tone marks and the voicing of kana are letters.
_MARKS = (
    "300-34e 350-36f 483-489 591-5bd 5bf 5c1-5c2 5c4-5c5 5c7 610-61a 64b-65f 670 6d6-6dc "
    "6df-6e4 6e7-6e8 6ea-6ed 711 730-74a 7eb-7f3 7fd 816-819 81b-823 825-827 829-82d 859-85b "
    "898-89f 8ca-8e1 8e3-8ff 93c 951-954 9bc 9fe a3c abc b3c c3c cbc f18-f19 f35 f37 f39 "
    "f82-f83 f86-f87 fc6 1037 108d 135d-135f 17dd 18a9 1939-193b 1a17-1a18 1a75-1a7c 1a7f "
    "1ab0-1ace 1b34 1b6b-1b73 1be6 1c37 1cd0-1cd2 1cd4-1ce0 1ce2-1ce8 1ced 1cf4 1cf8-1cf9 "
    "1dc0-1dff 20d0-20f0 2cef-2cf1 2de0-2dff 302a-302d a66f-a672 a674-a67d a69e-a69f a6f0-a6f1 "
    "a8e0-a8f1 a92b-a92d a9b3 aab0 aab2-aab4 aab7-aab8 aabe-aabf aac1 fb1e fe20-fe2f 101fd "
    "102e0 10376-1037a 10a0d 10a0f 10a38-10a3a 10ae5-10ae6 10d24-10d27 10eab-10eac 10f46-10f50 "
    "10f82-10f85 110ba 11100-11102 11173 111ca 11236 112e9 1133b-1133c 11366-1136c 11370-11374 "
    "11446 1145e 114c3 115c0 116b7 1183a 11943 11d42 16af0-16af4 16b30-16b36 1bc9e 1d167-1d169 "
    "1d17b-1d182 1d185-1d18b 1d1aa-1d1ad 1d242-1d244 1e000-1e006 1e008-1e018 1e01b-1e021 "
    "1e023-1e024 1e026-1e02a 1e130-1e136 1e2ae 1e2ec-1e2ef 1e8d0-1e8d6 1e944-1e94a"
)
# The other marks whose order Unicode defines (their combining class is not 0).
_STACKED = (
    "94d 9cd a4d acd b4d bcd c4d c55-c56 ccd d3b-d3c d4d dca e38-e3a e48-e4b eb8-eba ec8-ecb "
    "f71-f72 f74 f7a-f7d f80 f84 1039-103a 1714-1715 1734 17d2 1a60 1b44 1baa-1bab 1bf2-1bf3 "
    "2d7f 3099-309a a806 a82c a8c4 a953 a9c0 aaf6 abed 10a3f 11046 11070 1107f 110b9 "
    "11133-11134 111c0 11235 112ea 1134d 11442 114c2 115bf 1163f 116b6 1172b 11839 1193d-1193e "
    "119e0 11a34 11a47 11a99 11c3f 11d44-11d45 11d97 16ff0-16ff1"
)


def _class(ranges: str) -> str:
    return "".join(
        "-".join(_escaped(int(end, 16)) for end in each.split("-")) for each in ranges.split()
    )


def _escaped(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x1_0000 else f"\\U{code:08x}"


SEPARATORS = _class(_SEPARATORS)
MARKS = _class(_MARKS)
STACKED = _class(_STACKED)
# See unseen.py; here they are written like the others.
IGNORED = _class(
    "ad 34f 61c 115f-1160 17b4-17b5 180b-180f 200b-200f 202a-202e 2060-206f 3164 fe00-fe0f feff "
    "ffa0 fff0-fff8 1bca0-1bca3 1d173-1d17a e0000-e0fff"
)
