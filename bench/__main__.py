"""``python -m bench [name] [options]``. Each name is a module here; the default is ``messages``."""

from __future__ import annotations

import importlib
import sys

NAMES = (
    *("messages", "product", "postgres", "engine", "lists", "search", "media"),
    *("fanout", "store", "web", "walls"),
)


def main() -> None:
    name = sys.argv.pop(1) if sys.argv[1:] and sys.argv[1] in NAMES else NAMES[0]
    importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
