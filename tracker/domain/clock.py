"""The only source of "now": tests and the demonstration portfolio travel in time through it.

Due dates are civil dates in the owner city's zone, so `today` always wants a zone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

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


@cache
def zones() -> frozenset[str]:
    """The IANA time zones that may be chosen: those this machine knows, but for its own and the one
    that says that nothing was chosen, which PostgreSQL does not know."""
    return frozenset(available_timezones()) - {"localtime", "Factory"}
