-- New messages wait for the worker (server/search/indexing.py).
CREATE FUNCTION search_messages_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_due (room_id, created_at, seq)
        SELECT a.room_id, a.created_at, a.seq FROM added a
        WHERE a.kind = 'text' AND a.deleted_at IS NULL AND a.text <> '';
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION search_message_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    folded text;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.kind = 'text' AND NEW.deleted_at IS NULL AND NEW.text <> '' THEN
        folded := search_fold(NEW.text);
        INSERT INTO search_messages (room_id, created_at, seq, author_id, words, letters)
            VALUES (NEW.room_id, NEW.created_at, NEW.seq, NEW.author_id, search_vector(folded),
                search_letters(folded))
            ON CONFLICT (room_id, created_at, seq)
            DO UPDATE SET words = excluded.words, letters = excluded.letters;
        RETURN NULL;
    END IF;
    DELETE FROM search_messages s WHERE s.room_id = OLD.room_id
        AND s.created_at = OLD.created_at AND s.seq = OLD.seq;
    -- The worker may be indexing the text that is gone now. Its next part takes the words out again.
    INSERT INTO search_due (room_id, created_at, seq) VALUES (OLD.room_id, OLD.created_at, OLD.seq);
    RETURN NULL;
END $$;
