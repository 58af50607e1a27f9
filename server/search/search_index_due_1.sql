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
-- Brings the index of these messages to what they are now. They are read room by room, because each room is in one
-- partition.
CREATE FUNCTION search_index(due search_due[]) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    room record;
    indexed bigint;
BEGIN
    FOR room IN SELECT d.room_id AS id, array_agg(d.created_at) AS times, array_agg(d.seq) AS seqs
        FROM unnest(due) AS d GROUP BY d.room_id
    LOOP
        -- The index of what was edited in the meantime is newer.
        INSERT INTO search_messages (room_id, created_at, seq, author_id, words, letters)
            SELECT m.room_id, m.created_at, m.seq, m.author_id, search_vector(f.folded), search_letters(f.folded)
            FROM messages m CROSS JOIN LATERAL (SELECT search_fold(m.text) AS folded OFFSET 0) f
            WHERE m.room_id = room.id AND m.seq = ANY(room.seqs)
                AND m.kind = 'text' AND m.deleted_at IS NULL AND m.text <> ''
            ON CONFLICT (room_id, created_at, seq) DO NOTHING;
        GET DIAGNOSTICS indexed = ROW_COUNT;
        IF indexed < cardinality(room.seqs) THEN
            DELETE FROM search_messages s WHERE s.room_id = room.id
                AND s.created_at = ANY(room.times) AND s.seq = ANY(room.seqs)
                AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.room_id = room.id AND m.seq = s.seq
                    AND m.kind = 'text' AND m.deleted_at IS NULL AND m.text <> '');
        END IF;
    END LOOP;
END $$;
