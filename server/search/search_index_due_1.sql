-- Indexes at most so many of the messages that wait for it, and returns how many they were. Every statement here
-- has a snapshot of its own, so what is indexed is newer than the lock: nobody else indexes an older text afterwards.
CREATE FUNCTION search_index_due(most int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    due search_due[];
    one search_due;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7243003) THEN
        RETURN 0;
    END IF;
    WITH taken AS (
        DELETE FROM search_due WHERE ctid = ANY(ARRAY(SELECT d.ctid FROM search_due d LIMIT most))
            RETURNING search_due
    )
    SELECT array_agg(t.search_due) INTO due FROM taken t;
    IF due IS NULL THEN
        RETURN 0;
    END IF;
    BEGIN
        PERFORM search_index(due);
    EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
        -- Of a text that cannot be indexed, none is: it must not be in the way of the others.
        FOREACH one IN ARRAY due LOOP
            BEGIN
                PERFORM search_index(ARRAY[one]);
            EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
                RAISE WARNING 'message % of room % cannot be searched: %', one.seq, one.room_id, SQLERRM;
            END;
        END LOOP;
    END;
    RETURN cardinality(due);
END $$;
-- Brings the index of these messages to what they are now.
CREATE FUNCTION search_index(due search_due[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH found AS MATERIALIZED (
        SELECT d.room_id, d.created_at, d.seq, m.author_id, search_fold(m.text) AS folded
        FROM unnest(due) AS d JOIN messages m ON m.room_id = d.room_id AND m.seq = d.seq
        WHERE m.kind = 'text' AND m.deleted_at IS NULL AND m.text <> ''
    ), gone AS (
        DELETE FROM search_messages s USING unnest(due) AS d
            WHERE s.room_id = d.room_id AND s.created_at = d.created_at AND s.seq = d.seq
                AND NOT EXISTS (SELECT 1 FROM found f WHERE f.room_id = d.room_id AND f.seq = d.seq)
    )
    -- The index of what was edited in the meantime is newer.
    INSERT INTO search_messages (room_id, created_at, seq, author_id, words, letters)
        SELECT f.room_id, f.created_at, f.seq, f.author_id, search_vector(f.folded), search_letters(f.folded)
        FROM found f ON CONFLICT (room_id, created_at, seq) DO NOTHING;
END $$;
