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
-- Brings the index of these messages to what they are now. Each is found by its key, whatever the statistics say: those
-- of a new table know nothing, and then any index that begins with the room is as good, and the whole room is read for
-- each message. Only the key has this order.
CREATE FUNCTION search_index(due search_due[]) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    indexed bigint;
    gone record;
BEGIN
    -- The index of what was edited in the meantime is newer.
    INSERT INTO search_messages (room_id, created_at, seq, author_id, words, letters)
        SELECT m.room_id, m.created_at, m.seq, m.author_id, search_vector(f.folded), search_letters(f.folded)
        FROM unnest(due) AS d CROSS JOIN LATERAL (
            SELECT x.* FROM messages x WHERE x.room_id = d.room_id AND x.seq BETWEEN d.seq AND d.seq
                AND x.kind = 'text' AND x.deleted_at IS NULL AND x.text <> '' ORDER BY x.seq LIMIT 1
        ) m CROSS JOIN LATERAL (SELECT search_fold(m.text) AS folded OFFSET 0) f
        ON CONFLICT (room_id, created_at, seq) DO NOTHING;
    GET DIAGNOSTICS indexed = ROW_COUNT;
    IF indexed < cardinality(due) THEN
        FOR gone IN SELECT d.* FROM unnest(due) AS d WHERE (
            SELECT x.seq FROM messages x WHERE x.room_id = d.room_id AND x.seq BETWEEN d.seq AND d.seq
                AND x.kind = 'text' AND x.deleted_at IS NULL AND x.text <> '' ORDER BY x.seq LIMIT 1
        ) IS NULL LOOP
            DELETE FROM search_messages s
                WHERE s.room_id = gone.room_id AND s.created_at = gone.created_at AND s.seq = gone.seq;
        END LOOP;
    END IF;
END $$;
