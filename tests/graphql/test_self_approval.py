"""Nobody approves their own, by any path: one walk through every approval there is, in every hat.

The author is one person, who made everything there is to judge: the proposals, what was asked of
the mayors, the milestones and values (handed in one by one and in a batch), the plan changes. They
come in each of the hats, all of which would do if the work were not their own; all verdicts are
tried in one document, and each by itself in two hats that have all the rights between them.
Somebody else then takes every one of them, just as it stands, so that what refused the author was
who they are.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests import factories
from tests.cast import Cast, email
from tests.factories import JointProject, add_period, today
from tests.graphql.conftest import Api
from tracker.domain.actor import SYSTEM, Actor, Role
from tracker.domain.database import fetch
from tracker.domain.leaving.actions import end_membership
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones.actions import MilestoneReportItem
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.outcomes import periods, reporting
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.reporting import ValueDraft, ValueReportItem
from tracker.domain.people import delegations, queries
from tracker.domain.people.actions import grant
from tracker.domain.people.delegations import DelegationPlan
from tracker.domain.people.tables import Membership
from tracker.domain.people.tokens import issue_token
from tracker.domain.plan_changes import actions as plan_changes
from tracker.domain.plan_changes.drafts import MilestoneMove, PlanChangeDraft
from tracker.domain.projects import confidentiality, raising
from tracker.domain.projects.raising import Escalation, WaiverRequest
from tracker.domain.projects.tables import DecisionKind, Requirement
from tracker.domain.roles import Permission

P, R = Permission, Role

AUTHOR = "nairobi_coordinator"
"""Who proposes, asks, hands in and reports in the factories."""

VERDICTS: tuple[tuple[str, str, Permission, str], ...] = (
    ("projectReview", "submitted", P.REVIEW, "officer"),
    ("projectReject", "submitted", P.REVIEW, "officer"),
    ("decisionGive", "endorsement of Seoul", P.DECIDE, "seoul_mayor"),
    ("decisionRefuse", "endorsement of Nairobi", P.DECIDE, "nairobi_mayor"),
    ("projectReturn", "under review", P.REVIEW, "officer"),
    ("projectAgree", "endorsed", P.REVIEW, "officer"),
    ("decisionGive", "signature of Seoul", P.DECIDE, "seoul_mayor"),
    ("decisionGive", "signature of Nairobi", P.DECIDE, "nairobi_mayor"),
    ("decisionGive", "hiding it, for Seoul", P.DECIDE, "seoul_mayor"),
    ("decisionRefuse", "hiding it, for Nairobi", P.DECIDE, "nairobi_mayor"),
    ("milestoneAccept", "milestone", P.JUDGE, "seoul_approver"),
    ("milestoneReturn", "milestone of a batch", P.JUDGE, "officer"),
    ("milestoneWaive", "begun milestone", P.JUDGE, "seoul_coordinator"),
    ("valueApprove", "value", P.JUDGE, "officer"),
    ("valueReturn", "value of a batch", P.JUDGE, "seoul_coordinator"),
    ("valueConfirm", "approved value", P.JUDGE, "seoul_coordinator"),
    ("valueDispute", "approved value", P.JUDGE, "seoul_approver"),
    ("planChangeAccept", "move", P.AGREE, "seoul_approver"),
    ("planChangeRefuse", "other move", P.AGREE, "seoul_coordinator"),
    ("periodWaive", "empty period", P.REVIEW, "officer"),
    ("periodReopen", "locked period", P.REVIEW, "officer"),
    ("periodLock", "locked period", P.REVIEW, "officer"),
    ("periodsLock", "running", P.REVIEW, "officer"),
    ("decisionAnswer", "question to Nairobi", P.DECIDE, "nairobi_mayor"),
    ("decisionAnswer", "question to the secretariat", P.REVIEW, "officer"),
    ("decisionGive", "doing without", P.REVIEW, "officer"),
    ("decisionGive", "acceptance of Nairobi", P.DECIDE, "nairobi_mayor"),
    ("projectClose", "complete", P.REVIEW, "officer"),
    ("projectReopen", "complete", P.REVIEW, "officer"),
)
"""Mutation, what it judges, the right it takes, and who takes it in the end, in this order. Risks
are nobody's to approve: whoever looks after one assesses and closes it."""

REASONS = {
    **dict.fromkeys(
        ("projectReject", "projectReturn", "projectReopen", "decisionRefuse"), "reason"
    ),
    **dict.fromkeys(("milestoneReturn", "milestoneWaive", "valueDispute"), "reason"),
    **dict.fromkeys(("planChangeRefuse", "periodWaive", "periodReopen"), "reason"),
    "valueReturn": "note",
    "decisionAnswer": "answer",
}
"""Mutation -> the argument that says why, where one is wanted."""


@dataclass(frozen=True)
class Hat:
    """What the author holds besides, and how they come in."""

    roles: tuple[tuple[Role, str], ...] = ()
    deputy_of: str = ""
    token: str = ""
    left: bool = False


