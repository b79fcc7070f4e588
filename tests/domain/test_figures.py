"""The figures kept of each project are what they would be if worked out anew, at every commit,
whoever wrote and however."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

import asyncpg
import pytest

from tests import factories
from tests.cast import Cast
from tests.domain.kept import require_true
from tests.domain.test_budgets import PLAN
from tests.domain.waiting import blocked
from tests.factories import JointProject, indicator_draft, today
from tracker.domain.errors import Refusal
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones.actions import MilestonePlan, MilestoneReport
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.milestones.tables import Milestone
from tracker.domain.outcomes import actions as outcomes
from tracker.domain.outcomes import periods as spans
from tracker.domain.outcomes import reporting
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.tables import Indicator, Period, Value
from tracker.domain.plan_changes.drafts import PlanChangeDraft, WeightChange

PERIODS = [PeriodPlan(starts_on=today(a), ends_on=today(a + 9), target_value=Decimal(a + 90))
           for a in (-60, -45, -30, -15, 20)]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
async def test_figures_after_random_actions(
    cast: Cast, connection: asyncpg.Connection, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 -- a lottery with a seed
    project = await factories.joint_project(cast, "agreed" if seed == 2 else "active")
    await factories.add_indicator(
        cast, project.id, ascending=True, baseline_value=Decimal(10), periods=PERIODS
    )
    done, left = 0, 400
    while done < 10 and (left := left - 1):
        try:
            await chance.choice(DEEDS)(cast, project, chance)
            done += 1
        except (Refusal, IndexError):
            continue
        await require_true(connection)
    assert done == 10


async def _add(cast: Cast, project: JointProject, chance: random.Random) -> None:
    plan = MilestonePlan(
        title="Step", due_on=today(chance.randint(-50, 100)), weight=chance.randint(1, 9)
    )
    city = chance.choice([cast.nairobi, cast.seoul])
    await factories.agree_milestone(cast, project.id, city, plan)


async def _of_milestone(cast: Cast, project: JointProject, chance: random.Random) -> None:
    rows = await Milestone.objects().where(Milestone.project == project.id).order_by(Milestone.id)
    row = chance.choice(rows)
    owner, other = (
        (cast.nairobi_coordinator, cast.seoul_coordinator)
        if row.city == cast.nairobi
        else (cast.seoul_coordinator, cast.nairobi_coordinator)
    )
    day = today(chance.randint(-60, 120))
    link = EvidenceLink(title="Photo", url="https://example.org/photo")
    match chance.choice(["move", "move", "move", "submit", "accept", "miss", "waive", "return",
                         "reweigh", "remove"]):  # fmt: skip
        case "move":
            await factories.move_milestone(cast, row.id, day, "The supplier is late.")
        case "submit":
            report = MilestoneReport(completed_on=today(-chance.randint(2, 50)), evidence=[link])
            await milestones.submit(owner, row.id, report)
        case "accept":
            await milestones.accept(other, row.id)
        case "return":
            await milestones.return_(other, row.id, "Which one?")
        case "miss":
            await milestones.miss(owner, row.id, "Not in time.")
        case "waive":
            await milestones.waive(other, row.id, "No longer needed.")
        case "reweigh":
            weight = WeightChange(milestone_id=row.id, weight=chance.randint(1, 9))
            draft = PlanChangeDraft(reason="It is more work.", weights=[weight])
            await factories.agree_change(cast, project.id, row.city, draft)
        case _:
            await milestones.remove(owner, row.id)


async def _of_outcome(cast: Cast, project: JointProject, chance: random.Random) -> None:
    periods = await Period.objects().where(Period.project == project.id).order_by(Period.id)
    values = await Value.objects().where(Value.project == project.id).order_by(Value.id)
    period, number = chance.choice(periods), Decimal(chance.randint(0, 100))
    author, judge = cast.nairobi_coordinator, cast.seoul_approver
    match chance.choice(["report", "report", "approve", "approve", "correct", "waive", "add",
                         "edit", "remove"]):  # fmt: skip
        case "report":
            await reporting.report(author, period.id, cast.nairobi, ValueDraft(value=number))
        case "approve":
            await reporting.approve(judge, chance.choice(values).id)
        case "correct":
            value = chance.choice(values)
            await reporting.correct(author, value.id, ValueDraft(value=number), "Counted twice.")
        case "waive":
            await spans.waive_period(cast.officer, period.id, "The register was down.")
        case "remove":
            await spans.remove_period(author, period.id)
        case "add":
            await factories.add_indicator(cast, project.id, title=f"Share {number}")
        case _:
            indicator = await Indicator.objects().where(Indicator.project == project.id).first()
            assert indicator
            draft = replace(indicator_draft(), ascending=True, baseline_value=number)
            await outcomes.edit_indicator(author, indicator.id, draft)


DEEDS: list[Callable[[Cast, JointProject, random.Random], Awaitable[None]]] = [
    _add, _of_milestone, _of_milestone, _of_milestone, _of_outcome, _of_outcome,
]  # fmt: skip


STATEMENTS = (
    "UPDATE milestone SET due_on = due_on - 50, weight = weight + 1",
    "UPDATE milestone SET due_on = due_on + 1 WHERE id = (SELECT min(id) FROM milestone)",
    "UPDATE milestone SET moves = moves + 2",
    "UPDATE milestone SET state = 'submitted', completed_on = due_on + 3"
    " WHERE id = (SELECT min(id) FROM milestone)",
    "UPDATE milestone SET due_on = due_on + 1 WHERE state = 'submitted'",
    "UPDATE milestone SET state = 'accepted', completed_on = due_on - 3"
    " WHERE id = (SELECT min(id) FROM milestone)",
    "UPDATE milestone SET due_on = due_on + 9 WHERE state = 'accepted'",
    "UPDATE milestone SET state = 'waived', state_reason = 'x'"
    " WHERE id = (SELECT max(id) FROM milestone)",
    "UPDATE city SET time_zone = 'Pacific/Honolulu' WHERE id IN (SELECT city FROM milestone)",
    "UPDATE project SET amber_days = 0, red_days = 2, stale_days = 3",
    "UPDATE value SET value = 3, created_at = created_at - interval '90 days'",
    "UPDATE value SET state = 'superseded'",
    "UPDATE period SET target_value = 77",
    "UPDATE indicator SET baseline_value = 5",
    "UPDATE period SET waived_reason = 'x'",
    "DELETE FROM milestone WHERE state = 'waived'",
)
"""One after another, past the actions."""


ACHIEVEMENTS = (
    "UPDATE value SET value = value + 1",
    "UPDATE period SET target_value = 77",
    "UPDATE indicator SET baseline_value = 5",
    "UPDATE period SET target_value = 5",
    "UPDATE value SET state = 'superseded'",
    "UPDATE value SET state = 'approved'",
    "DELETE FROM verdict; DELETE FROM value",
)
"""The same for how far an indicator came."""


ROWS = (
    "UPDATE project SET state = 'suspended', state_reason = 'x', reported_health = 'red'",
    "UPDATE project SET themes = '{tax}', sdg_goals = '{1}', planned_end_on = planned_end_on + 1",
    "UPDATE project SET confidential = true",
    "UPDATE city SET region_code = '019' WHERE id IN (SELECT recipient_city FROM project)",
    "UPDATE budget_line SET amount = amount + 1",
    "UPDATE budget_line SET currency = 'EUR' WHERE id = (SELECT min(id) FROM budget_line)",
    "UPDATE budget_line SET amount = NULL, currency = NULL, person_days = 2"
    " WHERE id = (SELECT max(id) FROM budget_line)",
    "DELETE FROM plan_change_item; DELETE FROM budget_line",
)
"""The same for what the portfolio counts a project under."""


async def test_portfolio_rows_after_statements_past_the_actions(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    project = await factories.joint_project(cast, "active")
    for currency in ("KES", "USD", "KRW", "CHF"):
        plan = replace(PLAN, currency=currency)
        await factories.add_budget_line(cast, project.id, cast.seoul, plan)
        await require_true(connection)
    for statement in ROWS:
        before = await connection.fetch("SELECT * FROM portfolio_row")
        await connection.execute(statement)
        await require_true(connection)
        assert await connection.fetch("SELECT * FROM portfolio_row") != before, statement


async def test_figures_after_statements_past_the_actions(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    project = await factories.joint_project(cast, "draft")
    for days in (2, 3, 60):
        await factories.add_milestone(cast, project.id, due_on=today(days))
    await factories.advance(cast, project, *factories.projects.ROUTES["active"])
    await factories.value(cast, project, "approved")
    for statement in STATEMENTS:
        before = await connection.fetch("SELECT * FROM project_figures")
        await connection.execute(statement)
        await require_true(connection)
        assert await connection.fetch("SELECT * FROM project_figures") != before, statement
    await connection.execute("SELECT figures_rebuild()")
    await require_true(connection)


async def test_figures_after_changes_at_once(cast: Cast, connection: asyncpg.Connection) -> None:
    project = await factories.joint_project(cast, "active")
    steps = [await factories.add_milestone(cast, project.id) for _ in range(4)]
    await asyncio.gather(
        *(
            factories.move_milestone(cast, step.id, today(40 + n), "Rain.")
            for n, step in enumerate(steps)
        )
    )
    await require_true(connection)
    async with connection.transaction():
        await connection.execute("UPDATE milestone SET moves = 9 WHERE id = $1", steps[0].id)
        waiting = asyncio.create_task(
            milestones.waive(cast.seoul_coordinator, steps[1].id, "Not needed.")
        )
        await blocked(connection)
    await waiting
    await require_true(connection)
    assert await connection.fetchval(
        "SELECT moves FROM project_figures WHERE project = $1", project.id
    ) == 11  # fmt: skip


async def test_achievements_after_statements_past_the_actions(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    project = await factories.joint_project(cast, "active")
    await factories.value(cast, project, "approved")
    for statement in ACHIEVEMENTS:
        before = await connection.fetch("SELECT * FROM indicator_figures")
        await connection.execute(statement)
        await require_true(connection)
        assert await connection.fetch("SELECT * FROM indicator_figures") != before, statement
    await connection.execute("SELECT figures_rebuild()")
    await require_true(connection)


async def test_project_without_figures_is_refused(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    await factories.joint_project(cast)
    for table, named in (
        ("project_figures", "project_has_figures"),
        ("portfolio_row", "project_has_portfolio_row"),
        ("indicator_figures", "indicator_has_figures"),
    ):
        with pytest.raises(asyncpg.ForeignKeyViolationError, match=named):
            await connection.execute(f"DELETE FROM {table}")
