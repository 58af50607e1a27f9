"""``python -m server seed`` fills the database with sample data: a small, realistic world, or a
large one for load tests."""

from server.seed.people import SEEDED_PASSWORD
from server.seed.plan import Plan
from server.seed.run import seed

__all__ = ["SEEDED_PASSWORD", "Plan", "seed"]
