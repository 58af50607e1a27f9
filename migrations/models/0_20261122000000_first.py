"""The first schema.

On PostgreSQL ``messages`` is hash-partitioned by room, and a send is one call of
``send_messages``. The partial indexes serve unread counts and pins; models cannot express them.
"""

from tortoise import BaseDBAsyncClient

from migrations.files import SEND_MESSAGES, function

RUN_IN_TRANSACTION = True

PARTITIONS = 16

# Python's SQLite driver commits before it runs a script. So the script begins a new transaction,
# and aerich ends it. A migration is applied as a whole or not at all.
BEGIN = {"sqlite": "BEGIN;", "postgres": ""}


async def upgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    return BEGIN[dialect] + {"sqlite": SQLITE, "postgres": POSTGRES}[dialect] + BOTH


async def downgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    tables = "".join(f'DROP TABLE "{name}";' for name in TABLES)
    functions = {"sqlite": "", "postgres": "DROP FUNCTION send_messages(json);"}
    return BEGIN[dialect] + functions[dialect] + tables


TABLES = (
    "user_credentials",
    "facts",
    "user_last_seen",
    "mentions",
    "messages",
    "user_preferences",
    "reactions",
    "rooms",
    "room_members",
    "sessions",
    "users",
)

SQLITE = """
CREATE TABLE "user_credentials" (
    "user_id" CHAR(36) NOT NULL PRIMARY KEY,
    "email" VARCHAR(254) NOT NULL,
    "email_key" VARCHAR(254) NOT NULL UNIQUE,
    "password_hash" TEXT NOT NULL
);
CREATE TABLE "facts" (
    "name" VARCHAR(32) NOT NULL PRIMARY KEY,
    "value" TEXT NOT NULL
);
CREATE TABLE "user_last_seen" (
    "user_id" CHAR(36) NOT NULL PRIMARY KEY,
    "last_seen_at" BIGINT NOT NULL
);
CREATE TABLE "mentions" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "user_id" CHAR(36) NOT NULL,
    "room_id" CHAR(36) NOT NULL,
    "seq" BIGINT NOT NULL,
    CONSTRAINT "uid_mentions_user_id_408b7b" UNIQUE ("user_id", "room_id", "seq")
);
CREATE INDEX "idx_mentions_room_id_535cb1" ON "mentions" ("room_id", "seq");
CREATE TABLE "messages" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "room_id" CHAR(36) NOT NULL,
    "seq" BIGINT NOT NULL,
    "version" BIGINT NOT NULL,
    "ordinal" BIGINT NOT NULL,
    "kind" VARCHAR(8) NOT NULL,
    "author_id" CHAR(36),
    "client_id" CHAR(36),
    "text" TEXT NOT NULL,
    "reply_to_seq" BIGINT,
    "mentions" TEXT,
    "reactions" TEXT,
    "system" TEXT,
    "pinned_at" BIGINT,
    "created_at" BIGINT NOT NULL,
    "edited_at" BIGINT,
    "deleted_at" BIGINT,
    CONSTRAINT "uid_messages_room_id_8df77b" UNIQUE ("room_id", "seq"),
    CONSTRAINT "uid_messages_room_id_ad1bf4" UNIQUE ("room_id", "author_id", "client_id")
);
CREATE INDEX "idx_messages_room_id_30618e" ON "messages" ("room_id", "version");
CREATE TABLE "user_preferences" (
    "user_id" CHAR(36) NOT NULL PRIMARY KEY,
    "preferences" TEXT NOT NULL
);
CREATE TABLE "reactions" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "room_id" CHAR(36) NOT NULL,
    "seq" BIGINT NOT NULL,
    "user_id" CHAR(36) NOT NULL,
    "emoji" VARCHAR(64) NOT NULL,
    "created_at" BIGINT NOT NULL,
    CONSTRAINT "uid_reactions_room_id_233f8c" UNIQUE ("room_id", "seq", "emoji", "user_id")
);
CREATE TABLE "rooms" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(8) NOT NULL,
    "name" VARCHAR(100),
    "name_key" VARCHAR(300),
    "topic" TEXT,
    "avatar_url" TEXT,
    "visibility" VARCHAR(8) NOT NULL,
    "created_by" CHAR(36) NOT NULL,
    "client_id" CHAR(36),
    "direct_key" VARCHAR(73) UNIQUE,
    "version" BIGINT NOT NULL,
    "last_seq" BIGINT NOT NULL,
    "ordinal" BIGINT NOT NULL,
    "member_count" INT NOT NULL,
    "active_at" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "deleted_at" BIGINT,
    CONSTRAINT "uid_rooms_created_0e4cbd" UNIQUE ("created_by", "client_id")
);
CREATE INDEX "idx_rooms_visibil_ea9ae3" ON "rooms" ("visibility", "name_key");
CREATE TABLE "room_members" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "room_id" CHAR(36) NOT NULL,
    "user_id" CHAR(36) NOT NULL,
    "active" INT NOT NULL,
    "role" VARCHAR(8) NOT NULL,
    "joined_at" BIGINT NOT NULL,
    "version" BIGINT NOT NULL,
    "last_read_seq" BIGINT NOT NULL,
    "last_read_ordinal" BIGINT NOT NULL,
    "notify" VARCHAR(8) NOT NULL,
    "muted_until" BIGINT,
    CONSTRAINT "uid_room_member_room_id_ffb5ef" UNIQUE ("room_id", "user_id")
);
CREATE INDEX "idx_room_member_user_id_aaca7f" ON "room_members" ("user_id", "active");
CREATE INDEX "idx_room_member_room_id_90e8d9" ON "room_members" ("room_id", "version");
CREATE TABLE "sessions" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "user_id" CHAR(36) NOT NULL,
    "device" VARCHAR(200),
    "token_hash" VARCHAR(64) NOT NULL,
    "parent_hash" VARCHAR(64),
    "generation" INT NOT NULL,
    "parent_generation" INT,
    "rotated_at" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "last_seen_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "revoked_at" BIGINT
);
CREATE INDEX "idx_sessions_revoked_823942" ON "sessions" ("revoked_at");
CREATE INDEX "idx_sessions_user_id_d4822f" ON "sessions" ("user_id", "created_at");
CREATE TABLE "users" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "username" VARCHAR(32) NOT NULL,
    "username_key" VARCHAR(36) NOT NULL UNIQUE,
    "display_name" VARCHAR(64) NOT NULL,
    "display_key" VARCHAR(192) NOT NULL,
    "bio" TEXT NOT NULL,
    "avatar_url" TEXT,
    "status" TEXT,
    "created_at" BIGINT NOT NULL,
    "deleted_at" BIGINT
);
CREATE INDEX "idx_users_display_479911" ON "users" ("display_key");
CREATE TABLE IF NOT EXISTS "aerich" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSON NOT NULL
);
INSERT INTO "facts" VALUES ('epoch', lower(hex(randomblob(8))));
"""

