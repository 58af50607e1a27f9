"""Lets the server divide long texts in Chinese, Japanese or Korean into words for SQLite's index.

The triggers divide a text in SQL, which takes about 1 µs for each character and delays all other
writes. The server does it ten times as fast. It stores the divided text in ``search_spaced``, the
triggers take it from there, and nothing stays in the table. If a text is not in the table, the
triggers divide it into the same words. So the index stays correct if another program writes, such
as a shell. On PostgreSQL nothing changes.
"""

from tortoise import BaseDBAsyncClient

from migrations.files import SEARCH_TRIGGERS, function

RUN_IN_TRANSACTION = True

# See the first migration for the reason of BEGIN.
BEGIN = "BEGIN;"
# asyncpg does not accept an empty script.
NOTHING = "SELECT 1;"


async def upgrade(db: BaseDBAsyncClient) -> str:
    return {"sqlite": BEGIN + UP, "postgres": NOTHING}[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return {"sqlite": BEGIN + DOWN, "postgres": NOTHING}[db.capabilities.dialect]


DROP = "".join(
    f'DROP TRIGGER "search_message_{name}";'
    for name in ("added", "filled", "edited", "deleted", "removed")
)
UP = f"""
CREATE TABLE "search_spaced" (
    "text" TEXT NOT NULL,
    "spaced" TEXT NOT NULL
);
{DROP}
{function(SEARCH_TRIGGERS, 2)}
"""

DOWN = f"""
{DROP}
DROP TABLE "search_spaced";
{function(SEARCH_TRIGGERS, 1)}
"""

# The models do not change.
MODELS_STATE = (
"eJztXetz2zYS/1cw+nLpjM5nS34k7c3N2Lm0504SdxLn2pmkI0EkJKImCYUALau9/O8HgA"
    "/xbUKmJJLGFz+AXZL6EdoXdhd/DRxiIpseXTIGDctBLht8D/4auNBB/I+C2SEYwOVyMycG"
    "GJzZkhzGdHIczijzoCEuOYc2RXzIRNTw8JJh4vJR17dtMUgMTojdxWbId/FXH00YWSBmIY"
    "9PfP6dD2PXRA+IRv8u7yZzjGwz9czYFPeW4xO2Xsqxa/NHSSduNpsYxPYdd0O7XDOLuDGx"
    "72Pz6NOn63+LuQVykQcZMhMfQjxj+JGjoeB5+QDzfBQ/qLkZMNEc+raAYvDPue8aAgEg7y"
    "R+nP4rfLQE2WTy/uZ28vHN7WQyUEDOIK5AHYt3wGH5Flx3A4ccHYgbvP7P5YcX4/PvJASE"
    "soUnJwfyo3+TjJDBgFVCvsHYX9oEmsibqICdYWoS9WigAvYIsZZhvMFU/s6B+dqCXjGcEX"
    "0GR/5gzSC4+cruAcKBAx8mNnIXzOL/js7OKjD97+UHCSunkrgSLmMC+fM+nBoFc2l8+R0Z"
    "l0wBUAo4Z/l6iPfJ6GUNvDlVKd5yLo03xX8W4HyFF9cuK0Y64sggjAO10zWEF+Ih/v5qNB"
    "qPL0bH4/OXZ6cXF2cvj19yWvnE+amLirdwdf3T9fvbNP5iIA36Cpv8jeZFchnkMf1WmIdC"
    "tmWQj05OL05fjs9PY6TjkSqA82BaCC8spoDmhkHDmYfT9PlnF8+gJBSSXD1Cdc9y4Q6tVX"
    "ReSN5DVXd+WkPTnZ+WKjoxlYaWWb4zcyG2J4og5xi3grtty3vHaBseElhMYIFcvsUOKrHh"
    "Uly7si/26XPsT4wIR3t+l3ADxcAMGncr6JmT3AwZkTLa/JQzcrIj0IULiab43OKBwxjElU"
    "2Mu0FBcCKYGFbFJWaCZAchic8Dn8b+rLwJX2P8v9+fEquoUoaFnnPB+g1X4tMCFb1YvcOq"
    "KAZVjWDQPUUv9iqymwlfJJZ/bTzTPDog1B1V11OTuSW67rWHTOQyDO0ihZeYrdR6UloZMf"
    "EBQ/JtEbTPIziPHO5TqDgiMUMP/b3RWR0XhFNVhJJzTogETNXdSzE1g/Rhbbjd47yElK4I"
    "l6YWpAVRzVv0UGIn5xh7sbIrAL5985tUaA6lX+0kri/eXf4mIXfW4czbm/c/ReSJ9/D67c"
    "1V4TK/Rx7mt1S1QwqZdQCvg9bIG/Emb8kdcouskcRspTUSrAcmCOtZIoNfLcjAClJAuQED"
    "ZmsgrsCXAwH8jcyx5wDoAmiaXDPSoRimiAEIXLQC0fd/CIgnZnzXJHzKsKC7QIDMB5k3vc"
    "t7fXFDviNw49prPiWE0tHgaSaVBLJELlaEHFNcvVNCTYUbuxgy6J5/e8cfXmlTIqTvhS5P"
    "L9w62+/lm++5rXftAezaMtWxmYNuZ6KHJeaCRdUkTXFp+LeG3xKMiu5vkmdHG5198349El"
    "iqdSGOGfRGcrFl1xKH6sfA7cm5UnJ8WOVEzTlFTe9pOkVLYljTKX+zFgLiVtwZ4X9jCoR5"
    "O4MU/Y0C/i8j3nrIHRoExFv5B1miIOOGHjnmUc5TavC6T3B/Dpss2yKXZzyq8cUYj0q/GG"
    "Kq2uW5h7ZfgHV58C1m6IUxuY+gW0vk0rV7jxkMAcpJp8RspYziSsiZ4Ji4pri6mQNKHDQj"
    "5hqsLAK4NHEJE/GUGRKBF2SKvxce8ZdUxGc4jQMwAwZnomDuEecHQFzE5VAYyDGRYWMXmT"
    "kBtrM7feHrBq4p8F2GbcER2ptcBpKAmo+ZBAX3E5cDcMHXWZks/BxCKT9CFEfQqSUtsojL"
    "hWbizdWLEyUYdGpJxhDWQbfmsORCmKiBmeTQS1PHgQ4vdrsRB+qr0ksUdISGjyL8GTa9J9"
    "zBPWHpDKBBmZuAql0E6R2gmp7BJTeVzdDcthGjwiBH98gT26jCoubvQOy3SoM9H65Q5m64"
    "8lyb3PsyucV7VgkJRfQ6JFQSEuqCN9M9Azyy/WYFuydlcKZ5NKLaBj+4HG6BDf5sbcAk+k"
    "Ly+zSwpTLCpMzsSLL0CPjG6tQV4XwSlFuJkOMWA9kS/+QtpOwjKs5YjeeGj1bP2Jx0QiNa"
    "XTvT+9qZ+IUrqrMsn7YnuhjVeCcq5Yp3P6OpSpnhBES7rjRPeFcUfc1tCX4uJNARi9ZFLN"
    "oi2nuxE9PeGEUHwRRSQ0kwhAxa7XVT7VEKF4XR/GjqEbUniXai9rKqbAhSY9DnCy6SiYaN"
    "RaPGgiyZFM898qh4FjW1qFvINmtpa3mt5XXX5HUS8kiKKMGeYNLQbw098UzswoICtyroE0"
    "wa+q2h1zWbu6rZTFkyNTPzkixP0Ikti+c3tCsYG4O18UyxaDwzbU7RQ1FEtLQKJKLvxTd/"
    "H0UgqWAGWtpr7glNlA27LGePNvj2vbOaCObWXfRJnj4UYe5/3UNDGfQUk0ZdHXW6pgw5Kp"
    "BvODTe6ngvsaueNZ1i0lJ9W6muk8UOmyxmYnX0U0x66W9frmEjdfDTXBr9bdHPnI1XV9Nm"
    "2LS67VRFfbh9Vn26Yp5oWGO3baJ62OLgxkXAIyswJx7gJrMF5tiWvTsgCK/5vSyId+Aa+B"
    "QBzIYAuiYfE6XrFGBXDOdLbBq8bp0twGHyS6FL4lsm8PSGn97w69N6LlLgakH6LJsu32mN"
    "en5PGJ5jo7TlTWq+Uim7CcraDboMyPXedCp7aNFQHUqNCGfEZ5u2MaLbjKQFDNk2nxb60u"
    "PDhtSsYRsaBu+QCwQwOQ29u1t9cV9MpyvMLNODK5H8PJ1+F3XUoRZZuYGqv0NLlmqDE5K4"
    "aCWehl8sbrDzSEucRAqkfM6CVJ8kycZvl5lDySRaBCOnJlI0OiHokAlBOhu2QftA79NvDj"
    "c+r7FRf3JefrTxeXfKoTu4UvdqybYsEnIgQ1a3gGo00USaIQqyNmbopbA9riVtjyvE7bFu"
    "tt4qeZGwlOtin2DRcnpb3JNulQr4WT79BjpYk/OLh+bIQ9zvHhQEJhKzw0eL2JcxsT4C8p"
    "n40plXXnezMcO2P/tk8Ne3AwC8k+QeaJoi/TLoH61iFuYY+7DXm7EO63QmOynvTHYyatEp"
    "Dr/41PqZzArFczhVKZuXnGjyB5nVDBffWggQn83Ig9ha/RXNgLjLEKw8zBhygdD6cWA3CN"
    "6S+RG4BPwWcpIzAwioP4svCzDNhYp3c5svrowz84mVRWwU7QsHweEZCiK/IvYsrhLvI6cu"
    "IiPH1IK2DSwEPfF0mOmOjW03p6q0VPL9KtkGBYy6XEPHKHWMsuOiInny89omsGD5Vp35HL"
    "P0IrC2d8OV63dnWZSdWLrMkyy6/V0u39ZHqrm2MYduSq8T/DsDf4scso8Jy3BQ4pmlaIaP"
    "umhJY7N2y/qZR1YicSY8JIq/koQvJRwcSIFN3AWQXejFseNUNIYANr5HtKiL/dMv2LCbpN"
    "Nfnkv6SzdSCtP2ulz8aj5likcjmqnbcs0lCfVgXYM8yaMt8i0s8ghA1aOWs3y9O+GimdOA"
    "U/7m6OzctFRA3nD0Ym1nA/V1uttwqopQfWGHG6UNkZC+h/g2v4C12/Nc3Z4PYfuLQYG7E8"
    "8NK0/sTTbQ2HEDT/4LOeQPLD0SfaZt29b0sMJD0VsKXd1SaBuEh4kMttfD7uD6jYV4back"
    "YtDmnDbn2igq2mLOcaVZaMqJ8WozjlPsxIRLHz9Y1WX9HlM8wzZmklJ8AhmD0IWVh4ws61"
    "rAXfXslb8VkI3oe5jZeVyr7ue4ou7nOFf3E8sPRYifFPdsNczjWjCPK2Ae52FmZIkNlcB+"
    "zNAHgPeeZnPP5bQ38b2C/vUVbcBSXBp3ddzTpkldcZLm0hrxMY3Y9tOt27LEdSP7g+FpYg"
    "8Zynuqaa5GBHCLNlQvxjXEwMW4VA6IKX08TkvinOFZtIrx5SSXBn9r8PXZRAeD3kHODHkc"
    "Vr8oT6kU/Cxbn95AY7nsYoP4XjWdPcXUJ1h1Svtzgl/3TX/GWzHvpHYYlGzIhLPDx7ZlJo"
    "GS2bZRt+zBKVpoYwr4mGjBiV0Agbj0D2A6DQTtdBoWZK8sbFg1+nRvfdnHEn3KEntSDTiD"
    "q+dO9N3udF6dBdSs9NNZQHuJReiUlAbBDAVKXjYQYiPoVtmoBXjOOFe/oLy6uXmbCqtfXW"
    "fj5p/eXb358OJEos2JMCsxiTyOqEr0LKLXAfTHAuh/EKx+NliKSVv6W1v6Omh52KClbBu5"
    "XeQyyapfQwOvYatAZiG7fh1bvw55rIRa/kvMscfufdC2B11Uto4vIjS+y3BRMkapus2w6d"
    "hOR2M74niX4v6qidnho7EdVxLWbg0R9r4LOjkE58YgChA3I9YzYq5FCEY0cBCX/l72xPPI"
    "agjQwxLypWEGp6WEx7LYmHJKZiHsFTaN2OWt6hR7PamwS6cBN5sGrAM3unyra8pCH1uxu7"
    "Qyvan4TE2fj0GnmyK7J5qqNHrCTjm7byZfepSbtiMOaEfoPYsmk1HRfehk1E5EjTn6UAWQ"
    "du9HtcpbRhXlLaOi8pY75E4sSJWaz6S5erhvsYMeStATWeeqSGfY+reqm0c6RKNwq6LUA0"
    "kz6Xa9+ZbTch1uhW0hb4/igo2B7BG2hdeR5tJeh84k7Sb8YY0FUj3RLcunX8HWrwA9LDE3"
    "xxVfQJpLw781/B6654a1+nGSSa4d6dW+pnKmjibji1j1ULKIRRvmxYZ5S6J6n2hxmrocHz"
    "52SOQBT4bUMbv9xOxUm9UkeXoY/xjXOYtwXH4W4XiU9cojwFRLy7N8vWvXPT6vA/V5OdTn"
    "WahNTJc2XE9U13SWr4fruvloUwSacseEFNuuoD7csj55Ves401cV55m+ygmRGSYFlnFpX6"
    "CQfI+5fgdQfLoP02H2sXaCO2WQ+UqnUm84NN7qeOuQny4eb4HmfG5JNpfIw4Y1KHDIw5lh"
    "lUsONzTt8cmfSX31E/e6yp3w0uqyivaDpbVlfXBVRmdnddI9zs7K0z3EXMau418qBYRD8h"
    "6iu5OWvPyODBW1V/r54837ElNiw5JB2cQGA/+TpQUdRLsCXAFGtSGXtdmG6ZCeuMDVoZXZ"
    "t/8DWVbJcg=="
)
