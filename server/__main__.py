"""``python -m server``: see ``server/commands.py``."""

from __future__ import annotations

import gc
import sys

if __name__ == "__main__":
    # Imported modules are never garbage. Searching them repeatedly takes a sixth of the start.
    gc.disable()
    from server.commands import main

    gc.enable()
    sys.exit(main())