POSTGRES = """
CREATE TABLE "user_credentials" (
    "user_id" UUID NOT NULL PRIMARY KEY,
    "email" VARCHAR(254) NOT NULL,
    "email_key" VARCHAR(254) NOT NULL UNIQUE,
    "password_hash" TEXT NOT NULL
);
CREATE TABLE "facts" (
    "name" VARCHAR(32) NOT NULL PRIMARY KEY,
    "value" TEXT NOT NULL
);
CREATE TABLE "user_last_seen" (
    "user_id" UUID NOT NULL PRIMARY KEY,
    "last_seen_at" BIGINT NOT NULL
);
CREATE TABLE "mentions" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "user_id" UUID NOT NULL,
    "room_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    CONSTRAINT "uid_mentions_user_id_408b7b" UNIQUE ("user_id", "room_id", "seq")
);
CREATE INDEX "idx_mentions_room_id_535cb1" ON "mentions" ("room_id", "seq");
CREATE TABLE "messages" (
    "id" UUID NOT NULL,
    "room_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "version" BIGINT NOT NULL,
    "ordinal" BIGINT NOT NULL,
    "kind" VARCHAR(8) NOT NULL,
    "author_id" UUID,
    "client_id" UUID,
    "text" TEXT NOT NULL,
    "reply_to_seq" BIGINT,
    "mentions" TEXT,
    "reactions" TEXT,
    "system" TEXT,
    "pinned_at" BIGINT,
    "created_at" BIGINT NOT NULL,
    "edited_at" BIGINT,
    "deleted_at" BIGINT,
    PRIMARY KEY ("room_id", "seq"),
    CONSTRAINT "uid_messages_room_id_ad1bf4" UNIQUE ("room_id", "author_id", "client_id")
) PARTITION BY HASH ("room_id");
CREATE INDEX "idx_messages_room_id_30618e" ON "messages" ("room_id", "version");
CREATE TABLE "user_preferences" (
    "user_id" UUID NOT NULL PRIMARY KEY,
    "preferences" TEXT NOT NULL
);
CREATE TABLE "reactions" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "room_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "user_id" UUID NOT NULL,
    "emoji" VARCHAR(64) NOT NULL,
    "created_at" BIGINT NOT NULL,
    CONSTRAINT "uid_reactions_room_id_233f8c" UNIQUE ("room_id", "seq", "emoji", "user_id")
);
CREATE TABLE "rooms" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(8) NOT NULL,
    "name" VARCHAR(100),
    "name_key" VARCHAR(300),
    "topic" TEXT,
    "avatar_url" TEXT,
    "visibility" VARCHAR(8) NOT NULL,
    "created_by" UUID NOT NULL,
    "client_id" UUID,
    "direct_key" VARCHAR(73) UNIQUE,
    "version" BIGINT NOT NULL,
    "last_seq" BIGINT NOT NULL,
    "ordinal" BIGINT NOT NULL,
    "member_count" INT NOT NULL,
    "active_at" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "deleted_at" BIGINT,
    CONSTRAINT "uid_rooms_created_0e4cbd" UNIQUE ("created_by", "client_id")
);
CREATE INDEX "idx_rooms_visibil_ea9ae3" ON "rooms" ("visibility", "name_key");
CREATE TABLE "room_members" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "room_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "active" BOOL NOT NULL,
    "role" VARCHAR(8) NOT NULL,
    "joined_at" BIGINT NOT NULL,
    "version" BIGINT NOT NULL,
    "last_read_seq" BIGINT NOT NULL,
    "last_read_ordinal" BIGINT NOT NULL,
    "notify" VARCHAR(8) NOT NULL,
    "muted_until" BIGINT,
    CONSTRAINT "uid_room_member_room_id_ffb5ef" UNIQUE ("room_id", "user_id")
);
CREATE INDEX "idx_room_member_user_id_aaca7f" ON "room_members" ("user_id", "active");
CREATE INDEX "idx_room_member_room_id_90e8d9" ON "room_members" ("room_id", "version");
CREATE TABLE "sessions" (
    "id" UUID NOT NULL PRIMARY KEY,
    "user_id" UUID NOT NULL,
    "device" VARCHAR(200),
    "token_hash" VARCHAR(64) NOT NULL,
    "parent_hash" VARCHAR(64),
    "generation" INT NOT NULL,
    "parent_generation" INT,
    "rotated_at" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "last_seen_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "revoked_at" BIGINT
);
CREATE INDEX "idx_sessions_revoked_823942" ON "sessions" ("revoked_at");
CREATE INDEX "idx_sessions_user_id_d4822f" ON "sessions" ("user_id", "created_at");
CREATE TABLE "users" (
    "id" UUID NOT NULL PRIMARY KEY,
    "username" VARCHAR(32) NOT NULL,
    "username_key" VARCHAR(36) NOT NULL UNIQUE,
    "display_name" VARCHAR(64) NOT NULL,
    "display_key" VARCHAR(192) NOT NULL,
    "bio" TEXT NOT NULL,
    "avatar_url" TEXT,
    "status" TEXT,
    "created_at" BIGINT NOT NULL,
    "deleted_at" BIGINT
);
CREATE INDEX "idx_users_display_479911" ON "users" ("display_key");
CREATE TABLE IF NOT EXISTS "aerich" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSONB NOT NULL
);
CREATE INDEX "idx_users_username_prefix" ON "users" ("username_key" text_pattern_ops);
CREATE INDEX "idx_users_display_prefix" ON "users" ("display_key" text_pattern_ops);
INSERT INTO "facts" VALUES ('epoch', substr(md5(random()::text || clock_timestamp()), 1, 16));
"""
POSTGRES += "".join(
    f'CREATE TABLE "messages_p{n:02}" PARTITION OF "messages" '
    f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {n});"
    for n in range(PARTITIONS)
)
POSTGRES += "\n" + function(SEND_MESSAGES, 1)

