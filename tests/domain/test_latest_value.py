"""The value that an indicator names as its latest is the approved one of its last period, at every
commit, whoever wrote and however."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal

import asyncpg
import pytest

from tests import factories
from tests.cast import Cast
from tests.domain.waiting import blocked
from tests.factories import today
from tracker.domain.outcomes import reporting
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.tables import Period

DAYS = ((-60, -41), (-40, -21), (-20, -10))


@dataclass(frozen=True)
class Measured:
    """An indicator of an active project with three periods that are over."""

    indicator: int
    periods: list[int]


@pytest.fixture
async def measured(cast: Cast) -> Measured:
    project = await factories.joint_project(cast, "active")
    plans = [PeriodPlan(starts_on=today(a), ends_on=today(b)) for a, b in DAYS]
    indicator = await factories.add_indicator(cast, project.id, periods=plans)
    rows = await Period.select(Period.id).where(Period.indicator == indicator.id).order_by("id")
    return Measured(indicator.id, [row["id"] for row in rows])


async def _latest(connection: asyncpg.Connection, measured: Measured) -> int | None:
    """What the indicator names, which must be what the rule finds."""
    [row] = await connection.fetch(
        "SELECT latest_value AS named, latest_approved(id) AS found FROM indicator WHERE id = $1",
        measured.indicator,
    )
    assert row["named"] == row["found"]
    found: int | None = row["named"]
    return found


async def _reported(cast: Cast, period: int) -> int:
    draft = ValueDraft(value=Decimal(period))
    row = await reporting.report(cast.nairobi_coordinator, period, cast.nairobi, draft)
    number: int = row.id
    return number


async def _approved(cast: Cast, period: int) -> int:
    number = await _reported(cast, period)
    await reporting.approve(cast.seoul_approver, number)
    return number


async def test_approval(cast: Cast, measured: Measured, connection: asyncpg.Connection) -> None:
    value = await _reported(cast, measured.periods[1])
    assert await _latest(connection, measured) is None
    await reporting.approve(cast.seoul_approver, value)
    assert await _latest(connection, measured) == value


async def test_approval_for_an_earlier_period(
    cast: Cast, measured: Measured, connection: asyncpg.Connection
) -> None:
    value = await _approved(cast, measured.periods[2])
    await _approved(cast, measured.periods[0])
    assert await _latest(connection, measured) == value


async def test_return(cast: Cast, measured: Measured, connection: asyncpg.Connection) -> None:
    value = await _reported(cast, measured.periods[1])
    await reporting.return_(cast.seoul_approver, value, "Which register?")
    assert await _latest(connection, measured) is None


async def test_correction(cast: Cast, measured: Measured, connection: asyncpg.Connection) -> None:
    old = await _approved(cast, measured.periods[1])
    new = await reporting.correct(
        cast.nairobi_coordinator, old, ValueDraft(value=Decimal(13)), "Counted twice."
    )
    assert await _latest(connection, measured) == old
    await reporting.approve(cast.seoul_approver, new.id)
    assert await _latest(connection, measured) == new.id


async def test_approvals_at_once(
    cast: Cast, measured: Measured, connection: asyncpg.Connection
) -> None:
    values = [await _reported(cast, period) for period in measured.periods]
    await asyncio.gather(*(reporting.approve(cast.seoul_approver, each) for each in values))
    assert await _latest(connection, measured) == values[-1]


async def test_approvals_of_two_open_transactions(
    cast: Cast, measured: Measured, connection: asyncpg.Connection
) -> None:
    """The one that waits for the other sees what it wrote, although it began before."""
    values = [await _reported(cast, period) for period in measured.periods]
    approve = (
        "UPDATE value SET state = 'approved', approved_at = now(), approver = (SELECT max(id)"
        " FROM person) WHERE id = $1"
    )
    async with connection.transaction():
        await connection.execute(approve, values[2])
        waiting = asyncio.create_task(reporting.approve(cast.seoul_approver, values[0]))
        await blocked(connection)
    await waiting
    assert await _latest(connection, measured) == values[2]


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("UPDATE value SET state = 'superseded' WHERE id = $2", 0),
        ("WITH v AS (DELETE FROM verdict WHERE value = $2) DELETE FROM value WHERE id = $2", 0),
        ("UPDATE value SET period = $3 WHERE id = $2", 0),
        ("UPDATE period SET ends_on = ends_on - 90, starts_on = starts_on - 90"
         " WHERE id = (SELECT period FROM value WHERE id = $2)", 0),
        ("UPDATE value SET value = 1 WHERE id = $2", 1),
        ("UPDATE value SET state = 'submitted' WHERE id = $1", 1),
    ],
)  # fmt: skip
async def test_statements_past_the_actions(
    cast: Cast, measured: Measured, connection: asyncpg.Connection, statement: str, left: int
) -> None:
    values = [await _approved(cast, period) for period in measured.periods[1:]]
    given = [*values, measured.periods[0]]
    for number, value in enumerate(given, 1):
        statement = statement.replace(f"${number}", str(value))
    await connection.execute(statement)
    assert await _latest(connection, measured) == values[left]


async def test_naming_another_value(
    cast: Cast, measured: Measured, connection: asyncpg.Connection
) -> None:
    values = [await _approved(cast, period) for period in measured.periods]
    for named in (values[0], None):
        with pytest.raises(asyncpg.CheckViolationError, match="approved one of its last period"):
            await connection.execute(
                "UPDATE indicator SET latest_value = $1 WHERE id = $2", named, measured.indicator
            )
    assert await _latest(connection, measured) == values[2]
