"""What nodes tell each other over Redis, and which of them hear it."""
