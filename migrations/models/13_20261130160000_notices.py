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
    "eJztXVtz2zYW/isYvTSd0XptyZaTdmdn7GzadSexO4mz25m4I0EkJCKmAJUgLavd/PcFwI"
    "t4NyFTEknjpamBcwjyA3RuODj4q7egJrLZ0YXrQsNaIOL2fgB/9QhcIP4/Ob190IPL5aZP"
    "NLhwaktyGNHJdjhlrgMN8cgZtBniTSZihoOXLqaEtxLPtkUjNTghJvNNk0fwHx4au3SOXA"
    "s5vOPL77wZExM9Ihb+ubwfzzCyzcQ7Y1OMLdvH7nop267MnySdGGw6NqjtLciGdrl2LUoi"
    "Ys/D5tHnz1f/En1zRJADXWTGPkK8Y/DJYZP/vrzBdTwUvai5aTDRDHq2gKL3j5lHDIEAkC"
    "OJ/5z+M3i1GNl4fH1zO/707nY87ikgZ1AiUMdiDjgs3/znbuCQrT0xwNt/X3x8NRx9LyGg"
    "zJ07srMnP/2bZIQu9Fkl5BuMvaVNoYmcsQrYKaY6UQ8bSmAPEWsYxhtM5b8ZMN9a0MmHM6"
    "RP4chfrB4ENz/ZPUDYW8DHsY3I3LX4n4OzsxJM/3PxUcLKqSSulMsYX/5cB10Dvy+JLx/R"
    "5ZLJB0oB5zRfB/E+GbyugDenKsRb9iXxZvjPHJwv8fyKuPlIhxwphLGvdtqG8Fy8xN/eDA"
    "bD4fngeDh6fXZ6fn72+vg1p5VvnO06L5mFy6ufr65vk/iLhiToK2zyGc2K5CLII/qtMA+E"
    "bMMgH5ycnp++Ho5OI6SjljKAs2BaCM8tVwHNDYOGMwun6fFvF++gJBTiXB1Cdc9y4R6tVX"
    "ReQN5BVTc6raDpRqeFik50JaF1LW8xJRDbY0WQM4xbwd205b1jtA0HCSzGMEcu3+IFKrDh"
    "Ely7si/26XPsT4wIR3t2H3MDRcMUGvcr6JjjTA8d0CLabNdisEi3QALnEk3x3eKFgxjEpU"
    "2N+15OcMLv6JfFJaaCZAchiS89j0X+rByErzH+1+/PiVWUKcNczzln/QYr8XmBik6s3n5Z"
    "FIOpRjDYnqIXexXZ9YQvYsu/Mp5JHh0Qao+q66jJ3BBd99ZBJiIuhnaewov1lmo9Ka2MiP"
    "iAIfmmCNqXEZxHC+5TqDgiEUMH/b3BWRUXhFOVhJIzTogETNXdSzDVg/Rhbbjd47yEjK0o"
    "l6YWZDlRzVv0WGAnZxg7sbJLAL5995tUaAvG/rDjuL76cPGbhHyxDnre31z/HJLH5uHt+5"
    "vL3GX+gBzMh1S1Q3KZdQCvhdbIOzGTt/QekTxrJNZbao3468EVhNUskd4FkNTAtaALVpAB"
    "xg0ZMF0D8aQ+7wR8ZmbYWQBIADRNriGZbGbIBRAQtAKhHADUER0eMSmAvdQ072ygO2JYkM"
    "wRoLOQ7QjcEHsNsMuAEE0A88Fcym20o97zTCz5BQVysiQEmeDqnFKqK/zYxhBC+/zde/7y"
    "SpsUAX0ndHty4VbZji/ejM9sxWuPYNeWqo7VHHR7Ez0uMRcsqiZqgkvDvzX8lmBUdIfjPD"
    "va+OyaN+xQOlOBOGLQG8v5ll1DHKyffDco41rJ9n6ZUzXjFBW9qckELalhTSZ8Zi0ExFDC"
    "L3Et7oII83YKGfqOeyVY+CPrPvdtEBCz8ne6RH4GDjta+G5Kwnmq8bnPcH8OmzzbIJdnOK"
    "jwwxgOCn8Yoqvc5XmAtpeDdXEwLmLohDG5jyBcU+SSg5D5mTuswdRnBVSCoFxSCdKxF9BW"
    "jgCFDH5sBsq/wRw+IOAtj8A1nVJzDfhYCBiQABfeI4BdMKMOp11Z2OYPZdRnprYJxNEUIX"
    "G4BMqJAu1usDtCqAtsBE0ZNqILFD3ruZIvfGlV+yvN1z1JOKoiCUfFknDU0OBPswzfemI/"
    "vnhQc9/iPDqlr4UbC1fkAbswgCmjXGK9pZqFOzmLMY6Iq6oWAjY8MkDvi/uVRbm8Rgz4At"
    "uVRq2k5FPnk0DTFK0LIcrnDvWW7AhcABMZNibIzOqVXY10R2LP5db2PVq6wOM6xxZqKQhu"
    "bFSSeLx8KvaHlMzIBHDOV2CRFvoSwCs/KxRfOr2xMb/kMvUUm7lq6inGoNMbUwpKb/TUhy"
    "UXzFQNzDiHXpp67+HwYrcdew9dVXqxQ4WBMaQIf4pN5yW11X3IjUsFPaVug2/+Vg5EGfwJ"
    "YIVdS0R6DEta0kzGgb5STLhNL+3zbHhcibPmqifa1N6XqS3mWCX4FtJ3L+hW0/ZDG7yY9h"
    "neoc03zYkUF8GZ5NGIatv74HK4Abb3i7X94ugLyc+tGZYjTIrMjjhLh4CvrUaKIpzPgnIr"
    "EXLcYCAb4pe8h8z9hPJPS0R9/SdPbtqcdMxCWn1us/PnNqMJV1RnaT5tT7QxmvHBzxbJEx"
    "phV6nMCLNN6pcWiSonMe+KoT8yW4Ffcgl0xKJxEYumiPZO7MA0N0bRQjCF1FASDAGDVnvt"
    "VHuMwXluFD/sekLtSaKdqL20KuuDRBv0+IILZaJhY1EkOCc7JsHzgBwm3kVNLery5fVa2l"
    "pea3ndNnkdhzyUIkqwx5g09FtDTx0TE5hzmLoM+hiThn5r6HV9gF3VB0hYMhUz8uIsOz3M"
    "0EKVuDEGK+OZYNF4pkpso8e8iGjhicOQvhO//H0cOEwEM9DSXnNPaKxs2KU5O7TBt++d1V"
    "gwt+qij/N04cD//tc9NJRBTzBp1NVRZ2vmooUK5BsOjbc63ktM1LOlE0xaqm8r1XWy2GGT"
    "xUysjn6CSS/97Y9p2Egd/CSXRn9b9FP3slbVtCk2rW7V1W1glI+joieK1vyGUaPfqto5we"
    "Zl+b3KWaJ+hb3Oseo1y70bgoBDV7JUDXdYLDDDtl+VGATPPAJXLnCRbTNZl2AB1+KcEu+f"
    "ybI2kJjB6SXxNwPQEaUKeqlJ39U4d8QrrpOT2abtxwWXLlfQMKWkN2X1pmyX1nOekaW2kZ"
    "Jm00esGqPEr6mLZ9goLFGU6C9V3SRGWblgpwG53ptMZE1NJuv3yJZNSR8YL+gj79kAlBho"
    "o38lvagZJM4fmw5cZXX2boaRBe+iLwavJpOoi5svk8n34mkWNk1EwNRzZe2i4lJF0bCyVh"
    "HAszsSvSYwqHhtMeHFJkIseVUy5SRpxUk2EReZ8xVPf0YwdEdD9aNTuQ6ZyqXzmGu0GnSG"
    "RZRhcVKleuRJcfXIk1F7DrK3cKXu1b5tWBTlQOatLtpVa4qQNEMUZG3E0Elhe1xJ2h6XiN"
    "tjfSVLo+RFzFKuin2MRcvpbXGP+1kq4Kf59Ay08DTVrw6aIQdx57yXE66I9fafLD+wjIj1"
    "xdEvxJdOTXnVrcoU2/7sk95f3w4A8E72iaFpisRZv8i3ilmYYezCPnHKOqxSU+6kuKbcya"
    "BBdz396jHrFzrNFc9BV6lsXnKi8Vc6rRhEvrUQoJ47pY9iG/a/aArEKCJUy5+xuX0WYCKD"
    "rvxphPkZrYJeXFMbxXYFgzAS+ONy7tDd1UB3hHnT6JPEg+BUdoj9YxuF+8r+1vEU+cFgSp"
    "B8ShSgTjxDhpgZf7xtAq6S7ggEAlVdgbPpRlaZ7orPsJLFkMOoj9/oyKWOXLZcVMTMWri2"
    "KcxZviUm7YalE+G2vZuzrosWy7xs08JlHmfR5Qwz+dMeUs2djjj05QL6wEZr4G+Qm/YpZh"
    "n2Cvy1BE3/ScctbmwqeHChO5X0Y2Re7dShK4YcmVcrCkFy/4gBm5K5+Fd4Wow7SJw6ezNB"
    "nQ+u2W3SSTIvJUmmHemISftdLns1HzPBoxFNncsj5pIGerGqgR7n0Rb6FhZ6CKDqtcFpvs"
    "7dYDI6rRBtHp0WRptFV8r/HJyNTEsF5A1HJ9Z2OpxfpXoRpyoJ6OdWMFLaNgnoO4hv/QtY"
    "u0Ev1Q36GJQ36eW4P1Ffv/R25niBlB0XaOX/oAX9iqVHou8qbtqa7pd4KHqLoa1bDE2D8D"
    "CRwuZ62C1cv5EQr+yUhAzanNPmXBNFRVPMOa40c0050V5uxnGKnZhwyesly6roP2CGp9jG"
    "rqQUXyBjEPr45SEjy/rE4K5qMst/FZAN6TuY/3lc6XTQccnpoOPM6aBIfihC/Ky4Z6NhHl"
    "aCeVgC8zALs0uX2FAJ7EcMXQB472k3D1xOO2PPybmfoKTMW4JL466Oe9I0qSpOklxaIz6l"
    "EZt+e3lTlri+qOBgeJrYQYbynmqSqxYB3KAN1fNhBTFwPiyUA6JLX3/UkDhncNewYnw5zq"
    "XB3xp8fffUwaBfoMUUORxWLy9PqRD8NFuXZqC23HaxQfygmt6eYOoSrDrF/SXBr+viv+Ct"
    "mA9SO/QKNmSC3v5T2zJjX8lsWwpc1tkUtbgxA7xtBZms1i0e+SOYTHw5O5mIbrFmJOOSe0"
    "DcCQzIWPZswc5GeSoNqCjtJ1HE0x8tc5/zdncz6xyhemWjzhHaS6RCJ6zUCGYgULKygVIb"
    "QVJmwebgOeVc3YLy8ubmfSLofnmVjqp//nD57uOrE4k2J8JugcHkcERVYmshvQ6vPxVe/0"
    "qx+s1wCSbtB2ztB+iQ5mFDmrL05HZxzTirnoYapmGrMGcuu56OradDXrmglh0TceyxAiC0"
    "7V4ble3CE/Ebj7g4L1WjUN2m2HTkZ9vlHdgtyhI/yXdY+XLcBtAbFG4Tt/XkF8aN9fafDL"
    "cRSVgx3HYRFij0qw4GF9kwgLjttp5Scy0KIorqh+LRstYG9ssXOnTVD67CC6saQpC4U4fO"
    "MmG3nY52R+KRPCTrOK6BjZm8rwc77AhMJi61hTcgfiCTyQ8AzwAkQNyhCxbQRHxsMVxf1g"
    "8hngjrRRf+3BHxUt8xQNCjG32HBU3RSX4E1+I9sSgVKaOHMjII5duHHyJihvz3yJAMNBp8"
    "ivnH8EYfjTviD+hXiuTkHhHmQorLgg9IXjkk+xjl88o5bHyPNncYivooPr7ygZUvJnzWUU"
    "SduF5v4roOJuoDh202YPR1LPUmQupt8EOu5pjZoCZIUozaIWqhbf7Jr46VZ5iHXaVWeVBd"
    "a/fXVBReEqktuQNacnons84EdvQQeMGVk9cjji6cHEoG/QaVjsQNSo7EDfKOxN0jMrYgUy"
    "pYleTq4G7mDuquQUecVFFFOsXWvVVdP9IBGrkbmIWmW5JJl/zOlq2X63ArbHN5O2Qc1way"
    "Q90t/L4kl/b7dPZ5O+EPzmUh1bsi03x6CraeAvS4xNwcV5yAJJeGf2v4HfTADWv1i2rjXD"
    "vSq11N8E5cesgXsep1hyGLNszzDfOGRPU+s/yjLbK9/9T1swe8c1bH7PYTs1MtcBXn6WD8"
    "Y1jlltNh8S2nw0HaKw8BUy1HkebrXIn/4agK1KNiqEdpqE3MljZcj1XXdJqvg+u6/mhTCJ"
    "pylZUE266gPtyyPnlT6aLkNyU3Jb/JCJEppjmWcWEtsYB8jxnAB1B8unbbYfaxdoI7c6Hr"
    "Kd13v+HQeKvjrUN+uuBEAzTnS0uyuUAONqxejkMe9PTLXHK4oWmOT/5Cqi48c6+r2AkvPH"
    "NaUrK08MRpF1yVwdlZlXSPs7PidA/Rl7Lr+I9KAeGAvIPo7qSMNx/RRXkl2X75dHNdYEps"
    "WFIom9hwwf/kkZYWol0CrgCj3JBL22z9ZEhPPODy0Mrs2/8BDifcVw=="
)
