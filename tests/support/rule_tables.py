"""The tables of rules (``rules.json`` in the server's services). The web client's tests use them
too."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from typing import Any

from server.kernel.errors import ChatError
from tests.support.node import ROOT

Json = dict[str, Any]


def table(service: str) -> Json:
    found: Json = json.loads((ROOT / "server" / service / "rules.json").read_text())
    return found


def cases(table: Json) -> list[Json]:
    """The rows of a table with one value in each column. Together they must cover each combination
    exactly once."""
    found = [
        dict(row) | dict(zip(table["columns"], values, strict=True))
        for row in table["rows"]
        for values in product(*(_listed(row[column]) for column in table["columns"]))
    ]
    keys = [tuple(case[column] for column in table["columns"]) for case in found]
    assert sorted(map(repr, keys)) == sorted(map(repr, product(*table["columns"].values())))
    assert all(case.keys() == {*table["columns"], *table["actions"]} for case in found)
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def answer(check: Callable[..., None], *args: Any, **more: Any) -> str:
    """The outcome of a check: ``ok``, or the code of the refusal."""
    try:
        check(*args, **more)
    except ChatError as refusal:
        return refusal.code
    return "ok"
