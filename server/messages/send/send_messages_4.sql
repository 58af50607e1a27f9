CREATE FUNCTION send_messages(sends json) RETURNS TABLE (
    item int, outcome text, at_seq bigint, at_version bigint, mentioned uuid[], named text,
    reply_author uuid, reply_text text, reply_deleted boolean,
    attached text, notified uuid[], told_all boolean, read_some boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    send record;
    counters record;
    room_kind text;
    author_role text;
    peer record;
    peer_id uuid;
BEGIN
    -- Rooms are locked in one order everywhere, so that two groups never wait for each other.
    FOR send IN
        SELECT * FROM json_to_recordset(sends) AS s(
            item int, id uuid, room_id uuid, author_id uuid, client_id uuid, body text,
            reply_to_seq bigint, names text[], sent_at bigint, attachment_ids uuid[],
            notice_id uuid
        ) ORDER BY s.room_id, s.item
    LOOP
        item := send.item;
        at_seq := NULL; at_version := NULL; mentioned := NULL; named := NULL;
        reply_author := NULL; reply_text := NULL; reply_deleted := NULL;
        attached := NULL; notified := NULL; told_all := false; read_some := false;
        peer_id := NULL; author_role := NULL;


        PERFORM 1 FROM room_members m
            WHERE m.room_id = send.room_id AND m.user_id = send.author_id AND m.active;
        IF NOT FOUND THEN
            outcome := 'not_found'; RETURN NEXT; CONTINUE;
        END IF;

        SELECT r.kind INTO room_kind FROM rooms r
            WHERE r.id = send.room_id AND r.deleted_at IS NULL FOR NO KEY UPDATE;
        IF FOUND THEN
            SELECT m.role INTO author_role FROM room_members m
                WHERE m.room_id = send.room_id AND m.user_id = send.author_id AND m.active;
        END IF;
        IF author_role IS NULL THEN
            outcome := 'not_found'; RETURN NEXT; CONTINUE;
        END IF;

        -- Looked up under the room's lock, so that a repeat never takes a number.
        SELECT m.seq INTO at_seq FROM messages m WHERE m.room_id = send.room_id
            AND m.author_id = send.author_id AND m.client_id = send.client_id;
        IF FOUND THEN
            outcome := 'duplicate'; RETURN NEXT; CONTINUE;
        END IF;

        IF room_kind = 'direct' THEN
            -- This waits for a deletion of the account that is under way. A block is created under
            -- the room's lock.
            SELECT u.id, u.deleted_at INTO peer FROM room_members m
                JOIN users u ON u.id = m.user_id
                WHERE m.room_id = send.room_id AND m.user_id <> send.author_id
                FOR KEY SHARE OF u;
            peer_id := peer.id;
            IF peer.deleted_at IS NOT NULL THEN
                outcome := 'forbidden'; RETURN NEXT; CONTINUE;
            END IF;
            PERFORM 1 FROM blocks b
                WHERE (b.user_id = peer_id AND b.blocked_id = send.author_id)
                    OR (b.user_id = send.author_id AND b.blocked_id = peer_id);
            IF FOUND THEN
                outcome := 'blocked'; RETURN NEXT; CONTINUE;
            END IF;
        END IF;

        IF send.reply_to_seq IS NOT NULL THEN
            SELECT m.author_id, left(m.text, 140), m.deleted_at IS NOT NULL
                INTO reply_author, reply_text, reply_deleted
                FROM messages m WHERE m.room_id = send.room_id AND m.seq = send.reply_to_seq;
            IF NOT FOUND THEN
                outcome := 'no_original'; RETURN NEXT; CONTINUE;
            END IF;
        END IF;

        IF send.attachment_ids IS NOT NULL THEN
            -- This waits for a removal of unused attachments that is under way.
            PERFORM 1 FROM attachments a WHERE a.id = ANY(send.attachment_ids)
                AND (a.uploader_id = send.author_id OR EXISTS (
                    SELECT 1 FROM message_attachments x
                    JOIN room_members m ON m.room_id = x.room_id AND m.active
                    WHERE x.attachment_id = a.id AND m.user_id = send.author_id))
                ORDER BY a.id FOR KEY SHARE;
            SELECT json_agg(json_build_object(
                    'id', a.id, 'name', a.name, 'content_type', a.content_type, 'size', a.size,
                    'width', a.width, 'height', a.height, 'duration', a.duration, 'key', a.key,
                    'thumbnail_key', a.thumbnail_key) ORDER BY w.place)::text
                INTO attached
                FROM unnest(send.attachment_ids) WITH ORDINALITY AS w(id, place)
                JOIN attachments a ON a.id = w.id
                WHERE a.uploader_id = send.author_id OR EXISTS (
                    SELECT 1 FROM message_attachments x
                    JOIN room_members m ON m.room_id = x.room_id AND m.active
                    WHERE x.attachment_id = a.id AND m.user_id = send.author_id);
            IF coalesce(json_array_length(attached::json), 0)
                    < cardinality(send.attachment_ids) THEN
                outcome := 'no_attachment'; RETURN NEXT; CONTINUE;
            END IF;
        END IF;

        IF send.names IS NOT NULL THEN
            SELECT array_agg(u.id ORDER BY u.id),
                '{' || string_agg(to_json(u.username_key)::text || ':' || to_json(u.id)::text, ','
                    ORDER BY u.id) || '}'
                INTO mentioned, named FROM users u
                JOIN room_members m ON m.user_id = u.id AND m.room_id = send.room_id AND m.active
                WHERE u.username_key = ANY(send.names);
        END IF;

        UPDATE rooms SET last_seq = last_seq + 1, version = version + 1, ordinal = ordinal + 1,
            active_at = send.sent_at WHERE id = send.room_id
            RETURNING last_seq, version, ordinal INTO counters;
        INSERT INTO messages (id, room_id, seq, version, ordinal, kind, author_id, client_id,
            text, reply_to_seq, mentions, mention_names, attachments, created_at)
            VALUES (send.id, send.room_id, counters.last_seq, counters.version, counters.ordinal,
                'text', send.author_id, send.client_id, send.body, send.reply_to_seq,
                to_json(mentioned)::text, named, attached, send.sent_at);
        UPDATE room_members SET last_read_seq = counters.last_seq,
            last_read_ordinal = counters.ordinal
            WHERE room_id = send.room_id AND user_id = send.author_id;
        UPDATE notifications SET read_at = send.sent_at WHERE user_id = send.author_id
            AND room_id = send.room_id AND read_at IS NULL AND seq < counters.last_seq;
        read_some := FOUND;
        IF mentioned IS NOT NULL THEN
            INSERT INTO mentions (user_id, room_id, seq)
                SELECT unnest(mentioned), send.room_id, counters.last_seq;
        END IF;
        IF attached IS NOT NULL THEN
            INSERT INTO message_attachments (room_id, seq, attachment_id)
                SELECT send.room_id, counters.last_seq, unnest(send.attachment_ids);
        END IF;

        IF mentioned IS NOT NULL OR reply_author IS NOT NULL OR peer_id IS NOT NULL THEN
            WITH concerned AS (
                SELECT DISTINCT ON (c.user_id) c.user_id, c.kind FROM (
                    SELECT unnest(mentioned) AS user_id, 'mention' AS kind, 1 AS rank
                    UNION ALL SELECT reply_author, 'reply', 2
                    UNION ALL SELECT peer_id, 'direct_message', 3
                ) AS c WHERE c.user_id <> send.author_id ORDER BY c.user_id, c.rank
            ), stored AS (
                INSERT INTO notifications
                    (id, user_id, kind, room_id, seq, actor_id, cause, created_at)
                SELECT gen_random_uuid(), c.user_id, c.kind, send.room_id, counters.last_seq,
                    send.author_id, 'm:' || send.room_id || ':' || counters.last_seq, send.sent_at
                FROM concerned c JOIN room_members m
                    ON m.room_id = send.room_id AND m.user_id = c.user_id AND m.active
                WHERE (m.notify = 'all' OR (m.notify = 'mentions' AND c.kind <> 'direct_message'))
                    AND NOT EXISTS (SELECT 1 FROM blocks b
                        WHERE (b.user_id = c.user_id AND b.blocked_id = send.author_id)
                            OR (b.user_id = send.author_id AND b.blocked_id = c.user_id))
                RETURNING user_id
            )
            SELECT array_agg(user_id) INTO notified FROM stored;
        END IF;
        IF send.notice_id IS NOT NULL AND room_kind = 'group' AND author_role <> 'member' THEN
            INSERT INTO room_notices (id, room_id, seq, actor_id, created_at)
                VALUES (send.notice_id, send.room_id, counters.last_seq, send.author_id,
                    send.sent_at);
            told_all := true;
        END IF;
        IF EXISTS (SELECT 1 FROM push_subscriptions) THEN
            INSERT INTO push_jobs (room_id, seq, payload, attempts, due_at, created_at)
                VALUES (send.room_id, counters.last_seq, '{"kind":"message"}', 0, send.sent_at,
                    send.sent_at);
        END IF;
        outcome := 'sent'; at_seq := counters.last_seq; at_version := counters.version;
        RETURN NEXT;
    END LOOP;
END $$;
