"""When a plan may change: never between a mayor's decision and its effect, nor after the end."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest

from tests import factories
from tests.cast import Cast
from tests.factories import JointProject, today
from tracker.domain.errors import Invalid
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones import attaching, moving
from tracker.domain.milestones.actions import MilestonePlan
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.outcomes import actions as outcomes
from tracker.domain.outcomes import periods
from tracker.domain.outcomes.actions import IndicatorPlan, PeriodPlan, ResultPlan
from tracker.domain.outcomes.tables import Benefit, ResultType

PLAN = MilestonePlan(title="Portal", due_on=today(30))
RESULT = ResultPlan(type=ResultType.OUTPUT, title="Staff are trained", benefit=Benefit.BOTH)
LINK = EvidenceLink(title="Screenshots", url="https://example.org/portal")

OPEN = ("draft", "submitted", "returned", "active", "suspended", "finalising")
DECIDING = {
    "under_review": "to change it, have the proposal returned",
    "agreed": "propose to move a milestone, with a reason",
}
ENDED = ("closed", "cancelled", "rejected", "withdrawn")


def _changes(cast: Cast, project: JointProject) -> dict[str, Awaitable[Any]]:
    """Every way to change a plan without moving a due date, each by whoever may."""
    actor = cast.nairobi_coordinator
    draft = vars(factories.indicator_draft(title="Days to a building permit"))
    kept = {name: draft[name] for name in draft if name not in ("periods", "dimensions")}
    indicator = IndicatorPlan(**kept)
    later = PeriodPlan(starts_on=today(10), ends_on=today(10) + timedelta(days=30))
    return {
        "add": milestones.add(actor, project.id, cast.nairobi, PLAN),
        "edit": milestones.edit(actor, project.milestone_id, PLAN),
        "add_result": outcomes.add_result(actor, project.id, RESULT),
        "add_indicator": outcomes.add_indicator(
            actor, project.result_id, factories.indicator_draft()
        ),
        "edit_indicator": outcomes.edit_indicator(actor, project.indicator_id, indicator),
        "add_period": periods.add_period(actor, project.indicator_id, later),
    }


PROPOSED = {"add", "add_indicator", "add_period"}


async def _refusals(changes: dict[str, Awaitable[Any]]) -> dict[str, str]:
    """What is refused, with the message."""
    refused = {}
    for name, change in changes.items():
        try:
            await change
        except Invalid as refusal:
            refused[name] = str(refusal)
    return refused


@pytest.mark.parametrize("state", OPEN)
async def test_plan_that_is_open(cast: Cast, state: str) -> None:
    project = await factories.joint_project(cast, state)
    refused = await _refusals(_changes(cast, project))
    # Work is finalised once every milestone is settled, and a settled one stays as it is; once
    # the plan is agreed, another milestone and another measure take both sides.
    agreed = PROPOSED if state in ("active", "suspended", "finalising") else set()
    assert set(refused) == agreed | ({"edit"} if state == "finalising" else set())


@pytest.mark.parametrize("state", DECIDING)
async def test_plan_that_the_mayors_decide_on(cast: Cast, state: str) -> None:
    project = await factories.joint_project(cast, state)
    changes = _changes(cast, project)
    refused = await _refusals(
        changes | {"remove": milestones.remove(cast.nairobi_coordinator, project.milestone_id)}
    )
    closed = {*changes, "remove"} - ({"add_result"} if state == "agreed" else set())
    assert set(refused) == closed
    assert all(DECIDING[state] in refused[name] for name in closed - PROPOSED - {"remove"})
    if state == "agreed":
        assert all("propose this as a plan change" in refused[name] for name in PROPOSED)


async def test_due_date_while_the_mayors_decide(cast: Cast) -> None:
    reviewed = await factories.joint_project(cast, "under_review")
    with pytest.raises(Invalid, match="have the proposal returned"):
        await moving.move(cast.nairobi_coordinator, reviewed.milestone_id, today(40), "Rain.")
    agreed = await factories.joint_project(cast, "agreed")
    row = await factories.move_milestone(cast, agreed.milestone_id, today(40), "Rain.")
    assert (row.moves, row.baseline_due_on) == (1, today(30))


@pytest.mark.parametrize("state", ENDED)
async def test_plan_of_a_project_that_has_ended(cast: Cast, state: str) -> None:
    project = await factories.joint_project(cast, state)
    actor, number = cast.nairobi_coordinator, project.milestone_id
    changes = _changes(cast, project) | {
        "move": moving.move(actor, number, today(40), "Rain."),
        "attach": attaching.attach(actor, number, [LINK]),
        "remove": milestones.remove(actor, number),
    }
    refused = await _refusals(changes)
    assert set(refused) == set(changes)
    agreed = state in ("closed", "cancelled")
    words = dict.fromkeys(changes, state) | ({"remove": "is agreed"} if agreed else {})
    assert all(words[name] in refused[name] for name in changes)
