-- A send as it is given. The JSON of a group is read once.
CREATE TYPE send_item AS (
    item int, id uuid, room_id uuid, author_id uuid, client_id uuid, body text, reply_to_seq bigint,
    names text[], sent_at bigint, attachment_ids uuid[], notice_id uuid
);
-- Decides and stores the sends of a group: the steps of README.md. What most sends read and write is read and written
-- once for all of them. Plans are made once, for indexes: they stay good however much is stored.
CREATE FUNCTION send_group(sends json, look_up boolean) RETURNS TABLE (
    item int, outcome text, at_seq bigint, at_version bigint, mentioned uuid[], named text,
    reply_author uuid, reply_text text, reply_deleted boolean,
    attached text, notified uuid[], told_all boolean, read_some boolean
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    items send_item[] := ARRAY(SELECT s FROM json_populate_recordset(NULL::send_item, sends) AS s);
    send record;
    locked uuid[];
    peer record;
    peer_id uuid;
    -- The room that the loop has come to, how many messages it has got, and who was notified in it.
    here uuid;
    added int;
    noted uuid[];
    subscribed boolean := EXISTS (SELECT 1 FROM push_subscriptions);
    message messages;
    -- The messages of the group, and how many of them are in the table already.
    new messages[] := '{}';
    kept int := 0;
BEGIN
    -- Rooms are locked in one order everywhere, so that two groups never wait for each other.
    locked := ARRAY(
        SELECT r.id FROM rooms r WHERE r.id = ANY(ARRAY(
            SELECT m.room_id FROM unnest(items) AS s
            JOIN room_members m ON m.room_id = s.room_id AND m.user_id = s.author_id AND m.active
        )) AND r.deleted_at IS NULL ORDER BY r.id FOR NO KEY UPDATE
    );
    -- This sees what was committed before the locks: each statement has a snapshot of its own.
    FOR send IN
        SELECT s.*, seat.*, EXISTS (
            SELECT 1 FROM notifications n WHERE n.user_id = s.author_id
                AND n.room_id = s.room_id AND n.read_at IS NULL
        ) AS unread
        FROM unnest(items) AS s
        -- OFFSET 0 keeps this a look for each send: else all members of the rooms might be compared with all sends.
        LEFT JOIN LATERAL (
            SELECT r.kind, r.last_seq, r.version, r.ordinal, m.role
            FROM room_members m JOIN rooms r ON r.id = m.room_id
            WHERE m.room_id = s.room_id AND m.user_id = s.author_id AND m.active OFFSET 0
        ) AS seat ON s.room_id = ANY(locked)
        ORDER BY s.room_id, s.item
    LOOP
        item := send.item;
        at_seq := NULL; at_version := NULL; mentioned := NULL; named := NULL;
        reply_author := NULL; reply_text := NULL; reply_deleted := NULL;
        attached := NULL; notified := NULL; told_all := false; read_some := false;
        peer_id := NULL;

        IF send.kind IS NULL THEN
            outcome := 'not_found'; RETURN NEXT; CONTINUE;
        END IF;
        IF here IS DISTINCT FROM send.room_id THEN
            here := send.room_id; added := 0; noted := NULL;
        END IF;
        IF send.reply_to_seq > send.last_seq AND kept < cardinality(new) THEN
            -- The message that is replied to may be one of the group.
            INSERT INTO messages (id, room_id, seq, version, ordinal, kind, author_id, client_id,
                text, reply_to_seq, mentions, mention_names, attachments, created_at)
            SELECT s.id, s.room_id, s.seq, s.version, s.ordinal, 'text', s.author_id, s.client_id,
                s.text, s.reply_to_seq, s.mentions, s.mention_names, s.attachments, s.created_at
            FROM unnest(new[kept + 1 :]) AS s;
            kept := cardinality(new);
        END IF;

        outcome := NULL;
        <<deciding>>
        BEGIN
            IF send.kind = 'direct' THEN
                -- This waits for a deletion of the account that is under way. A block is created under
                -- the room's lock.
                SELECT u.id, u.deleted_at INTO peer FROM room_members m
                    JOIN users u ON u.id = m.user_id
                    WHERE m.room_id = send.room_id AND m.user_id <> send.author_id
                    FOR KEY SHARE OF u;
                peer_id := peer.id;
                IF peer.deleted_at IS NOT NULL THEN
                    outcome := 'forbidden'; EXIT deciding;
                END IF;
                PERFORM 1 FROM blocks b
                    WHERE (b.user_id = peer_id AND b.blocked_id = send.author_id)
                        OR (b.user_id = send.author_id AND b.blocked_id = peer_id);
                IF FOUND THEN
                    outcome := 'blocked'; EXIT deciding;
                END IF;
            END IF;

            IF send.reply_to_seq IS NOT NULL THEN
                SELECT m.author_id, left(m.text, 140), m.deleted_at IS NOT NULL
                    INTO reply_author, reply_text, reply_deleted
                    FROM messages m WHERE m.room_id = send.room_id AND m.seq = send.reply_to_seq;
                IF NOT FOUND THEN
                    outcome := 'no_original'; EXIT deciding;
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
                    outcome := 'no_attachment'; EXIT deciding;
                END IF;
            END IF;
        END deciding;
        IF look_up OR outcome IS NOT NULL THEN
            -- A repeat is answered before anything is refused.
            SELECT x.seq INTO at_seq FROM (
                SELECT m.seq FROM messages m WHERE m.room_id = send.room_id
                    AND m.author_id = send.author_id AND m.client_id = send.client_id
                UNION ALL
                SELECT n.seq FROM unnest(new) n WHERE n.room_id = send.room_id
                    AND n.author_id = send.author_id AND n.client_id = send.client_id
            ) AS x LIMIT 1;
            IF FOUND THEN
                outcome := 'duplicate';
            END IF;
        END IF;
        IF outcome IS NOT NULL THEN
            RETURN NEXT; CONTINUE;
        END IF;

        IF send.names IS NOT NULL THEN
            SELECT array_agg(u.id ORDER BY u.id),
                '{' || string_agg(to_json(u.username_key)::text || ':' || to_json(u.id)::text, ','
                    ORDER BY u.id) || '}'
                INTO mentioned, named FROM users u
                JOIN room_members m ON m.user_id = u.id AND m.room_id = send.room_id AND m.active
                WHERE u.username_key = ANY(send.names);
        END IF;

        added := added + 1;
        at_seq := send.last_seq + added; at_version := send.version + added;
        message.id := send.id;
        message.room_id := send.room_id;
        message.seq := at_seq;
        message.version := at_version;
        message.ordinal := send.ordinal + added;
        message.author_id := send.author_id;
        message.client_id := send.client_id;
        message.text := send.body;
        message.reply_to_seq := send.reply_to_seq;
        message.mentions := to_json(mentioned)::text;
        message.mention_names := named;
        message.attachments := attached;
        message.created_at := send.sent_at;
        new := new || message;
        IF send.unread OR send.author_id = ANY(noted) THEN
            UPDATE notifications SET read_at = send.sent_at WHERE user_id = send.author_id
                AND room_id = send.room_id AND read_at IS NULL AND seq < at_seq;
            read_some := FOUND;
        END IF;
        IF mentioned IS NOT NULL THEN
            INSERT INTO mentions (user_id, room_id, seq)
                SELECT unnest(mentioned), send.room_id, at_seq;
        END IF;
        IF attached IS NOT NULL THEN
            INSERT INTO message_attachments (room_id, seq, attachment_id)
                SELECT send.room_id, at_seq, unnest(send.attachment_ids);
        END IF;

        IF mentioned IS NOT NULL OR reply_author IS NOT NULL OR peer_id IS NOT NULL THEN
            WITH concerned AS (
                SELECT DISTINCT ON (c.user_id) c.user_id, c.kind FROM (
                    SELECT unnest(mentioned) AS user_id, 'mention' AS kind, 1 AS rank
                    UNION ALL SELECT reply_author, 'reply', 2
                    UNION ALL SELECT peer_id, 'direct_message', 3
                ) AS c WHERE c.user_id <> send.author_id ORDER BY c.user_id, c.rank
            ), recorded AS (
                INSERT INTO notifications
                    (id, user_id, kind, room_id, seq, actor_id, cause, created_at)
                SELECT gen_random_uuid(), c.user_id, c.kind, send.room_id, at_seq,
                    send.author_id, 'm:' || send.room_id || ':' || at_seq, send.sent_at
                FROM concerned c JOIN room_members m
                    ON m.room_id = send.room_id AND m.user_id = c.user_id AND m.active
                WHERE (m.notify = 'all' OR (m.notify = 'mentions' AND c.kind <> 'direct_message'))
                    AND NOT EXISTS (SELECT 1 FROM blocks b
                        WHERE (b.user_id = c.user_id AND b.blocked_id = send.author_id)
                            OR (b.user_id = send.author_id AND b.blocked_id = c.user_id))
                RETURNING user_id
            )
            SELECT array_agg(user_id) INTO notified FROM recorded;
            noted := noted || notified;
        END IF;
        IF send.notice_id IS NOT NULL AND send.kind = 'group' AND send.role <> 'member' THEN
            INSERT INTO room_notices (id, room_id, seq, actor_id, created_at)
                VALUES (send.notice_id, send.room_id, at_seq, send.author_id,
                    send.sent_at);
            told_all := true;
        END IF;
        IF subscribed THEN
            INSERT INTO push_jobs (room_id, seq, payload, attempts, due_at, created_at)
                VALUES (send.room_id, at_seq, '{"kind":"message"}', 0, send.sent_at,
                    send.sent_at);
        END IF;
        outcome := 'sent';
        RETURN NEXT;
    END LOOP;

    INSERT INTO messages (id, room_id, seq, version, ordinal, kind, author_id, client_id,
        text, reply_to_seq, mentions, mention_names, attachments, created_at)
    SELECT s.id, s.room_id, s.seq, s.version, s.ordinal, 'text', s.author_id, s.client_id,
        s.text, s.reply_to_seq, s.mentions, s.mention_names, s.attachments, s.created_at
    FROM unnest(new[kept + 1 :]) AS s;
    UPDATE rooms r SET last_seq = s.seq, version = s.version, ordinal = s.ordinal,
        active_at = s.created_at
        FROM (
            SELECT DISTINCT ON (n.room_id) n.room_id, n.seq, n.version, n.ordinal, n.created_at
            FROM unnest(new) AS n ORDER BY n.room_id, n.seq DESC
        ) AS s WHERE r.id = s.room_id;
    UPDATE room_members m SET last_read_seq = s.seq, last_read_ordinal = s.ordinal
        FROM (
            SELECT DISTINCT ON (n.room_id, n.author_id) n.room_id, n.author_id, n.seq, n.ordinal
            FROM unnest(new) AS n ORDER BY n.room_id, n.author_id, n.seq DESC
        ) AS s WHERE m.room_id = s.room_id AND m.user_id = s.author_id;
END $$;
-- Stores the sends of a group, of which most are no repeats: that is seen when they are stored.
CREATE FUNCTION send_messages(sends json) RETURNS TABLE (
    item int, outcome text, at_seq bigint, at_version bigint, mentioned uuid[], named text,
    reply_author uuid, reply_text text, reply_deleted boolean,
    attached text, notified uuid[], told_all boolean, read_some boolean
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    send record;
    room record;
BEGIN
    -- A message that comes alone to a group and brings nothing along: the same steps in fewer statements.
    <<alone>>
    BEGIN
        EXIT alone WHEN json_array_length(sends) <> 1;
        SELECT * INTO send FROM json_to_record(sends -> 0) AS s(
            item int, id uuid, room_id uuid, author_id uuid, client_id uuid, body text,
            reply_to_seq bigint, names json, sent_at bigint, attachment_ids json, notice_id uuid
        );
        EXIT alone WHEN num_nonnulls(
            send.reply_to_seq, send.names, send.attachment_ids, send.notice_id) > 0;
        PERFORM 1 FROM room_members m JOIN rooms r ON r.id = m.room_id
            WHERE m.room_id = send.room_id AND m.user_id = send.author_id AND m.active
                AND r.kind = 'group' AND r.deleted_at IS NULL FOR NO KEY UPDATE OF r;
        EXIT alone WHEN NOT FOUND;
        -- This sees a removal of the author that was committed before the lock.
        UPDATE rooms r SET last_seq = r.last_seq + 1, version = r.version + 1,
            ordinal = r.ordinal + 1, active_at = send.sent_at
            FROM room_members m WHERE r.id = send.room_id AND m.room_id = send.room_id
                AND m.user_id = send.author_id AND m.active
            RETURNING r.last_seq, r.version, r.ordinal, EXISTS (
                SELECT 1 FROM notifications n WHERE n.user_id = send.author_id
                    AND n.room_id = send.room_id AND n.read_at IS NULL
            ) AS unread, EXISTS (SELECT 1 FROM push_subscriptions) AS subscribed INTO room;
        EXIT alone WHEN NOT FOUND;
        WITH stored AS (
            INSERT INTO messages (id, room_id, seq, version, ordinal, kind, author_id, client_id,
                text, created_at)
            VALUES (send.id, send.room_id, room.last_seq, room.version, room.ordinal, 'text',
                send.author_id, send.client_id, send.body, send.sent_at)
        )
        UPDATE room_members SET last_read_seq = room.last_seq, last_read_ordinal = room.ordinal
            WHERE room_id = send.room_id AND user_id = send.author_id;
        item := send.item; outcome := 'sent'; at_seq := room.last_seq; at_version := room.version;
        told_all := false; read_some := false;
        IF room.unread THEN
            UPDATE notifications SET read_at = send.sent_at WHERE user_id = send.author_id
                AND room_id = send.room_id AND read_at IS NULL AND seq < room.last_seq;
            read_some := FOUND;
        END IF;
        IF room.subscribed THEN
            INSERT INTO push_jobs (room_id, seq, payload, attempts, due_at, created_at)
                VALUES (send.room_id, room.last_seq, '{"kind":"message"}', 0, send.sent_at,
                    send.sent_at);
        END IF;
        RETURN NEXT;
        RETURN;
    END alone;
    RETURN QUERY SELECT * FROM send_group(sends, false);
EXCEPTION WHEN unique_violation THEN
    -- One of them is a repeat. Looking for each message before would cost as much as all the rest.
    RETURN QUERY SELECT * FROM send_group(sends, true);
END $$;
