"""What is settled is settled once, however many say so at the same moment, and whatever they say:
one answer takes effect, the others are told that there is nothing to settle any more."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from tests import factories
from tests.cast import Cast
from tests.factories import JointProject, today
from tests.graphql.conftest import Api
from tracker.domain.database import fetch
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones.actions import MilestonePlan, MilestoneReport
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.plan_changes import actions as plan_changes
from tracker.domain.plan_changes.drafts import NewMilestone, PlanChangeDraft
from tracker.domain.projects.tables import Decision

AT_ONCE = 20


@dataclass(frozen=True)
class Case:
    """A project in a state, what is to be settled in it, and who says which of the verbs."""

    state: str
    says: tuple[tuple[str, str], ...]


CASES = {
    "plan_change": Case(
        "active",
        (
            ("seoul_coordinator", 'planChangeAccept(id: "{id}")'),
            ("seoul_approver", 'planChangeRefuse(id: "{id}", reason: "No.")'),
            ("nairobi_coordinator", 'planChangeWithdraw(id: "{id}")'),
        ),
    ),
    "decision": Case(
        "under_review",
        (
            ("seoul_mayor", 'decisionGive(id: "{id}")'),
            ("seoul_mayor", 'decisionRefuse(id: "{id}", reason: "No.")'),
        ),
    ),
    "milestone": Case(
        "active",
        (
            ("seoul_coordinator", 'milestoneAccept(id: "{id}")'),
            ("officer", 'milestoneReturn(id: "{id}", reason: "Say more.")'),
        ),
    ),
    "value": Case(
        "active",
        (
            ("seoul_approver", 'valueApprove(id: "{id}")'),
            ("officer", 'valueReturn(id: "{id}", note: "Say more.")'),
        ),
    ),
    "project": Case(
        "finalising",
        (("officer", 'projectClose(id: "{id}")'), ("officer", 'projectResume(id: "{id}")')),
    ),
}


@pytest.mark.parametrize("kind", CASES)
async def test_one_answer_takes_effect(api: Api, cast: Cast, kind: str) -> None:
    case = CASES[kind]
    project = await factories.joint_project(cast, case.state)
    number = await READY[kind](cast, project)
    [before] = await fetch("SELECT max(id) AS id FROM audit_event")
    named = "".join(each.capitalize() for each in kind.split("_"))
    said = [case.says[place % len(case.says)] for place in range(AT_ONCE)]
    ends = await asyncio.gather(
        *(_say(api, cast, who, verb.format(id=f"{named}:{number}")) for who, verb in said)
    )
    assert sorted(ends) == ["", *["INVALID"] * (AT_ONCE - 1)]
    told = await fetch(
        "SELECT verb FROM audit_event WHERE id > $1 AND subject_type = $2 AND subject_id = $3",
        *(before["id"], kind, number),
    )
    assert len(told) == 1
    assert told[0]["verb"] in said[ends.index("")][1].lower()
    if kind == "plan_change":
        [made] = await fetch("SELECT count(*) FROM milestone WHERE title = 'Training'")
        assert made["count"] == (told[0]["verb"] == "accept")


async def _say(api: Api, cast: Cast, who: str, verb: str) -> str:
    found = await api.data(
        f"mutation {{ said: {verb} {{ problems {{ code }} }} }}", None, cast[who]
    )
    return ", ".join(sorted({each["code"] for each in found["said"]["problems"]}))


async def _plan_change(cast: Cast, project: JointProject) -> int:
    plan = MilestonePlan(title="Training", due_on=today(60))
    new = NewMilestone(city_id=cast.nairobi, **vars(plan))
    draft = PlanChangeDraft(reason="People must learn it.", new_milestones=[new])
    made = await plan_changes.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)
    return made.id


async def _decision(cast: Cast, project: JointProject) -> int:
    [row] = await Decision.objects().where(
        Decision.project == project.id, Decision.city == cast.seoul, Decision.state == "pending"
    )
    return row.id


async def _milestone(cast: Cast, project: JointProject) -> int:
    link = EvidenceLink(title="Screenshots", url="https://example.org/portal")
    report = MilestoneReport(completed_on=today(-2), evidence=[link])
    await milestones.submit(cast.nairobi_coordinator, project.milestone_id, report)
    return project.milestone_id


async def _value(cast: Cast, project: JointProject) -> int:
    return (await factories.value(cast, project, "submitted")).id


async def _project(cast: Cast, project: JointProject) -> int:
    await factories.advance(cast, project, "approve", "evaluate", "decide")
    return project.id


READY: dict[str, Any] = {
    "plan_change": _plan_change,
    "decision": _decision,
    "milestone": _milestone,
    "value": _value,
    "project": _project,
}
