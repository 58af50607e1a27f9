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
    "eJztXVtz2zYW/isYvWw6o/Xakq0k7c7O2Nm0605idxJntzNxR4JISERNASpB2tZ2898XAC/i3Y"
    "RMSiSNl6YGziHID9C5ATjnz8GKmshmR+euCw1rhYg7+B78OSBwhfj/5PQOwQCu19s+0eDCuS3J"
    "YUQn2+GcuQ40xCMX0GaIN5mIGQ5eu5gS3ko82xaN1OCEmCy3TR7Bf3ho6tIlci3k8I6vv/FmTE"
    "z0iFj45/puusDINhPvjE0xtmyfupu1bLs0f5R0YrD51KC2tyJb2vXGtSiJiD0Pm0dfvlz+U/Qt"
    "EUEOdJEZ+wjxjsEnh03++/IG1/FQ9KLmtsFEC+jZAorB3xceMQQCQI4k/nP6j+DVYmTT6dX1zf"
    "Tz+5vpdKCAnEGJQB2LOeCwfPOfu4VDtg7EAO/+df7p1XjynYSAMnfpyM6B/PRvkhG60GeVkG8x"
    "9tY2hSZypipgp5jqRD1sKIE9RKxlGG8xlf9mwHxnQScfzpA+hSN/sXoQ3P5k9wDhYAUfpzYiS9"
    "fif47Ozkow/ff5Jwkrp5K4Ui5jfPlzFXSN/L4kvnxEl0smHygFnNN8PcT7ZPSmAt6cqhBv2ZfE"
    "m+H/5uB8gZeXxM1HOuRIIYx9tdM1hJfiJf76djQaj1+PjseTN2enr1+fvTl+w2nlG2e7XpfMws"
    "XlT5dXN0n8RUMS9Ads8hnNiuQiyCP6nTAPhGzLIB+dnL4+fTOenEZIRy1lAGfBtBBeWq4CmlsG"
    "DWcWTtPj3y7eQUkoxLl6hOqe5cId2qjovIC8h6puclpB001OCxWd6EpC61reak4gtqeKIGcYd4"
    "K7bcu7YbQNBwkspjBHLt/gFSqw4RJcTdkX+/Q59idGhKO9uIu5gaJhDo27B+iY00wPHdEi2mzX"
    "arRKt0AClxJN8d3ihYMYxIVNjbtBTnDC7xiWxSXmgqSBkMTXgccif1YOwtcY/+u358QqypRhru"
    "ecs36Dlfi8QEUvVu+wLIrBVCMYbE/Ri72K7HrCF7HlXxnPJI8OCHVH1fXUZG6JrnvnIBMRF0M7"
    "T+HFeku1npRWRkR8wJB8WwTtywjOoxX3KVQckYihh/7e6KyKC8KpSkLJGSdEAqbq7iWY6kH6sD"
    "Zc8zivIWMPlEtTC7KcqOYNeiywkzOMvVjZJQDfvP9VKrQVY3/YcVxffTz/VUK+2gQ9H66vfgrJ"
    "Y/Pw7sP1Re4yv0cO5kOq2iG5zDqA10Fr5L2YyRt6h0ieNRLrLbVG/PXgCsJqlsjgHEhq4FrQBQ"
    "+QAcYNGTDfAPGkIe8EfGYW2FkBSAA0Ta4hmWxmyAUQEPQAQjkAqCM6PGJSAAepaW5soFtiWJAs"
    "EaCLkO0IXBN7A7DLgBBNAPPBXMpttKPB80ws+QUFcrIkBJng6p1Sqiv82MUQQvf83Tv+8kqbFA"
    "F9L3R7cuFW2Y4v3ozPbMVrj6BpS1XHag66vYke15gLFlUTNcGl4d8ZfkswKrrDcZ6GNj775g07"
    "lC5UII4Y9MZyvmXXEgfrR98NyrhWsn1Y5lQtOEVFb2o2Q2tqWLMZn1kLATGU8Etci7sgwrydQ4"
    "b+wr0SLPyRzZD7NgiIWfkbXSP/BA47WvluSsJ5qvG5z3B/Dnt4tkUuz3hU4YcxHhX+MERXuctz"
    "D20vB+viYFzE0Atjch9BuLbIJQch8wt3WIOpzwqoBEG5pBKkUy+grRwBChn82AyUf4MlvEfAWx"
    "+BKzqn5gbwsRAwIAEuvEMAu2BBHU77YGGbP5RRn5naJhBXU4TE4RIoJwrU3GC3hFAX2AiaMmxE"
    "Vyh61nMlX/jSqvZXmq9/knBSRRJOiiXhpKXBn3YZvvXEfnzxoOa+xXn0kb4ObixcknvswgCmjH"
    "KJ9ZZqFu7krKY4Iq6qWgjY8sgAvS/uHyzK5TViwBfYrjRqJSWfOp8EmqZoXQlRvnSot2ZH4ByY"
    "yLAxQWZWrzQ10i2JPZdb23do7QKP6xxbqKUguLFVSeLx8qnYH1IyIxPAJV+BRVroawCv/KxQfO"
    "njja35JZepp9jMVVNPMQZ9vDGloPRGT31YcsFM1cCMc+ilqfceDi92u7H30FelF7tUGBhDivCn"
    "2PS5pK66D7lxqaCn1G3wzd/KgSiDPwE8YNcSkR7DkpY0k3Gg3ykm3KaX9nk2PK7EWXPWE21q78"
    "vUFnOsEnwL6fsXdKtp+6ELXkz3DO/Q5pvnRIqL4EzyaES17X1wOdwC2/vF2n5x9IXk59YMyxEm"
    "RWZHnKVHwNeWI0URzmdBuZMIOW4xkC3xSz5A5n5G+bclor7hkzc3bU46ZSGtvrfZ+3ub0YQrqr"
    "M0n7YnuhjN+OifFskTGmFXqcwIT5vULy0SWU5i3hVDf2S2Ar/mEuiIResiFm0R7b3YgWlvjKKD"
    "YAqpoSQYAgat9rqp9hiDy9woftj1hNqTRI2ovbQqG4JEG/T4ggtlomFjkSQ453RMguceOUy8i5"
    "pa1OnL67W0tbzW8rpr8joOeShFlGCPMWnod4aeOiYmMOcydRn0MSYN/c7Q6/wATeUHSFgyFU/k"
    "xVkavczQQZW4NQYr45lg0XimUmyjx7yIaOGNw5C+F7/8fVw4TAQz0NrecE9oqmzYpTl7tMG375"
    "3VWDC36qKP8/Thwv/+1z00lEFPMGnU1VFnG+ailQrkWw6Ntzrea0zUT0snmLRU31Wq68Nihz0s"
    "ZmJ19BNMeunvfk3DRurgJ7k0+ruin6rLWlXTpti0ulVXt4FRPo2Sniha81tGjX6ncucEm5fldZ"
    "WzRMMKe51T1TLLg2uCgEMfZKoa7rBYYIFtPysxCJ55BC5d4CLbZjIvwQpuxD0l3r+QaW0gMYPb"
    "S+JvBqAjUhUMUpPe1Di3xCvOk5PZph3GBdeTG7JhkFifVTq0utLbtXq7tk/rOc/8UttiSbPpy1"
    "e92BAUqu05azixE1ilUHpxmfSzFmVBvaIuXmCjMB9Uor/UTiIxysrZUQ3IjYzZTCYwZTJZkmzZ"
    "5k+C8exJsqgJoMRAW2NH0osETeKyt+nAh6yB1MwwMrtg9MXg1WwWdXFbcTb7TjzNwqaJCJh7rk"
    "wUVZwXKhpWJoYCeHFLotcEBhWvLSa82B6LnRSWTDkGWJxkG96SB+ziZ80RDH3/UKPrc3OHPDen"
    "D41r7dXEcZaTKqk6T4pTdZ5MupM1oIMrda8uQ8tCVgfyGHSGtFrPY0kzREHWRgy9FLbHlaTtcY"
    "m4Pdb1b1olL2KWclXsYyxaTu+Ke9zPUgE/zadnoINX135x0AI5iDvng5xwRax3+GSuh3VErKt0"
    "vxBfOjXlVfeFU2z7s08Gf347AMCNbMpD0xSnlP2M6ipmYYaxD5vyKeuwSgK/k+IEfiejFoWUf/"
    "GY9TOd54rnoKtUNq850fR3Oq8YRL6xEKCeO6ePYs/7P2gOxCgiVMufsS31CzCRQVf+NML848OC"
    "XtQEjmK7gkEYCfxxOQWLmxroljBvHn2SeBCcyw6xWW+jcBPf36efIz8YTAmST4kC1IlnyBAz44"
    "+3TcBV0i2BQKCq05223cgq013xGVayGHIY9V0nHbnUkcuOi4qYWQs3NoU5y7fEpN2y9CLctndz"
    "1nXRap13tLdwmcdZdO7IzGF1D6keVI84dCUHfTumM/C3yE37HLMMBwX+WoJm+KTjFjc2FTy40J"
    "1K+jHyEPPcoQ8MOfIQs8i6yf0jBmxKluJf4Wkx7iBx6mwZiDofXLPbpA/JvJRDMt074RksezUf"
    "M8GjEU1dgiTmmgZ6saqBHufRFvoOFnoIoGqN5jRf78rFTE4rRJsnp4XRZtGV8j9HZxPTUgF5y9"
    "GLtZ0O51dJFcWpSgL6uemilLZNAvoe4lv/AtZu0Et1gz4FuWQGOe5P1DcsLYUdz0bTcDZc/g9a"
    "0d+x9Eh0Yei2relhiYeitxi6usXQNggPEylsr4fdwfUbCfHKTknIoM05bc61UVS0xZzjSjPXlB"
    "Pt5WYcp2jEhEvW8iwrWXCPGZ5jG7uSUnyBjEHo65eHjCzrG4NNJcCW/yogG9L38PzncaXbQccl"
    "t4OOM7eDIvmhCPGz4p6thnlcCeZxCczjLMwuXWNDJbAfMfQB4L0fu7nnctqZek5OMYiSnHoJLo"
    "27Ou5J06SqOElyaY34lEZse6n4tixxXRXiYHia2EGG8p5qkqsWAdyiDdXX4wpi4PW4UA6ILl1r"
    "qiVxzqCws2J8Oc6lwd8ZfF3o62DQr9BqjhwOq5d3TqkQ/DRbn2agtrPtYoP4XvV4e4KpT7DqI+"
    "4vCX5dhOCgN8M8Z6leeSbOpLHv6DbYR6mZBwWbYUHv8Kktsamv4HfNeS9znIqk85gB3vYAmUxL"
    "Lx75A5jNfB03m4lusWYk45p7n9wBD8hY9l5HY6M8dQSr6MhVIoGqP1qmcPluRcj1+ax6JaM+n7"
    "WXKJE+LFQjmIFAycoGSm0ESZn3kIPnnHP1C8qL6+sPiQ2Pi8v0jsaXjxfvP706kWhzIuwWmEsO"
    "tZW2pEN6vbXx1NbG7xSrl0BMMGkfbGcvQIeTDxtOlmk/d4spx1n1NNQwDTuFmHPZ9XTsPB2y3I"
    "XayaSIY4/ZF6FtD7qobFeeiJ15xMV5x2QK1W2KTUd+dl3egd2iLPGTfIeVL8ddAL1F4TZRKSk/"
    "KXGsd/hkuI1IworhtvMwOaSf8TEoIsQA4rbbZk7NjUhGKTJPikfLPCfYTx3p0IdhUPMxzCgJQa"
    "KeEV1kwm6NjnZL4pE8JHNoboCNmayVhB12BGYzl9rCGxA/kNnse4AXABIgikWDFTQRH1sMN5S5"
    "W4gnwnpRsaVbIl7qLwwQ9OhG32FBU3SSH8CVeE8s0nTK6KGMDEL59uGHiJgh/z0yJAONBp9i/j"
    "G80UfjlvgD+lk6OblHhLmQ4rLgPZLlnmQfo3xeOYeN79C2WKfITePjKx9YuQLns66B6ksD9V4a"
    "0MFEfdmzywaMLoVT7yFUfQThkKs5ZjaoCZIUo3aIOmibf/Yzk+UZ5mFXqVUeZDZrvkRIYYFObc"
    "kd0JLTO5l1Xh5A94EXXPniQMTRh1tbyaDfqNJ1xFHJdcRR3nXEO0SmFmRKycKSXD3czWwg5x10"
    "xC0hVaRTbP1b1fUjHaCRu4FZaLolmXS69WzJALkOd8I2l7dHxnFtIDvU3cHvS3Jpv0+f/O8m/M"
    "GdOKRapzPNp6dg5ylAj2vMzXHFCUhyafh3ht9B99ywVi8SHOdqSK/29YB3ouAkX8SqpSZDFm2Y"
    "5xvmLYnqfWH5V1tk+/Cp0r8HrPerY3b7idmpJheL8/Qw/jGuUmF2XFxhdjxKe+UhYKqpQNJ8vS"
    "uvMJ5UgXpSDPUkDbWJ2dqGm6nqmk7z9XBd1x9tCkFTznCTYGsK6sMt65O3lYpUvy2pUv02I0Tm"
    "mOZYxoV53ALyPZ4APoDi03nzDrOP1QjuzIWul+ODFGO+5dB4q+OtQ3462UcLNOdLO2RzjhxsWI"
    "MchzzoGZa55HBL0x6f/IVkXXjmXlexE15457QkXWzhjdM+uCqjs7Mqxz3OzoqPe4i+lF3Hf1QK"
    "CAfkPUS3kRTqfEQX5aXD+/nz9VWBKbFlSaFsYsMF/5NXWjqIdgm4AoxyQy5tsw2TIT3xgItDK7"
    "Nv/wdOBsTl"
)