BOTH = """
CREATE INDEX "idx_messages_deleted" ON "messages" ("room_id", "seq") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "idx_messages_pinned" ON "messages" ("room_id", "pinned_at") WHERE "pinned_at" IS NOT NULL;
CREATE INDEX "idx_rooms_unpurged" ON "rooms" ("id") WHERE "deleted_at" IS NOT NULL AND "last_seq" > 0;
"""

MODELS_STATE = (
    "eJztnetv2zYQwP8VQV/WAV6W2ImTbsOAJGu3DHkMeQwFikKmJTpmI4mqSCUxsvzvI2VJFv"
    "WyqPqp8Esbk3ey/BN9dzwe6RfdwRa0yc6pDy3oUgRs/RftRXeBA9kfBb0dTQeeN+vjDRQM"
    "7VA8INA3zEQ47ARDQn1gUtY/Yk2QNVmQmD7yKMIua3UD2+aN2GSCyL2fNQUu+hZAg+J7SM"
    "fQZx2fv7Bm5FrwGZL4pfdgjBC0LeHGwztBFr+BsNOgEy/sOLM+hsL8HYeGie3AcTMK3oSO"
    "sZtoBAGydu7uzv7gfffQhT6g0Ep9HH63EYG4aXrnrIH6AUxu2Zo1WHAEAptD0X8bBa7JWW"
    "jhO/F/9n+P7i8lZhiXV7fGzYdbw9AlGJrY5fyRSzmwl9fpdWdMwladv8HpX8fX73r9H0ME"
    "mNB7P+zUw4/+GioCCqaqIfwZbegAZOdZn46BX0w7UciwZrfahHLcMMM8G2oxwBjREqDqDn"
    "g2bOje0zF72T3Yr6D87/F1CJpJhaQx+25MvzyXUVd32seJZwgbD3AiTTlWWgzp+eN5uzl7"
    "gJAn7FvGGJBxnvUtfKbFrHOKrRjZFYBvP3y65Vd2CPlmp7m+uzj+FCJ3JlHP+dXln7F46j"
    "mcnl+dMPzcho8eUnaFNwyB+fAEGM5cD+7iMtl8l9N1si3ABfchSP6J+eeLfNzHqY/K+b6w"
    "vdLrjZhEPVenDwbQw+Z4MGBfnDHU+FtpeMT+RkTj1nUICPyBaOwlxf6koxEINf6UfsYeHz"
    "bsKmTHsXb0zMNb5HW/w+mG/0vYp1i+daap161hmXrdUsPEu6o97iOwgwLW5fYpUVB2abvs"
    "0jkg9AZCt8g2JX3zo3KbiRokllUxeetj8uSBG4AWGArkwGLoWb0MeXbTW2gv2P2y/3563+"
    "32eofd3V7/6GD/8PDgaPeIyYZ3nO86rHguJ2d/nl1m7AZv2BirccFn4LjQaMRdlTbDmQot"
    "YQb/Of219jF2oj8J/KZ/yZiSz4UChcalyK6coPszt8QfFpqVgsEd2YbNDTxWNrKrjM2mmP"
    "bNDUvmWvIZzNSYrwczpaBgZmByqyFlGCIF5fa20+0RAsIPXeD2pl1z3F4otBS3l3VlHU1o"
    "AwEbcLFNNG3EHDB/UekSH6FP+L3IucUyM6Ii7WaRtrLXyl5vm71OI4+tiBT2lJJC3xg99i"
    "3kgoKlsyr0KSWFvjH6B/ZpZZLVsXwr8qdiuvqoRrb6qDRZfZRdQxMimXoeUVD5Dp8YxReb"
    "gnkxLnEWDNbmKagoniJPCp+LMqKlSyexfCu++atYORGSGdCzJ2wmZEgHdlnNRr5uwwbwel"
    "xdOplbd9CndRoN/A0jv/pxD0xp6IKSoi5PnUwIhY4M8pmG4i3P20OuCy3JFUZBSVn1plbd"
    "ZNaCSsMXtdT8sTF+aCF5+oKSGvpN2VvQhvLwRS1FfwvXd/7x4Qj60DULl3hSvZ25BVFeIq"
    "y2KbyRhZrMI69d2i2qrS4NoL+8rgFw2woor6NJVZHFSPoq7YUwLVvysnCHb9vAXxH/I/6y"
    "Z9eAVRHURhZBqXVgtQ68feN584KRVozfxIjXXV9MFFqxzCAuMPbr7NTrl2/U6+f26ankx1"
    "udAl4zp1kYyvH26jCOSSwlhIuH1TDcaFtVu/eICBoiG9FQkn+CcHuuqt9b57RQVYIsqxJk"
    "pRtCNy03J4Dd292tgZZJlcIN+/J4Zc8ESOu0D3OvFuZeBeZeHjPFHjJlEkaJQhsAr3pJET"
    "wyO+0bgV9QFVmOXNRS3OW5i6FJXXMiaimPOM8jiqFizWI+QUfNtFV55FJ5WsiHJpWNK0St"
    "hRjgDTrQ47BXwwwc9krtAO9Smy42JM8ZnXAgmV9Oayn4asfL9qF3oDPk5zPiwC3ImpbCz6"
    "q16Ql09/YP9496/f0EfNJSxTvPli8QP0LJdLSg1CasqhLyLeFX1XhveCnmIvQOesmCTNTb"
    "mbcsY0ydTM1TFK9cqPn4SRthX4PAHGt8IVp7GmMNEY21PQGiIVcDGr/0r9pgMDW0g4FGoW"
    "0TJonMcf4QxcVddl6hT1lhj3A20vTquXMimp35oKqAFmv9VBXQSnIRqiRlgTAjg5K3DRjb"
    "ELhVMWoBzyHTahfKk6urcyGtfnKWzZvfXZx8uH63F9JmQoiWhEQ+IyqTPYvlVQJ9XgL9K0"
    "byO84EJRXpN470VdJyvUlLNmO1GmYu06rqMSzgMTRKZBaqq8fR+HG4mKKRXP1LorHCfTzA"
    "tvVtdLZOwDM0gUuLft2l3N1m1FRuZwtzOzeQkJJNU3FXpyqrQ6ZCy99bKeRMUjldVVO7zp"
    "paNXFfZEUGfESm1HxyptGGUrjM7z7VqvHsVtR4dotqPB+gW/KjT+WYRa0WTt4Xv3HHAz4v"
    "vZIlnVFr36hePOmIRuF8vXSCIiqtbmayu9y4bWHr/NE4bMS2ULdFwfHCIPuYNljPF7XUpF"
    "qVU2wnfvXDTWt/BPDZQywclz3cS9BS+Bvj9+EjC6yl7b+gtSS/2s56hg3JOd2R4kqisL0z"
    "70SvNR7jpTJKq8koye4nTuu0cHa+qJ+ZzUOW3f2T1WvfL/r266Dul6PuZ1FbiHg2mBiyYz"
    "qr18JxvfhcSAxNelOboLYs1Osb1nvv65gQJlV+LMH7nBEZIlwQt5Vu3Y7EV7gcuwbHp7bK"
    "r2eVZTmnzFNAA6kjRGcairc8b5WQUvt73hT9DZmPH0MfmWO9YEYe9XSq5uRgJrM5k/I3sg"
    "fmO5diymfhpRXAFUfElNb/tmGu0j04qFONcHBQXo3A+zKBHftSSRCOxFtIdynHprF3pLBo"
    "C/zfN1eXJbHETCVD2UIm1f7TbES2MaCogMthVEdy2aCtI+b0+AXWfgz86/8t5Gfi"
)
