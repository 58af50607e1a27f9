"""The Python servers, all with the same handlers: ``python -m bench.engine.servers.ours``."""
