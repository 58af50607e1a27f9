CREATE OR REPLACE FUNCTION search_message_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    folded text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_messages s WHERE s.room_id = OLD.room_id
            AND s.created_at = OLD.created_at AND s.seq = OLD.seq;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.kind = 'text' AND NEW.deleted_at IS NULL AND NEW.text <> '' THEN
        folded := search_fold(NEW.text);
        INSERT INTO search_messages VALUES (NEW.room_id, NEW.created_at, NEW.seq, NEW.author_id,
            search_vector(folded), search_letters(folded));
    END IF;
    RETURN NULL;
END $$;
