"""What nodes tell each other over Redis, and which node wants to hear what."""
