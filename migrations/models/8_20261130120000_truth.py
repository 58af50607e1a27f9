"""Adds where a member's time in a room begins, the names that mentions have in their texts, and the
usernames that were given up.

The two dialects differ only in the type of ids, so the text is written for PostgreSQL.
"""

from tortoise import BaseDBAsyncClient

from migrations.files import SEND_MESSAGES, function

RUN_IN_TRANSACTION = True

# See the first migration.
BEGIN = {"sqlite": "BEGIN;", "postgres": ""}


async def upgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    send = DROP_SEND + function(SEND_MESSAGES, 4) if dialect == "postgres" else ""
    up = UP if dialect == "postgres" else UP.replace(" UUID", " CHAR(36)")
    return BEGIN[dialect] + up + send


async def downgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    send = DROP_SEND + function(SEND_MESSAGES, 3) if dialect == "postgres" else ""
    return BEGIN[dialect] + send + DOWN


# Version 4 stores the names of the mentioned users in the text.
DROP_SEND = "DROP FUNCTION send_messages(json);\n"

# If a member's read mark is still at the message about their arrival, ``joined_seq`` is that mark.
# For all other members only messages to everybody (@all) matter, so it is the last of those that
# were sent before they joined.
UP = """
ALTER TABLE "room_members" ADD COLUMN "joined_seq" BIGINT NOT NULL DEFAULT 0;
UPDATE "room_members" SET "joined_seq" = (
    SELECT MAX(n."seq") FROM "room_notices" n WHERE n."room_id" = "room_members"."room_id"
        AND n."created_at" < "room_members"."joined_at"
) WHERE EXISTS (
    SELECT 1 FROM "room_notices" n WHERE n."room_id" = "room_members"."room_id"
        AND n."created_at" < "room_members"."joined_at"
);
UPDATE "room_members" SET "joined_seq" = "last_read_seq" WHERE EXISTS (
    SELECT 1 FROM "messages" x WHERE x."room_id" = "room_members"."room_id"
        AND x."seq" = "room_members"."last_read_seq" AND x."kind" = 'system'
        AND (x."system" LIKE '{"event":"created"%' OR x."system" LIKE '{"event":"joined"%')
        AND x."system" LIKE '%' || CAST("room_members"."user_id" AS TEXT) || '%'
);
ALTER TABLE "messages" ADD COLUMN "mention_names" TEXT;
CREATE TABLE "freed_usernames" (
    "username_key" VARCHAR(36) NOT NULL PRIMARY KEY,
    "user_id" UUID,
    "freed_at" BIGINT NOT NULL
);
CREATE INDEX "idx_freed_usern_user_id_2eeaa4" ON "freed_usernames" ("user_id");
CREATE INDEX "idx_freed_usern_freed_a_bf7d8d" ON "freed_usernames" ("freed_at");
"""

DOWN = """
DROP TABLE "freed_usernames";
ALTER TABLE "messages" DROP COLUMN "mention_names";
ALTER TABLE "room_members" DROP COLUMN "joined_seq";
"""

