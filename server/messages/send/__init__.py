"""A send, from a group of waiting ones to its commit: README.md names the steps."""
