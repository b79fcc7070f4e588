"""The only source of "now": tests and the demonstration portfolio travel in time through it.

Due dates are civil dates in the owner city's zone, so `today` always wants a zone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_travelled: ContextVar[datetime | None] = ContextVar("travelled", default=None)


def now() -> datetime:
    """The present instant, in UTC."""
    return _travelled.get() or datetime.now(UTC)


def today(zone: str) -> date:
    """The civil date at this instant in an IANA time zone."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Make `instant` (with a time zone) the present for everything called inside."""
    token = _travelled.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _travelled.reset(token)
