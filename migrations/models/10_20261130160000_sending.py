"""Makes sends cheaper on PostgreSQL.

The index of the search is written after the commit: messages wait in ``search_due`` until a node
indexes them (``server/search/indexing.py``). ``send_messages`` reads and writes for a whole group at
once. A send changes no column of a room that an index uses, because then PostgreSQL would write all
indexes of the room anew; so ``purged_at`` says which rooms are purged. On SQLite only that column is
new.
"""

from tortoise import BaseDBAsyncClient

from migrations.files import SEARCH_INDEX_DUE, SEARCH_MESSAGE_CHANGED, SEND_MESSAGES, function

RUN_IN_TRANSACTION = True

# See the first migration.
BEGIN = {"sqlite": "BEGIN;", "postgres": ""}


async def upgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    return BEGIN[dialect] + UP + (POSTGRES_UP if dialect == "postgres" else "")


async def downgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    return BEGIN[dialect] + (POSTGRES_DOWN if dialect == "postgres" else "") + DOWN


UP = """
ALTER TABLE "rooms" ADD COLUMN "purged_at" BIGINT;
UPDATE "rooms" SET "purged_at" = "deleted_at" WHERE "deleted_at" IS NOT NULL AND "last_seq" = 0;
DROP INDEX "idx_rooms_unpurged";
CREATE INDEX "idx_rooms_unpurged" ON "rooms" ("id") WHERE "deleted_at" IS NOT NULL AND "purged_at" IS NULL;
"""

DOWN = """
DROP INDEX "idx_rooms_unpurged";
UPDATE "rooms" SET "last_seq" = 0 WHERE "purged_at" IS NOT NULL;
ALTER TABLE "rooms" DROP COLUMN "purged_at";
CREATE INDEX "idx_rooms_unpurged" ON "rooms" ("id") WHERE "deleted_at" IS NOT NULL AND "last_seq" > 0;
"""

# Room in each page for the next versions of its rows: they need no new entries in the indexes.
# The queue is never large, so it needs no index. Its rows are soon gone.
POSTGRES_UP = f"""
ALTER TABLE "rooms" SET (fillfactor = 70);
ALTER TABLE "room_members" SET (fillfactor = 85);
CREATE TABLE "search_due" (
    "room_id" UUID NOT NULL,
    "created_at" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_analyze_threshold = 1000000000);
{function(SEARCH_INDEX_DUE, 1)}
{function(SEARCH_MESSAGE_CHANGED, 4)}
DROP TRIGGER "search_message_added" ON "messages";
CREATE TRIGGER "search_message_added" AFTER INSERT ON "messages" REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION search_messages_added();
DROP FUNCTION send_messages(json);
{function(SEND_MESSAGES, 5)}
"""

POSTGRES_DOWN = f"""
DROP FUNCTION send_messages(json);
DROP FUNCTION send_group(json, boolean);
DROP TYPE send_item;
{function(SEND_MESSAGES, 4)}
SELECT search_index(array_agg(d)) FROM search_due d;
DROP TRIGGER "search_message_added" ON "messages";
DROP FUNCTION search_messages_added();
DROP FUNCTION search_index_due(int);
DROP FUNCTION search_index(search_due[]);
DROP TABLE "search_due";
{function(SEARCH_MESSAGE_CHANGED, 3)}
CREATE TRIGGER "search_message_added" AFTER INSERT ON "messages"
    FOR EACH ROW WHEN (NEW.kind = 'text' AND NEW.deleted_at IS NULL AND NEW.text <> '')
    EXECUTE FUNCTION search_message_changed();
ALTER TABLE "room_members" RESET (fillfactor);
ALTER TABLE "rooms" RESET (fillfactor);
"""

