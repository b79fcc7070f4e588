"""What each project adds to the roll-ups of indicators is kept as the view tells it, whatever
changes and whoever changes it."""

import asyncio
from decimal import Decimal

import asyncpg
import pytest

from tests import factories
from tests.cast import Cast
from tests.domain.kept import require_true
from tests.factories import JointProject, today
from tracker.domain.outcomes import reporting
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.tables import Aggregation, Indicator, Period

PERIODS = [PeriodPlan(starts_on=today(a), ends_on=today(a + 9)) for a in (-60, -45, -30, 20)]

SHARES = "SELECT k.*, r.* FROM project_roll_up k JOIN roll_up r ON r.id = k.roll_up ORDER BY 1, 2"

LAST = "(SELECT max(id) FROM indicator)"

STATEMENTS = (
    "UPDATE value SET value = value + 1",
    "UPDATE value SET state = 'superseded' WHERE id = (SELECT max(id) FROM value)",
    f"UPDATE period SET ends_on = ends_on + 1 WHERE indicator = {LAST}",
    f"UPDATE period SET waived_reason = 'x' WHERE indicator = {LAST}",
    "UPDATE city SET time_zone = 'Pacific/Honolulu' WHERE id IN (SELECT lead_city FROM project)",
    "UPDATE project SET lead_city = CASE lead_city WHEN donor_city THEN recipient_city"
    " ELSE donor_city END",
    f"UPDATE indicator SET title = upper(title) WHERE id = {LAST}",
    f"UPDATE indicator SET title = 'Something else' WHERE id = {LAST}",
    f"UPDATE indicator SET unit = 'dozens' WHERE id = {LAST}",
    "UPDATE indicator SET ascending = NOT ascending",
    "UPDATE indicator SET accumulation = 'snapshot'",
    "UPDATE indicator SET aggregation = 'latest'",
    "UPDATE indicator SET aggregation = 'ratio_of_sums'",
    "UPDATE value SET numerator = 1, denominator = 4",
    "UPDATE value SET denominator = 5 WHERE state = 'approved'",
    "UPDATE indicator SET aggregation = 'none', measure = 'qualitative'",
    "DELETE FROM verdict; DELETE FROM value",
    "UPDATE period SET waived_reason = NULL",
    f"DELETE FROM plan_change_item; DELETE FROM period WHERE indicator = {LAST}",
    f"DELETE FROM indicator WHERE id = {LAST}",
)
"""One after another, past the actions; each changes what is kept."""


async def _measured(cast: Cast, project: JointProject, title: str, *values: int) -> Indicator:
    """An indicator, its first periods reported and approved."""
    made = await factories.add_indicator(
        cast, project.id, title=title, aggregation=Aggregation.SUM, periods=PERIODS
    )
    for number, period in zip(values, await _periods(made), strict=False):
        await _reported(cast, period, number, approved=True)
    return made


async def _periods(indicator: Indicator) -> list[int]:
    found = Period.select(Period.id).where(Period.indicator == indicator.id)
    return [row["id"] for row in await found.order_by(Period.starts_on)]


async def _reported(cast: Cast, period: int, number: int, *, approved: bool = False) -> int:
    draft = ValueDraft(value=Decimal(number))
    value = await reporting.report(cast.nairobi_coordinator, period, cast.nairobi, draft)
    if approved:
        await reporting.approve(cast.seoul_approver, value.id)
    return int(value.id)


async def test_shares_after_statements_past_the_actions(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    project = await factories.joint_project(cast, "active")
    await _measured(cast, project, "Permits", 10, 20)
    await _measured(cast, project, "permits", 5)
    for statement in STATEMENTS:
        before = await connection.fetch(SHARES)
        await connection.execute(statement)
        await require_true(connection)
        assert await connection.fetch(SHARES) != before, statement


async def test_shares_are_worked_out_anew(cast: Cast, connection: asyncpg.Connection) -> None:
    project = await factories.joint_project(cast, "active")
    await _measured(cast, project, "Permits", 10)
    kept = "SELECT title, value, indicators, reported, missing_from FROM project_roll_up ORDER BY 1"
    before = await connection.fetch(kept)
    await connection.execute("DELETE FROM project_roll_up; DELETE FROM roll_up")
    await connection.execute("SELECT figures_rebuild()")
    await require_true(connection)
    assert await connection.fetch(kept) == before


async def test_shares_after_changes_at_once(cast: Cast, connection: asyncpg.Connection) -> None:
    """Two indicators of one project measure the same, and values of both are approved at once:
    the sum has both."""
    project = await factories.joint_project(cast, "active")
    for number in (1, 10):
        made = await _measured(cast, project, "Permits", number)
        [_, period, *_] = await _periods(made)
        await _reported(cast, period, 100 * number)
    one, other = await connection.fetch("SELECT id FROM value WHERE state = 'submitted' ORDER BY 1")
    async with connection.transaction():
        await connection.execute(
            "UPDATE value SET state = 'approved', approver = $2, approved_at = now() WHERE id = $1",
            one["id"],
            cast.seoul_approver.person_id,
        )
        waiting = asyncio.create_task(reporting.approve(cast.seoul_approver, other["id"]))
        await asyncio.sleep(0.2)
    await waiting
    await require_true(connection)
    found = "SELECT value FROM project_roll_up WHERE title = 'Permits'"
    assert await connection.fetchval(found) == Decimal(1111)


async def test_definition_that_two_projects_add_at_once_is_one(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    projects = [await factories.joint_project(cast, "active") for _ in range(2)]
    await asyncio.gather(*(_measured(cast, each, "Never seen before") for each in projects))
    await require_true(connection)
    found = await connection.fetch(
        "SELECT count(*) FROM project_roll_up k JOIN roll_up r ON r.id = k.roll_up"
        " WHERE r.definition = 'never seen before' GROUP BY r.id"
    )
    assert [row["count"] for row in found] == [2]


async def test_share_without_its_definition_is_refused(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    await factories.joint_project(cast, "active")
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await connection.execute("DELETE FROM roll_up")