HATS = {
    "as they are": Hat(),
    "as their own mayor's deputy": Hat(((R.CIO, "nairobi"),), deputy_of="nairobi"),
    "as their own mayor": Hat(((R.MAYOR, "nairobi"),)),
    "as the other mayor's deputy": Hat(((R.CIO, "seoul"),), deputy_of="seoul"),
    "as the other mayor": Hat(((R.MAYOR, "seoul"),)),
    "as the other city's approver": Hat(((R.APPROVER, "seoul"),)),
    "by a key for the other city alone": Hat(((R.COORDINATOR, "seoul"),), token="seoul"),
    "as an officer": Hat(((R.OFFICER, ""),)),
    "as an administrator, by a key": Hat(((R.ADMINISTRATOR, ""),), token="all"),
    "as an officer who has left the city": Hat(((R.OFFICER, ""),), left=True),
    "as the other city's, who has left their own": Hat(
        ((R.CIO, "seoul"), (R.MAYOR, "seoul")), deputy_of="seoul", left=True
    ),
}
"""In this order: nobody comes back to the city that they left."""

ONE_BY_ONE = ("as the other mayor's deputy", "as an officer")

JUDGED = ("project", "decision", "milestone", "period", "value", "verdict", "plan_change")


async def test_nobody_approves_their_own_by_any_path(api: Api, cast: Cast) -> None:
    subjects = await _made(cast)
    rights = set[Permission]()
    for name, hat in HATS.items():
        async with _worn(cast, hat) as author:
            before = await _standing()
            rights |= {each for _, _, each, _ in VERDICTS if _may(cast, author, each)}
            every = [(verb, subjects[subject]) for verb, subject, *_ in VERDICTS]
            codes = await _said(api, author, *every)
            assert dict(zip(every, codes, strict=True)) == dict.fromkeys(every, "FORBIDDEN"), name
            for one in every if name in ONE_BY_ONE else []:
                assert await _said(api, author, one) == ["FORBIDDEN"], (name, one)
            assert await _standing() == before, name
    assert rights == {each for _, _, each, _ in VERDICTS}, "the hats would do for others' work"
    for verb, subject, _, who in VERDICTS:
        assert await _said(api, cast[who], (verb, subjects[subject])) == [""], (verb, subject)


def _may(cast: Cast, actor: Actor, right: Permission) -> bool:
    return actor.may_in(right, (None, cast.seoul, cast.nairobi))


async def _said(api: Api, actor: Actor, *verdicts: tuple[str, str]) -> list[str]:
    """The code of what stands in the way of each, all asked in one document; "" where nothing."""
    fields = []
    for place, (verb, number) in enumerate(verdicts):
        fields.append(f"v{place}: {verb}({_arguments(verb, number)}) {{ problems {{ code }} }}")
    found = await api.data(f"mutation {{ {' '.join(fields)} }}", actor=actor)
    return ["; ".join(each["code"] for each in said["problems"]) for said in found.values()]


def _arguments(verb: str, number: str) -> str:
    if verb == "periodsLock":
        return f'projectId: "{number}", endedBy: "{today(-3)}"'
    why = f', {REASONS[verb]}: "So it is."' if verb in REASONS else ""
    return f'id: "{number}"{why}'


async def _standing() -> dict[str, Any]:
    """Everything that a verdict could change, and how much the trail says of it."""
    rows = {name: await fetch(f"SELECT * FROM {name} ORDER BY id") for name in JUDGED}
    [told] = await fetch("SELECT count(*) FROM audit_event WHERE project IS NOT NULL")
    return {**rows, "told": told["count"]}


@asynccontextmanager
async def _worn(cast: Cast, hat: Hat) -> AsyncIterator[Actor]:
    """The author in that hat, as a door would hand them in."""
    number = cast[AUTHOR].person_id or 0
    if hat.left:
        await _end(number, {cast.nairobi})
    for role, city in hat.roles:
        await grant(SYSTEM, number, getattr(cast, city) if city else None, role)
    running = await _delegated(cast, hat.deputy_of) if hat.deputy_of else 0
    actor = await queries.actor_by_email(email(AUTHOR))
    assert actor
    if hat.token:
        city_id = getattr(cast, hat.token, None)
        _, secret = await issue_token(actor, number, city_id=city_id)
        found = await queries.actor_by_token(secret)
        assert found
        actor = found[0]
    yield actor
    if running:
        await delegations.end_delegation(cast[f"{hat.deputy_of}_mayor"], running)
    added = {(role.value, getattr(cast, city) if city else None) for role, city in hat.roles}
    for row in await _held(number):
        if (row["role"], row["city"]) in added:
            await end_membership(SYSTEM, row["id"], left_to_city=True)


async def _delegated(cast: Cast, city: str) -> int:
    """The number of a delegation by which the city's mayor has the author decide today."""
    zone = {"seoul": "Asia/Seoul", "nairobi": "Africa/Nairobi"}[city]
    days = {"starts_on": today(0, zone), "ends_on": today(9, zone)}
    plan = DelegationPlan(person_id=cast[AUTHOR].person_id or 0, **days)
    return (await delegations.grant(cast[f"{city}_mayor"], getattr(cast, city), plan)).id


