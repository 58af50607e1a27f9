"""``python -m server seed``: a believable small world, or a large one for load."""

from server.seed.people import PASSWORD
from server.seed.plan import Plan
from server.seed.run import seed

__all__ = ["PASSWORD", "Plan", "seed"]
