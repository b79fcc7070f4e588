"""The week of a clock change, hour by hour; `make faults ARGS=year` lives the whole year."""

from datetime import UTC, datetime

from tests.cast import Cast
from tests.faults import year


async def test_week_of_a_clock_change_owes_each_exactly_their_turns(cast: Cast) -> None:
    begin = datetime(2026, 3, 27, tzinfo=UTC)  # on the 29th in Europe, on 5 April in Australia
    rows = await year.told(cast, seed=1, most=200, begin=begin, hours=7 * 24)
    assert [str(row) for row in rows if not row.holds] == []
