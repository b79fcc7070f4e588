"""A worker that comes to follow no commits, by a fault that nobody foresaw.

python -m tests.workers.deaf    (settings from the environment)
"""

from collections.abc import Callable

from tracker.graphql.live import wakes
from tracker.settings import Settings
from tracker.workers import run


async def hear(settings: Settings, wake: Callable[[], None]) -> None:
    """Break off."""
    raise RuntimeError("a fault of ours")


if __name__ == "__main__":
    wakes.hear = hear
    run(Settings.from_environment())
