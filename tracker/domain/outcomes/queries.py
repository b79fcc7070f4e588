"""What the actions must know for themselves, past visibility: each one statement."""

from datetime import date, datetime

from tracker.domain.outcomes.tables import Period, Value


async def overlapping(indicator_id: int, starts_on: date, ends_on: date, but: int = 0) -> list[str]:
    """The indicator's periods that share a day with this one, `but` left out."""
    rows = await Period.raw(
        "SELECT starts_on || ' – ' || ends_on AS days FROM period WHERE indicator = {}"
        " AND starts_on <= {} AND ends_on >= {} AND id <> {} ORDER BY starts_on",
        indicator_id,
        ends_on,
        starts_on,
        but,
    )
    return [row["days"] for row in rows]


async def unlocked(project_id: int, ended_by: date) -> list[int]:
    """The numbers of the project's periods that ended by then and are not locked."""
    rows = await Period.raw(
        "SELECT id FROM period WHERE project = {} AND ends_on <= {} AND locked_at IS NULL"
        " ORDER BY id",
        project_id,
        ended_by,
    )
    return [row["id"] for row in rows]


async def waiting_for_approval(project_id: int, ended_by: date) -> list[str]:
    """What is measured, and in which of those periods, where a value is submitted."""
    rows = await Period.raw(
        "SELECT i.title || ' (' || q.starts_on || ' – ' || q.ends_on || ')' AS what"
        " FROM period q JOIN indicator i ON i.id = q.indicator"
        " WHERE q.project = {} AND q.ends_on <= {} AND q.locked_at IS NULL AND EXISTS ("
        "SELECT 1 FROM value v WHERE v.period = q.id AND v.state = 'submitted')"
        " ORDER BY i.title, q.starts_on",
        project_id,
        ended_by,
    )
    return [row["what"] for row in rows]


async def is_agreed(subject: str, number: int, agreed_at: datetime | None) -> bool:
    """Whether both sides agreed on the result or dimension, by the trail: it was in the plan when
    they did."""
    rows = await Period.raw(
        "SELECT 1 FROM audit_event WHERE subject_type = {} AND subject_id = {}"
        " AND verb = 'add' AND at <= {} LIMIT 1",
        subject,
        number,
        agreed_at,
    )
    return bool(rows)


async def is_named(result_id: int) -> bool:
    """Whether a change of the plan that was proposed is about the result."""
    rows = await Period.raw("SELECT 1 FROM plan_change_item WHERE result = {} LIMIT 1", result_id)
    return bool(rows)


async def hold_period(value_id: int) -> None:
    """Lock the value's period, so that locking it and judging the value go one after the other;
    always before the value itself, as reporting does."""
    await Value.raw(
        "SELECT q.id FROM period q JOIN value v ON v.period = q.id WHERE v.id = {} FOR UPDATE OF q",
        value_id,
    )


async def current_states(period_id: int) -> set[str]:
    """States of the period's values, those that are superseded or drafts left out."""
    rows = await Value.raw(
        "SELECT state FROM value WHERE period = {} AND state NOT IN ('superseded', 'draft')",
        period_id,
    )
    return {row["state"] for row in rows}


async def next_number(period_id: int) -> int:
    """The number of the next report for the period; the caller holds the period's row."""
    rows = await Value.raw(
        "SELECT coalesce(max(number), 0) + 1 AS number FROM value WHERE period = {}", period_id
    )
    number: int = rows[0]["number"]
    return number


async def is_drafted(period_id: int, city_id: int) -> bool:
    """Whether the city has a draft for the period."""
    rows = await Value.raw(
        "SELECT 1 FROM value WHERE period = {} AND city = {} AND state = 'draft'",
        period_id,
        city_id,
    )
    return bool(rows)


async def reported_categories(dimension_id: int) -> set[str]:
    """The parts of the dimension for which a figure is there."""
    rows = await Value.raw(
        "SELECT DISTINCT category FROM value_part WHERE dimension = {}", dimension_id
    )
    return {row["category"] for row in rows}