async def _end(number: int, city_ids: set[int]) -> None:
    for row in await _held(number):
        if row["city"] in city_ids:
            await end_membership(SYSTEM, row["id"], left_to_city=True)


async def _held(number: int) -> list[dict[str, Any]]:
    return await Membership.select(Membership.id, Membership.role, Membership.city).where(
        Membership.person == number, Membership.ended_at.is_null()
    )


async def _made(cast: Cast) -> dict[str, str]:
    """What the author made, under the names of VERDICTS: global ids."""
    states = {
        "submitted": ("submitted", ()),
        "under review": ("under_review", ()),
        "endorsed": ("under_review", ("decide",)),
        "signed": ("agreed", ()),
        "running": ("active", ()),
        "complete": ("finalising", ("approve", "evaluate")),
    }
    projects = {}
    for name, (state, steps) in states.items():
        projects[name] = await factories.joint_project(cast, state)
        await factories.advance(cast, projects[name], *steps)
    found = {name: f"Project:{project.id}" for name, project in projects.items()}
    found |= await _decisions(projects["under review"], "endorsement of {}")
    found |= await _decisions(projects["signed"], "signature of {}")
    running = projects["running"]
    found |= await _decisions(projects["complete"], "acceptance of {}")
    found |= await _raised(cast, running)
    await confidentiality.ask_conceal(cast[AUTHOR], running.id, "The tender is open.")
    found |= await _decisions(running, "hiding it, for {}", DecisionKind.CONCEAL)
    return found | await _milestones(cast, running) | await _values(cast, running)


async def _decisions(project: JointProject, named: str, kind: str = "") -> dict[str, str]:
    """The project's pending decisions, of that kind if one is given, by the names of cities."""
    rows = await fetch(
        "SELECT d.id, c.name FROM decision d JOIN city c ON c.id = d.city"
        " WHERE d.project = $1 AND d.state = 'pending' AND $2 IN ('', d.kind)",
        project.id,
        kind,
    )
    return {named.format(row["name"]): f"Decision:{row['id']}" for row in rows}


async def _raised(cast: Cast, project: JointProject) -> dict[str, str]:
    """Questions to a mayor and to the secretariat, and the wish to do without something."""
    mayor = Escalation(question="Who pays?", city_id=cast.nairobi)
    office = Escalation(question="Who pays?")
    without = WaiverRequest(requirement=Requirement.FINISHED, question="The hall burnt down.")
    rows = {
        "question to Nairobi": await raising.escalate(cast[AUTHOR], project.id, mayor),
        "question to the secretariat": await raising.escalate(cast[AUTHOR], project.id, office),
        "doing without": await raising.ask_waiver(cast[AUTHOR], project.id, without),
    }
    return {name: f"Decision:{row.id}" for name, row in rows.items()}


async def _milestones(cast: Cast, project: JointProject) -> dict[str, str]:
    """One handed in by itself, one in a batch, one that is begun; and two moves of open ones."""
    author, link = cast[AUTHOR], EvidenceLink(title="Screens", url="https://example.org/a")
    made = [(await factories.add_milestone(cast, project.id)).id for _ in range(4)]
    report = MilestoneReportItem(
        milestone_id=made[0], completed_on=today(-2), evidence=[link]
    )  # fmt: skip
    await milestones.submit(author, project.milestone_id, report)
    await milestones.report_all(author, [report])
    await milestones.start(author, made[1])
    found = {
        "milestone": f"Milestone:{project.milestone_id}",
        "milestone of a batch": f"Milestone:{made[0]}",
        "begun milestone": f"Milestone:{made[1]}",
    }
    for name, number in (("move", made[2]), ("other move", made[3])):
        move = MilestoneMove(milestone_id=number, due_on=today(60))
        draft = PlanChangeDraft(reason="The tender was repeated.", moves=[move])
        change = await plan_changes.propose(author, project.id, cast.nairobi, draft)
        found[name] = f"PlanChange:{change.id}"
    return found


async def _values(cast: Cast, project: JointProject) -> dict[str, str]:
    """One reported by itself, one in a batch, one approved already, and periods without any."""
    author, draft = cast[AUTHOR], ValueDraft(value=Decimal(12))
    spans = [(today(-60 + 2 * n), today(-59 + 2 * n)) for n in range(4)]
    plans = [PeriodPlan(starts_on=first, ends_on=last) for first, last in spans]
    more = [(await add_period(cast, project.indicator_id, plan)).id for plan in plans]
    first = await reporting.report(author, project.period_id, cast.nairobi, draft)
    batch = [
        ValueReportItem(period_id=number, city_id=cast.nairobi, value=Decimal(12))
        for number in more[:2]
    ]
    second, third = await reporting.report_all(author, batch)
    await reporting.approve(cast.officer, third.id)
    await periods.lock_period(cast.officer, more[3])
    return {
        "value": f"Value:{first.id}",
        "value of a batch": f"Value:{second.id}",
        "approved value": f"Value:{third.id}",
        "empty period": f"Period:{more[2]}",
        "locked period": f"Period:{more[3]}",
    }
