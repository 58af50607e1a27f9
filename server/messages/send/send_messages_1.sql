CREATE FUNCTION send_messages(sends json) RETURNS TABLE (
    item int, outcome text, at_seq bigint, at_version bigint, mentioned uuid[],
    reply_author uuid, reply_text text, reply_deleted boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    send record;
    counters record;
BEGIN
    -- Rooms are locked in one order everywhere, so that two groups never wait for each other.
    FOR send IN
        SELECT * FROM json_to_recordset(sends) AS s(
            item int, id uuid, room_id uuid, author_id uuid, client_id uuid, body text,
            reply_to_seq bigint, names text[], sent_at bigint
        ) ORDER BY s.room_id, s.item
    LOOP
        item := send.item;
        at_seq := NULL; at_version := NULL; mentioned := NULL;
        reply_author := NULL; reply_text := NULL; reply_deleted := NULL;

        PERFORM 1 FROM rooms r WHERE r.id = send.room_id AND r.deleted_at IS NULL
            FOR NO KEY UPDATE;
        IF FOUND THEN
            PERFORM 1 FROM room_members m
                WHERE m.room_id = send.room_id AND m.user_id = send.author_id AND m.active;
        END IF;
        IF NOT FOUND THEN
            outcome := 'not_found'; RETURN NEXT; CONTINUE;
        END IF;

        -- Looked up under the room's lock, so that a repeat never takes a number.
        SELECT m.seq INTO at_seq FROM messages m WHERE m.room_id = send.room_id
            AND m.author_id = send.author_id AND m.client_id = send.client_id;
        IF FOUND THEN
            outcome := 'duplicate'; RETURN NEXT; CONTINUE;
        END IF;

        IF send.reply_to_seq IS NOT NULL THEN
            SELECT m.author_id, left(m.text, 140), m.deleted_at IS NOT NULL
                INTO reply_author, reply_text, reply_deleted
                FROM messages m WHERE m.room_id = send.room_id AND m.seq = send.reply_to_seq;
            IF NOT FOUND THEN
                outcome := 'no_original'; RETURN NEXT; CONTINUE;
            END IF;
        END IF;

        IF send.names IS NOT NULL THEN
            SELECT array_agg(u.id ORDER BY u.id) INTO mentioned FROM users u
                JOIN room_members m ON m.user_id = u.id AND m.room_id = send.room_id AND m.active
                WHERE u.username_key = ANY(send.names);
        END IF;

        UPDATE rooms SET last_seq = last_seq + 1, version = version + 1, ordinal = ordinal + 1,
            active_at = send.sent_at WHERE id = send.room_id
            RETURNING last_seq, version, ordinal INTO counters;
        INSERT INTO messages (id, room_id, seq, version, ordinal, kind, author_id, client_id,
            text, reply_to_seq, mentions, created_at)
            VALUES (send.id, send.room_id, counters.last_seq, counters.version, counters.ordinal,
                'text', send.author_id, send.client_id, send.body, send.reply_to_seq,
                to_json(mentioned)::text, send.sent_at);
        UPDATE room_members SET last_read_seq = counters.last_seq,
            last_read_ordinal = counters.ordinal
            WHERE room_id = send.room_id AND user_id = send.author_id;
        IF mentioned IS NOT NULL THEN
            INSERT INTO mentions (user_id, room_id, seq)
                SELECT unnest(mentioned), send.room_id, counters.last_seq;
        END IF;
        outcome := 'sent'; at_seq := counters.last_seq; at_version := counters.version;
        RETURN NEXT;
    END LOOP;
END $$;
