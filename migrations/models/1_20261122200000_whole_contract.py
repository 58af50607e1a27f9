"""Adds attachments, notifications, push subscriptions, invites, blocks and mail.

The two dialects differ only in the types of keys, so the text is written for PostgreSQL.
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
CREATE INDEX "idx_notificatio_user_id_e5a7c5" ON "notifications" ("user_id", "read_at", "room_id");
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
    "eJztXVtz27gV/isYvTSdUV1H8iVJO52x0+zWO4m9kzjdnUl3ZIiERMQUoRCgZTXNfy8AkR"
    "QvIEXIlETSeNmNgXNI+gN87jj43psRG7n06IIxaDkz5LHeG/C958EZ4v9QzPZBD87n6zkx"
    "wODYleQwppPjcEyZDy3xyAl0KeJDNqKWj+cME4+PeoHrikFicULsTddDgYe/BWjEyBQxB/"
    "l84ssffBh7NnpENPpxfj+aYOTaqW/Gtni3HB+x5VyOXdk/STrxsvHIIm4w89a08yVziBcT"
    "BwG2jz5/vvqnmJsiD/mQITvxS4hvDH/laGj1vXyA+QGKP9ReD9hoAgNXQNH7+yTwLIEAkG"
    "8S/zn5R/hpCbLR6PrmdvTp3e1o1NNAziKeQB2LNeCw/Fg9dw2HHO2JF7z918XHF8OzP0sI"
    "CGVTX0725K/+QzJCBlesEvI1xsHcJdBG/kgH7AxTnahHAyWwR4g1DOM1pvL/OTDfOtBXwx"
    "nRZ3DkH1YPgus/2T1A2JvBx5GLvClz+I+D09MSTP998VHCyqkkroTLmJX8uQ6nBqu5NL78"
    "jYxLphVQGjhn+TqI98vBqwp4c6pCvOVcGm+K/6vA+RJPrzymRjriyCCMV2qnbQhPxUf85f"
    "VgMByeD46HZ69OT87PT18dv+K08ovzU+clq3B59fPV9W0afzGQBn2Bbb6ieZFcBHlMvxXm"
    "oZBtGOSDlyfnJ6+GZycx0vFIGcB5MB2Epw7TQHPNYODMw2kH/HcX36AlFJJcHUJ1z3LhHi"
    "11dF5I3kFVd3ZSQdOdnRQqOjGVhpY5wWzsQeyONEHOMW4Fd9O2947RtnwksBhBhVy+xTNU"
    "YMOluHZlX+zT59ifGBGO9uQ+4QaKgTG07hfQt0e5GTIgRbT5qdlglh2BHpxKNMXvLT44jE"
    "FcusS67ymCE6uJfllcYixIdhCS+NILaOzPypfwPcZ/+uMpsYoyZaj0nBX7N9yJTwtUdGL3"
    "9suiGFQ3gkH3FL3Yq8iuJ3yR2P6V8UzzmIBQe1RdR03mhui6tz6ykccwdFUKLzFbqvWktL"
    "Ji4gOG5JsiaJ9HcB7NuE+h44jEDB309wanVVwQTlUSSs45IRIwXXcvxVQP0oe14XaP8xxS"
    "uiBcmjqQKqKat+ixwE7OMXZiZ5cAfPvud6nQZpR+c5O4vvhw8buEfLYMZ97fXP8ckSfW4e"
    "37m0vlNn9APuav1LVDlMwmgNdCa+SdWMlbco88lTWSmC21Rlb7gQnCapZI7zcHMrCAFFBu"
    "wIDxEogn8O1AgNxVS8DNEABtm2tG2gfEFzMUMQCBhxYgEgFH4MZzl3xQiIKjXmaJd/aSJ1"
    "hLEqMCkVcSTUxxdU6/1BVJbGM0oH2u6z3/eK18Q0jfCTWd3rhVMuvFefVcVt0Y97s2Ok3Y"
    "5aCZSvQ4x1yw6FqbKS4DfxvtzJ9W1mDOwpTjpbblhFNUNCrv7tCcWM7d3Rtp2YlXATLh/8"
    "YUCNNgDCn6EwX8R0b8ZZ/begiItformaNVIQI9mtl5O7LG5z7BdDxsDWGDzMXhoIJiGA4K"
    "9YKYKjcXH6AbKLAujknEDJ1QxPuIRTRELl15D5ghlWQKZ0plE5Y0FaXTBbD4E7jU4E6pix"
    "gFC4cg7ogKvxJgBjj6hHuZU58E87wM0uauucreZK73lbkW66wj5yN6I+cL5PwaWp+QmVYY"
    "IMFgwgBqV2qsSJQUwZnmMWUWxjs9vCBugHf6bJMgSfSF6A/oypiqWJKfZOkQ8LUV5WvC+S"
    "QotxIhxw0GsiEOyntI2SekTs/Fc/2NpUIuJx3RiNYUCnW+UChecE11luUz9kQbw60fRFkg"
    "UQqNaKpUZsxWRLsuq0+4VxR9y5XWf1ESmJBF40IWTRHtnfACmxukaCGYQmpoCYaQwai9dq"
    "o9SuFUGc6PpjaoPUm0E7WXVWV9kBqDAd9wkUy0XCy6UihOm6V4HpBPxbfoqUXTL6deS9vI"
    "ayOv2yavk5BHUkQL9gSTgX5r6IlvYw8qSv7KoE8wGei3ht5Use6qijVlyVTTiCmWJ+jEhs"
    "Xza8oKxsZgZTxTLAbPTE8X9KiKiBbWdkX0nfjL3/cxMx/N3SX3hEbahl2Ws0MJvn1nVhPB"
    "3KqbPsnThdZF+9/30NIGPcVkUNdHnS4pQzMdyNccBm99vOfY87TrlVJMRqpvK9VNsdhhi8"
    "VsrI9+isls/W2xt5GL9MFPcxn0t0U/cxFAVU2bYTPqtlXnZML0WflVEnmifoVs20j3Zone"
    "jYeATxZgQnzATWYHTLArT+RBED7zjTgeA2ZwCQKKAGZ9AD2bj0EGMAXYE8P5MzY1PrdKCr"
    "Cf/KMwrSUbJvBMws8k/Lq0n1UKXC9In2UzJ6Iao56vCcMTbMGios/UfKlS9hKUlY/dW5Dr"
    "vbs7eTKehupQakQ4JgFXkpSsDq4SrmAlLWDIdfm00Jc+H7YU2ri+x24qQ5W8ilKbJMnab5"
    "aVO8kiVgQjpyIS9KYg55AFOaYatUb9bPLk65uUziokyl+eFd+jdNae88gt3Kl7tSQbFok4"
    "kCFpMd1CjwSH2cDZiL40QzRkbczQSWF7XEnaHpeI22PT/q1R8iJhKVfFPsFi5HQLT2T86q"
    "MJ8hH3xHoKtzQx2994hHkeE5vbDp6JJ5dZ8qqppgzb/rRj7/uPAwDctVzTrwF1fiFjpcAI"
    "p0qlxZwTjb6SccXw1a2DAAnYmDyKVM9vaAzEW/pg4WPGkAcWmDlx8GkVYCKTI3AB+CvkJG"
    "cGENBgHD8WYJoLZ+3mNf/xZCyMTywc4qIoT7XKS42RRUTkTMTHxFPivFbqITKERh3ousBB"
    "0Bdfh5lpIdd0BV8mN5Prq6WtFIymfNzEbEzMpuWiInntztIlULF9yy7ciVk6EWjYd5Us5P"
    "p9NldVSxVu8ySLaceVv2wc6db+xRzmfmBTcNwa+BvkkH1KWIa9As8sRdPf6KIljc3KPbTH"
    "PlmI5D5b3e3ElyThSwkHB1LgEm8KZFtscfUTFQfVgYsfEFW11X76A2t2k0w5wHMpB2hHiV"
    "PaXpebX8+nTPEYRDPnSDx7TkI9WNUgT/IYi3ybyy9DALWvec3wda7lfl038SX8zcHpma11"
    "2eGaoxN7O5PWHlTptsGpitPaA2XHDR2EI/oO4lv/BjZuz3N1ez6Gx/F7CncnnuuXuTmpA/"
    "07bijYF9dBkq9YeiShBWsOFDVmT/dLPBSTUmhrSqFpEB4mMthcD7uF+zcW4pWdkojBmHPG"
    "nGuiqGiKOceVptKUE+PlZhyn2IkJl74Prazr8wOmeIxdzCSl+A1kDMIcNDtkZNmcjdpVD9"
    "G93nXctLqQdMDouNI5iOOScxDHuXMQsfzQhPhJcc9GwzysBPOwBOZhHmZG5tjSCezHDF0A"
    "eO9lNg9cTvujwFf00y5pS5TiMrjr4542TaqKkzSX0YibNKK5btc01m44njb2kaWdU01z1S"
    "KAG5RQPR9WEAPnw0I5IKbMdR0NiXOGd2NqxpeTXAb8rcE3d6UcDPoZmo2Rz2ENVHVKheBn"
    "2bq0ArXVsosE8YNuOXuKqUuwmpL25wS/6eP8jFMxH6R26BUkZMLZ/qa0zGilZLZtHCz7BI"
    "qWvpgCPraAsokvBOLRfwN3dytBe3cXHsheONhyKvQN3vqxmwp9igp7Ug0JV0/P3TC63W2h"
    "pgqoXulnqoD2EoswJSk1ghkKlLxsIMRF0CuzURV4jjlXt6C8vLl5nwqrX15l4+afP1y++/"
    "jipUSbE2FWYBL5HFGd6FlEbwLomwLoXwnWv6soxWQs/a0tfRO0PGzQUrbR2y5ymWQ1y1DD"
    "MmwVyFSym+XYejlkm3u9+peYY4/95KDr9tqobGeBiNAEHsOqYoxCdZthM7GdlsZ2xHUT6o"
    "6fidn+xtiOJwkrt4YIe9+tOjms7rFAFCBuRizHxF6KEIxo4CAe/Ub2xPPJog/Q4xzyrSFu"
    "cUJedHWEiymnZA7CvrJpxC5fVeWw15MOdpky4HrLgE3gxhzfapuyMG38d1dWZpKKz9T0+b"
    "TqdKOye6KpUqMn7JSz+/bmhVdbGTvigHaEyVnUWYyKHkIno3IhaszRhVMAafd+UOl4y6Dk"
    "eMtAdbzlHnkjB1Kt5jNprg7mLXbQQwn6oupcF+kMW/d2df1Ih2goUxWFHkiaybTrzbeclv"
    "twK2yVvB2KC9YGsk/YFl5Hmst4HaaStJ3wh2csuGGhtwBZPrMEWy8Bepxjbo5rLkCay8C/"
    "Nfw+euCGtf71ekmuHenVbpZyNiTm9Jmqi6jleH/TpXoHvEnPRJT2E1HSbaWS5Omgdz4cVO"
    "nzMShu8zHI+owRYLoHn7N8nWsmPaxyX/qw+L70Ye6+dBvTuQuXI909neXr4L6uPxYSgaZ9"
    "nj/FtiuoD7etX76uIkI4VXFHptc5ITLGRGG3FXatCcn3WIl2AMVnugQdJsuyE9wpgyzQus"
    "V3zWHw1sfbBKTM0eYGaM7n5o5fIB9bTk/hkIcz/TKXHK5pmuOTP5PTv0/MxBQ74YVnn0qa"
    "4xWefOqCqzI4Pa1SjHB6WlyMIOYydh3/o9JAOCTvILo7aRjL38iQqvnPL59urgtMiTVLBm"
    "UbWwz8Txa+txDtEnAFGOWGXNZm66dDeuIBl4dWZj/+D9WccrE="
)
