"""Servers in Python, each with the same few handlers: ``python -m bench.engine.servers.ours``."""