MODELS_STATE = (
    "eJztXVtz27gV/isYvTQ7o7q2ZMtJ2+mMnWa33knsncRpdybekSASkhBTgEKQltU0/70AeB"
    "HvJmRSImm8xBFwDkh9gM4NBwffe0tqIosdXTgONBZLRJzeX8H3HoFLxP+T0dsHPbhabftE"
    "gwOnliSHIZ1sh1Pm2NAQQ86gxRBvMhEzbLxyMCW8lbiWJRqpwQkxmW+bXIK/uWjs0DlyFs"
    "jmHV/+4M2YmOgRseDj6n48w8gyY++MTfFs2T52NivZdmX+LOnEw6Zjg1rukmxpVxtnQUlI"
    "7LrYPPr8+eqfom+OCLKhg8zIlxDv6H/loMl7X97g2C4KX9TcNphoBl1LQNH7+8wlhkAAyC"
    "eJf07/4b9ahGw8vr65HX96dzse9xSQMygRqGMxBxyWH964Wzhka0884O2/Lj6+Go5+khBQ"
    "5sxt2dmTX/2HZIQO9Fgl5FuM3ZVFoYnssQrYCaYqUQ8aCmAPEGsYxltM5d8UmG8X0M6GM6"
    "BP4MhfrBoEtz/ZPUDYW8LHsYXI3Fnwj4OzswJM/33xUcLKqSSulMsYT/5c+10Dry+OL3+i"
    "wyWTB5QCzkm+DuJ9MnhdAm9OlYu37IvjzfB/M3C+xPMr4mQjHXAkEMae2mkbwnPxEn9+Mx"
    "gMh+eD4+Ho9dnp+fnZ6+PXnFa+cbrrvGAWLq9+ubq+jeMvGuKgr7HJZzQtkvMgD+l3wtwX"
    "sg2DfHByen76ejg6DZEOW4oAToO5QHi+cBTQ3DJoONNwmi7/7uIdlIRClKtDqO5ZLtyjjY"
    "rO88k7qOpGpyU03eg0V9GJrji0zsJdTgnE1lgR5BTjTnA3bXnXjLZhI4HFGGbI5Vu8RDk2"
    "XIyrLvtinz7H/sSIcLRn9xE3UDRMoXG/hrY5TvXQAc2jTXctB8tkCyRwLtEU31u8sB+DuL"
    "Socd/LCE54Hf2iuMRUkNQQkvjSc1noz8qH8DXGP/3xnFhFkTLM9Jwz1q+/Ep8XqOjE6u0X"
    "RTGYagSD7Sl6sVeRXU34IrL8S+MZ59EBofaouo6azA3RdW9tZCLiYGhlKbxIb6HWk9LKCI"
    "kPGJJviqB9GcF5tOQ+hYojEjJ00N8bnJVxQThVQSg55YRIwFTdvRhTNUgf1oarH+cVZGxN"
    "uTRdQJYR1bxFjzl2coqxEyu7AODbd79LhbZk7JsVxfXVh4vfJeTLjd/z/ub6l4A8Mg9v39"
    "9cZi7zB2Rj/khVOySTWQfwWmiNvBMzeUvvEcmyRiK9hdaItx4cQVjOEuldAEkNnAV0wBoy"
    "wLghA6YbIEbq807AZ2aG7SWABEDT5BqSyWaGHAABQWsQyAFAbdHhEpMC2EtMc20PuiPGAp"
    "I5AnQWsB2BG2JtAHYYEKIJYP4wh3Ib7aj3PBNLfoMcOVkQgoxxdU4pVRV+bGMIoX3+7j1/"
    "eaVNCp++E7o9vnDLbMfnb8antuK1R1C3papjNQfd3kSPK8wFi6qJGuPS8O8M/0IwKrrDUZ"
    "6aNj675g3blM5UIA4Z9MZytmXXEAfrZ88NSrlWsr1f5FTNOEVJb2oyQStqLCYTPrMLBMSj"
    "hF/iLLgLIszbKWToT9wrwcIf2fS5b4OAmJW/0BXyMnDY0dJzU2LOU4XjPsP9OWzybINcnu"
    "GgxA9jOMj9YYiuYpfnAVpuBtb5wbiQoRPG5D6CcE2RSzZC5mfusPpTnxZQMYJiSSVIx65P"
    "WzoCFDB4sRkoP4M5fEDAXR2Bazql5gbwZyFgQAIceI8AdsCM2px2vcAWH5RRj5laJhBHU4"
    "TE4RIoIwpU38PuCKEOsBA0ZdiILlE41nMlX/DSqvZXkq97knBURhKO8iXhqKHBn2YZvtXE"
    "fjzxoOa+RXl0Sl8LNxauyAN2oA9TSrlEegs1C3dylmMcEpdVLQRseWSA3hP36wXl8hox4A"
    "lsRxq1kpJPnUcCTVO0LoUon9vUXbEjcAFMZFiYIDOtV+p60h2JjMut7Xu0coDLdY4l1JIf"
    "3NiqJDG8HBV7j5TMyARwzldgnhb64sMrv1YgvnR6Y2N+yUXqKTJz5dRThEGnNyYUlN7oqQ"
    "5LLpipGphRDr009d7D4cVuO/Yeuqr0IocKfWNIEf4Em85Laqv7kBmX8nsK3QbP/C0diDL4"
    "CGCNnYWI9BgLaUkzGQf6SjHhNr20z9PhcSXOiqueaFN7X6a2mGOV4FtA372gW0XbD23wYt"
    "pneAc23zQjUpwHZ5xHI6pt74PL4QbY3i/W9ouiLyQ/t2ZYhjDJMzuiLB0CvrIaKYpwPgvK"
    "nUTIcYOBbIhf8h4y5xPKPi0R9vWfPLlpcdIxC2j1uc3On9sMJ1xRnSX5tD3RxmjGBy9bJE"
    "toBF2FMiPINqleWsSqnES8K4a+pbYCv2QS6IhF4yIWTRHtndiBaW6MooVgCqmhJBh8Bq32"
    "2qn2GIPzzCh+0PWE2pNEtai9pCrrg1gbdPmCC2SiYWFRJDgjOybG84BsJt5FTS3q8uXVWt"
    "paXmt53TZ5HYU8kCJKsEeYNPQ7Q09tExOYcZi6CPoIk4Z+Z+h1fYC66gPELJmSGXlRlloP"
    "M7RQJW6NwdJ4xlg0nokS2+gxKyKae+IwoO/EL38fBw5jwQy0sjbcExorG3ZJzg5t8O17Zz"
    "USzC276KM8XTjwv+917+M3Ds+nKgK/ZdTo7yJ1oKG85GNMGnV11NmGOWipAvmWQ+OtjvcK"
    "E/Vc9RiT1qm76lSdqnfYVD0Tq6MfY9JLf/dDMhZSBz/OpdHfFf3ErbhlNW2CTavbVtXO8T"
    "cvi+9VThP1S+x1jlWvWe7dEARsupalarjJvAAzbHlViYE/5hG4coCDLIvJugRLuBHnlHj/"
    "TJa1gcT0Ty+JzwxAW5Qq6CUmva7n3BE3v05Oapu2H/3p6HIFDROLelNWb8p2aT1nqXm1jZ"
    "Qkmz5i1Rglfk0dPMNGbomiWH+h6iYRytIFOw3I9d5kImtqMlm/R7ZsS/rAaEEfec8GoMRA"
    "W/0r6UXNIHH+2LThOq2z63mMLHgXfmPwajIJu7j5Mpn8JEZbYNNEBExdR9Yuyi9VFD5W1i"
    "oCeHZHwtcEBhWvLSY830SIJK9KpowkrSjJ1ueXOV/R9GcEA4coUD86leuQqVw6j7lCq0Fn"
    "WIQZFidlqkee5FePPBm15yB7C1fqXu3bhkVRDmTe6qJdlaYISTNEQdaGDJ0UtselpO1xgb"
    "g91leyNEpeRCzlsthHWLSc3hX3qJ+lAn6ST89AC09T/WajGbIRd857GeGKSG//yfIDq5BY"
    "Xxz9QnzpxJSX3ahMsO3PPul9/3EAgGtJDIKmKRJnvSLfKmZhirEL+8QJ67BMTbmT/JpyJ4"
    "MG3fX0m8sWv9Jppnj2uwpl84oTjb/Sackg8u0CAeo6U/ootmH/g6ZAPEWEavkY29tnASYy"
    "6MpHI8zLqRT04praMLYrGISRwIfLuEO3rgfdEeZOw68kBoJT2SH2jy0U7Ct7W8dT5AWDKU"
    "FylDBAHRtDhpgZH94yAVdJdwQCgaquwNl0I6tId0VnWMliyGDUx2905FJHLlsuKiJmLdxY"
    "FGYs3wKTdsvSiXDb3s1Zx0HLVVa+Y+4yj7LocoapDF4XqWbvhhz6cgF9ZKA18DfITfsUsQ"
    "x7Of5ajKb/pOMWNTYVPLjAnYr7MTKvdmrTNUO2zKsVhSC5f8SARclc/BWeFuMOEqdO30xQ"
    "5cAVu006SealJMm0Ix0xbr/LZa/mY8Z4NKKJk2HEXFFfL5Y10KM82kLfwUIPAFS9NjjJ17"
    "kbTEanJaLNo9PcaLPoSvifg7ORuVABecvRibWdDOeXqV7EqQoC+pkVjJS2TXz6DuJb/QLW"
    "btBLdYM++gU2ehnuT9jXL7ydOVqio+YCrfwPWtKvWHok+q7ipq3pfoGHorcY2rrF0DQIDx"
    "MpbK6H3cL1Gwrx0k5JwKDNOW3ONVFUNMWc40oz05QT7cVmHKeoxYSLXy9ZVEX/ATM8xRZ2"
    "JKX4BjIGoY9fHjKyrE8M1lWTWf5VQDag72D+53Gp00HHBaeDjlOng0L5oQjxs+KejYZ5WA"
    "rmYQHMwzTMDl1hQyWwHzJ0AeC9p908cDltj107436CgkJjMS6NuzrucdOkrDiJc2mN+JRG"
    "bPrt5U1Z4vqigoPhaWIbGcp7qnGuSgRwgzZUz4clxMD5MFcOiC59/VFD4pz+XcOK8eUolw"
    "Z/Z/D13VMHg36JllNkc1jdrDylXPCTbF2agcpy28UG8YNqenuMqUuw6hT3lwS/rsz+grdi"
    "Pkjt0MvZkPF7+09ty4w9JbNrKXBZZ1PU4sYM8LY1ZLJatxjyb2Ay8eTsZCK6xZqRjCvuAX"
    "En0Cdj6bMFtT3lqTSgvLSfWBFP72mp+5x3u5tZ5whVKxt1jtBeIhU6YaVCMH2BkpYNlFoI"
    "kiILNgPPKefqFpSXNzfvY0H3y6tkVP3zh8t3H1+dSLQ5EXZyDCabI6oSWwvodXj9qfD6V4"
    "rV7yaLMWk/YGc/wMdRObIW5zvsBBy3DXQdRz5sHFnW+9wtmBxl1dNQwTTsFFvOZNfTsfN0"
    "yHsu1FKSQo49ll2EltVro4WzdEXQzCUOzsqPybVxEmw63NbScJu4rSe7MG6kt/9kuI1Iwp"
    "LhtougQKFXddC/yIYBxM2IzZSaG1EQUVQ/FEPLWhvYK19o03XfvwovqGoIQexOHTpLhd1q"
    "fdodiUbykKzjuAEWZvK+HlwyQCd09rPO5OkM7mozuHVUTZ+8a5tS0feS1JcRqPeDX6iJ9M"
    "krUpRlHwVdhcaRX+So/tsCcu/q03bEAe0IvaFUZR4xevCdkdI5xCFHFw5wxMMAg1InkwYF"
    "J5MGWSeT7hEZLyBTqhsU5+rgplIN5a+gLQ4MqCKdYOveqq4eaR+NzC2NXA8kzqQrL6erh8"
    "t1uBO2mbwdih9WBrJNnR28jjiX9jp0EnA74fePxyDVK/uSfHoKdp4C9LjC3BxXnIA4l4Z/"
    "Z/ht9MANa/X7QqNcNenVrubZxu6e44tY9da5gEUb5tmGeUOiep9Z9gkD2d5/6hbQA179qW"
    "N2+4nZqdYZivJ0MP4xLHPZ5DD/ssnhIOmVB4CpVgVI8nWu0vpwVAbqUT7UoyTUJmYrC27G"
    "qms6ydfBdV19tCkATbnYRYytLqgPt6xP3pS6r/ZNwYW1b1JCZIpphmWcW9LJJ99jTuABFJ"
    "8uoXWYfaxacGcOdFyla8e3HBpvdbx1yE+f+2+A5nxpSTYXyMbGopfhkPs9/SKXHG5pmuOT"
    "v5DD78/c68p3wnNPoRVUjsw9g9YFV2VwdlYm3ePsLD/dQ/Ql7Dr+o1JA2CfvILq1VFPmT3"
    "RQVmWsXz/dXOeYEluWBMomNhzwP3myoIVoF4ArwCg25JI2Wz8e0hMDXB5amf34PxUeDec="
)
