"""What search reads, kept in step with the messages by triggers, so in their own transactions.

Neither database's words are in a model: an FTS5 table on SQLite, a tsvector on PostgreSQL. Both
fold case and the accents of Latin letters, and take each Chinese, Japanese or Korean character for
a word of its own (n-grams of one, which phrases put together): those scripts write no spaces.
"""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

# See the first migration.
BEGIN = {"sqlite": "BEGIN;", "postgres": ""}


async def upgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    return BEGIN[dialect] + {"sqlite": SQLITE, "postgres": POSTGRES}[dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    return BEGIN[dialect] + {"sqlite": SQLITE_DOWN, "postgres": POSTGRES_DOWN}[dialect]


# Kana, Chinese characters, Hangul; as ranges that a pattern of either database reads.
SPACELESS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003fffd"
# What PostgreSQL's parser would take for a part of a word: of addresses, paths, numbers, tags.
MARKS = "[./@:_+&<~-]"
SEARCHED = "{0}.kind = 'text' AND {0}.deleted_at IS NULL AND {0}.text <> ''"
NEW, OLD, ROW = (SEARCHED.format(name) for name in ("NEW", "OLD", "m"))


def _spaced(text: str) -> str:
    """``text`` with spaces around each character that is a word of its own. Sixty-four at a time,
    since SQLite copies what is left of a text for each character that is taken from it."""
    return f"""CASE WHEN {text} NOT GLOB '*[{SPACELESS}]*' THEN {text} ELSE (
        WITH RECURSIVE letter(n, c, rest) AS (
            SELECT 1, '', substr({text}, 1, 64)
            UNION ALL
            SELECT CASE WHEN rest = '' THEN n + 64 ELSE n END,
                CASE WHEN rest = '' THEN '' ELSE substr(rest, 1, 1) END,
                CASE WHEN rest = '' THEN substr({text}, n + 64, 64) ELSE substr(rest, 2) END
            FROM letter WHERE rest <> '' OR n + 64 <= length({text})
        )
        SELECT group_concat(CASE WHEN c GLOB '[{SPACELESS}]' THEN ' ' || c || ' ' ELSE c END, '')
        FROM letter
    ) END"""


# Messages in the order of their time: 22 bits tell apart those of one millisecond.
FIRST_OF = "(NEW.created_at << 22)"
DOCUMENT = "(SELECT id FROM search_messages WHERE room_id = {0}.room_id AND seq = {0}.seq)"
ADD = f"INSERT INTO search_words (rowid, text) VALUES ({DOCUMENT.format('NEW')}, {_spaced('NEW.text')});"
LIST = f"""INSERT INTO search_messages (id, room_id, seq, author_id) VALUES (
        coalesce((SELECT max(id) + 1 FROM search_messages
            WHERE id >= {FIRST_OF} AND id < {FIRST_OF} + (1 << 22)), {FIRST_OF}),
        NEW.room_id, NEW.seq, NEW.author_id
    );"""
TAKE = (
    "INSERT INTO search_words (search_words, rowid, text)"
    f" SELECT 'delete', d.id, {_spaced('OLD.text')} FROM search_messages d"
    " WHERE d.room_id = OLD.room_id AND d.seq = OLD.seq;"
)

SQLITE = f"""
CREATE TABLE "search_messages" (
    "id" INTEGER PRIMARY KEY NOT NULL,
    "room_id" CHAR(36) NOT NULL,
    "seq" BIGINT NOT NULL,
    "author_id" CHAR(36)
);
INSERT INTO search_messages (id, room_id, seq, author_id)
    SELECT (created_at << 22) + row_number() OVER (PARTITION BY created_at ORDER BY room_id, seq) - 1,
        room_id, seq, author_id
    FROM messages m WHERE {ROW};
CREATE UNIQUE INDEX "idx_search_messages_place" ON "search_messages" ("room_id", "seq");
CREATE VIRTUAL TABLE "search_words" USING fts5 (
    text, content = '', columnsize = 0,
    tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
INSERT INTO search_words (rowid, text)
    SELECT d.id, {_spaced("m.text")} FROM search_messages d
    JOIN messages m ON m.room_id = d.room_id AND m.seq = d.seq ORDER BY d.id;
CREATE TRIGGER "search_message_added" AFTER INSERT ON "messages" WHEN {NEW} BEGIN
    {LIST}
    {ADD}
END;
CREATE TRIGGER "search_message_filled" AFTER UPDATE OF "text" ON "messages"
    WHEN NOT ({OLD}) AND {NEW} BEGIN
    {LIST}
    {ADD}
END;
CREATE TRIGGER "search_message_edited" AFTER UPDATE OF "text" ON "messages"
    WHEN {OLD} AND {NEW} BEGIN
    {TAKE}
    {ADD}
END;
CREATE TRIGGER "search_message_deleted" AFTER UPDATE OF "text", "deleted_at" ON "messages"
    WHEN {OLD} AND NOT ({NEW}) BEGIN
    {TAKE}
    DELETE FROM search_messages WHERE room_id = OLD.room_id AND seq = OLD.seq;
END;
CREATE TRIGGER "search_message_removed" AFTER DELETE ON "messages" WHEN {OLD} BEGIN
    {TAKE}
    DELETE FROM search_messages WHERE room_id = OLD.room_id AND seq = OLD.seq;
END;
"""

SQLITE_DOWN = """
DROP TRIGGER "search_message_added";
DROP TRIGGER "search_message_filled";
DROP TRIGGER "search_message_edited";
DROP TRIGGER "search_message_deleted";
DROP TRIGGER "search_message_removed";
DROP TABLE "search_words";
DROP TABLE "search_messages";
"""

# Most texts are ASCII alone, and need no folding of accents; case the dictionary folds. (A pattern
# costs a quarter of what translate() does. Without STRICT the function becomes part of the caller.)
POSTGRES = f"""
CREATE FUNCTION search_text(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(given) = length(given) THEN
        regexp_replace(given, '{MARKS}', ' ', 'g')
    ELSE
        regexp_replace(regexp_replace(normalize(regexp_replace(normalize(given, NFKD),
            '([A-Za-z])[\u0300-\u036f]+', '\\1', 'g'), NFKC),
            '([{SPACELESS}])', ' \\1 ', 'g'), '{MARKS}', ' ', 'g')
    END
$$;
CREATE FUNCTION search_query(phrases text[], beginnings boolean[]) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    whole tsquery := '';
    part tsquery;
BEGIN
    FOR n IN 1 .. cardinality(phrases) LOOP
        part := phraseto_tsquery('simple', search_text(phrases[n]));
        IF numnode(part) = 0 THEN
            CONTINUE;
        END IF;
        IF beginnings[n] THEN
            part := (part::text || ':*')::tsquery;
        END IF;
        whole := CASE WHEN numnode(whole) = 0 THEN part ELSE whole && part END;
    END LOOP;
    RETURN whole;
END $$;
CREATE TABLE "search_messages" (
    "room_id" UUID NOT NULL,
    "created_at" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "author_id" UUID,
    "words" TSVECTOR NOT NULL
);
INSERT INTO search_messages
    SELECT m.room_id, m.created_at, m.seq, m.author_id, to_tsvector('simple', search_text(m.text))
    FROM messages m WHERE {ROW};
ALTER TABLE "search_messages" ADD PRIMARY KEY ("room_id", "created_at", "seq");
CREATE INDEX "idx_search_messages_words" ON "search_messages" USING gin ("words")
    WITH (gin_pending_list_limit = 512);
CREATE FUNCTION search_message_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_messages s WHERE s.room_id = OLD.room_id
            AND s.created_at = OLD.created_at AND s.seq = OLD.seq;
    END IF;
    IF TG_OP <> 'DELETE' AND {NEW} THEN
        INSERT INTO search_messages VALUES (NEW.room_id, NEW.created_at, NEW.seq, NEW.author_id,
            to_tsvector('simple', search_text(NEW.text)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER "search_message_added" AFTER INSERT ON "messages"
    FOR EACH ROW WHEN ({NEW}) EXECUTE FUNCTION search_message_changed();
CREATE TRIGGER "search_message_changed" AFTER UPDATE OF "text", "deleted_at" ON "messages"
    FOR EACH ROW EXECUTE FUNCTION search_message_changed();
CREATE TRIGGER "search_message_removed" AFTER DELETE ON "messages"
    FOR EACH ROW WHEN ({OLD}) EXECUTE FUNCTION search_message_changed();
"""

POSTGRES_DOWN = """
DROP TRIGGER "search_message_added" ON "messages";
DROP TRIGGER "search_message_changed" ON "messages";
DROP TRIGGER "search_message_removed" ON "messages";
DROP TABLE "search_messages";
DROP FUNCTION search_message_changed();
DROP FUNCTION search_query(text[], boolean[]);
DROP FUNCTION search_text(text);
"""

MODELS_STATE = (
    "eJztXVtz27gV/isYvTSdUV1H8iVJO52x0+zWO4m9kzjdnUl3ZIiERMQUoRCgZTXNfy8AUh"
    "QvIEXIlETSeNmNgXNI+gN87jj43psRG7n06IIxaDkz5LHeG/C958EZ4v9QzPZBD87n6zkx"
    "wODYleQwppPjcEyZDy3xyAl0KeJDNqKWj+cME4+PeoHrikFicULsTddDgYe/BWjEyBQxB/"
    "l84ssffBh7NnpEdPXj/H40wci1U9+MbfFuOT5iy7kcu7J/knTiZeORRdxg5q1p50vmEC8m"
    "DgJsH33+fPVPMTdFHvIhQ3bilxDfGP3Kq6Hwe/kA8wMUf6i9HrDRBAaugKL390ngWQIBIN"
    "8k/nPyj+jTEmSj0fXN7ejTu9vRqKeBnEU8gToWa8Bh+RE+dw2HHO2JF7z918XHF8OzP0sI"
    "CGVTX0725K/+QzJCBkNWCfka42DuEmgjf6QDdoapTtRXAyWwrxBrGMZrTOX/c2C+daCvhn"
    "NFn8GRf1g9CK7/ZPcAYW8GH0cu8qbM4T8OTk9LMP33xUcJK6eSuBIuY0L5cx1NDcK5NL78"
    "jYxLphAoDZyzfB3E++XgVQW8OVUh3nIujTfF/1XgfImnVx5TI73iyCCMQ7XTNoSn4iP+8n"
    "owGA7PB8fDs1enJ+fnp6+OX3Fa+cX5qfOSVbi8+vnq+jaNvxhIg77ANl/RvEgugjym3wrz"
    "SMg2DPLBy5Pzk1fDs5MY6XikDOA8mA7CU4dpoLlmMHDm4bQD/ruLb9ASCkmuDqG6Z7lwj5"
    "Y6Oi8i76CqOzupoOnOTgoVnZhKQ8ucYDb2IHZHmiDnGLeCu2nbe8doWz4SWIygQi7f4hkq"
    "sOFSXLuyL/bpc+xPjAhHe3KfcAPFwBha9wvo26PcDBmQItr81Gwwy45AD04lmuL3Fh8cxS"
    "AuXWLd9xTBiXCiXxaXGAuSHYQkvvQCGvuz8iV8j/Gf/nhKrKJMGSo9Z8X+jXbi0wIVndi9"
    "/bIoBtWNYNA9RS/2KrLrCV8ktn9lPNM8JiDUHlXXUZO5IbrurY9s5DEMXZXCS8yWaj0pra"
    "yY+IAh+aYI2ucRnEcz7lPoOCIxQwf9vcFpFReEU5WEknNOiARM191LMdWD9GFtuN3jPIeU"
    "LgiXpg6kiqjmLXossJNzjJ3Y2SUA3777XSq0GaXf3CSuLz5c/C4hny2jmfc31z+vyBPr8P"
    "b9zaVymz8gH/NX6tohSmYTwGuhNfJOrOQtuUeeyhpJzJZaI+F+YIKwmiXS+82BDCwgBZQb"
    "MGC8BOIJfDsQIHfVEnAzBEDb5pqR9gHxxQxFDEDgoQVYiYAjcOO5Sz4oRMFRL7PEO3vJE6"
    "wliVGByCuJJqa4Oqdf6ooktjEa0D7X9Z5/vFa+IaLvhJpOb9wqmfXivHouq26M+10bnSbs"
    "ctBMJXqcYy5YdK3NFJeBv4125k+hNZizMOV4qW054RQVjcq7OzQnlnN390ZaduJVgEz4vz"
    "EFwjQYQ4r+RAH/kRF/2ee2HgJirf5K5igsRKBHMztvR9b43CeYjoetIWyQuTgcVFAMw0Gh"
    "XhBT5ebiA3QDBdbFMYmYoROKeB+xiIbIpSvvATOkkkzRTKlswpKmonS6ABZ/Apca3Cl1Ea"
    "Ng4RDEHVHhVwLMAEefcC9z6pNgnpdB2tw1V9mbzPW+MtdinXXk/IreyPkCOb+G1idkphUG"
    "SDCYMIDalRorEiVFcKZ5TJmF8U4PL4gb4J0+2yRIEn0h+gMaGlMVS/KTLB0CvraifE04nw"
    "TlViLkuMFANsRBeQ8p+4TU6bl4rr+xVMjlpCO6ojWFQp0vFIoXXFOdZfmMPdHGcOsHURZI"
    "lEJjNVUqM2Yh0a7L6hPuFUXfcqX1X5QEJmTRuJBFU0R7J7zA5gYpWgimkBpagiFiMGqvnW"
    "qPUjhVhvNXUxvUniTaidrLqrI+SI3BgG+4lUy0XCy6UihOm6V4HpBPxbfoqUXTL6deS9vI"
    "ayOv2yavk5CvpIgW7AkmA/3W0BPfxh5UlPyVQZ9gMtBvDb2pYt1VFWvKkqmmEVMsT9CJDY"
    "vn15QVjI3BynimWAyemZ4u6FEVES2s7VrRd+Ivf9/HzHw0d5fcExppG3ZZzg4l+PadWU0E"
    "c6tu+iRPF1oX7X/fQ0sb9BSTQV0fdbqkDM10IF9zGLz18Z5jz9OuV0oxGam+rVQ3xWKHLR"
    "azsT76KSaz9bfF3kYu0gc/zWXQ3xb9zEUAVTVths2o21adk4nSZ+VXSeSJ+hWybSPdmyV6"
    "Nx4CPlmACfEBN5kdMMGuPJEHQfTMN+J4DJjBJQgoApj1AfRsPgYZwBRgTwznz9jU+NwqKc"
    "B+8o/CtJZsmMAzCT+T8OvSflYpcL0gfZbNnIhqjHq+JgxPsAWLij5T86VK2UtQVj52b0Gu"
    "9+7u5Ml4GqlDqRHhmARcSVISHlwlXMFKWsCQ6/JpoS99PmwptHF9j91Uhip5FaU2SZK135"
    "yt3NEvTDUVOPVW4Jjy0xoVskmMr69OOquQGX95Vnxx0ll7DiC3cKfu1XRsWOjhQJajxXQr"
    "OxIcZgNnQ/jS7tCQtTFDJ4XtcSVpe1wibo9Nv7dGyQuOoy72CRYjp1t4BONXH02Qj7jr1V"
    "P4oYnZ/sYzy/OY2Fxv8Ew8ucySV80tZdj2px17338cAOCuJZd+DajzCxkrBUY0VSot5pxo"
    "9JWMK8arbh0ESMDG5FHkdn5DYyDe0gcLHzOGPLDAzImjTWFEiUyOwAXgr5CTnBlAQINx/F"
    "iAaS5+tZvX/MeTwS8+sXCIi1aJqTARNUYWEaEyERATT4kTWamHyJgZdaDrAgdBX3wdZqZn"
    "XNMVfJncTK6vlrZSMJp6cROzMTGblouK5D07S5dAxfYtu2EnZulEoGHfZbGQ6/fZXFUeVb"
    "jNkyym/1b+dnGkW+wXc5gLgU2FcWvgb5BD9ilhGfYKPLMUTX+ji5Y0Nis3zR77ZCGy+Sy8"
    "zIkvScKXEg4OpMAl3hTIPtjiricqTqYDFz8gquqj/fQH1uwmmXKA51IO0I6aprS9Lje/nk"
    "+Z4jGIZg6OePacRHqwqkGe5DEW+Ta3XUYAat/rmuHrXI/9uq7eS/ibg9MzW+t2wzVHJ/Z2"
    "Jq09qNJeg1MVp7UHyhYbOgiv6DuIb/0b2Lg9z9Xt+Ridv+8p3J14rl/m5qRO8O+4g2Bf3P"
    "9IvmLpkUQWrDlB1Jg93S/xUExKoa0phaZBeJjIYHM97Bbu31iIV3ZKVgzGnDPmXBNFRVPM"
    "Oa40laacGC834zjFTky49AVoZW2eHzDFY+xiJinFbyBjEOag2SEjy+Zs1K6ahu71cuOm1Y"
    "WkA0bHlc5BHJecgzjOnYOI5YcmxE+KezYa5mElmIclMA/zMDMyx5ZOYD9m6ALAey+zeeBy"
    "2h8FvqKBdkkfohSXwV0f97RpUlWcpLmMRtykEc39uqaTdsPxtLGPLO2capqrFgHcoITq+b"
    "CCGDgfFsoBMWXu52hInDO6DFMzvpzkMuBvDb65HOVg0M/QbIx8DmugqlMqBD/L1qUVqK2W"
    "XSSIH3TL2VNMXYLVlLQ/J/hN4+ZnnIr5ILVDryAhE832N6VlRqGS2bZTsGwMKHr4Ygr42A"
    "LKrr0QiEf/DdzdhYL27i46kL1wsOVUaBS89WM3FfoUFfakmhOGT881JtzuelBTBVSv9DNV"
    "QHuJRZiSlBrBjARKXjYQ4iLoldmoCjzHnKtbUF7e3LxPhdUvr7Jx888fLt99fPFSos2JMC"
    "swiXyOqE70bEVvAuibAuhfCda/nCjFZCz9rS19E7Q8bNBSttHbLnKZZDXLUMMybBXIVLKb"
    "5dh6OWRfe736l5hjj/3koOv22qhsZ4GI0AQew6pijEJ1m2EzsZ2WxnbE/RLqjp+J2f7G2I"
    "4nCSu3hoh634WdHMKLKxAFiJsRyzGxlyIEIxo4iEe/kT3xfLLoA/Q4h3xriGubkLe6K8LF"
    "lFMyB2Ff2TRil6+qctjrSQe7TBlwvWXAJnBjjm+1TVmYNv67KyszScVnavp8CjvdqOye1V"
    "Sp0RN1ytl9e/PCu6yMHXFAO8LkLOosRkUPkZNRuRA15ujCKYC0ez+odLxlUHK8ZaA63nKP"
    "vJEDqVbzmTRXB/MWO+ihBH1Rda6LdIate7u6fqQjNJSpikIPJM1k2vXmW07LfbgVtkreDs"
    "UFawPZJ2wLryPNZbwOU0naTvijMxbcsNBbgCyfWYKtlwA9zjE3xzUXIM1l4N8afh89cMNa"
    "/3q9JNeO9Go3SzkbEnP6TNVF1HK8v+lSvQPepGciSvuJKOm2UknydNA7Hw6q9PkYFLf5GG"
    "R9xhVgugefs3ydayY9rHJf+rD4vvRh7r50G9O5C5cj3T2d5evgvq4/FrICTfs8f4ptV1Af"
    "blu/fF1FhHCq4o5Mr3NCZIyJwm4r7FoTke+xEu0Ais90CTpMlmUnuFMGWaB1i++aw+Ctj7"
    "cJSJmjzQ3QnM/NHb9APracnsIhj2b6ZS45XNM0xyd/Jqd/n5iJKXbCC88+lTTHKzz51AVX"
    "ZXB6WqUY4fS0uBhBzGXsOv5HpYFwRN5BdHfSMJa/kSFV859fPt1cF5gSa5YMyja2GPifLH"
    "xvIdol4Aowyg25rM3WT4f0xAMuD63MfvwfgmJtrw=="
)
