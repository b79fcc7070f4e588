"""What can be done with a milestone: plan it, and take it to acceptance. Moving it has a module of
its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import create, load, record_gone
from tracker.domain.batches import all_of
from tracker.domain.cities.tables import City
from tracker.domain.database import transaction
from tracker.domain.discussed import require_undiscussed
from tracker.domain.edits import completed, edits
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.messages import Message, either, say, word
from tracker.domain.milestones import queries
from tracker.domain.milestones.attaching import EvidenceLink, attach_links, checked_links
from tracker.domain.milestones.moving import require_ahead
from tracker.domain.milestones.rules import EDITABLE, STEPS
from tracker.domain.milestones.sides import decided, judged, owned
from tracker.domain.milestones.tables import Evidence, Milestone, MilestoneKind
from tracker.domain.optimistic import retried
from tracker.domain.problems import Problems
from tracker.domain.projects import queries as projects
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.rules import PARTNER, RUNNING, closed_plan, proposed_only
from tracker.domain.projects.tables import Project

AGREED = say("The plan is agreed; propose another milestone with it, and have this one waived.")
AGREED_COLUMNS = ("kind", "acceptance_criteria")
"""What the two sides agreed that the milestone is, and how one tells that it is done."""


@dataclass(frozen=True, kw_only=True)
class MilestonePlan:
    """What a milestone is and when it is due."""

    title: str
    due_on: date
    kind: MilestoneKind = MilestoneKind.DELIVERABLE
    acceptance_criteria: str = ""
    weight: int = 1


@dataclass(frozen=True, kw_only=True)
class MilestoneReport:
    """What a coordinator hands in: when it was done and what shows it."""

    completed_on: date
    evidence: Sequence[EvidenceLink] = ()


@dataclass(frozen=True, kw_only=True)
class MilestoneReportItem(MilestoneReport):
    """The report of one of many milestones, and the version of it that was looked at."""

    milestone_id: int
    seen_version: int | None = None


async def add(actor: Actor, project_id: int, city_id: int, draft: MilestonePlan) -> Milestone:
    """Plan a milestone that a partner city owns, until the plan is agreed; from then on, propose a
    plan change.

    Raises Invalid, NotFound, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    plan = checked(draft, problems)
    async with transaction():
        project = await load(actor, Project, project_id, project_rules.visible)
        facts = await projects.facts(project_id, clock.now())
        if not PARTNER.holds(actor, facts):
            raise Forbidden(say("Only a coordinator of a partner city plans milestones."))
        if closed := closed_plan(project.state, adding=True) or proposed_only(project):
            problems.add("project_id", closed)
        problems.unless(
            city_id in facts.city_ids,
            "city_id",
            say("The owner must be one of the partner cities."),
        )
        require_ahead(problems, draft.due_on, project)
        problems.raise_any()
        milestone = Milestone(
            project=project_id,
            city=city_id,
            created_at=clock.now(),
            updated_at=clock.now(),
            **plan,
        )
        return await create(actor, milestone, "add")


@edits
@retried
async def edit(
    actor: Actor, milestone_id: int, draft: MilestonePlan, seen_version: int | None = None
) -> Milestone:
    """Rewrite what the milestone is. After agreement only its title may change: its due date and
    its weight by a plan change, and what both sides take it to be stays.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the owner city.
    """
    problems = Problems()
    async with decided(actor, milestone_id, "edit", seen_version) as (milestone, project):
        draft = completed(draft, milestone)
        plan = checked(draft, problems)
        if closed := closed_plan(project.state):
            problems.add("project", closed)
        problems.unless(
            milestone.state in EDITABLE,
            "state",
            say(
                "The milestone is {state}; only one that is not handed in yet, or was returned,"
                " can be edited.",
                state=word(milestone.state),
            ),
        )
        problems.unless(
            not project.agreed_at or draft.due_on == milestone.due_on,
            "due_on",
            say("The plan is agreed: propose to move the milestone instead, with a reason."),
        )
        if draft.weight != milestone.weight and (proposed := proposed_only(project)):
            problems.add("weight", proposed)
        if draft.due_on != milestone.due_on:
            require_ahead(problems, draft.due_on, project)
        if proposed_only(project):
            for name in AGREED_COLUMNS:
                problems.unless(plan[name] == getattr(milestone, name), name, AGREED)
        problems.raise_any()
        for name, value in plan.items():
            setattr(milestone, name, value)
    return milestone


@retried
async def start(actor: Actor, milestone_id: int, seen_version: int | None = None) -> Milestone:
    """Say that work on the milestone has begun."""
    async with decided(actor, milestone_id, "start", seen_version) as (milestone, project):
        _step(milestone, project, "start")
    return milestone


async def submit(
    actor: Actor, milestone_id: int, draft: MilestoneReport, seen_version: int | None = None
) -> Milestone:
    """Hand the milestone in for the other city to accept, with evidence.

    Raises Invalid when the date is in the future, lies before the project began, before the
    milestone was last missed, or before it was last returned and is not the day that it said then,
    or nothing shows that it was done; NotFound, Conflict, or Forbidden for anybody but the owner
    city.
    """
    async with owned(actor, milestone_id, "submit", seen_version) as (milestone, project):
        problems = Problems()
        links = checked_links(draft.evidence, problems)
        await _check_completed(draft.completed_on, milestone, project, problems)
        kept = await Evidence.count().where(Evidence.milestone == milestone_id)
        problems.unless(
            bool(links) or kept > 0,
            "evidence",
            say("Attach at least one link here, or a file on the milestone’s page first."),
        )
        _step(milestone, project, "submit", problems)
        milestone.completed_on = draft.completed_on
        milestone.submitted_by = actor.person_id
        await attach_links(actor, milestone, links)
    return milestone


