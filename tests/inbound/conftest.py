"""A relay that keeps what it accepts, and a reader for it."""

from tests.workers.conftest import outbox, reads

__all__ = ["outbox", "reads"]
