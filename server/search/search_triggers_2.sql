CREATE TRIGGER "search_message_added" AFTER INSERT ON "messages" WHEN NEW.kind = 'text' AND NEW.deleted_at IS NULL AND NEW.text <> '' BEGIN
    INSERT INTO search_messages (id, room_id, seq, author_id) VALUES (
        coalesce((SELECT max(id) + 1 FROM search_messages
            WHERE id >= (NEW.created_at << 22) AND id < (NEW.created_at << 22) + (1 << 22)), (NEW.created_at << 22)),
        NEW.room_id, NEW.seq, NEW.author_id
    );
    INSERT INTO search_words (rowid, text) VALUES ((SELECT id FROM search_messages WHERE room_id = NEW.room_id AND seq = NEW.seq), CASE WHEN length(CAST(NEW.text AS BLOB)) = length(NEW.text) THEN NEW.text ELSE coalesce((SELECT spaced FROM search_spaced WHERE text = NEW.text), CASE WHEN NEW.text NOT GLOB '*[぀-ヿ㐀-䶿一-鿿가-힣豈-﫿ｦ-ﾝ𠀀-𿿽]*' THEN NEW.text ELSE (
        WITH RECURSIVE letter(n, c, rest) AS (
            SELECT 1, '', substr(NEW.text, 1, 64)
            UNION ALL
            SELECT CASE WHEN rest = '' THEN n + 64 ELSE n END,
                CASE WHEN rest = '' THEN '' ELSE substr(rest, 1, 1) END,
                CASE WHEN rest = '' THEN substr(NEW.text, n + 64, 64) ELSE substr(rest, 2) END
            FROM letter WHERE rest <> '' OR n + 64 <= length(NEW.text)
        )
        SELECT group_concat(CASE WHEN c GLOB '[぀-ヿ㐀-䶿一-鿿가-힣豈-﫿ｦ-ﾝ𠀀-𿿽]' THEN ' ' || c || ' ' ELSE c END, '')
        FROM letter
    ) END) END);
    DELETE FROM search_spaced WHERE text = NEW.text;
END;
CREATE TRIGGER "search_message_filled" AFTER UPDATE OF "text" ON "messages"
    WHEN NOT (OLD.kind = 'text' AND OLD.deleted_at IS NULL AND OLD.text <> '') AND NEW.kind = 'text' AND NEW.deleted_at IS NULL AND NEW.text <> '' BEGIN
    INSERT INTO search_messages (id, room_id, seq, author_id) VALUES (
        coalesce((SELECT max(id) + 1 FROM search_messages
            WHERE id >= (NEW.created_at << 22) AND id < (NEW.created_at << 22) + (1 << 22)), (NEW.created_at << 22)),
        NEW.room_id, NEW.seq, NEW.author_id
    );
    INSERT INTO search_words (rowid, text) VALUES ((SELECT id FROM search_messages WHERE room_id = NEW.room_id AND seq = NEW.seq), CASE WHEN length(CAST(NEW.text AS BLOB)) = length(NEW.text) THEN NEW.text ELSE coalesce((SELECT spaced FROM search_spaced WHERE text = NEW.text), CASE WHEN NEW.text NOT GLOB '*[぀-ヿ㐀-䶿一-鿿가-힣豈-﫿ｦ-ﾝ𠀀-𿿽]*' THEN NEW.text ELSE (
        WITH RECURSIVE letter(n, c, rest) AS (
            SELECT 1, '', substr(NEW.text, 1, 64)
            UNION ALL
            SELECT CASE WHEN rest = '' THEN n + 64 ELSE n END,
                CASE WHEN rest = '' THEN '' ELSE substr(rest, 1, 1) END,
                CASE WHEN rest = '' THEN substr(NEW.text, n + 64, 64) ELSE substr(rest, 2) END
            FROM letter WHERE rest <> '' OR n + 64 <= length(NEW.text)
        )
        SELECT group_concat(CASE WHEN c GLOB '[぀-ヿ㐀-䶿一-鿿가-힣豈-﫿ｦ-ﾝ𠀀-𿿽]' THEN ' ' || c || ' ' ELSE c END, '')
        FROM letter
    ) END) END);
    DELETE FROM search_spaced WHERE text = NEW.text;
