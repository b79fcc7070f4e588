"""What the actions must know for themselves, past visibility: each one statement."""

from datetime import date

from tracker.domain.outcomes.tables import Period, Value


async def overlapping(indicator_id: int, starts_on: date, ends_on: date) -> list[str]:
    """The indicator's periods that share a day with this one."""
    rows = await Period.raw(
        "SELECT starts_on || ' to ' || ends_on AS days FROM period WHERE indicator = {}"
        " AND starts_on <= {} AND ends_on >= {} ORDER BY starts_on",
        indicator_id,
        ends_on,
        starts_on,
    )
    return [row["days"] for row in rows]


async def is_reported(indicator_id: int) -> bool:
    """Whether a value was ever reported for one of the indicator's periods."""
    rows = await Value.raw(
        "SELECT 1 FROM value v JOIN period p ON p.id = v.period WHERE p.indicator = {} LIMIT 1",
        indicator_id,
    )
    return bool(rows)


async def current_states(period_id: int) -> set[str]:
    """States of the period's values, the superseded ones left out."""
    rows = await Value.raw(
        "SELECT state FROM value WHERE period = {} AND state <> 'superseded'", period_id
    )
    return {row["state"] for row in rows}


async def next_number(period_id: int) -> int:
    """The number of the next report for the period; the caller holds the period's row."""
    rows = await Value.raw(
        "SELECT coalesce(max(number), 0) + 1 AS number FROM value WHERE period = {}", period_id
    )
    number: int = rows[0]["number"]
    return number
