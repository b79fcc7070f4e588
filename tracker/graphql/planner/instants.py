"""When an aggregate is asked for: now, at an instant, or at the end of days, months and years."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from graphql import GraphQLError

from tracker.graphql.planner.faults import Place
from tracker.graphql.planner.statement import Statement
from tracker.graphql.planner.values import Leaf, Tree, Variables

POINTS_MOST = 60
"""Points of a history: five years, month by month."""


class Interval(StrEnum):
    """How far the points of a history lie apart."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


INTERVALS = {
    Interval.DAY: "The end of each day.",
    Interval.WEEK: "The end of each Sunday.",
    Interval.MONTH: "The end of each month.",
    Interval.QUARTER: "The end of March, June, September and December.",
    Interval.YEAR: "The end of each year.",
}

Now = Callable[[Any], datetime]
"""Viewer -> the present instant."""


def instant(statement: Statement, arguments: dict[str, Tree | None], now: Now) -> str | None:
    """The SQL instant that `on` or `asOf` names; None where neither is given.

    Raises GraphQLError when both are, and on running for a time that lies ahead.
    """
    on, as_of = _leaf(arguments.get("on")), _leaf(arguments.get("asOf"))
    if on and as_of:
        raise GraphQLError("Give on or asOf, not both.")
    given = on or as_of
    if given is None:
        return None

    def value(variables: Variables, viewer: Any) -> datetime:
        present = now(viewer)
        if on:
            return _end(place, given.get(variables), present)
        found: datetime = given.get(variables)
        if found > present:
            raise GraphQLError(f"asOf: {found:%Y-%m-%dT%H:%M:%SZ} lies ahead; leave it out.")
        return found

    with statement.at("on" if on else "asOf") as place:
        return statement.bind(("instant", id(given)), "timestamptz", value)


def instants(statement: Statement, arguments: dict[str, Tree | None], now: Now) -> str:
    """The SQL array of the ends of the intervals between `from` and `to`, and of `to` itself.

    Raises GraphQLError on running for days in the wrong order, ahead, or too many.
    """
    first, last = _leaf(arguments.get("from")), _leaf(arguments.get("to"))
    every = _leaf(arguments.get("every"))
    assert first is not None
    assert last is not None

    place = statement.place

    def value(variables: Variables, viewer: Any) -> list[datetime]:
        begin, end = first.get(variables), last.get(variables)
        step = Interval(every.get(variables)) if every else Interval.MONTH
        if begin > end:
            raise place.inside("from").fault(
                f"from: {begin} is later than {end}; exchange the two."
            )
        found = []
        for day in _days(begin, end, step):
            found.append(day)
            if len(found) > POINTS_MOST:
                raise place.inside("every").fault(
                    f"every: more than {POINTS_MOST} points; ask for fewer or longer intervals."
                )
        return [_end(place.inside("to"), day, now(viewer)) for day in found]

    return statement.bind(("instants", id(first)), "timestamptz[]", value)


def _end(place: Place, day: date, now: datetime) -> datetime:
    """The last instant of the day by UTC; of today, the present one."""
    if day > now.astimezone(UTC).date():
        raise place.fault(f"{place.path[-1]}: {day} lies ahead; choose a day until today.")
    return min(datetime.combine(day, time.max, UTC), now)


def _days(first: date, last: date, step: Interval) -> Iterator[date]:
    """The last days of the intervals that end before the last day, and the last day."""
    day = first
    while day < last:
        tomorrow = day + timedelta(days=1)
        if _ends(tomorrow, step):
            yield day
        day = tomorrow
    yield last


def _ends(tomorrow: date, step: Interval) -> bool:
    """Whether an interval begins on that day."""
    if step == Interval.DAY:
        return True
    if step == Interval.WEEK:
        return tomorrow.weekday() == 0
    months = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: 12}[step]
    return tomorrow.day == 1 and (tomorrow.month - 1) % months == 0


def _leaf(value: Tree | None) -> Leaf | None:
    return value if isinstance(value, Leaf) else None