END;
CREATE TRIGGER "search_message_edited" AFTER UPDATE OF "text" ON "messages"
    WHEN OLD.kind = 'text' AND OLD.deleted_at IS NULL AND OLD.text <> '' AND NEW.kind = 'text' AND NEW.deleted_at IS NULL AND NEW.text <> '' BEGIN
    INSERT INTO search_words (search_words, rowid, text) SELECT 'delete', d.id, CASE WHEN length(CAST(OLD.text AS BLOB)) = length(OLD.text) THEN OLD.text ELSE coalesce((SELECT spaced FROM search_spaced WHERE text = OLD.text), CASE WHEN OLD.text NOT GLOB '*[぀-ヿ㐀-䶿一-鿿가-힣豈-﫿ｦ-ﾝ𠀀-𿿽]*' THEN OLD.text ELSE (
        WITH RECURSIVE letter(n, c, rest) AS (
            SELECT 1, '', substr(OLD.text, 1, 64)
            UNION ALL
            SELECT CASE WHEN rest = '' THEN n + 64 ELSE n END,
                CASE WHEN rest = '' THEN '' ELSE substr(rest, 1, 1) END,
                CASE WHEN rest = '' THEN substr(OLD.text, n + 64, 64) ELSE substr(rest, 2) END
            FROM letter WHERE rest <> '' OR n + 64 <= length(OLD.text)
        )
        SELECT group_concat(CASE WHEN c GLOB '[぀-ヿ㐀-䶿一-鿿가-힣豈-﫿ｦ-ﾝ𠀀-𿿽]' THEN ' ' || c || ' ' ELSE c END, '')
        FROM letter
    ) END) END FROM search_messages d WHERE d.room_id = OLD.room_id AND d.seq = OLD.seq;
    DELETE FROM search_spaced WHERE text = OLD.text;
    INSERT INTO search_words (rowid, text) VALUES ((SELECT id FROM search_messages WHERE room_id = NEW.room_id AND seq = NEW.seq), CASE WHEN length(CAST(NEW.text AS BLOB)) = length(NEW.text) THEN NEW.text ELSE coalesce((SELECT spaced FROM search_spaced WHERE text = NEW.text), CASE WHEN NEW.text NOT GLOB '*[぀-ヿ㐀-䶿一-鿿가-힣豈-﫿ｦ-ﾝ𠀀-𿿽]*' THEN NEW.text ELSE (
        WITH RECURSIVE letter(n, c, rest) AS (
            SELECT 1, '', substr(NEW.text, 1, 64)
            UNION ALL
            SELECT CASE WHEN rest = '' THEN n + 64 ELSE n END,
                CASE WHEN rest = '' THEN '' ELSE substr(rest, 1, 1) END,
                CASE WHEN rest = '' THEN substr(NEW.text, n + 64, 64) ELSE substr(rest, 2) END
            FROM letter WHERE rest <> '' OR n + 64 <= length(NEW.text)
        )
        SELECT group_concat(CASE WHEN c GLOB '[぀-ヿ㐀-䶿一-鿿가-힣豈-﫿ｦ-ﾝ𠀀-𿿽]' THEN ' ' || c || ' ' ELSE c END, '')
        FROM letter
    ) END) END);
    DELETE FROM search_spaced WHERE text = NEW.text;
END;
CREATE TRIGGER "search_message_deleted" AFTER UPDATE OF "text", "deleted_at" ON "messages"
    WHEN OLD.kind = 'text' AND OLD.deleted_at IS NULL AND OLD.text <> '' AND NOT (NEW.kind = 'text' AND NEW.deleted_at IS NULL AND NEW.text <> '') BEGIN
    INSERT INTO search_words (search_words, rowid, text) SELECT 'delete', d.id, CASE WHEN length(CAST(OLD.text AS BLOB)) = length(OLD.text) THEN OLD.text ELSE coalesce((SELECT spaced FROM search_spaced WHERE text = OLD.text), CASE WHEN OLD.text NOT GLOB '*[぀-ヿ㐀-䶿一-鿿가-힣豈-﫿ｦ-ﾝ𠀀-𿿽]*' THEN OLD.text ELSE (
        WITH RECURSIVE letter(n, c, rest) AS (
            SELECT 1, '', substr(OLD.text, 1, 64)
            UNION ALL
            SELECT CASE WHEN rest = '' THEN n + 64 ELSE n END,
                CASE WHEN rest = '' THEN '' ELSE substr(rest, 1, 1) END,
                CASE WHEN rest = '' THEN substr(OLD.text, n + 64, 64) ELSE substr(rest, 2) END
            FROM letter WHERE rest <> '' OR n + 64 <= length(OLD.text)
        )
        SELECT group_concat(CASE WHEN c GLOB '[぀-ヿ㐀-䶿一-鿿가-힣豈-﫿ｦ-ﾝ𠀀-𿿽]' THEN ' ' || c || ' ' ELSE c END, '')
        FROM letter
    ) END) END FROM search_messages d WHERE d.room_id = OLD.room_id AND d.seq = OLD.seq;
    DELETE FROM search_spaced WHERE text = OLD.text;
    DELETE FROM search_messages WHERE room_id = OLD.room_id AND seq = OLD.seq;
END;
CREATE TRIGGER "search_message_removed" AFTER DELETE ON "messages" WHEN OLD.kind = 'text' AND OLD.deleted_at IS NULL AND OLD.text <> '' BEGIN
    INSERT INTO search_words (search_words, rowid, text) SELECT 'delete', d.id, CASE WHEN length(CAST(OLD.text AS BLOB)) = length(OLD.text) THEN OLD.text ELSE coalesce((SELECT spaced FROM search_spaced WHERE text = OLD.text), CASE WHEN OLD.text NOT GLOB '*[぀-ヿ㐀-䶿一-鿿가-힣豈-﫿ｦ-ﾝ𠀀-𿿽]*' THEN OLD.text ELSE (
        WITH RECURSIVE letter(n, c, rest) AS (
            SELECT 1, '', substr(OLD.text, 1, 64)
            UNION ALL
            SELECT CASE WHEN rest = '' THEN n + 64 ELSE n END,
                CASE WHEN rest = '' THEN '' ELSE substr(rest, 1, 1) END,
                CASE WHEN rest = '' THEN substr(OLD.text, n + 64, 64) ELSE substr(rest, 2) END
            FROM letter WHERE rest <> '' OR n + 64 <= length(OLD.text)
        )
        SELECT group_concat(CASE WHEN c GLOB '[぀-ヿ㐀-䶿一-鿿가-힣豈-﫿ｦ-ﾝ𠀀-𿿽]' THEN ' ' || c || ' ' ELSE c END, '')
        FROM letter
    ) END) END FROM search_messages d WHERE d.room_id = OLD.room_id AND d.seq = OLD.seq;
    DELETE FROM search_spaced WHERE text = OLD.text;
    DELETE FROM search_messages WHERE room_id = OLD.room_id AND seq = OLD.seq;
END;
