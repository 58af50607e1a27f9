CREATE OR REPLACE FUNCTION attachment_kind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT CASE
        WHEN a.content_type LIKE 'image/%' OR a.content_type LIKE 'video/%' THEN 'media'
        WHEN a.content_type LIKE 'audio/%' THEN 'audio' ELSE 'file' END
    INTO NEW.kind FROM attachments a WHERE a.id = NEW.attachment_id;
    NEW.kind := coalesce(NEW.kind, 'file');
    RETURN NEW;
END $$;
