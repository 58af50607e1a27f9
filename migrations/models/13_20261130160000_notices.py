"""Adds to messages to everybody (`@all`) when an edit told of them: see ``models``."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

# See the first migration.
BEGIN = {"sqlite": "BEGIN;", "postgres": ""}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return BEGIN[db.capabilities.dialect] + UP


async def downgrade(db: BaseDBAsyncClient) -> str:
    return BEGIN[db.capabilities.dialect] + DOWN


UP = """
ALTER TABLE "room_notices" ADD COLUMN "told_at_seq" BIGINT;
"""

# Those that an edit told of are for who has not read the message, as if it had been sent so.
DOWN = """
ALTER TABLE "room_notices" DROP COLUMN "told_at_seq";
"""

MODELS_STATE = (
    "eJztXVtz2zYW/isYvWw6o/Xakq0k7c7O2Nm0605idxJntzNxR4JISERNASpB2tZ2898XAC"
    "/i3YRMSiSNl6YGziHID9C5ATjnz8GKmshmR+euCw1rhYg7+B78OSBwhfj/5PQOwQCu19s+"
    "0eDCuS3JYUQn2+GcuQ40xCMX0GaIN5mIGQ5eu5gS3ko82xaN1OCEmCy3TR7Bf3ho6tIlci"
    "3k8I6vv/FmTEz0iFj45/puusDINhPvjE0xtmyfupu1bLs0f5R0YrD51KC2tyJb2vXGtSiJ"
    "iD0Pm0dfvlz+U/QtEUEOdJEZ+wjxjsEnh03++/IG1/FQ9KLmtsFEC+jZAorB3xceMQQCQI"
    "4k/nP6j+DVYmTT6dX1zfTz+5vpdKCAnEGJQB2LOeCwfPOfu4VDtg7EAO/+df7p1XjynYSA"
    "MnfpyM6B/PRvkhG60GeVkG8x9tY2hSZypipgp5jqRD1sKIE9RKxlGG8xlf9mwHxnQScfzp"
    "A+hSN/sXoQ3P5k9wDhYAUfpzYiS9fif47Ozkow/ff5Jwkrp5K4Ui5jfPlzFXSN/L4kvnxE"
    "l0smHygFnNN8PcT7ZPSmAt6cqhBv2ZfEm+H/5uB8gZeXxM1HOuRIIYx9tdM1hJfiJf76dj"
    "Qaj1+PjseTN2enr1+fvTl+w2nlG2e7XpfMwsXlT5dXN0n8RUMS9Ads8hnNiuQiyCP6nTAP"
    "hGzLIB+dnL4+fTOenEZIRy1lAGfBtBBeWq4CmlsGDWcWTtPj3y7eQUkoxLl6hOqe5cId2q"
    "jovIC8h6puclpB001OCxWd6EpC61reak4gtqeKIGcYd4K7bcu7YbQNBwkspjBHLt/gFSqw"
    "4RJcTdkX+/Q59idGhKO9uIu5gaJhDo27B+iY00wPHdEi2mzXarRKt0AClxJN8d3ihYMYxI"
    "VNjbtBTnDC7xiWxSXmgqSBkMTXgccif1YOwtcY/+u358QqypRhruecs36Dlfi8QEUvVu+w"
    "LIrBVCMYbE/Ri72K7HrCF7HlXxnPJI8OCHVH1fXUZG6JrnvnIBMRF0M7T+HFeku1npRWRk"
    "R8wJB8WwTtywjOoxX3KVQckYihh/7e6KyKC8KpSkLJGSdEAqbq7iWY6kH6sDZc8zivIWMP"
    "lEtTC7KcqOYNeiywkzOMvVjZJQDfvP9VKrQVY3/YcVxffTz/VUK+2gQ9H66vfgrJY/Pw7s"
    "P1Re4yv0cO5kOq2iG5zDqA10Fr5L2YyRt6h0ieNRLrLbVG/PXgCsJqlsjgHEhq4FrQBQ+Q"
    "AcYNGTDfAPGkIe8EfGYW2FkBSAA0Ta4hmWxmyAUQEPQAQjkAqCM6PGJSAAepaW5soFtiWJ"
    "AsEaCLkO0IXBN7A7DLgBBNAPPBXMpttKPB80ws+QUFcrIkBJng6p1Sqiv82MUQQvf83Tv+"
    "8kqbFAF9L3R7cuFW2Y4v3ozPbMVrj6BpS1XHag66vYke15gLFlUTNcGl4d8ZfkswKrrDcZ"
    "6GNj775g07lC5UII4Y9MZyvmXXEgfrR98NyrhWsn1Y5lQtOEVFb2o2Q2tqWLMZn1kLATGU"
    "8Etci7sgwrydQ4b+wr0SLPyRzZD7NgiIWfkbXSP/BA47WvluSsJ5qvG5z3B/Dnt4tkUuz3"
    "hU4YcxHhX+MERXuctzD20vB+viYFzE0Atjch9BuLbIJQch8wt3WIOpzwqoBEG5pBKkUy+g"
    "rRwBChn82AyUf4MlvEfAWx+BKzqn5gbwsRAwIAEuvEMAu2BBHU77YGGbP5RRn5naJhBXU4"
    "TE4RIoJwrU3GC3hFAX2AiaMmxEVyh61nMlX/jSqvZXmq9/knBSRRJOiiXhpKXBn3YZvvXE"
    "fnzxoOa+xXn0kb4ObixcknvswgCmjHKJ9ZZqFu7krKY4Iq6qWgjY8sgAvS/uHyzK5TViwB"
    "fYrjRqJSWfOp8EmqZoXQlRvnSot2ZH4ByYyLAxQWZWrzQ10i2JPZdb23do7QKP6xxbqKUg"
    "uLFVSeLx8qnYH1IyIxPAJV+BRVroawCv/KxQfOnjja35JZepp9jMVVNPMQZ9vDGloPRGT3"
    "1YcsFM1cCMc+ilqfceDi92u7H30FelF7tUGBhDivCn2PS5pK66D7lxqaCn1G3wzd/KgSiD"
    "PwE8YNcSkR7DkpY0k3Gg3ykm3KaX9nk2PK7EWXPWE21q78vUFnOsEnwL6fsXdKtp+6ELXk"
    "z3DO/Q5pvnRIqL4EzyaES17X1wOdwC2/vF2n5x9IXk59YMyxEmRWZHnKVHwNeWI0URzmdB"
    "uZMIOW4xkC3xSz5A5n5G+bclor7hkzc3bU46ZSGtvrfZ+3ub0YQrqrM0n7YnuhjN+OifFs"
    "kTGmFXqcwIT5vULy0SWU5i3hVDf2S2Ar/mEuiIResiFm0R7b3YgWlvjKKDYAqpoSQYAgat"
    "9rqp9hiDy9woftj1hNqTRI2ovbQqG4JEG/T4ggtlomFjkSQ453RMguceOUy8i5pa1OnL67"
    "W0tbzW8rpr8joOeShFlGCPMWnod4aeOiYmMOcydRn0MSYN/c7Q6/wATeUHSFgyFU/kxVka"
    "vczQQZW4NQYr45lg0XimUmyjx7yIaOGNw5C+F7/8fVw4TAQz0NrecE9oqmzYpTl7tMG375"
    "3VWDC36qKP8/Thwv/+1z00lEFPMGnU1VFnG+ailQrkWw6Ntzrea0zUT0snmLRU31Wq68Ni"
    "hz0sZmJ19BNMeunvfk3DRurgJ7k0+ruin6rLWlXTpti0ulVXt4FRPo2Sniha81tGjX6ncu"
    "cEm5fldZWzRMMKe51T1TLLg2uCgEMfZKoa7rBYYIFtPysxCJ55BC5d4CLbZjIvwQpuxD0l"
    "3r+QaW0gMYPbS+JvBqAjUhUMUpPe1Di3xCvOk5PZph3GBdeTG7JhkFifVTq0utLbtXq7tk"
    "/rOc/8UttiSbPpy1e92BAUqu05azixE1ilUHpxmfSzFmVBvaIuXmCjMB9Uor/UTiIxysrZ"
    "UQ3IjYzZTCYwZTJZkmzZ5k+C8exJsqgJoMRAW2NH0osETeKyt+nAh6yB1MwwMrtg9MXg1W"
    "wWdXFbcTb7TjzNwqaJCJh7rkwUVZwXKhpWJoYCeHFLotcEBhWvLSa82B6LnRSWTDkGWJxk"
    "G96SB+ziZ80RDH3/UKPrc3OHPDenD41r7dXEcZaTKqk6T4pTdZ5MupM1oIMrda8uQ8tCVg"
    "fyGHSGtFrPY0kzREHWRgy9FLbHlaTtcYm4Pdb1b1olL2KWclXsYyxaTu+Ke9zPUgE/zadn"
    "oINX135x0AI5iDvng5xwRax3+GSuh3VErKt0vxBfOjXlVfeFU2z7s08Gf347AMCNbMpD0x"
    "SnlP2M6ipmYYaxD5vyKeuwSgK/k+IEfiejFoWUf/GY9TOd54rnoKtUNq850fR3Oq8YRL6x"
    "EKCeO6ePYs/7P2gOxCgiVMufsS31CzCRQVf+NML848OCXtQEjmK7gkEYCfxxOQWLmxrolj"
    "BvHn2SeBCcyw6xWW+jcBPf36efIz8YTAmST4kC1IlnyBAz44+3TcBV0i2BQKCq05223cgq"
    "013xGVayGHIY9V0nHbnUkcuOi4qYWQs3NoU5y7fEpN2y9CLctndz1nXRap13tLdwmcdZdO"
    "7IzGF1D6keVI84dCUHfTumM/C3yE37HLMMBwX+WoJm+KTjFjc2FTy40J1K+jHyEPPcoQ8M"
    "OfIQs8i6yf0jBmxKluJf4Wkx7iBx6mwZiDofXLPbpA/JvJRDMt074RksezUfM8GjEU1dgi"
    "TmmgZ6saqBHufRFvoOFnoIoGqN5jRf78rFTE4rRJsnp4XRZtGV8j9HZxPTUgF5y9GLtZ0O"
    "51dJFcWpSgL6uemilLZNAvoe4lv/AtZu0Et1gz4FuWQGOe5P1DcsLYUdz0bTcDZc/g9a0d"
    "+x9Eh0Yei2relhiYeitxi6usXQNggPEylsr4fdwfUbCfHKTknIoM05bc61UVS0xZzjSjPX"
    "lBPt5WYcp2jEhEvW8iwrWXCPGZ5jG7uSUnyBjEHo65eHjCzrG4NNJcCW/yogG9L38Pznca"
    "XbQcclt4OOM7eDIvmhCPGz4p6thnlcCeZxCczjLMwuXWNDJbAfMfQB4L0fu7nnctqZek5O"
    "MYiSnHoJLo27Ou5J06SqOElyaY34lEZse6n4tixxXRXiYHia2EGG8p5qkqsWAdyiDdXX4w"
    "pi4PW4UA6ILl1rqiVxzqCws2J8Oc6lwd8ZfF3o62DQr9BqjhwOq5d3TqkQ/DRbn2agtrPt"
    "YoP4XvV4e4KpT7DqI+4vCX5dhOCgN8M8Z6leeSbOpLHv6DbYR6mZBwWbYUHv8Kktsamv4H"
    "fNeS9znIqk85gB3vYAmUxLLx75A5jNfB03m4lusWYk45p7n9wBD8hY9l5HY6M8dQSr6MhV"
    "IoGqP1qmcPluRcj1+ax6JaM+n7WXKJE+LFQjmIFAycoGSm0ESZn3kIPnnHP1C8qL6+sPiQ"
    "2Pi8v0jsaXjxfvP706kWhzIuwWmEsOtZW2pEN6vbXx1NbG7xSrl0BMMGkfbGcvQIeTDxtO"
    "lmk/d4spx1n1NNQwDTuFmHPZ9XTsPB2y3IXayaSIY4/ZF6FtD7qobFeeiJ15xMV5x2QK1W"
    "2KTUd+dl3egd2iLPGTfIeVL8ddAL1F4TZRKSk/KXGsd/hkuI1IworhtvMwOaSf8TEoIsQA"
    "4rbbZk7NjUhGKTJPikfLPCfYTx3p0IdhUPMxzCgJQaKeEV1kwm6NjnZL4pE8JHNoboCNma"
    "yVhB12BGYzl9rCGxA/kNnse4AXABIgikWDFTQRH1sMN5S5W4gnwnpRsaVbIl7qLwwQ9OhG"
    "32FBU3SSH8CVeE8s0nTK6KGMDEL59uGHiJgh/z0yJAONBp9i/jG80UfjlvgD+lk6OblHhL"
    "mQ4rLgPZLlnmQfo3xeOYeN79C2WKfITePjKx9YuQLns66B6ksD9V4a0MFEfdmzywaMLoVT"
    "7yFUfQThkKs5ZjaoCZIUo3aIOmibf/Yzk+UZ5mFXqVUeZDZrvkRIYYFObckd0JLTO5l1Xh"
    "5A94EXXPniQMTRh1tbyaDfqNJ1xFHJdcRR3nXEO0SmFmRKycKSXD3czWwg5x10xC0hVaRT"
    "bP1b1fUjHaCRu4FZaLolmXS69WzJALkOd8I2l7dHxnFtIDvU3cHvS3Jpv0+f/O8m/MGdOK"
    "RapzPNp6dg5ylAj2vMzXHFCUhyafh3ht9B99ywVi8SHOdqSK/29YB3ouAkX8SqpSZDFm2Y"
    "5xvmLYnqfWH5V1tk+/Cp0r8HrPerY3b7idmpJheL8/Qw/jGuUmF2XFxhdjxKe+UhYKqpQN"
    "J8vSuvMJ5UgXpSDPUkDbWJ2dqGm6nqmk7z9XBd1x9tCkFTznCTYGsK6sMt65O3lYpUvy2p"
    "Uv02I0TmmOZYxoV53ALyPZ4APoDi03nzDrOP1QjuzIWul+ODFGO+5dB4q+OtQ3462UcLNO"
    "dLO2RzjhxsWIMchzzoGZa55HBL0x6f/IVkXXjmXlexE15457QkXWzhjdM+uCqjs7Mqxz3O"
    "zoqPe4i+lF3Hf1QKCAfkPUS3kRTqfEQX5aXD+/nz9VWBKbFlSaFsYsMF/5NXWjqIdgm4Ao"
    "xyQy5tsw2TIT3xgItDK7Nv/wdOBsTl"
)
