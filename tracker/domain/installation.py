"""What this installation has chosen, for rules that depend on it: how long sessions last, which
keys seal secrets. It is set for as long as a process is `connected`."""

from collections.abc import Iterator
from contextlib import contextmanager

from tracker.settings import Settings

_chosen: list[Settings] = []


def chosen() -> Settings:
    """The settings in force. Raises AssertionError outside `connected`."""
    assert _chosen, "ask inside `connected(settings)`"
    return _chosen[-1]


@contextmanager
def choosing(settings: Settings) -> Iterator[None]:
    """Have these settings in force for everything that happens inside, in the whole process."""
    _chosen.append(settings)
    try:
        yield
    finally:
        _chosen.pop()