async def report_all(actor: Actor, drafts: Sequence[MilestoneReportItem]) -> list[Milestone]:
    """Hand many milestones in at once, all or none. What is wrong with any of them is said of all
    of them, by their place in the list.

    Raises Several with what `submit` raises for each, or Invalid for none or more than 100.
    """
    return await all_of(
        drafts,
        lambda draft: submit(actor, draft.milestone_id, draft, draft.seen_version),
        by="milestone_id",
    )


async def accept(actor: Actor, milestone_id: int, seen_version: int | None = None) -> Milestone:
    """Confirm for the other side that the milestone was reached."""
    async with judged(actor, milestone_id, "accept", seen_version) as (milestone, project):
        _step(milestone, project, "accept")
    return milestone


async def return_(
    actor: Actor, milestone_id: int, reason: str, seen_version: int | None = None
) -> Milestone:
    """Send the milestone back, saying what is missing."""
    async with judged(actor, milestone_id, "return", seen_version) as (milestone, project):
        _step(milestone, project, "return", reason=reason)
        milestone.completed_on = None
        milestone.submitted_by = None
    return milestone


@retried
async def miss(
    actor: Actor, milestone_id: int, reason: str, seen_version: int | None = None
) -> Milestone:
    """Say that the milestone was not reached, and why."""
    async with decided(actor, milestone_id, "miss", seen_version) as (milestone, project):
        _step(milestone, project, "miss", reason=reason)
    return milestone


async def waive(
    actor: Actor, milestone_id: int, reason: str, seen_version: int | None = None
) -> Milestone:
    """Give the milestone up, with a reason. Like accepting, it is for the other side to say."""
    async with judged(actor, milestone_id, "waive", seen_version) as (milestone, project):
        _step(milestone, project, "waive", reason=reason)
    return milestone


async def remove(actor: Actor, milestone_id: int) -> Milestone:
    """Take the milestone out of a plan that is not agreed yet; the audit trail remembers it.

    Raises Invalid from review on, or once it was commented on, NotFound, or Forbidden for anybody
    but the owner city and the leading city.
    """
    async with owned(actor, milestone_id, "remove", None) as (milestone, project):
        if project.agreed_at:
            message = say("The plan is agreed: have the milestone waived instead, with a reason.")
            raise Invalid({"state": [message]})
        if closed := closed_plan(project.state):
            raise Invalid({"project": [closed]})
        problems = Problems()
        await require_undiscussed("milestone", milestone_id, problems)
        problems.raise_any()
        await record_gone(actor, milestone, "remove")
        await Evidence.delete().where(Evidence.milestone == milestone_id)
        await Milestone.delete().where(Milestone.id == milestone_id)
    return milestone


def _step(
    milestone: Milestone,
    project: Project,
    verb: str,
    problems: Problems | None = None,
    reason: str | None = None,
) -> None:
    """Take the step, or raise Invalid with all that stands in its way. A step with a `reason`
    argument needs one."""
    problems = problems or Problems()
    step = STEPS[verb]
    text = problems.text("reason", reason, required=reason is not None)
    problems.unless(
        milestone.state in step.sources,
        "state",
        say(
            "A milestone that is {state} cannot {verb}; it must be {sources}.",
            state=word(milestone.state),
            verb=word(verb),
            sources=either(step.sources),
        ),
    )
    problems.unless(
        project.state in RUNNING,
        "project",
        say("The project is {state}, not under way.", state=word(project.state)),
    )
    problems.raise_any()
    milestone.state = step.target
    milestone.state_reason = text or None


def checked(draft: MilestonePlan, problems: Problems, at: str = "") -> dict[str, Any]:
    """The plan as columns; notes everything that is wrong with it. `at` says where its fields
    stand in the input."""
    problems.day(f"{at}due_on", draft.due_on)
    check_weight(draft.weight, problems, f"{at}weight")
    return {
        "title": problems.title(f"{at}title", draft.title),
        "kind": draft.kind,
        "due_on": draft.due_on,
        "acceptance_criteria": problems.text(f"{at}acceptance_criteria", draft.acceptance_criteria),
        "weight": draft.weight,
    }


def check_weight(weight: int, problems: Problems, field: str) -> None:
    """Notes why a milestone cannot count so much."""
    problems.unless(1 <= weight <= 100, field, say("Must lie between 1 and 100."))


async def _check_completed(
    day: date, milestone: Milestone, project: Project, problems: Problems
) -> None:
    """Notes why the milestone cannot have been done on that day, by its owner's calendar: lateness
    is reckoned by it, so it lies neither ahead nor before what everybody knows was not done. One
    that was returned may keep the day that it said: a question makes nobody late, and the other
    side, which asked it, judges the day again."""
    [city] = await City.select(City.time_zone).where(City.id == milestone.city)
    problems.not_future("completed_on", day, clock.today(city["time_zone"]))
    if "completed_on" in problems.fields:
        return
    begins = project.actual_start_on or project.planned_start_on
    problems.unless(
        day >= begins,
        "completed_on",
        say(
            "The project began on {begins}; what belongs to it was not done before that.",
            begins=begins,
        ),
    )
    back = await queries.sent_back(milestone.id, city["time_zone"])
    if back and day < back.on and day != back.said:
        problems.add("completed_on", _done_after(back))


def _done_after(back: queries.SentBack) -> Message:
    if back.said is None:
        return say(
            "It was reported as missed on {day}; choose the day on which it was done after that.",
            day=back.on,
        )
    return say(
        "It was returned on {day}; choose {said} again, if it was done by then, or the day on which"
        " it was done after that.",
        day=back.on,
        said=back.said,
    )
