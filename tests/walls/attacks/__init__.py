"""One module for each kind of attack; what they have in ``ATTACKS`` is tried by
``tests/walls/test_attacks.py`` and measured by ``python -m bench walls``."""

from __future__ import annotations

import importlib
import pkgutil

from tests.walls.harness import Attack

_BY_MODULE: dict[str, list[Attack]] = {
    module: importlib.import_module(f"{__name__}.{module}").ATTACKS
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__))
}
ATTACKS: dict[str, Attack] = {
    attack.name: attack for attacks in _BY_MODULE.values() for attack in attacks
}
# They never come as far as a database.
AT_THE_DOOR = frozenset(
    attack.name
    for module in ("bodies", "connections", "frames", "requests")
    for attack in _BY_MODULE[module]
)
