"""What stands between a project and its next state: each guard, and all of them at once."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from tests import factories
from tests.cast import Cast
from tests.factories import JointProject, today
from tracker.domain.database import fetch
from tracker.domain.errors import Invalid
from tracker.domain.milestones import actions as milestones
from tracker.domain.outcomes import actions as outcomes
from tracker.domain.outcomes import periods, reporting
from tracker.domain.outcomes.actions import PeriodPlan, ResultPlan
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.tables import Benefit, Measure, ResultType
from tracker.domain.projects import decisions, lifecycle
from tracker.domain.projects.tables import Decision

SIGNED = ("submit", "review", "decide", "agree", "decide")
"""From a draft to an agreement with both signatures."""


async def _unmet(cast: Cast, project: JointProject, step: str) -> Mapping[str, Sequence[str]]:
    """Why the step is refused."""
    with pytest.raises(Invalid) as refusal:
        await factories.advance(cast, project, step)
    return refusal.value.fields


async def _decisions(project: JointProject, city_id: int) -> list[Decision]:
    return await Decision.objects().where(
        Decision.project == project.id, Decision.city == city_id, Decision.state == "pending"
    )


async def test_agree_without_endorsements(cast: Cast) -> None:
    project = await factories.joint_project(cast, "under_review")
    message = "The mayor's endorsement is missing from {}; remind them of the open decision."
    assert await _unmet(cast, project, "agree") == {"state": [message.format("Nairobi; Seoul")]}
    [pending] = await _decisions(project, cast.seoul)
    await decisions.give(cast.seoul_mayor, pending.id)
    assert await _unmet(cast, project, "agree") == {"state": [message.format("Nairobi")]}


async def test_agree_with_a_refused_endorsement(cast: Cast) -> None:
    project = await factories.joint_project(cast, "under_review")
    [pending] = await _decisions(project, cast.seoul)
    await decisions.refuse(cast.seoul_mayor, pending.id, "Too dear.")
    await factories.decide(cast, project.id)
    assert "Seoul" in (await _unmet(cast, project, "agree"))["state"][0]


async def test_endorsement_of_an_older_proposal_counts_no_more(cast: Cast) -> None:
    project = await factories.joint_project(cast, "under_review")
    await factories.advance(cast, project, "decide", "return", "submit", "review")
    assert "Nairobi; Seoul" in (await _unmet(cast, project, "agree"))["state"][0]
    await factories.advance(cast, project, "decide", "agree")


async def test_start_with_everything_missing(cast: Cast) -> None:
    project = await factories.joint_project(cast, "agreed", planned=False)
    with pytest.raises(Invalid) as refusal:
        await lifecycle.start(cast.seoul_coordinator, project.id, today(2))
    assert refusal.value.fields["state"] == [
        "The signature is missing from Nairobi; Seoul; remind them of the open decision.",
        "There is no milestone yet; add at least one.",
        "No indicator with a baseline and a target shows the benefit for: donor, recipient;"
        " add one.",
    ]
    assert "is in the future" in refusal.value.fields["actual_start_on"][0]
    assert len(refusal.value.fields) == 2


@pytest.mark.parametrize("benefit", Benefit)
async def test_start_without_an_indicator_for_a_side_that_claims(
    cast: Cast, benefit: Benefit
) -> None:
    project = await factories.joint_project(cast, planned=False)
    await factories.add_milestone(cast, project.id)
    plan = ResultPlan(type=ResultType.OUTPUT, title="Staff are trained", benefit=benefit)
    await outcomes.add_result(cast.nairobi_coordinator, project.id, plan)
    await factories.advance(cast, project, *SIGNED)
    claims = {"donor", "recipient"} if benefit == Benefit.BOTH else {benefit.value}
    [message] = (await _unmet(cast, project, "start"))["state"]
    assert {side for side in ("donor", "recipient") if side in message} == claims


@pytest.mark.parametrize(
    "changes",
    [
        {"baseline_value": None, "baseline_on": None},
        {"periods": []},
        {"periods": [PeriodPlan(starts_on=today(-50), ends_on=today(-10))]},
    ],
    ids=["no baseline", "no period", "no target"],
)
async def test_start_with_an_indicator_that_shows_nothing(
    cast: Cast, changes: dict[str, object]
) -> None:
    project = await factories.joint_project(cast, planned=False)
    await factories.add_milestone(cast, project.id)
    await factories.add_indicator(cast, project.id, **changes)
    await factories.advance(cast, project, *SIGNED)
    assert "donor, recipient" in (await _unmet(cast, project, "start"))["state"][0]


async def test_start_with_a_qualitative_indicator(cast: Cast) -> None:
    project = await factories.joint_project(cast, planned=False)
    await factories.add_milestone(cast, project.id)
    qualitative = {"measure": Measure.QUALITATIVE, "baseline_value": None, "baseline_on": None}
    await factories.add_indicator(cast, project.id, **qualitative, periods=[])
    await factories.advance(cast, project, *SIGNED, "start")


async def test_finalise_with_open_milestones(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    second = await factories.add_milestone(cast, project.id, title="Staff are trained")
    message = "Not yet accepted or waived: {}; settle each of them first."
    both = message.format("Permit portal is live; Staff are trained")
    assert await _unmet(cast, project, "finalise") == {"state": [both]}
    await milestones.waive(cast.officer, second.id, "Trained by others.")
    one = message.format("Permit portal is live")
    assert await _unmet(cast, project, "finalise") == {"state": [one]}
    await factories.advance(cast, project, "settle", "finalise")


async def test_finalise_before_the_work_began(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    with pytest.raises(Invalid) as refusal:
        await lifecycle.finalise(cast.nairobi_coordinator, project.id, today(-100))
    assert set(refusal.value.fields) == {"state", "actual_end_on"}
    assert "Work began on" in refusal.value.fields["actual_end_on"][0]


async def test_close_with_everything_missing(cast: Cast) -> None:
    project = await factories.joint_project(cast, "finalising")
    assert await _unmet(cast, project, "close") == {
        "state": [
            "No approved value, and no waiver with a reason, for: Days to a permit"
            f" ({today(-50)} – {today(-10)}); approve or waive each.",
            "The closing evaluation is missing from Nairobi; Seoul; submit it first.",
        ]
    }
    await factories.evaluate(cast, project.id, "seoul")
    assert "missing from Nairobi;" in (await _unmet(cast, project, "close"))["state"][1]


async def test_close_with_a_submitted_value(cast: Cast) -> None:
    project = await factories.joint_project(cast, "finalising")
    await factories.evaluate(cast, project.id)
    await factories.value(cast, project, "submitted")
    assert "No approved value" in (await _unmet(cast, project, "close"))["state"][0]


async def test_close_with_a_waived_value(cast: Cast) -> None:
    project = await factories.joint_project(cast, "finalising")
    await factories.evaluate(cast, project.id)
    await periods.waive_period(cast.officer, project.period_id, "The register burned.")
    await factories.advance(cast, project, "close")


async def test_close_with_a_corrected_value(cast: Cast) -> None:
    project = await factories.joint_project(cast, "finalising")
    await factories.evaluate(cast, project.id)
    value = await factories.value(cast, project, "approved")
    draft = ValueDraft(value=Decimal(13))
    await reporting.correct(cast.nairobi_coordinator, value.id, draft, "Counted twice.")
    await factories.advance(cast, project, "close")


async def test_close_before_a_period_has_ended(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    running = PeriodPlan(starts_on=today(-9), ends_on=today(2), target_value=Decimal(9))
    await factories.add_period(cast, project.indicator_id, running)
    await factories.advance(cast, project, "settle", "finalise", "evaluate")
    await factories.value(cast, project, "approved")
    await factories.advance(cast, project, "close")


async def test_close_with_a_milestone_that_is_open_again(cast: Cast) -> None:
    project = await factories.joint_project(cast, "finalising")
    await fetch(
        "UPDATE milestone SET state = 'in_progress', completed_on = NULL WHERE id = $1",
        project.milestone_id,
    )
    message = "Not yet accepted or waived: Permit portal is live; settle each of them first."
    assert (await _unmet(cast, project, "close"))["state"][0] == message
