"""Adds the index of the search. Triggers update it in the transactions that change messages.

The index is not in the models: it is an FTS5 table on SQLite and a tsvector on PostgreSQL. Both
fold case and the accents of Latin letters. Both take each Chinese, Japanese or Korean character as
a word of its own, because those scripts have no spaces; phrases put the characters together.
"""

from tortoise import BaseDBAsyncClient

from migrations.files import SEARCH_MESSAGE_CHANGED, function

RUN_IN_TRANSACTION = True

# See the first migration.
BEGIN = {"sqlite": "BEGIN;", "postgres": ""}


async def upgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    return BEGIN[dialect] + {"sqlite": SQLITE, "postgres": POSTGRES}[dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    return BEGIN[dialect] + {"sqlite": SQLITE_DOWN, "postgres": POSTGRES_DOWN}[dialect]


# Kana, Chinese characters and Hangul, as ranges for the patterns of both databases.
SPACELESS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003fffd"
# Characters that PostgreSQL's parser would take as part of a word: in addresses, paths, numbers and
# tags.
MARKS = "[./@:_+&<~-]"
SEARCHED = "{0}.kind = 'text' AND {0}.deleted_at IS NULL AND {0}.text <> ''"
NEW, OLD, ROW = (SEARCHED.format(name) for name in ("NEW", "OLD", "m"))


def _spaced(text: str) -> str:
    """``text`` with spaces around each character that is a word of its own. It takes 64 characters
    at a time, because SQLite copies the rest of the text for each part that is taken from it."""
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


# Orders messages by their time. 22 bits distinguish the messages of one millisecond.
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

# Most texts are only ASCII and need no folding of accents; the dictionary folds case. (A pattern
# takes a quarter of the time of translate(). Without STRICT the function can be inlined.)
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
{function(SEARCH_MESSAGE_CHANGED, 1)}CREATE TRIGGER "search_message_added" AFTER INSERT ON "messages"
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
    "eJztXVtz27gV/isYvTSdUV1H8iVJO52x0+zWO4m9kzjdnUl3ZIiERMQUoRCgZTXNfy8AkR"
    "QvIEXIlETSeNmNgXNI+gN87jj43psRG7n06IIxaDkz5LHeG/C958EZ4v9QzPZBD87n6zkx"
    "wODYleQwppPjcEyZDy3xyAl0KeJDNqKWj+cME4+PeoHrikFicULsTddDgYe/BWjEyBQxB/"
    "l84ssffBh7NnpENPpxfj+aYOTaqW/Gtni3HB+x5VyOXdk/STrxsvHIIm4w89a08yVziBcT"
    "BwG2jz5/vvqnmJsiD/mQITvxS4hvDH/laGj1vXyA+QGKP9ReD9hoAgNXQNH7+yTwLIEAkG"
    "8S/zn5R/hpCbLR6PrmdvTp3e1o1NNAziKeQB2LNeCw/Fg9dw2HHO2JF7z918XHF8OzP0sI"
    "CGVTX0725K/+QzJCBlesEvI1xsHcJdBG/kgH7AxTnahHAyWwR4g1DOM1pvL/OTDfOtBXwx"
    "nRZ3DkH1YPgus/2T1A2JvBx5GLvClz+I+D09MSTP998VHCyqkkroTLmJX8uQ6nBqu5NL78"
    "jYxLphVQGjhn+TqI98vBqwp4c6pCvOVcGm+K/6vA+RJPrzymRjriyCCMV2qnbQhPxUf85f"
    "VgMByeD46HZ69OT87PT18dv+K08ovzU+clq3B59fPV9W0afzGQBn2Bbb6ieZFcBHlMvxXm"
    "oZBtGOSDlyfnJ6+GZycx0vFIGcB5MB2Epw7TQHPNYODMw2kH/HcX36AlFJJcHUJ1z3LhHi"
    "11dF5I3kFVd3ZSQdOdnRQqOjGVhpY5wWzsQeyONEHOMW4Fd9O2947RtnwksBhBhVy+xTNU"
    "YMOluHZlX+zT59ifGBGO9uQ+4QaKgTG07hfQt0e5GTIgRbT5qdlglh2BHpxKNMXvLT44jE"
    "FcusS67ymCE6uJfllcYixIdhCS+NILaOzPypfwPcZ/+uMpsYoyZaj0nBX7N9yJTwtUdGL3"
    "9suiGFQ3gkH3FL3Yq8iuJ3yR2P6V8UzzmIBQe1RdR03mhui6tz6ykccwdFUKLzFbqvWktL"
    "Ji4gOG5JsiaJ9HcB7NuE+h44jEDB309wanVVwQTlUSSs45IRIwXXcvxVQP0oe14XaP8xxS"
    "uiBcmjqQKqKat+ixwE7OMXZiZ5cAfPvud6nQZpR+c5O4vvhw8buEfLYMZ97fXP8ckSfW4e"
    "37m0vlNn9APuav1LVDlMwmgNdCa+SdWMlbco88lTWSmC21Rlb7gQnCapZI7zcHMrCAFFBu"
    "wIDxEogn8O1AgNxVS8DNEABtm2tG2gfEFzMUMQCBhxYgEgFH4MZzl3xQiIKjXmaJd/aSJ1"
    "hLEqMCkVcSTUxxdU6/1BVJbGM0oH2u6z3/eK18Q0jfCTWd3rhVMuvFefVcVt0Y97s2Ok3Y"
    "5aCZSvQ4x1yw6FqbKS4DfxvtzJ9W1mDOwpTjpbblhFNUNCrv7tCcWM7d3Rtp2YlXATLh/8"
    "YUCNNgDCn6EwX8R0b8ZZ/begiItformaNVIQI9mtl5O7LG5z7BdDxsDWGDzMXhoIJiGA4K"
    "9YKYKjcXH6AbKLAujknEDJ1QxPuIRTRELl15D5ghlWQKZ0plE5Y0FaXTBbD4E7jU4E6pix"
    "gFC4cg7ogKvxJgBjj6hHuZU58E87wM0uauucreZK73lbkW66wj5yN6I+cL5PwaWp+QmVYY"
    "IMFgwgBqV2qsSJQUwZnmMWUWxjs9vCBugHf6bJMgSfSF6A/oypiqWJKfZOkQ8LUV5WvC+S"
    "QotxIhxw0GsiEOyntI2SekTs/Fc/2NpUIuJx3RiNYUCnW+UChecE11luUz9kQbw60fRFkg"
    "UQqNaKpUZsxWRLsuq0+4VxR9y5XWf1ESmJBF40IWTRHtnfACmxukaCGYQmpoCYaQwai9dq"
    "o9SuFUGc6PpjaoPUm0E7WXVWV9kBqDAd9wkUy0XCy6UihOm6V4HpBPxbfoqUXTL6deS9vI"
    "ayOv2yavk5BHUkQL9gSTgX5r6IlvYw8qSv7KoE8wGei3ht5Use6qijVlyVTTiCmWJ+jEhs"
    "Xza8oKxsZgZTxTLAbPTE8X9KiKiBbWdkX0nfjL3/cxMx/N3SX3hEbahl2Ws0MJvn1nVhPB"
    "3KqbPsnThdZF+9/30NIGPcVkUNdHnS4pQzMdyNccBm99vOfY87TrlVJMRqpvK9VNsdhhi8"
    "VsrI9+isls/W2xt5GL9MFPcxn0t0U/cxFAVU2bYTPqtlXnZML0WflVEnmifoVs20j3Zone"
    "jYeATxZgQnzATWYHTLArT+RBED7zjTgeA2ZwCQKKAGZ9AD2bj0EGMAXYE8P5MzY1PrdKCr"
    "Cf/KMwrSUbJvBMws8k/Lq0n1UKXC9In2UzJ6Iao56vCcMTbMGios/UfKlS9hKUlY/dW5Dr"
    "vbs7eTKehupQakQ4JgFXkpSsDq4SrmAlLWDIdfm00Jc+H7YU2ri+x24qQ5W8ilKbJMnab5"
    "aVO8kiVgQjpyIS9KYg55AFOaYatUb9bPLk65uUziokyl+eFd+jdNae88gt3Kl7tSQbFok4"
    "kCFpMd1CjwSH2cDZiL40QzRkbczQSWF7XEnaHpeI22PT/q1R8iJhKVfFPsFi5HQLT2T86q"
    "MJ8hH3xHoKtzQx2994hHkeE5vbDp6JJ5dZ8qqppgzb/rRj7/uPAwDctVzTrwF1fiFjpcAI"
    "p0qlxZwTjb6SccXw1a2DAAnYmDyKVM9vaAzEW/pg4WPGkAcWmDlx8GkVYCKTI3AB+CvkJG"
    "cGENBgHD8WYJoLZ+3mNf/xZCyMTywc4qIoT7XKS42RRUTkTMTHxFPivFbqITKERh3ousBB"
    "0Bdfh5lpIdd0BV8mN5Prq6WtFIymfNzEbEzMpuWiInntztIlULF9yy7ciVk6EWjYd5Us5P"
    "p9NldVSxVu8ySLaceVv2wc6db+xRzmfmBTcNwa+BvkkH1KWIa9As8sRdPf6KIljc3KPbTH"
    "PlmI5D5b3e3ElyThSwkHB1LgEm8KZFtscfUTFQfVgYsfEFW11X76A2t2k0w5wHMpB2hHiV"
    "PaXpebX8+nTPEYRDPnSDx7TkI9WNUgT/IYi3ybyy9DALWvec3wda7lfl038SX8zcHpma11"
    "2eGaoxN7O5PWHlTptsGpitPaA2XHDR2EI/oO4lv/BjZuz3N1ez6Gx/F7CncnnuuXuTmpA/"
    "07bijYF9dBkq9YeiShBWsOFDVmT/dLPBSTUmhrSqFpEB4mMthcD7uF+zcW4pWdkojBmHPG"
    "nGuiqGiKOceVptKUE+PlZhyn2IkJl74Prazr8wOmeIxdzCSl+A1kDMIcNDtkZNmcjdpVD9"
    "G93nXctLqQdMDouNI5iOOScxDHuXMQsfzQhPhJcc9GwzysBPOwBOZhHmZG5tjSCezHDF0A"
    "eO9lNg9cTvujwFf00y5pS5TiMrjr4542TaqKkzSX0YibNKK5btc01m44njb2kaWdU01z1S"
    "KAG5RQPR9WEAPnw0I5IKbMdR0NiXOGd2NqxpeTXAb8rcE3d6UcDPoZmo2Rz2ENVHVKheBn"
    "2bq0ArXVsosE8YNuOXuKqUuwmpL25wS/6eP8jFMxH6R26BUkZMLZ/qa0zGilZLZtHCz7BI"
    "qWvpgCPraAsokvBOLRfwN3dytBe3cXHsheONhyKvQN3vqxmwp9igp7Ug0JV0/P3TC63W2h"
    "pgqoXulnqoD2EoswJSk1ghkKlLxsIMRF0CuzURV4jjlXt6C8vLl5nwqrX15l4+afP1y++/"
    "jipUSbE2FWYBL5HFGd6FlEbwLomwLoXwnWv6soxWQs/a0tfRO0PGzQUrbR2y5ymWQ1y1DD"
    "MmwVyFSym+XYejlkm3u9+peYY4/95KDr9tqobGeBiNAEHsOqYoxCdZthM7GdlsZ2xHUT6o"
    "6fidn+xtiOJwkrt4YIe9+tOjms7rFAFCBuRizHxF6KEIxo4CAe/Ub2xPPJog/Q4xzyrSFu"
    "cUJedHWEiymnZA7CvrJpxC5fVeWw15MOdpky4HrLgE3gxhzfapuyMG38d1dWZpKKz9T0+b"
    "TqdKOye6KpUqMn7JSz+/bmhVdbGTvigHaEyVnUWYyKHkIno3IhaszRhVMAafd+UOl4y6Dk"
    "eMtAdbzlHnkjB1Kt5jNprg7mLXbQQwn6oupcF+kMW/d2df1Ih2goUxWFHkiaybTrzbeclv"
    "twK2yVvB2KC9YGsk/YFl5Hmst4HaaStJ3wh2csuGGhtwBZPrMEWy8Bepxjbo5rLkCay8C/"
    "Nfw+euCGtf71ekmuHenVbpZyNiTm9Jmqi6jleH/TpXoHvEnPRJT2E1HSbaWS5Omgdz4cVO"
    "nzMShu8zHI+owRYLoHn7N8nWsmPaxyX/qw+L70Ye6+dBvTuQuXI909neXr4L6uPxYSgaZ9"
    "nj/FtiuoD7etX76uIkI4VXFHptc5ITLGRGG3FXatCcn3WIl2AMVnugQdJsuyE9wpgyzQus"
    "V3zWHw1sfbBKTM0eYGaM7n5o5fIB9bTk/hkIcz/TKXHK5pmuOTP5PTv0/MxBQ74YVnn0qa"
    "4xWefOqCqzI4Pa1SjHB6WlyMIOYydh3/o9JAOCTvILo7aRjL38iQqvnPL59urgtMiTVLBm"
    "UbWwz8Txa+txDtEnAFGOWGXNZm66dDeuIBl4dWZj/+D9WccrE="
)
