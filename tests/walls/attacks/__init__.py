"""One module for each kind of attack; what they have in ``ATTACKS`` is tried by
``tests/walls/test_attacks.py`` and measured by ``python -m bench walls``."""

from __future__ import annotations

import importlib
import pkgutil

from tests.walls.harness import Attack

ATTACKS: dict[str, Attack] = {
    attack.name: attack
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__))
    for attack in importlib.import_module(f"{__name__}.{module}").ATTACKS
}
