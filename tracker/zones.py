"""Time zones: the one of a name, and when a clock there shows an hour.

What is due at a local hour must come once, whatever clocks do: on some days they show an hour
twice or never, and zones change their law.
"""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@cache
def known_zone(name: str) -> tzinfo:
    """The IANA zone, or UTC where this machine does not know the name: one odd entry must not
    keep everybody else from their mail. Kept, because ZoneInfo itself keeps only the last few and
    reads a file for any other."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def first_shown(day: date, hour: int, zone: tzinfo) -> datetime:
    """When the local clock first shows the hour, or, where clocks jump over it, the moment of
    the jump. In UTC."""
    local = datetime(day.year, day.month, day.day, hour)
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:  # they differ where the clock shows the hour twice
        return first
    gap = range(int((first - second).total_seconds()) + 1)
    jump = bisect_left(gap, local, key=lambda s: _shown(second + timedelta(seconds=s), zone))
    return second + timedelta(seconds=jump)


def _shown(instant: datetime, zone: tzinfo) -> datetime:
    """What the local clock shows, as a naive datetime."""
    return instant.astimezone(zone).replace(tzinfo=None)
