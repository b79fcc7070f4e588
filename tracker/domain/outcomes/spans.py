"""Stretches of time cut into periods, and targets spread over them."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from tracker.domain.outcomes.tables import PeriodLength, TargetSpread

MONTHS = {
    PeriodLength.MONTH: 1,
    PeriodLength.QUARTER: 3,
    PeriodLength.HALF_YEAR: 6,
    PeriodLength.YEAR: 12,
    PeriodLength.FISCAL_YEAR: 12,
}

FINER = 2
"""Decimals that a step may have more than the last target has, up to `FINEST`."""

FINEST = 6

Span = tuple[date, date]
"""First and last day, both included."""


def spans(starts_on: date, ends_on: date, length: PeriodLength, first_month: int) -> Iterator[Span]:
    """Calendar periods from one day to another, without a gap. `first_month` begins a fiscal
    year, 1 to 12."""
    begins = first_month if length == PeriodLength.FISCAL_YEAR else 1
    first = starts_on
    while first <= ends_on:
        following = _following(first, MONTHS[length], begins)
        yield first, min(ends_on, following - timedelta(days=1))
        first = following


def _following(day: date, months: int, begins: int) -> date:
    """The first day of the period after the one that holds the day."""
    counted = day.year * 12 + (day.month - 1) - (begins - 1)
    year, month = divmod(counted - counted % months + months + begins - 1, 12)
    return date(year, month + 1, 1)


def targets(
    spread: TargetSpread, target: Decimal | None, baseline: Decimal | None, periods: int
) -> list[Decimal | None]:
    """The target of each period. Steps begin at the baseline, or at 0 where there is none; the
    last target is exact."""
    if target is None:
        return [None] * periods
    if spread == TargetSpread.EACH:
        return [target] * periods
    if spread == TargetSpread.LAST:
        return [*[None] * (periods - 1), target]
    start = baseline or Decimal(0)
    decimals = max(0, -int(target.as_tuple().exponent)) + FINER
    grain = Decimal(1).scaleb(-min(decimals, FINEST))
    steps = (start + (target - start) * n / periods for n in range(1, periods))
    return [*(_plain(step.quantize(grain)) for step in steps), target]


def _plain(number: Decimal) -> Decimal:
    """Without zeros that say nothing."""
    return Decimal(f"{number:f}".rstrip("0").rstrip(".")) if "." in f"{number:f}" else number
