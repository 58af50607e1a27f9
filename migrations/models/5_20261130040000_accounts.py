"""Adds the addresses of sessions, and the columns for changes of email addresses: see
``models``."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

# See the first migration.
BEGIN = {"sqlite": "BEGIN;", "postgres": ""}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return BEGIN[db.capabilities.dialect] + UP


async def downgrade(db: BaseDBAsyncClient) -> str:
    return BEGIN[db.capabilities.dialect] + DOWN


# Adding columns without a default takes the same short time for any number of rows. There are only
# few mailed tokens.
UP = """
ALTER TABLE "sessions" ADD COLUMN "address" VARCHAR(64);
ALTER TABLE "email_tokens" ADD COLUMN "held_key" VARCHAR(254);
ALTER TABLE "email_tokens" ADD COLUMN "proof" VARCHAR(64);
CREATE INDEX "idx_email_token_held_ke_c20afd" ON "email_tokens" ("held_key");
"""

# An older server does not know tokens of these kinds.
DOWN = """
DELETE FROM "email_tokens" WHERE "kind" IN ('change', 'undo');
DROP INDEX "idx_email_token_held_ke_c20afd";
ALTER TABLE "email_tokens" DROP COLUMN "proof";
ALTER TABLE "email_tokens" DROP COLUMN "held_key";
ALTER TABLE "sessions" DROP COLUMN "address";
"""

MODELS_STATE = (
    "eJztXetz2zYS/1cw+nK5GZ7PkfxIezc3Y+fSnjuJ3Umca2fajgyRkIiaIhQCtKz28r8fAD"
        "7EB0gTMiVRNL60MbBLSj9A+8Lu4s/BnDjIo0cXjEHbnSOfDb4Ffw58OEf8H4pZCwzgYrGe"
        "EwMMTjxJDlM6OQ4nlAXQFo+cQo8iPuQgagd4wTDx+agfep4YJDYnxP5sPRT6+EuIxozMEH"
        "NRwCd++Y0PY99Bj4gmfy7ux1OMPCf3mbEj3i3Hx2y1kGNXzneSTrxsMraJF879Ne1ixVzi"
        "p8RhiJ2jz5+v/i3mZshHAWTIyXwJ8Rnjr5wMRZ+XD7AgROkHddYDDprC0BNQDP45DX1bIA"
        "Dkm8R/Tv4Vf7QM2Xh8fXM7/vTudjweaCBnE1+gjsUacFi+Rs9dwyFHB+IFb/9z8fHV6Oyv"
        "EgJC2SyQkwP51b9KRshgxCohX2McLjwCHRSMdcAuMLWJejJQA3uCWMcwXmMq/18C860LAz"
        "WcCX0BR/7B2kFw/ZPdAYSDOXwce8ifMZf/OTw9rcH0vxcfJaycSuJKuIyJ5M91PDWM5vL4"
        "8jcyLpkioDRwLvL1EO/XwzcN8OZUlXjLuTzeFP+hwPkSz658pkY64SggjCO1c2gIz8SH+N"
        "s3w+FodD48Hp29OT05Pz99c/yG08pPXJ46r1mFy6vvr65v8/iLgTzoS+zwFS2L5CrIU/qN"
        "MI+FbMcgH74+OT95Mzo7SZFOR+oALoPpIjxzmQaaawYDZxlOJ+TfXXwGLaGQ5eoRqjuWC/"
        "dopaPzYvIeqrqzkwaa7uykUtGJqTy0zA3nEx9ib6wJcolxI7i7tr23jLYdIIHFGCrk8i2e"
        "owobLse1Lftilz7H7sSIcLSn9xk3UAxMoH2/hIEzLs2QIamiLU/Nh/PiCPThTKIpvrf4wH"
        "EM4tIj9v1AEZyIJqy6uMREkGwhJPHLIKSpPytfwvcY/+u358Qq6pSh0nNW7N94Jz4vUNGL"
        "3WvVRTGobgSD7ih6sVOR3U74IrP9G+OZ5zEBocNRdT01mTui694GyEE+w9BTKbzMbK3Wk9"
        "LKTon3GJLviqB9GcF5NOc+hY4jkjL00N8bnjZxQThVTSi55IRIwHTdvRxTO0jv14bbPs4L"
        "SOmScGnqQqqIat6ixwo7ucTYi51dA/Dtu5+lQptT+sXL4vrqw8XPEvL5Kp55f3P9fUKeWY"
        "e3728uldv8AQWYv1LXDlEymwDeAVoj78RK3pJ75KuskcxsrTUS7QcmCJtZIoOfXMjAElJA"
        "uQEDJisgnsC3AwF8RaY4mAPoA+g4XDNSSwxTxAAEPlqC5PdvARKImdB3CJ+yXejPECDTQW"
        "Glt/muX/2Y7wjc+N6KTwmhdDR4nkklgayQizUhxxxX75RQW+HGQwwZHJ5/e88/vNahREzf"
        "C12e37hNjt+rD99LR+/GA9i2ZWpiM3s9zkSPC8wFi65JmuMy8G8MvysYNd3fLM+WDjr75v"
        "0GJLJUm0KcMpiDZLVl1xGH6rvI7Sm5UnLcqnOippyiofd0d4cWxHbv7vjKugiIV3FnhP8b"
        "UyDM2wmk6C8U8D8ZCVYWd2gQEKvyd7JAUcYNPZo7RyVPqcXnPsP92W+ybIdcntGwwQ9jNK"
        "z8YYipepfnAXqhAuvq4FvK0AtjchdBt47IpSv/ATOkkkzxTK1swpKmoXS6ADZ/ApcakAEP"
        "MQqWLkEPKBCxEYAZ4OiLIMosIOGiLIO0uVsuJzEpGu1altXCR6yzjpxP6I2cr5Dza2i5sT"
        "jXCmVlGEwoSx0OmChcoio48zwmn8hEWPYviDsQYemaG7oX9IXoD2lkTDWsPcmy9Aj41qpP"
        "NOF8FpQbiZDjDgPZEQflPaTsE1KfQ6dz1pM5cR4nHdOE1mTE9T4jLl1wTXVW5DP2xCHmr3"
        "wQ+a9EKTSSqVqZMY+Itl0/knGvKPpSqiH5RUlgQhadC1l0RbT3wgvsbpDiAMEUUkNLMMQM"
        "Ru0dptqjFM6U4fxk6gm1J4m2ovaKqswCuTEY8g2XyETbw6L9iqKsMsfzgAIqPoueWjSNod"
        "q1tI28NvL60OR1FvJEimjBnmEy0G8MPQkc7ENF2mod9BkmA/3G0JtM7G1lYucsmWYaMcfy"
        "DJ3YsXh+S6eCqTHYGM8ci8Gz0LwIPaoiopW5XQl9L375u66nDNDCW3FPaKxt2BU5e3TAt+"
        "uT1Uwwt+mmz/L0IbV69/se2tqg55gM6vqo0xVlaK4D+ZrD4K2P9wL7vna+Uo7JSPVNpbpJ"
        "FttvspiD9dHPMZmtvyn2DvKQPvh5LoP+pugXbrxoqmkLbEbdHlSdTHx8Vn9nSpnIanDaNt"
        "a9QmVw4yMQkCWYkgBwk9kFU+zJijwI4md+K8pjwByuQEgRwMwC0Hf4GGQAU4B9MVyusWnx"
        "uU2OAK3sj8L0UO2YwDMHfubAr0/7WaXA9YL0RTZTEdUZ9XxNGJ5iG1Ylfebma5Wyn6FsXH"
        "ZvQ6737u5kZTyN1aHUiHBCQq4kKYkKVwlXsJIWMOR5fFroy4AP2wpt3N5jn0pDlbyKVJss"
        "ydpvlpk72SRWBBOnIhH0JiFnnwk5Jhu1Rf1szsnXV4adNTgof31WfWHY2eHUIx/gTt2pJd"
        "mxSMSeDEmb6SZ6ZDjMBi5G9KUZoiFrU4ZeCtvjRtL2uEbcHpsWhp2SFxlLuSn2GRYjpw+w"
        "IuPHAE1RgLgnNlC4pZlZ68kS5kVKbK71eCGeXGHJmx41Fdh2px0Hf37dA8B9O2v6MaTuD2"
        "SiFBjxVK20WHCi8e9k0jB8desiQEI2IY/iqOcnNAHiLRZYBpgx5IMlZm4afIoCTGR6BC4A"
        "f4Wc5MwAAhpO0scCTEvhrO285ldfxsL4xNIlHkrOqaJzqQmyiYicifiYeEp6rpV7iAyhUR"
        "d6HnARDMSnw8y0kOu6gq+Tm9n11dJWCkaTPm5iNiZmc+CiInu/1MojULF9626WSll6EWjY"
        "dZYs5Pp9vlBlS1Vu8yyLacdVyv8LkW7uX8phLsI2CccHA3+HHLJPGctwUOGZ5WisJ120rL"
        "HZuIf2JCBLcbjPotvL+JJkfCnh4EAKPOLPgGyLLS43o6JQHXj4AVFVW+3nP7BlN8mkA7yU"
        "dIDDSHHK2+ty8+v5lDkeg2ihjsR3FiTWg00N8iyPscg3ueU1BlD7PuMCX+9a7rd1m2TG3x"
        "yenjlaF3auOXqxtwvH2sMm3TY4VfWx9lDZcUMH4YS+h/i2v4GN2/NS3Z6PcTn+QOHupHNW"
        "nZuTK+jfckNBS1xpSn7H0iOJLVhTUNSZPW3VeCjmSOFQjxS6BuF+IoPd9bAPcP+mQryxU5"
        "IwGHPOmHNdFBVdMee40lSacmK83ozjFFsx4fL3odV1fX7AFE+wh5mkFN9AxiBModk+I8um"
        "NmpbPUR3etdx1/JC8gGj40Z1EMc1dRDHpTqIVH5oQrzly+z3CPOoEcyjGphHZZgZWWBbJ7"
        "CfMvQB4J2n2TxwOR2Mw0DRT7umLVGOy+Cuj3veNGkqTvJcRiM+pRHNdbumsXbH8XRwgGzt"
        "M9U8VysCuEMHquejBmLgfFQpB8SUua6jI3HO+G5MzfhylsuAvzH45q6UvUE/R/MJCjisoS"
        "pPqRL8IlufVqC1XHZxQPygm86eY+oTrCal/SXBb/o4v+CjmA9SOwwqDmTiWeupY5lxpGQ2"
        "bRws+wSKlr6YAj62hLKJLwTi0f8Ad3eRoL27iwuyly623QZ9gzd+7FOJPlWJPbmGhNHTSz"
        "eMbnZbqMkCalf6mSygncQiTEpKi2DGAqUsGwjxEPTrbFQFnhPO1S8oL29u3ufC6pdXxbj5"
        "5w+X7z6+ei3R5kSYVZhEAUdUJ3qW0JsA+lMB9N8J1r+rKMdkLP2NLX0TtNxv0FK20dsscp"
        "llNcvQwjJsFMhUspvl2Hg5ZJt7vfyXlGOH/eSg5w0OUdnOQxGhCX2GVckYleq2wGZiOwca"
        "2xHXTag7fmZmrSdjO74kbNwaIu59F3VyiO6xQBQgbkasJsRZiRCMaOAgHv2t7IkXkKUF0O"
        "MC8q0hbnFCfnJ1hIcpp2QuwoGyacQ2X9Wk2OtZhV0mDbjdNGATuDHlW4emLEwb/+2llZlD"
        "xRdq+nyKOt2o7J5kqtboiTvlbL+9eeXVVsaO2KMdYc4s2kxGRQ+xk9E4ETXl6EMVQN69Hz"
        "YqbxnWlLcMVeUt98gfu5BqNZ/Jc/Xw3GILPZRgILLOdZEusPVvV7ePdIyG8qii0gPJM5l2"
        "veWW03IfboStkrdHccHWQA4I28DryHMZr8Nkkh4m/HGNBTcs9BagyGeWYOMlQI8LzM1xzQ"
        "XIcxn4N4Y/QA/csNa/Xi/LtSW92tdUzkwE1XH4JlZc8FDTg3PNYgxztWHekajeZ6pOU5fj"
        "1lPXFu7xrkITs9tNzE63WU2Wp4fxj9GwSSeVYXUjlWHRK08A0y0tL/L1rl33qMmN9KPqG+"
        "lHpRvpHUwXHlyNdfd0ka+H+7r9aFMCmnbHhBzbtqDe37Z+/U0TEcKpqntefVMSIhNMFJZx"
        "ZV+gmHyHuX57UHymD9N+zrG2gjtlkIVa9ySvOQze+nibkJ8pHu+A5nxpSTYXKMC2O1A45P"
        "GMVeeSwzVNd3zyF1Jf/cyzrmonvLK6rKb9YGVtWR9cleHpaZN0j9PT6nQPMVew6/iPSgPh"
        "mLyH6G6lJS9/I0Oq9ko/fLq5rjAl1iwFlB1sM/A/WVpwgGjXgCvAqDfkijablQ/piQdc7l"
        "uZff0/slbRLg=="
)
