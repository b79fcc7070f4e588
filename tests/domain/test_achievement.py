"""Achievement is the same in either direction mirrored, whatever the figures are; missing ones make
it unknown, never zero."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.domain.database import fetch

FIGURES = st.none() | st.decimals(-1000, 1000, allow_nan=False, places=2)

ACHIEVED = """SELECT achieved($1, $2, $3, true) AS more,
 achieved(-$1::numeric, -$2::numeric, -$3::numeric, false) AS less"""


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(baseline=FIGURES, target=FIGURES, value=FIGURES)
async def test_achievement_mirrored(
    played: object, baseline: Decimal | None, target: Decimal | None, value: Decimal | None
) -> None:
    [row] = await fetch(ACHIEVED, baseline, target, value)
    assert row["more"] == row["less"]
    if baseline is None or target is None or value is None:
        assert row["more"] is None
        return
    assert row["more"] is not None
    if target != baseline:
        assert round(row["more"], 9) == round((value - baseline) / (target - baseline), 9)
