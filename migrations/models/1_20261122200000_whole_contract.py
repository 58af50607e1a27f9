"""Attachments, notifications and where they are pushed to, invites, blocks, mail.

The two dialects differ in the types of keys alone, so the text is PostgreSQL's.
"""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

# See the first migration.
BEGIN = {"sqlite": "BEGIN;", "postgres": ""}


async def upgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    return BEGIN[dialect] + _columns("ADD") + _in(dialect, TABLES)


async def downgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    tables = "".join(f'DROP TABLE "{name}";' for name in NAMES)
    indexes = 'DROP INDEX "idx_users_deleted_f27077";'
    return BEGIN[dialect] + indexes + tables + _columns("DROP")


def _columns(action: str) -> str:
    types = COLUMNS if action == "ADD" else dict.fromkeys(COLUMNS, "")
    return "".join(
        f'ALTER TABLE "{table}" {action} COLUMN "{column}" {kind};'
        for (table, column), kind in types.items()
    )


def _in(dialect: str, text: str) -> str:
    if dialect == "postgres":
        return text
    serial, counted = "BIGSERIAL NOT NULL PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"
    return text.replace(serial, counted).replace(" UUID", " CHAR(36)")


COLUMNS = {("messages", "attachments"): "TEXT", ("user_credentials", "email_verified_at"): "BIGINT"}

NAMES = (
    "attachments",
    "message_attachments",
    "blocks",
    "email_tokens",
    "invites",
    "notifications",
    "room_notices",
    "push_subscriptions",
    "push_jobs",
)

TABLES = """
CREATE INDEX "idx_users_deleted_f27077" ON "users" ("deleted_at");
CREATE TABLE "attachments" (
    "id" UUID NOT NULL PRIMARY KEY,
    "uploader_id" UUID NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "content_type" VARCHAR(128) NOT NULL,
    "size" BIGINT NOT NULL,
    "width" INT,
    "height" INT,
    "duration" BIGINT,
    "key" VARCHAR(64) NOT NULL,
    "thumbnail_key" VARCHAR(64),
    "created_at" BIGINT NOT NULL
);
CREATE INDEX "idx_attachments_uploade_6ed4db" ON "attachments" ("uploader_id");
CREATE INDEX "idx_attachments_created_ce9676" ON "attachments" ("created_at");
CREATE TABLE "message_attachments" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "room_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "attachment_id" UUID NOT NULL,
    CONSTRAINT "uid_message_att_room_id_b4dc02" UNIQUE ("room_id", "seq", "attachment_id")
);
CREATE INDEX "idx_message_att_attachm_0de4ca" ON "message_attachments" ("attachment_id");
CREATE TABLE "blocks" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "user_id" UUID NOT NULL,
    "blocked_id" UUID NOT NULL,
    "created_at" BIGINT NOT NULL,
    CONSTRAINT "uid_blocks_user_id_109ca5" UNIQUE ("user_id", "blocked_id")
);
CREATE INDEX "idx_blocks_blocked_2108bf" ON "blocks" ("blocked_id");
CREATE TABLE "email_tokens" (
    "token_hash" VARCHAR(64) NOT NULL PRIMARY KEY,
    "user_id" UUID NOT NULL,
    "kind" VARCHAR(8) NOT NULL,
    "email" VARCHAR(254) NOT NULL,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL
);
CREATE INDEX "idx_email_token_user_id_17f020" ON "email_tokens" ("user_id");
CREATE TABLE "invites" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "code" VARCHAR(32) NOT NULL UNIQUE,
    "room_id" UUID NOT NULL,
    "created_by" UUID NOT NULL,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT,
    "max_uses" INT,
    "uses" INT NOT NULL
);
CREATE INDEX "idx_invites_room_id_128ca7" ON "invites" ("room_id");
CREATE TABLE "notifications" (
    "id" UUID NOT NULL PRIMARY KEY,
    "user_id" UUID NOT NULL,
    "kind" VARCHAR(16) NOT NULL,
    "room_id" UUID NOT NULL,
    "seq" BIGINT,
    "actor_id" UUID NOT NULL,
    "cause" VARCHAR(160) NOT NULL,
    "created_at" BIGINT NOT NULL,
    "read_at" BIGINT,
    CONSTRAINT "uid_notificatio_user_id_76ef59" UNIQUE ("user_id", "cause")
);
CREATE INDEX "idx_notificatio_user_id_8d780e" ON "notifications" ("user_id", "created_at");
CREATE INDEX "idx_notificatio_room_id_dadd32" ON "notifications" ("room_id", "seq");
CREATE TABLE "room_notices" (
    "id" UUID NOT NULL PRIMARY KEY,
    "room_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "actor_id" UUID NOT NULL,
    "created_at" BIGINT NOT NULL,
    CONSTRAINT "uid_room_notice_room_id_c71265" UNIQUE ("room_id", "seq")
);
CREATE TABLE "push_subscriptions" (
    "id" UUID NOT NULL PRIMARY KEY,
    "user_id" UUID NOT NULL,
    "session_id" UUID NOT NULL,
    "endpoint" TEXT NOT NULL,
    "endpoint_key" VARCHAR(64) NOT NULL UNIQUE,
    "p256dh" VARCHAR(128) NOT NULL,
    "auth" VARCHAR(64) NOT NULL,
    "created_at" BIGINT NOT NULL
);
CREATE INDEX "idx_push_subscr_user_id_b78db4" ON "push_subscriptions" ("user_id");
CREATE INDEX "idx_push_subscr_session_1a962e" ON "push_subscriptions" ("session_id");
CREATE TABLE "push_jobs" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "subscription_id" UUID,
    "room_id" UUID NOT NULL,
    "seq" BIGINT,
    "payload" TEXT NOT NULL,
    "attempts" INT NOT NULL,
    "due_at" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL
);
CREATE INDEX "idx_push_jobs_due_at_58f810" ON "push_jobs" ("due_at");
"""

