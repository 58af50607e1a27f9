"""Stores sends: groups the waiting ones and commits each group. README.md names the steps."""
