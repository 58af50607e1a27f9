-- The tables of the peer application.
CREATE TABLE users (id uuid PRIMARY KEY, token text NOT NULL UNIQUE);
CREATE TABLE rooms (id uuid PRIMARY KEY, last_seq bigint NOT NULL DEFAULT 0);
CREATE TABLE members (
    room_id uuid NOT NULL REFERENCES rooms,
    user_id uuid NOT NULL REFERENCES users,
    PRIMARY KEY (user_id, room_id)
);
CREATE TABLE messages (
    room_id uuid NOT NULL,
    seq bigint NOT NULL,
    id uuid NOT NULL,
    author_id uuid NOT NULL,
    client_id uuid NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (room_id, seq)
);
