"""One module for each kind of attack. ``tests/walls/test_attacks.py`` tests the attacks in their
``ATTACKS``, and ``python -m bench walls`` measures them."""

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
# Attacks that never reach a database, or hold up something else: uploads are parsed and decoded
# before they are stored.
AT_THE_DOOR = frozenset(
    attack.name
    for module in ("bodies", "connections", "frames", "media", "requests")
    for attack in _BY_MODULE[module]
)