MODELS_STATE = (
    "eJztXVtz27gV/isYvTQ7o7q2ZMtJ2+mMnWa33knsncRpdybekSASkhBTgEKQltU0/70AeBHvJm"
    "RSImm8xBFwDkh9gM4NBwffe0tqIosdXTgONBZLRJzeX8H3HoFLxP+T0dsHPbhabftEgwOnliSH"
    "IZ1sh1Pm2NAQQ86gxRBvMhEzbLxyMCW8lbiWJRqpwQkxmW+bXIK/uWjs0DlyFsjmHV/+4M2YmO"
    "gRseDj6n48w8gyY++MTfFs2T52NivZdmX+LOnEw6Zjg1rukmxpVxtnQUlI7LrYPPr8+eqfom+O"
    "CLKhg8zIlxDv6H/loMl7X97g2C4KX9TcNphoBl1LQNH7+8wlhkAAyCeJf07/4b9ahGw8vr65HX"
    "96dzse9xSQMygRqGMxBxyWH964Wzhka0884O2/Lj6+Go5+khBQ5sxt2dmTX/2HZIQO9Fgl5FuM"
    "3ZVFoYnssQrYCaYqUQ8aCmAPEGsYxltM5d8UmG8X0M6GM6BP4MhfrBoEtz/ZPUDYW8LHsYXI3F"
    "nwj4OzswJM/33xUcLKqSSulMsYT/5c+10Dry+OL3+iwyWTB5QCzkm+DuJ9MnhdAm9OlYu37Ivj"
    "zfB/M3C+xPMr4mQjHXAkEMae2mkbwnPxEn9+MxgMh+eD4+Ho9dnp+fnZ6+PXnFa+cbrrvGAWLq"
    "9+ubq+jeMvGuKgr7HJZzQtkvMgD+l3wtwXsg2DfHByen76ejg6DZEOW4oAToO5QHi+cBTQ3DJo"
    "ONNwmi7/7uIdlIRClKtDqO5ZLtyjjYrO88k7qOpGpyU03eg0V9GJrji0zsJdTgnE1lgR5BTjTn"
    "A3bXnXjLZhI4HFGGbI5Vu8RDk2XIyrLvtinz7H/sSIcLRn9xE3UDRMoXG/hrY5TvXQAc2jTXct"
    "B8tkCyRwLtEU31u8sB+DuLSocd/LCE54Hf2iuMRUkNQQkvjSc1noz8qH8DXGP/3xnFhFkTLM9J"
    "wz1q+/Ep8XqOjE6u0XRTGYagSD7Sl6sVeRXU34IrL8S+MZ59EBofaouo6azA3RdW9tZCLiYGhl"
    "KbxIb6HWk9LKCIkPGJJviqB9GcF5tOQ+hYojEjJ00N8bnJVxQThVQSg55YRIwFTdvRhTNUgf1o"
    "arH+cVZGxNuTRdQJYR1bxFjzl2coqxEyu7AODbd79LhbZk7JsVxfXVh4vfJeTLjd/z/ub6l4A8"
    "Mg9v399cZi7zB2Rj/khVOySTWQfwWmiNvBMzeUvvEcmyRiK9hdaItx4cQVjOEuldAEkNnAV0wB"
    "oywLghA6YbIEbq807AZ2aG7SWABEDT5BqSyWaGHAABQWsQyAFAbdHhEpMC2EtMc20PuiPGApI5"
    "AnQWsB2BG2JtAHYYEKIJYP4wh3Ib7aj3PBNLfoMcOVkQgoxxdU4pVRV+bGMIoX3+7j1/eaVNCp"
    "++E7o9vnDLbMfnb8antuK1R1C3papjNQfd3kSPK8wFi6qJGuPS8O8M/0IwKrrDUZ6aNj675g3b"
    "lM5UIA4Z9MZytmXXEAfrZ88NSrlWsr1f5FTNOEVJb2oyQStqLCYTPrMLBMSjhF/iLLgLIszbKW"
    "ToT9wrwcIf2fS5b4OAmJW/0BXyMnDY0dJzU2LOU4XjPsP9OWzybINcnuGgxA9jOMj9YYiuYpfn"
    "AVpuBtb5wbiQoRPG5D6CcE2RSzZC5mfusPpTnxZQMYJiSSVIx65PWzoCFDB4sRkoP4M5fEDAXR"
    "2Bazql5gbwZyFgQAIceI8AdsCM2px2vcAWH5RRj5laJhBHU4TE4RIoIwpU38PuCKEOsBA0ZdiI"
    "LlE41nMlX/DSqvZXkq97knBURhKO8iXhqKHBn2YZvtXEfjzxoOa+RXl0Sl8LNxauyAN2oA9TSr"
    "lEegs1C3dylmMcEpdVLQRseWSA3hP36wXl8hox4AlsRxq1kpJPnUcCTVO0LoUon9vUXbEjcAFM"
    "ZFiYIDOtV+p60h2JjMut7Xu0coDLdY4l1JIf3NiqJDG8HBV7j5TMyARwzldgnhb64sMrv1Ygvn"
    "R6Y2N+yUXqKTJz5dRThEGnNyYUlN7oqQ5LLpipGphRDr009d7D4cVuO/Yeuqr0IocKfWNIEf4E"
    "m85Laqv7kBmX8nsK3QbP/C0diDL4CGCNnYWI9BgLaUkzGQf6SjHhNr20z9PhcSXOiqueaFN7X6"
    "a2mGOV4FtA372gW0XbD23wYtpneAc23zQjUpwHZ5xHI6pt74PL4QbY3i/W9ouiLyQ/t2ZYhjDJ"
    "MzuiLB0CvrIaKYpwPgvKnUTIcYOBbIhf8h4y5xPKPi0R9vWfPLlpcdIxC2j1uc3On9sMJ1xRnS"
    "X5tD3RxmjGBy9bJEtoBF2FMiPINqleWsSqnES8K4a+pbYCv2QS6IhF4yIWTRHtndiBaW6MooVg"
    "CqmhJBh8Bq322qn2GIPzzCh+0PWE2pNEtai9pCrrg1gbdPmCC2SiYWFRJDgjOybG84BsJt5FTS"
    "3q8uXVWtpaXmt53TZ5HYU8kCJKsEeYNPQ7Q09tExOYcZi6CPoIk4Z+Z+h1fYC66gPELJmSGXlR"
    "lloPM7RQJW6NwdJ4xlg0nokS2+gxKyKae+IwoO/EL38fBw5jwQy0sjbcExorG3ZJzg5t8O17Zz"
    "USzC276KM8XTjwv/91Dw1l0GNMGnV11NmGOWipAvmWQ+OtjvcKE/Vs6RiTluq7SnWdLHbYZDET"
    "q6MfY9JLf/djGhZSBz/OpdHfFf3EvaxlNW2CTatbdXXrG+XjsOiJojW/ZdTot6p2jr95WXyvcp"
    "qoX2Kvc6x6zXLvhiBg07UsVcMdlgWYYcurSgz8MY/AlQMcZFlM1iVYwo04p8T7Z7KsDSSmf3pJ"
    "fGYA2qJUQS8x6XU95464+XVyUtu0/ajg0uUKGqaU9Kas3pTt0nrOMrLUNlKSbPqIVWOU+DV18A"
    "wbuSWKYv2FqptEKEsX7DQg13uTiaypyWT9HtmyLekDowV95D0bgBIDbfWvpBc1g8T5Y9OG67TO"
    "rucxsuBd+I3Bq8kk7OLmy2TykxhtgU0TETB1HVm7KL9UUfhYWasI4NkdCV8TGFS8tpjwfBMhkr"
    "wqmTKStKIk24iLzPmKpj8jGLijgfrRqVyHTOXSecwVWg06wyLMsDgpUz3yJL965MmoPQfZW7hS"
    "92rfNiyKciDzVhftqjRFSJohCrI2ZOiksD0uJW2PC8Ttsb6SpVHyImIpl8U+wqLl9K64R/0sFf"
    "CTfHoGWnia6jcbzZCNuHPeywhXRHr7T5YfWIXE+uLoF+JLJ6a87FZlgm1/9knv+48DAFzLPjE0"
    "TZE46xX5VjELU4xd2CdOWIdlasqd5NeUOxk06K6n31y2+JVOM8Wz31Uom1ecaPyVTksGkW8XCF"
    "DXmdJHsQ37HzQF4ikiVMvH2N4+CzCRQVc+GmFeRqugF9fUhrFdwSCMBD5cxh26dT3ojjB3Gn4l"
    "MRCcyg6xf2yhYF/Z2zqeIi8YTAmSo4QB6tgYMsTM+PCWCbhKuiMQCFR1Bc6mG1lFuis6w0oWQw"
    "ajPn6jI5c6ctlyURExa+HGojBj+RaYtFuWToTb9m7OOg5arrKyTXOXeZRFlzNM5U+7SDV3OuTQ"
    "lwvoAxutgb9BbtqniGXYy/HXYjT9Jx23qLGp4MEF7lTcj5F5tVObrhmyZV6tKATJ/SMGLErm4q"
    "/wtBh3kDh1+maCKgeu2G3SSTIvJUmmHemIcftdLns1HzPGoxFNnMsj5or6erGsgR7l0Rb6DhZ6"
    "AKDqtcFJvs7dYDI6LRFtHp3mRptFV8L/HJyNzIUKyFuOTqztZDi/TPUiTlUQ0M+sYKS0beLTdx"
    "Df6hewdoNeqhv00S9v0stwf8K+fuHtzNECKTUXaOV/0JJ+xdIj0XcVN21N9ws8FL3F0NYthqZB"
    "eJhIYXM97Bau31CIl3ZKAgZtzmlzromioinmHFeamaacaC824zhFLSZc/HrJoir6D5jhKbawIy"
    "nFN5AxCH388pCRZX1isK6azPKvArIBfQfzP49LnQ46LjgddJw6HRTKD0WInxX3bDTMw1IwDwtg"
    "HqZhdugKGyqB/ZChCwDvPe3mgctpe+zaGfcTFJR5i3Fp3NVxj5smZcVJnEtrxKc0YtNvL2/KEt"
    "cXFRwMTxPbyFDeU41zVSKAG7Shej4sIQbOh7lyQHTp648aEuf07xpWjC9HuTT4O4Ov7546GPRL"
    "tJwim8PqZuUp5YKfZOvSDFSW2y42iB9U09tjTF2CVae4vyT4dV38g54Mc+25+mUoUSaNfUu3wT"
    "5IzdzL2Qzze/tPbYmNPQW/axl2WeNU1EHHDPC2NWSyUroY8m9gMvF03GQiusWakYwr7n1yB9wn"
    "Y+lzHbU95akUrLyUq1gBVe9pqbu0d7sXW+dnVSsZdX7WXqJEOlmoQjB9gZKWDZRaCJIi7yEDzy"
    "nn6haUlzc372MbHpdXyR2Nzx8u3318dSLR5kTYyTGXbI6oSlwzoNdbG09tbXylWP1WvhiT9sF2"
    "9gJ0OPmw4WRZ9nO3mHKUVU9DBdOwU4g5k11Px87TIa+7UMtMCjn2WH0RWlavjcp26YrYmUscnJ"
    "Umk6tuE2w68rPr8vbtFmWJH+c7rHw5bgPoDQq3iZuSsosSR3r7T4bbiCQsGW67CIpDehUf/UuE"
    "GEDcdttMqbkRxShF5UkxtKxzgr3SkTZd9/1rCIOKkhDE7jOis1TYrdan3ZFoJA/JGpobYGEm70"
    "rCJQN04pfzrPOQOnu+2ux5HVXTpx7brMn1nTDVZmPqvfgXaiJ98gpEZdlHQVehceQXmKr/pobc"
    "exK1HXFAO0JvKFWZw40efGekdP52yNGFwzPx2Mug1KmwQcGpsEHWqbB7RMYLyJRqNsW5OripVE"
    "PpMWiLwxqqSCfYureqq0faRyNzHynXA4kz6arX6crtch3uhG0mb4eCtpWBbFNnB68jzqW9Dp2A"
    "3U74/aNJSPW6xCSfnoKdpwA9rjA3xxUnIM6l4d8Zfhs9cMNa/a7WKFdNerWrebaxe//4Ila98S"
    "9g0YZ5tmHekKjeZ5Z9wkC295+6gfWA167qmN1+YnaqNZ6iPB2MfwzLXPQ5zL/oczhIeuUBYKoV"
    "GZJ8natyPxyVgXqUD/UoCbWJ2cqCm7Hqmk7ydXBdVx9tCkBTLjQSY6sL6sMt65M3pe4KflNwWf"
    "CblBCZYpphGeeW0/LJ95iIeQDFp8uXHWYfqxbcmQMdV+nK9y2Hxlsdbx3y0zUXGqA5X1qSzQWy"
    "sbHoZTjkfk+/yCWHW5rm+OQv5PD7M/e68p3w3KN/BVU7cw/+dcFVGZydlUn3ODvLT/cQfQm7jv"
    "+oFBD2yTuIbi2VrPkTHZRVlezXTzfXOabEliWBsokNB/xPnixoIdoF4Aowig25pM3Wj4f0xACX"
    "h1ZmP/4PQt6CxQ=="
)