MODELS_STATE = (
    "eJztXVtz27gV/isYvTSdUV1H8iVJO52x0+zWO4m9kzjdnUl3ZIiERMQUoRCgZTXNfy8AUh"
    "QvIEXIlETSeNmNgXNI+gN87jj43psRG7n06IIxaDkz5LHeG/C958EZ4v9QzPZBD87n6zkx"
    "wODYleQwppPjcEyZDy3xyAl0KeJDNqKWj+cME4+PeoHrikFicULsTddDgYe/BWjEyBQxB/"
    "l84ssffBh7NnpEdPXj/H40wci1U9+MbfFuOT5iy7kcu7J/knTiZeORRdxg5q1p50vmEC8m"
    "DgJsH33+fPVPMTdFHvIhQ3bilxDfGP3Kq6Hwe/kA8wMUf6i9HrDRBAaugKL390ngWQIBIN"
    "8k/nPyj+jTEmSj0fXN7ejTu9vRqKeBnEU8gToWa8Bh+RE+dw2HHO2JF7z918XHF8OzP0sI"
    "CGVTX0725K/+QzJCBkNWCfka42DuEmgjf6QDdoapTtRXAyWwrxBrGMZrTOX/c2C+daCvhn"
    "NFn8GRf1g9CK7/ZPcAYW8GH0cu8qbM4T8OTk9LMP33xUcJK6eSuBIuY0L5cx1NDcK5NL78"
    "jYxLphAoDZyzfB3E++XgVQW8OVUh3nIujTfF/1XgfImnVx5TI73iyCCMQ7XTNoSn4iP+8n"
    "owGA7PB8fDs1enJ+fnp6+OX3Fa+cX5qfOSVbi8+vnq+jaNvxhIg77ANl/RvEgugjym3wrz"
    "SMg2DPLBy5Pzk1fDs5MY6XikDOA8mA7CU4dpoLlmMHDm4bQD/ruLb9ASCkmuDqG6Z7lwj5"
    "Y6Oi8i76CqOzupoOnOTgoVnZhKQ8ucYDb2IHZHmiDnGLeCu2nbe8doWz4SWIygQi7f4hkq"
    "sOFSXLuyL/bpc+xPjAhHe3KfcAPFwBha9wvo26PcDBmQItr81Gwwy45AD04lmuL3Fh8cxS"
    "AuXWLd9xTBiXCiXxaXGAuSHYQkvvQCGvuz8iV8j/Gf/nhKrKJMGSo9Z8X+jXbi0wIVndi9"
    "/bIoBtWNYNA9RS/2KrLrCV8ktn9lPNM8JiDUHlXXUZO5IbrurY9s5DEMXZXCS8yWaj0pra"
    "yY+IAh+aYI2ucRnEcz7lPoOCIxQwf9vcFpFReEU5WEknNOiARM191LMdWD9GFtuN3jPIeU"
    "LgiXpg6kiqjmLXossJNzjJ3Y2SUA3777XSq0GaXf3CSuLz5c/C4hny2jmfc31z+vyBPr8P"
    "b9zaVymz8gH/NX6tohSmYTwGuhNfJOrOQtuUeeyhpJzJZaI+F+YIKwmiXS+82BDCwgBZQb"
    "MGC8BOIJfDsQIHfVEnAzBEDb5pqR9gHxxQxFDEDgoQVYiYAjcOO5Sz4oRMFRL7PEO3vJE6"
    "wliVGByCuJJqa4Oqdf6ooktjEa0D7X9Z5/vFa+IaLvhJpOb9wqmfXivHouq26M+10bnSbs"
    "ctBMJXqcYy5YdK3NFJeBv4125k+hNZizMOV4qW054RQVjcq7OzQnlnN390ZaduJVgEz4vz"
    "EFwjQYQ4r+RAH/kRF/2ee2HgJirf5K5igsRKBHMztvR9b43CeYjoetIWyQuTgcVFAMw0Gh"
    "XhBT5ebiA3QDBdbFMYmYoROKeB+xiIbIpSvvATOkkkzRTKlswpKmonS6ABZ/Apca3Cl1Ea"
    "Ng4RDEHVHhVwLMAEefcC9z6pNgnpdB2tw1V9mbzPW+MtdinXXk/IreyPkCOb+G1idkphUG"
    "SDCYMIDalRorEiVFcKZ5TJmF8U4PL4gb4J0+2yRIEn0h+gMaGlMVS/KTLB0CvraifE04nw"
    "TlViLkuMFANsRBeQ8p+4TU6bl4rr+xVMjlpCO6ojWFQp0vFIoXXFOdZfmMPdHGcOsHURZI"
    "lEJjNVUqM2Yh0a7L6hPuFUXfcqX1X5QEJmTRuJBFU0R7J7zA5gYpWgimkBpagiFiMGqvnW"
    "qPUjhVhvNXUxvUniTaidrLqrI+SI3BgG+4lUy0XCy6UihOm6V4HpBPxbfoqUXTL6deS9vI"
    "ayOv2yavk5CvpIgW7AkmA/3W0BPfxh5UlPyVQZ9gMtBvDb2pYt1VFWvKkqmmEVMsT9CJDY"
    "vn15QVjI3BynimWAyemZ4u6FEVES2s7VrRd+Ivf9/HzHw0d5fcExppG3ZZzg4l+PadWU0E"
    "c6tu+iRPF1oX7X/fQ0sb9BSTQV0fdbqkDM10IF9zGLz18Z5jz9OuV0oxGam+rVQ3xWKHLR"
    "azsT76KSaz9bfF3kYu0gc/zWXQ3xb9zEUAVTVths2o21adk4nSZ+VXSeSJ+hWybSPdmyV6"
    "Nx4CPlmACfEBN5kdMMGuPJEHQfTMN+J4DJjBJQgoApj1AfRsPgYZwBRgTwznz9jU+NwqKc"
    "B+8o/CtJZsmMAzCT+T8OvSflYpcL0gfZbNnIhqjHq+JgxPsAWLij5T86VK2UtQVj52b0Gu"
    "9+7u5Ml4GqlDqRHhmARcSVISHlwlXMFKWsCQ6/JpoS99PmwptHF9j91Uhip5FaU2SZK135"
    "yt3NEvTDUVOPVW4Jjy0xoVskmMr69OOquQGX95Vnxx0ll7DiC3cKfu1XRsWOjhQJajxXQr"
    "OxIcZgNnQ/jS7tCQtTFDJ4XtcSVpe1wibo9Nv7dGyQuOoy72CRYjp1t4BONXH02Qj7jr1V"
    "P4oYnZ/sYzy/OY2Fxv8Ew8ucySV80tZdj2px17338cAOCuJZd+DajzCxkrBUY0VSot5pxo"
    "9JWMK8arbh0ESMDG5FHkdn5DYyDe0gcLHzOGPLDAzImjTWFEiUyOwAXgr5CTnBlAQINx/F"
    "iAaS5+tZvX/MeTwS8+sXCIi1aJqTARNUYWEaEyERATT4kTWamHyJgZdaDrAgdBX3wdZqZn"
    "XNMVfJncTK6vlrZSMJp6cROzMTGblouK5D07S5dAxfYtu2EnZulEoGHfZbGQ6/fZXFUeVb"
    "jNkyym/1b+dnGkW+wXc5gLgU2FcWvgb5BD9ilhGfYKPLMUTX+ji5Y0Nis3zR77ZCGy+Sy8"
    "zIkvScKXEg4OpMAl3hTIPtjiricqTqYDFz8gquqj/fQH1uwmmXKA51IO0I6aprS9Lje/nk"
    "+Z4jGIZg6OePacRHqwqkGe5DEW+Ta3XUYAat/rmuHrXI/9uq7eS/ibg9MzW+t2wzVHJ/Z2"
    "Jq09qNJeg1MVp7UHyhYbOgiv6DuIb/0b2Lg9z9Xt+Ridv+8p3J14rl/m5qRO8O+4g2Bf3P"
    "9IvmLpkUQWrDlB1Jg93S/xUExKoa0phaZBeJjIYHM97Bbu31iIV3ZKVgzGnDPmXBNFRVPM"
    "Oa40laacGC834zjFTky49AVoZW2eHzDFY+xiJinFbyBjEOag2SEjy+Zs1K6ahu71cuOm1Y"
    "WkA0bHlc5BHJecgzjOnYOI5YcmxE+KezYa5mElmIclMA/zMDMyx5ZOYD9m6ALAey+zeeBy"
    "2h8FvqKBdkkfohSXwV0f97RpUlWcpLmMRtykEc39uqaTdsPxtLGPLO2capqrFgHcoITq+b"
    "CCGDgfFsoBMWXu52hInDO6DFMzvpzkMuBvDb65HOVg0M/QbIx8DmugqlMqBD/L1qUVqK2W"
    "XSSIH3TL2VNMXYLVlLQ/J/hN4+ZnnIr5ILVDryAhE832N6VlRqGS2bZTsGwMKHr4Ygr42A"
    "LKrr0QiEf/DdzdhYL27i46kL1wsOVUaBS89WM3FfoUFfakmhOGT881JtzuelBTBVSv9DNV"
    "QHuJRZiSlBrBjARKXjYQ4iLoldmoCjzHnKtbUF7e3LxPhdUvr7Jx888fLt99fPFSos2JMC"
    "swiXyOqE70bEVvAuibAuhfCda/nCjFZCz9rS19E7Q8bNBSttHbLnKZZDXLUMMybBXIVLKb"
    "5dh6OWRfe736l5hjj/3koOv22qhsZ4GI0AQew6pijEJ1m2EzsZ2WxnbE/RLqjp+J2f7G2I"
    "4nCSu3hoh634WdHMKLKxAFiJsRyzGxlyIEIxo4iEe/kT3xfLLoA/Q4h3xriGubkLe6K8LF"
    "lFMyB2Ff2TRil6+qctjrSQe7TBlwvWXAJnBjjm+1TVmYNv67KyszScVnavp8CjvdqOye1V"
    "Sp0RN1ytl9e/PCu6yMHXFAO8LkLOosRkUPkZNRuRA15ujCKYC0ez+odLxlUHK8ZaA63nKP"
    "vJEDqVbzmTRXB/MWO+ihBH1Rda6LdIate7u6fqQjNJSpikIPJM1k2vXmW07LfbgVtkreDs"
    "UFawPZJ2wLryPNZbwOU0naTvijMxbcsNBbgCyfWYKtlwA9zjE3xzUXIM1l4N8afh89cMNa"
    "/3q9JNeO9Go3SzkbEnP6TNVF1HK8v+lSvQPepGciSvuJKOm2UknydNA7Hw6q9PkYFLf5GG"
    "R9xhVgugefs3ydayY9rHJf+rD4vvRh7r50G9O5C5cj3T2d5evgvq4/FrICTfs8f4ptV1Af"
    "blu/fF1FhHCq4o5Mr3NCZIyJwm4r7FoTke+xEu0Ais90CTpMlmUnuFMGWaB1i++aw+Ctj7"
    "cJSJmjzQ3QnM/NHb9APracnsIhj2b6ZS45XNM0xyd/Jqd/n5iJKXbCC88+lTTHKzz51AVX"
    "ZXB6WqUY4fS0uBhBzGXsOv5HpYFwRN5BdHfSMJa/kSFV859fPt1cF5gSa5YMyja2GPifLH"
    "xvIdol4Aowyg25rM3WT4f0xAMuD63MfvwfgmJtrw=="
)
