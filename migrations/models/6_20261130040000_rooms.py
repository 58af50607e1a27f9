"""Invitations into rooms, notifications that were taken back, and what quotas are counted by.

The two dialects differ in the types of keys alone, so the text is PostgreSQL's.
"""

from importlib import import_module

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

# See the first migration.
BEGIN = {"sqlite": "BEGIN;", "postgres": ""}


async def upgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    send = f"{SEND.DROP}{_send()}" if dialect == "postgres" else ""
    return BEGIN[dialect] + _in(dialect, UP) + send


async def downgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    send = f"{SEND.DROP}{SEND.SEND}" if dialect == "postgres" else ""
    return BEGIN[dialect] + DOWN + send


def _in(dialect: str, text: str) -> str:
    if dialect == "postgres":
        return text
    serial, counted = "BIGSERIAL NOT NULL PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"
    return text.replace(serial, counted).replace(" UUID", " CHAR(36)")


SEND = import_module("migrations.models.3_20261122220000_send")

# Who is not in a room takes no lock of it, and none of other people's files.
OUTSIDERS = """
        PERFORM 1 FROM room_members m
            WHERE m.room_id = send.room_id AND m.user_id = send.author_id AND m.active;
        IF NOT FOUND THEN
            outcome := 'not_found'; RETURN NEXT; CONTINUE;
        END IF;

"""
LOCK = "        SELECT r.kind INTO room_kind FROM rooms r"
FILES = """            PERFORM 1 FROM attachments a WHERE a.id = ANY(send.attachment_ids)
                ORDER BY a.id FOR KEY SHARE;"""
OWN_FILES = """            PERFORM 1 FROM attachments a WHERE a.id = ANY(send.attachment_ids)
                AND (a.uploader_id = send.author_id OR EXISTS (
                    SELECT 1 FROM message_attachments x
                    JOIN room_members m ON m.room_id = x.room_id AND m.active
                    WHERE x.attachment_id = a.id AND m.user_id = send.author_id))
                ORDER BY a.id FOR KEY SHARE;"""


def _send() -> str:
    assert SEND.SEND.count(LOCK) == SEND.SEND.count(FILES) == 1
    changed: str = SEND.SEND.replace(LOCK, OUTSIDERS + LOCK).replace(FILES, OWN_FILES)
    return changed


UP = """
CREATE TABLE "room_invitations" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "room_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "actor_id" UUID NOT NULL,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "declined_at" BIGINT,
    CONSTRAINT "uid_room_invita_room_id_ae9d6e" UNIQUE ("room_id", "user_id")
);
CREATE INDEX "idx_room_invita_user_id_62ab33" ON "room_invitations" ("user_id");
CREATE INDEX "idx_room_invita_expires_b662ce" ON "room_invitations" ("expires_at");
CREATE INDEX "idx_invites_created_8c43e0" ON "invites" ("created_by");
CREATE INDEX "idx_rooms_made" ON "rooms" ("created_by") WHERE "deleted_at" IS NULL;
ALTER TABLE "notifications" ADD COLUMN "withdrawn_at" BIGINT;
ALTER TABLE "user_preferences" ADD COLUMN "add_to_groups" VARCHAR(12);
"""

DOWN = """
ALTER TABLE "user_preferences" DROP COLUMN "add_to_groups";
DELETE FROM "notifications" WHERE "withdrawn_at" IS NOT NULL OR "kind" = 'invitation';
ALTER TABLE "notifications" DROP COLUMN "withdrawn_at";
DROP INDEX "idx_rooms_made";
DROP INDEX "idx_invites_created_8c43e0";
DROP TABLE "room_invitations";
"""

