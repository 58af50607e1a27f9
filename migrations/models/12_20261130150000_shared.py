"""Stores with each file of a message whether it is to be seen, heard or downloaded, so that a room's
files of one kind are listed from an index, however many of the others there are.

Triggers set the kind. So the functions that send need no new version, and older nodes, which know
nothing of the column, store it too.
"""

from tortoise import BaseDBAsyncClient

from migrations.files import ATTACHMENT_KIND, function

RUN_IN_TRANSACTION = True

# See the first migration.
BEGIN = {"sqlite": "BEGIN;", "postgres": ""}


async def upgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    return BEGIN[dialect] + UP + TRIGGER[dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    return BEGIN[dialect] + NO_TRIGGER[dialect] + DOWN


KIND = """
    SELECT CASE
        WHEN a."content_type" LIKE 'image/%' OR a."content_type" LIKE 'video/%' THEN 'media'
        WHEN a."content_type" LIKE 'audio/%' THEN 'audio' ELSE 'file' END
    FROM "attachments" a WHERE a."id" =
"""
UP = f"""
ALTER TABLE "message_attachments" ADD COLUMN "kind" VARCHAR(5) NOT NULL DEFAULT 'file';
UPDATE "message_attachments" SET "kind" = ({KIND} "message_attachments"."attachment_id")
    WHERE EXISTS (SELECT 1 FROM "attachments" a WHERE a."id" = "message_attachments"."attachment_id");
CREATE INDEX "idx_message_att_room_id_c744b5" ON "message_attachments" ("room_id", "kind", "seq");
"""

DOWN = """
DROP INDEX "idx_message_att_room_id_c744b5";
ALTER TABLE "message_attachments" DROP COLUMN "kind";
"""

TRIGGER = {
    "sqlite": f"""
CREATE TRIGGER "attachment_kind" AFTER INSERT ON "message_attachments" BEGIN
    UPDATE "message_attachments" SET "kind" = coalesce(({KIND} NEW."attachment_id"), 'file')
        WHERE "id" = NEW."id";
END;
""",
    "postgres": function(ATTACHMENT_KIND, 1)
    + """
CREATE TRIGGER "attachment_kind" BEFORE INSERT ON "message_attachments"
    FOR EACH ROW EXECUTE FUNCTION attachment_kind();
""",
}
NO_TRIGGER = {
    "sqlite": 'DROP TRIGGER "attachment_kind";',
    "postgres": """
DROP TRIGGER "attachment_kind" ON "message_attachments";
DROP FUNCTION attachment_kind();
""",
}

MODELS_STATE = (
    "eJztXW1z27gR/isYfWluRnVtyZaTttMZO81dfZPYN4nT3kx8I0EkJCGmAIUgLatp/nsB8E"
    "V8NyGTEknjSxwRuyT1ANo3LHa/95bURBY7unAcaCyWiDi9v4LvPQKXiP8nY7QPenC12o6J"
    "Cw6cWpIchnTyOpwyx4aGuOUMWgzxSyZiho1XDqaEXyWuZYmL1OCEmMy3l1yCv7lo7NA5ch"
    "bI5gNf/uCXMTHRI2LBx9X9eIaRZcbeGZvi2fL62Nms5LUr82dJJx42HRvUcpdkS7vaOAtK"
    "QmLXxebR589X/xRjc0SQDR1kRr6EeEf/KweXvPflFxzbReGLmtsLJppB1xJQ9P4+c4khEA"
    "DySeKf03/4rxYhG4+vb27Hn97djsc9BeQMSgTqWMwBh+WHd98tHPJqTzzg7b8uPr4ajn6S"
    "EFDmzG052JNf/YdkhA70WCXkW4zdlUWhieyxCtgJpipRDy4UwB4g1jCMt5jKvykw3y6gnQ"
    "1nQJ/Akb9YNQhuf7J7gLC3hI9jC5G5s+AfB2dnBZj+++KjhJVTSVwplzGe/Ln2hwbeWBxf"
    "/kSHSyYPKAWck3wdxPtk8LoE3pwqF285Fseb4f9m4HyJ51fEyUY64EggjD210zaE5+Il/v"
    "xmMBgOzwfHw9Hrs9Pz87PXx685rXzj9NB5wSxcXv1ydX0bx19ciIO+xiaf0bRIzoM8pN8J"
    "c1/INgzywcnp+enr4eg0RDq8UgRwGswFwvOFo4DmlkHDmYbTdPl3F++gJBSiXB1Cdc9y4R"
    "5tVHSeT95BVTc6LaHpRqe5ik4MxaF1Fu5ySiC2xoogpxh3grtpy7tmtA0bCSzGMEMu3+Il"
    "yrHhYlx12Rf79Dn2J0aEoz27j7iB4sIUGvdraJvj1Agd0Dza9NBysExegQTOJZrie4sX9m"
    "MQlxY17nsZwQlvoF8Ul5gKkhpCEl96Lgv9WfkQvsb4pz+eE6soUoaZnnPG+vVX4vMCFZ1Y"
    "vf2iKAZTjWCwPUUv9iqyqwlfRJZ/aTzjPDog1B5V11GTuSG67q2NTEQcDK0shRcZLdR6Ul"
    "oZIfEBQ/JNEbQvIziPltynUHFEQoYO+nuDszIuCKcqCCWnnBAJmKq7F2OqBunD2nD147yC"
    "jK0pl6YLyDKimrfoMcdOTjF2YmUXAHz77nep0JaMfbOiuL76cPG7hHy58Ufe31z/EpBH5u"
    "Ht+5vLzGX+gGzMH6lqh2Qy6wBeC62Rd2Imb+k9IlnWSGS00Brx1oMjCMtZIr0LIKmBs4AO"
    "WEMGGDdkwHQDxJ36fBDwmZlhewkgAdA0uYZk8jJDDoCAoDUI5ACgthhwiUkB7CWmubYH3R"
    "FjAckcAToL2I7ADbE2ADsMCNEEMH+YQ7mNdtR7noklv0GOnCwIQca4OqeUqgo/tjGE0D5/"
    "956/vNImhU/fCd0eX7hltuPzN+NTW/HaI6jbUtWxmoNub6LHFeaCRdVEjXFp+HeGfyEYFd"
    "3hKE9NG59d84ZtSmcqEIcMemM527JriIP1s+cGpVwreb1f5FTNOEVJb2oyQStqLCYTPrML"
    "BMSjhF/iLLgLIszbKWToT9wrwcIf2fS5b4OAmJW/0BXyMnDY0dJzU2LOU4X3fYb7c9jk2Q"
    "a5PMNBiR/GcJD7wxBDxS7PA7TcDKzzg3EhQyeMyX0E4Zoil2yEzM/cYfWnPi2gYgTFkkqQ"
    "jl2ftnQEKGDwYjNQfgZz+ICAuzoC13RKzQ3gz0LAgAQ48B4B7IAZtTnteoEtflNGPWZqmU"
    "AcTRESh0ugjChQfQ+7I4Q6wELQlGEjukThvZ4r+YKXVrW/knzdk4SjMpJwlC8JRw0N/jTL"
    "8K0m9uOJBzX3LcqjU/pauLFwRR6wA32YUsolMlqoWbiTsxzjkLisaiFgyyMD9J64Xy8ol9"
    "eIAU9gO9KolZR86jwSaJri6lKI8rlN3RU7AhfARIaFCTLTeqWuJ92RyH25tX2PVg5wuc6x"
    "hFrygxtblSRuL++KvUdKZmQCOOcrME8LffHhlV8rEF86vbExv+Qi9RSZuXLqKcKg0xsTCk"
    "pv9FSHJRfMVA3MKIdemnrv4fBitx17D11VepFDhb4xpAh/gk3nJbXVfciMS/kjhW6DZ/6W"
    "DkQZ/A5gjZ2FiPQYC2lJMxkH+kox4Ta9tM/T4XElzoqrnmhTe1+mtphjleBbQN+9oFtF2w"
    "9t8GLaZ3gHNt80I1KcB2ecRyOqbe+Dy+EG2N4v1vaLoi8kP7dmWIYwyTM7oiwdAr6yGimK"
    "cD4Lyp1EyHGDgWyIX/IeMucTyj4tEY71nzy5aXHSMQto9bnNzp/bDCdcUZ0l+bQ90cZoxg"
    "cvWyRLaARDhTIjyDapXlrEqpxEvCuGvqW2Ar9kEuiIReMiFk0R7Z3YgWlujKKFYAqpoSQY"
    "fAat9tqp9hiD88wofjD0hNqTRLWovaQq64PYNejyBRfIRMPCokhwRnZMjOcB2Uy8i5pa1O"
    "XLq7W0tbzW8rpt8joKeSBFlGCPMGnod4ae2iYmMOMwdRH0ESYN/c7Q6/oAddUHiFkyJTPy"
    "oiy1HmZooUrcGoOl8YyxaDwTJbbRY1ZENPfEYUDfiV/+Pg4cxoIZaGVtuCc0Vjbskpwd2u"
    "Db985qJJhbdtFHebpw4H//6x4ayqDHmDTq6qizDXPQUgXyLYfGWx3vFSbq2dIxJi3Vd5Xq"
    "OlnssMliJlZHP8akl/7uxzQspA5+nEujvyv6ib6sZTVtgk2rW3V16xvl47DoiaI1v2XU6L"
    "eqdo6/eVncVzlN1C+x1zlWbbPcuyEI2HQtS9Vwh2UBZtjyqhID/55H4MoBDrIsJusSLOFG"
    "nFPi4zNZ1gYS0z+9JD4zAG1RqqCXmPS6nnNH3Pw6Oalt2n5UcD25IRsEiXWu0qHVld6u1d"
    "u1XVrPWeaX2hZLkk0fvurEhqBQbc9Zw7GdwDKN0vPbpJ81qArqNXXwDBu59aBi44V2EolQ"
    "lq6OakBuZEwmsoApk8WS5JVt/SQYrZ4km5oASgy0NXYkvSjQJA57mzZcpw2keh4jqwuG3x"
    "i8mkzCIW4rTiY/ibstsGkiAqauIwtF5deFCh8rC0MBPLsj4WsCg4rXFhOeb49FMoUlU4YB"
    "FiXZhrdkgl001xzBwPcPNLrOmztk3pxOGtfaq450lpMypTpP8kt1nozaUzWghSt1ry5Dw0"
    "JWB/IYdIW0SvOxpBmiIGtDhk4K2+NS0va4QNwe6/43jZIXEUu5LPYRFi2nd8U96mepgJ/k"
    "0zPQwqNrv9lohmzEnfNeRrgiMtp/stbDKiTWXbpfiC+dmPKy+8IJtv3ZJ73vPw4AcC2b8t"
    "A0RZayV1FdxSxMMXZhUz5hHZYp4HeSX8DvZNCgkPJvLlv8SqeZ4tkfKpTNK040/kqnJYPI"
    "twsEqOtM6aPY8/4PmgLxFBGq5ffYtvoFmMigK78bYV76sKAXPYHD2K5gEEYCv11Gw+K6Hn"
    "RHmDsNv5K4EZzKAbFZb6FgE9/bp58iLxhMCZJ3CQPUsXvIEDPjt7dMwFXSHYFAoKrLnTbd"
    "yCrSXdEZVrIYMhj1WScdudSRy5aLiohZCzcWhRnLt8Ck3bJ0Ity2d3PWcdBylZXam7vMoy"
    "y6dmQqWd1FqonqIYfu5KBPx7QG/ga5aZ8ilmEvx1+L0fSfdNyixqaCBxe4U3E/RiYxT226"
    "ZsiWScyi6ib3jxiwKJmLv8LTYtxB4tTpNhBV3rhit0knybyUJJn2ZXj6y17Nx4zxaEQThy"
    "CJuaK+XixroEd5tIW+g4UeAKjaoznJ17l2MaPTEtHm0WlutFkMJfzPwdnIXKiAvOXoxNpO"
    "hvPLlIriVAUB/cxyUUrbJj59B/GtfgFrN+ilukEf/VoyvQz3JxzrF7bCjlajqbkaLv+Dlv"
    "Qrlh6JbgzdtDXdL/BQ9BZDW7cYmgbhYSKFzfWwW7h+QyFe2ikJGLQ5p825JoqKpphzXGlm"
    "mnLierEZxylqMeHivTyLWhY8YIan2MKOpBTfQMYg9PHLQ0aW9YnBugpgy78KyAb0Hcz/PC"
    "51Oui44HTQcep0UCg/FCF+Vtyz0TAPS8E8LIB5mIbZoStsqAT2Q4YuALz3tJsHLqftsWtn"
    "NIMoqKkX49K4q+MeN03KipM4l9aIT2nEpreKb8oS110hDoaniW1kKO+pxrkqEcAN2lA9H5"
    "YQA+fDXDkghnSvqYbEOf3Gzorx5SiXBn9n8HWjr4NBv0TLKbI5rG5WnlIu+Em2Ls1AZbnt"
    "YoP4QTW9PcbUJVh1ivtLgl83IXjBWzEfpHbo5WzI+KP9p7Zlxp6S2bXuuqyzKQqfYwb4tT"
    "VksjS6uOXfwGTiydnJRAyLNSMZV9wD4k6gT8bSZwtqe8pTaUB5aT+xIp7e01LNs3drhK1z"
    "hKqVjTpHaC+RCp2wUiGYvkBJywZKLQRJkQWbgeeUc3ULysubm/exoPvlVTKq/vnD5buPr0"
    "4k2pwIOzkGk00tpW3RgF6H158Kr3+lWL0NX4xJ+wE7+wE6pHnYkKYsPblbXDPKqqehgmnY"
    "KcyZya6nY+fpkC0X1LJjQo49VgCEltVro7JduiJ+4xIHZ6Vq5KrbBJuO/Oy6vH27RVnix/"
    "kOK1+O2wB6g8JtoltPdmHcyGj/yXAbkYQlw20XQYFCr+qg38iGAcRtt82UmhtREFFUPxS3"
    "lrU2sFe+0Kbrvt93MKhqCEGspw6dpcJutT7tjkQjeUjWcdwACzPZrweXDNCFTQ11bZBmZH"
    "DrqJo+eddmTa77klSbEaj3g1+oifTJK1KUZR8FQ4XGkV/kqP5uAbm9+rQdcUA7Qm8oVZlH"
    "jB58Z6R0DnHI0YUDHPHYy6DUyaRBwcmkQdbJpHtExgvIlOoGxbk6uKlUQ/kraIsDA6pIJ9"
    "i6t6qrR9pHI3MfKdcDiTPpysvp6uFyHe6EbSZvh4K2lYFsU2cHryPOpb0OnQTcTvj94zFI"
    "tWVfkk9Pwc5TgB5XmJvjihMQ59Lw7wy/jR64Ya3eLzTKVZNe7Wqebaz3HF/Eql3nAhZtmG"
    "cb5g2J6n1m2ScM5PX+U11AD9j6U8fs9hOzU60zFOXpYPxjWKbZ5DC/2eRwkPTKA8BUqwIk"
    "+TpXaX04KgP1KB/qURJqE7OVBTdj1TWd5Ovguq4+2hSAplzsIsZWF9SHW9Ynb0r1q31T0L"
    "D2TUqITDHNsIxzSzr55HtMxDyA4tMltA6zj1UL7syBjqvUdnzLofFWx1uH/PS5/wZozpeW"
    "ZHOBbGwsehkOuT/SL3LJ4ZamOT75Czn8/sy9rnwnPPfoX0HlyNyDf11wVQZnZ2XSPc7O8t"
    "M9xFjCruM/KgWEffIOoltLNWX+RAdlVcb69dPNdY4psWVJoGxiwwH/kycLWoh2AbgCjGJD"
    "Lmmz9eMhPXGDy0Mrsx//B3XCgYg="
)
