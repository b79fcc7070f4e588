"""Budget lines: part of the plan, under the plan's rules, the partners' business alone."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests import factories
from tests.cast import Cast
from tests.domain.test_visibility import INSIDE, NAIROBI, _viewers
from tracker.domain.audit import AuditEvent
from tracker.domain.budgets import actions, rules
from tracker.domain.budgets.actions import BudgetLinePlan
from tracker.domain.budgets.tables import BudgetLine
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound

PLAN = BudgetLinePlan(
    title="Portal", amount=Decimal("1500000.50"), currency="kes", value_on=date(2026, 3, 2)
)


async def _line(cast: Cast, project_id: int) -> BudgetLine:
    return await actions.add(cast.seoul_coordinator, project_id, cast.nairobi, PLAN)


async def test_line_is_added_edited_and_removed_and_the_trail_tells_so(cast: Cast) -> None:
    project = await factories.joint_project(cast, "submitted")
    line = await _line(cast, project.id)
    assert (line.currency, line.amount) == ("KES", Decimal("1500000.50"))
    dearer = replace(PLAN, amount=Decimal(2))
    line = await actions.edit(cast.nairobi_coordinator, line.id, dearer, line.version)
    with pytest.raises(Conflict, match="amount"):
        await actions.remove(cast.nairobi_coordinator, line.id, line.version - 1)
    await actions.remove(cast.nairobi_coordinator, line.id, line.version)
    assert not await BudgetLine.count()
    trail = AuditEvent.select().where(AuditEvent.subject_type == "budget_line")
    events = await trail.order_by(AuditEvent.id)
    assert [event["verb"] for event in events] == ["add", "edit", "remove"]


async def test_line_everything_wrong_is_said_at_once(cast: Cast) -> None:
    project = await factories.joint_project(cast, "submitted")
    bad = BudgetLinePlan(
        title=" ", amount=Decimal("-0.001"), currency="XQZ", value_on=date(1200, 1, 1)
    )
    with pytest.raises(Invalid) as refusal:
        await actions.add(cast.nairobi_coordinator, project.id, cast.lima, bad)
    assert set(refusal.value.fields) == {"title", "amount", "currency", "value_on", "city_id"}


@pytest.mark.parametrize(
    ("currency", "day", "good"),
    [
        ("DEM", date(2001, 1, 1), True),
        ("DEM", date(2026, 1, 1), False),
        ("EUR", date(1998, 1, 1), False),
        ("KRW", date(2026, 1, 1), True),
    ],
)
async def test_currency_must_be_in_use_on_the_value_date(
    cast: Cast, currency: str, day: date, good: bool
) -> None:
    project = await factories.joint_project(cast, "submitted")
    plan = replace(PLAN, currency=currency, value_on=day)
    if good:
        await actions.add(cast.nairobi_coordinator, project.id, cast.nairobi, plan)
    else:
        with pytest.raises(Invalid, match="not yet, in use"):
            await actions.add(cast.nairobi_coordinator, project.id, cast.nairobi, plan)


@pytest.mark.parametrize("who", ["nairobi_mayor", "officer", "auditor"])
async def test_only_the_partners_coordinators_plan_costs(cast: Cast, who: str) -> None:
    project = await factories.joint_project(cast, "submitted")
    line = await _line(cast, project.id)
    with pytest.raises(Forbidden, match="coordinator of a partner city"):
        await actions.add(cast[who], project.id, cast.nairobi, PLAN)
    with pytest.raises(Forbidden, match="coordinator of a partner city"):
        await actions.edit(cast[who], line.id, PLAN)
    with pytest.raises(NotFound):
        await actions.edit(cast.lima_coordinator, line.id, PLAN)


async def test_work_in_kind_counts_in_person_days_and_need_not_be_valued(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    actor, kind = cast.nairobi_coordinator, replace(PLAN, amount=None, currency=None)
    plan = replace(kind, person_days=Decimal("12.5"))
    line = await actions.add(actor, project.id, cast.nairobi, plan)
    assert [line.amount, line.currency, line.person_days] == [None, None, Decimal("12.5")]
    for bad, field in (
        (kind, "amount"),
        (replace(plan, currency="KES"), "currency"),
        (replace(plan, person_days=Decimal("-1")), "person_days"),
        (replace(plan, amount=Decimal(5)), "currency"),
    ):
        with pytest.raises(Invalid) as refusal:
            await actions.edit(actor, line.id, bad)
        assert set(refusal.value.fields) == {field}


@pytest.mark.parametrize("state", ["under_review", "agreed", "active", "closed"])
async def test_line_of_a_closed_plan_stays_as_it_is(cast: Cast, state: str) -> None:
    project = await factories.joint_project(cast, "draft")
    line = await actions.add(cast.nairobi_coordinator, project.id, cast.nairobi, PLAN)
    await factories.advance(cast, project, *factories.projects.ROUTES[state])
    with pytest.raises(Invalid):
        await actions.edit(cast.nairobi_coordinator, line.id, replace(PLAN, amount=Decimal(1)))
    with pytest.raises(Invalid):
        await actions.remove(cast.nairobi_coordinator, line.id)


@pytest.mark.parametrize("state", ["draft", "submitted", "agreed", "active", "closed"])
async def test_lines_are_never_public(cast: Cast, state: str) -> None:
    project = await factories.joint_project(cast, "draft")
    await actions.add(cast.nairobi_coordinator, project.id, cast.nairobi, PLAN)
    await factories.advance(cast, project, *factories.projects.ROUTES[state])
    expected = NAIROBI if state == "draft" else INSIDE
    assert await _viewers(cast, BudgetLine, rules.visible) == expected
