"""Achievement is the same in either direction mirrored, and what the rule says of it, whatever the
figures are; missing ones make it unknown, never zero."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.domain.database import fetch

FEW = st.integers(-3, 3).map(Decimal)
"""So few that figures meet: a target that is held, missed, or zero."""
FIGURES = st.none() | FEW | st.decimals(-1000, 1000, allow_nan=False, places=2)

ACHIEVED = """SELECT achieved($1, $2, $3, true) AS more,
 achieved(-$1::numeric, -$2::numeric, -$3::numeric, false) AS less"""


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(baseline=FIGURES, target=FIGURES, value=FIGURES)
async def test_achievement_mirrored(
    played: object, baseline: Decimal | None, target: Decimal | None, value: Decimal | None
) -> None:
    await _require_mirrored(baseline, target, value)


@settings(max_examples=30, derandomize=True, deadline=None, database=None)
@given(kept=FIGURES, value=FIGURES)
async def test_achievement_of_what_is_to_be_kept_mirrored(
    played: object, kept: Decimal | None, value: Decimal | None
) -> None:
    await _require_mirrored(kept, kept, value)


async def _require_mirrored(
    baseline: Decimal | None, target: Decimal | None, value: Decimal | None
) -> None:
    [row] = await fetch(ACHIEVED, baseline, target, value)
    assert row["more"] == row["less"]
    if baseline is None or target is None or value is None:
        assert row["more"] is None
    else:
        assert round(row["more"], 9) == round(_by_hand(baseline, target, value), 9)


def _by_hand(baseline: Decimal, target: Decimal, value: Decimal) -> Decimal:
    """Where more is better. Neither regress nor overshoot is clamped away; what is to be kept and
    was not counts with the share of it that is left, of which there is none of zero."""
    if target != baseline:
        return (value - baseline) / (target - baseline)
    if value >= target:
        return Decimal(1)
    return 1 - abs(value - target) / abs(target) if target else Decimal(0)
