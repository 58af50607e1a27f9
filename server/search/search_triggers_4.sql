CREATE TRIGGER "search_message_added" AFTER INSERT ON "messages" WHEN NEW.kind = 'text' AND NEW.deleted_at IS NULL AND NEW.text <> '' BEGIN
    INSERT INTO search_due (room_id, seq) VALUES (NEW.room_id, NEW.seq);
END;
CREATE TRIGGER "search_message_filled" AFTER UPDATE OF "text" ON "messages"
    WHEN NOT (OLD.kind = 'text' AND OLD.deleted_at IS NULL AND OLD.text <> '') AND NEW.kind = 'text' AND NEW.deleted_at IS NULL AND NEW.text <> '' BEGIN
    INSERT INTO search_messages (id, room_id, seq, author_id, words, filled) VALUES (
        coalesce((SELECT max(id) + 1 FROM search_messages
            WHERE id >= (NEW.created_at << 22) AND id < (NEW.created_at << 22) + (1 << 22)), (NEW.created_at << 22)),
        NEW.room_id, NEW.seq, NEW.author_id, (SELECT words FROM search_folded WHERE room_id = NEW.room_id AND seq = NEW.seq), 1
    );
    INSERT INTO search_words (rowid, text) SELECT d.id, coalesce(d.words, NEW.text) FROM search_messages d
        WHERE d.room_id = NEW.room_id AND d.seq = NEW.seq;
    DELETE FROM search_folded WHERE room_id = NEW.room_id AND seq = NEW.seq;
END;
CREATE TRIGGER "search_message_edited" AFTER UPDATE OF "text" ON "messages"
    WHEN OLD.kind = 'text' AND OLD.deleted_at IS NULL AND OLD.text <> '' AND NEW.kind = 'text' AND NEW.deleted_at IS NULL AND NEW.text <> '' BEGIN
    INSERT INTO search_words (search_words, rowid, text) SELECT 'delete', d.id, coalesce(d.words, OLD.text)
        FROM search_messages d WHERE d.room_id = OLD.room_id AND d.seq = OLD.seq AND d.filled;
    INSERT INTO search_messages (id, room_id, seq, author_id)
        SELECT coalesce((SELECT max(id) + 1 FROM search_messages
            WHERE id >= (NEW.created_at << 22) AND id < (NEW.created_at << 22) + (1 << 22)), (NEW.created_at << 22)),
            NEW.room_id, NEW.seq, NEW.author_id
        WHERE NOT EXISTS (SELECT 1 FROM search_messages WHERE room_id = NEW.room_id AND seq = NEW.seq);
    UPDATE search_messages SET words = (SELECT words FROM search_folded WHERE room_id = NEW.room_id AND seq = NEW.seq), filled = 1
        WHERE room_id = NEW.room_id AND seq = NEW.seq;
    INSERT INTO search_words (rowid, text) SELECT d.id, coalesce(d.words, NEW.text) FROM search_messages d
        WHERE d.room_id = NEW.room_id AND d.seq = NEW.seq;
    DELETE FROM search_folded WHERE room_id = NEW.room_id AND seq = NEW.seq;
END;
CREATE TRIGGER "search_message_deleted" AFTER UPDATE OF "text", "deleted_at" ON "messages"
    WHEN OLD.kind = 'text' AND OLD.deleted_at IS NULL AND OLD.text <> '' AND NOT (NEW.kind = 'text' AND NEW.deleted_at IS NULL AND NEW.text <> '') BEGIN
    INSERT INTO search_words (search_words, rowid, text) SELECT 'delete', d.id, coalesce(d.words, OLD.text)
        FROM search_messages d WHERE d.room_id = OLD.room_id AND d.seq = OLD.seq AND d.filled;
    DELETE FROM search_messages WHERE room_id = OLD.room_id AND seq = OLD.seq;
END;
CREATE TRIGGER "search_message_removed" AFTER DELETE ON "messages" WHEN OLD.kind = 'text' AND OLD.deleted_at IS NULL AND OLD.text <> '' BEGIN
    INSERT INTO search_words (search_words, rowid, text) SELECT 'delete', d.id, coalesce(d.words, OLD.text)
        FROM search_messages d WHERE d.room_id = OLD.room_id AND d.seq = OLD.seq AND d.filled;
    DELETE FROM search_messages WHERE room_id = OLD.room_id AND seq = OLD.seq;
END;