MODELS_STATE = (
    "eJztXetz27gR/1cw+tLcjOraki0nuU5n7DR39U1idxKndzPJjQSJkIiYJBQCtKym+d8LgA"
    "/xbUKmJJLGlzyAXZL+Ad4XdhffezYxkEWPLhiDM9NGDuu9Bt97DrQR/0fObB/04HK5mRMD"
    "DE4tSQ4jOjkOp5S5cCYeOYcWRXzIQHTm4iXDxOGjjmdZYpDMOCF2Fpshz8HfPDRmZIGYiV"
    "w+8flPPowdAz0gGv53eTeeY2QZiW/Ghni3HB+z9VKOXRm/SDrxsul4RizPdja0yzUziRMR"
    "ex42jj59uvqnmFsgB7mQISP2Q4hvDH7kcMj/Xj7AXA9FH2psBgw0h54loOj9fe45M4EAkG"
    "8Sf5z+I/i0GNl4fH1zO/749nY87ikgNyOOQB2LNeCw/PCfu4FDjvbEC9786+LDi+HoJwkB"
    "oWzhysme/NF/SEbIoM8qId9g7C0tAg3kjlXATjHViXo4UAJ7iFjDMN5gKv/OgPnGhG4+nC"
    "F9Ckf+YfUguPmV3QOEPRs+jC3kLJjJ/zs4OyvB9D8XHySsnEriSriM8eXPdTA18OeS+PI3"
    "Mi6ZfKAUcE7zdRDvk8HLCnhzqkK85VwSb4r/m4PzJV5cOSwf6ZAjhTD21U7bEF6Ij/jrq8"
    "FgODwfHA9HL89Oz8/PXh6/5LTyi7NT5yWrcHn169X1bRJ/MZAEfYUNvqJZkVwEeUS/FeaB"
    "kG0Y5IOT0/PTl8PRaYR0NFIGcBZME+GFyRTQ3DBoOLNwGh7/2cU3KAmFOFeHUN2zXLhDax"
    "WdF5B3UNWNTitoutFpoaITU0lomenZUwdia6wIcoZxK7ibtr13jPbMRQKLMcyRy7fYRgU2"
    "XIJrV/bFPn2O/YkR4WjP72JuoBiYwtndCrrGODNDBqSINjtlD+z0CHTgQqIpfm7xwUEM4t"
    "Iis7teTnDCn+iXxSWmgmQHIYnPPY9G/qx8Cd9j/H9/PiVWUaYMcz3nnP0b7MSnBSo6sXv7"
    "ZVEMqhrBoHuKXuxVZNcTvoht/8p4Jnl0QKg9qq6jJnNDdN0bFxnIYRhaeQovNluq9aS0mk"
    "XEBwzJN0XQPo/gPLK5T6HiiEQMHfT3BmdVXBBOVRJKzjghEjBVdy/BVA/Sh7Xhdo/zElK6"
    "IlyampDmRDVv0UOBnZxh7MTOLgH49u0fUqHZlH6z4ri+eH/xh4TcXgcz726ufw3JY+vw5t"
    "3NZe42v0cu5q9UtUNymXUAr4XWyFuxkrfkDjl51khsttQa8fcDE4TVLJHe7yZkYAUpoNyA"
    "AdM1EE/g24EAuavWgJshABoG14y0D4grZihiAAIHrUAoAo7AjWOt+aAQBUe91BLv7CVPsJ"
    "YkRgUirySamODqnH6pK5LYxmhA+1zXO/7xSucNAX0n1HRy41Y5WS8+V8+cqmvjftdGpw67"
    "HPSkEj0sMRcsqtZmgkvD30Y78xffGsxYmHK81Lacc4qKRuVkgpZkZk4mr6VlJ14FyJz/G1"
    "MgTIMppOgvFPD/MuKu+9zWQ0Cs1d/IEvmJCPTINrJ2ZI3PfYLpeNgcwgaZi8NBBcUwHBTq"
    "BTFVbi7eQ8vLwbo4JhExdEIR7yMW0RC5dOXcYwYDgDLSKTZbKqNcQuwxjogriqubOaDERl"
    "NirMHKJIBLE4cw4YROpVuKDPHvhUu8JRXeK6exAWZgxpkomLvE/hkQB3E5FLi5BppZ2EFG"
    "RoDt7E1f+L6Bawo8h2FLcAS6mstA4lPzMYMg/33icQAu+D4rkoWfAyjljxD6YPrEvTHWRJ"
    "nQjK1cNR87xqBP3FOWsg5Y1IclF8JEDcw4h96a2oc+vNhthw/dVaUXy3MPDB9F+FNs+qis"
    "hSEM6QygXpGbgMpdBOkdoIqewQU3lY3A3LYQo8IgR/fIFUdQwqLma0AA9A32bLhCmbvmgl"
    "xtcu/L5BbrrBISCul1SKggJNQGb6Z9Bnho+01zcqqK4EzyaES1DX5wOdwAG/zZ2oBx9IXk"
    "96hvS6WESZHZEWfpEPC1le8qwvkkKLcSIccNBrIh/sk7SNlHlJ/IF831Hy0qsDjpmIa0uq"
    "Sg8yUF0YIrqrM0n7Yn2hjVeC8KiPJPP8OpUplh+0S7LsCNeVcUfcscCX7OJdARi8ZFLJoi"
    "2jtxEtPcGEULwRRSQ0kwBAxa7bVT7VEKF7nR/HDqEbUniXai9tKqrA8SY9DjGy6UiTMLi/"
    "51OVkyCZ575FLxLWpqUXfWrNfS1vJay+u2yes45KEUUYI9xqSh3xp64hrYgTnFQWXQx5g0"
    "9FtDr+vddlXvlrBkKmbmxVmeoBMbFs+v6VQwMgYr45lg0Ximuj+ih7yIaGEVSEjfid/8fR"
    "SBJIIZaGmtuSc0Vjbs0pwdOuDb98lqLJhbddPHebrQ5HT/+x7OlEFPMGnU1VGna8qQrQL5"
    "hkPjrY73EjvqWdMJJi3Vt5XqOlnssMliBlZHP8Gkt/725RoWUgc/yaXR3xb91JVhVTVtik"
    "2r21ZV1AfHZ+WXzmWJ+hVO28aqd9D1bhwEXLICc+ICbjKbYI4t2bsDguCZr2VBvA3XwKMI"
    "YNYH0DH4mChdpwA7YjhbYlPjc6scAfbjvxS6JL5hAk8f+OkDvy7t5zwFrhakT7Pp8p3GqO"
    "drwvAczwpb3iTmS5WyE6Os3KBrBrnem0xkDy0aqEOpEeGUeGzTNkZ0m5G0gCHL4tNCX7p8"
    "eCY1a9CGhsE75AABTEZD7+5VX5wXk8kKM9Nw4UokP08mP4UddahJVo6v6u/QkiXa4AQkDl"
    "qJr+EPixrsPNISJ5YCKb8zJ9UnTrLx22XmUDyJFsHQqQkVjU4IOmRCkM6GrdE+0Of0mztf"
    "RxUO6k9GxTe+jtpTDt3CnbpXS7ZhkZADGbK6BVStiSbSDFGQtRFDJ4XtcSVpe1wibo91o+"
    "pGyYuYpVwV+xiLltPb4h53q1TAT/PpFWhhTc6/XTRHLuJ+dy8nMBGb7T9axL6MiPXNeM/E"
    "l04tedXDxhTb/uyT3vcfBwB4J8k90DBE+qXfP1rFLMwwduGsN2UdVulMdlLcmexEdiZrio"
    "T2qPkbmeaK52CqVDYvOdH4K5lWDBffmggQj03Jgzha/R1NgXhLH6xczBhygND6UWDXD96S"
    "+RG4APwVcpIzAwioN40eCzDNhIp385ovjowz84mVSSwUngv7weEp8iO/IvYsnhKdIyceIi"
    "PH1ISWBUwEXfF1mOmOjU03p8q0VHx9lWyDHEZdrqFjlDpG2XJREb8Qd20RmLN9y67CjVg6"
    "EVjbu+HK9bu9zMtOLNzmcRbd/i6Tb+sh1VzbiEM3pdcJ/q2Bv0EO2ceYZdgr8MwSNP1HXb"
    "S4sVm5Zf3UJSuROBNcEsWXJOZLCQcHUmARZwFkF3pxKTMVjSGAhe8Rzeti//QH1uwm6fSX"
    "55L+0o6UwqS9Lje/mk+Z4NGIpuq2HGNJAj1Y1SCP82iLfAuLPARwfIdyLgsouQk7xde5Gy"
    "5GVW7DHhVfhj3K3IW9HJyNDFMF5A1HJ/Z2OlBfpbsNpyoJ1ed2uFE6EAnoO4hv/RtYuz3P"
    "1e35ELS/6OW4O9Fcv/TG3ngDjR038OR/IZt8xdIj0XfaNm1P90s8FH2k0NYjhaZBeJjIYH"
    "M97Bbu30iIV3ZKQgZtzmlzromioinmHFeauaacGC834zjFTky45PWDZV3W7zHFU2xhJinF"
    "TyBjELqw8pCRZV0LuKuevfJvBWRD+g5mdh5Xqvs5Lqn7Oc7U/UTyQxHiJ8U9Gw3zsBLMwx"
    "KYh1mYGVnimUpgP2LoAsB7T7O553LaHXtuTv/6kjZgCS6NuzruSdOkqjhJcmmN+JhGbPrt"
    "1k3Z4rqR/cHwNLCLZspnqkmuWgRwgw5Uz4cVxMD5sFAOiCl9PU5D4pzBXbSK8eU4lwZ/a/"
    "D13UQHg95G9hS5HFYvL0+pEPw0W5dWoLZcdnFAfK+azp5g6hKsOqX9OcGv+6Y/46OY91I7"
    "9AoOZILZ/mPHMmNfyWzbqFv24BQttDEFfEy04MQOgEA8+mcwmfiCdjIJCrJXJp6ZFfp0b/"
    "3YxxJ9ihJ7Eg04/adnbvTd7nZenQVUr/TTWUB7iUXolJQawQwESlY2EGIh6JTZqDl4TjlX"
    "t6C8vLl5lwirX16l4+af3l++/fDiRKLNiTArMIlcjqhK9Cyk1wH0xwLoXwlWvxsswaQt/a"
    "0tfR20PGzQUraN3C5yGWfVy1DDMmwVyMxl18ux9XLIayXU8l8ijj1274OW1WujsrU9EaHx"
    "HIbzkjEK1W2KTcd2WhrbEde75PdXjc32H43tOJKwcmuIoPed38nBvzcGUYC4GbGeEmMtQj"
    "CigYN49GvZE88lqz5AD0vIt4bh35YSXMtiYcopmYmwm9s0YpevqlLs9aTCLp0GXG8asA7c"
    "6PKttikLfW3F7tLK9KHiMzV9PvqdbvLsnnCq1OgJOuXsvpl84VVu2o44oB2hzyzqTEZF94"
    "GTUTkRNeLoQhVA0r0fVCpvGZSUtwzyylvukDM2IVVqPpPk6uC5xQ56KEFXZJ2rIp1i696u"
    "rh/pAI3co4pCDyTJpNv1ZltOy324Fba5vB2KC9YGskvYFl5Hkkt7HTqTtJ3wBzUWSPVGtz"
    "SfXoKtlwA9LDE3xxUXIMml4d8afhfdc8Na/TrJONeO9Go3UzkbEnP6RPOTqOV4/7ErDA94"
    "b6GOKO0noqTaSiXO00HvfFjlprxh8U15w0HaZwwBUy18TvN1rpn0cFQF6lEx1KM01AamSw"
    "uux6p7Os3XwX1dfywkBE25nj/BtiuoD7etT15VumzzVcltm68yQmSKSY7dVti1JiDfYyba"
    "ARSf7hJ0mFOWneBOGWSe0p3JGw6NtzreOiClS5sboDmfmzt+gVw8M3s5Dnkw0y9zyeGGpj"
    "k++TOp/n3iSUyxE15Y+1TSHK+w8qkLrsrg7KxKMsLZWXEygphL2XX8l0oB4YC8g+jupGEs"
    "fyNDec1/fvt4c11gSmxYUigbeMbA/2TiewvRLgFXgFFuyKVttn4ypCcecHloZfbj/8iXav"
    "U="
)
