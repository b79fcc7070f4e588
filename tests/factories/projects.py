"""Joint projects of Seoul (donor) and Nairobi (recipient, which leads) in any state."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.cast import Cast
from tests.factories.keeping import once
from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.budgets.actions import BudgetLinePlan
from tracker.domain.budgets.tables import BudgetLine
from tracker.domain.closing import actions as closing
from tracker.domain.evaluations import actions as evaluations
from tracker.domain.evaluations.actions import EvaluationDraft, LessonDraft
from tracker.domain.evaluations.tables import CRITERIA, PRINCIPLES
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones.actions import MilestonePlan, MilestoneReport
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.milestones.tables import Milestone
from tracker.domain.outcomes import actions as outcomes
from tracker.domain.outcomes import dimensions, reporting
from tracker.domain.outcomes.actions import IndicatorDraft, PeriodPlan, ResultPlan
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.tables import Benefit, Indicator, Measure, Period, ResultType
from tracker.domain.plan_changes import actions as plan_changes
from tracker.domain.plan_changes.drafts import (
    MilestoneMove,
    NewBudgetLine,
    NewIndicator,
    NewMilestone,
    NewPeriod,
    PlanChangeDraft,
)
from tracker.domain.plan_changes.tables import PlanChangeItem
from tracker.domain.projects import actions, decisions, lifecycle
from tracker.domain.projects.actions import Proposal, SectorShare
from tracker.domain.projects.tables import Decision, DecisionState, Project


@dataclass(frozen=True)
class JointProject:
    """Numbers of a project and of what it was planned with (0 where it was not)."""

    id: int
    milestone_id: int = 0
    result_id: int = 0
    indicator_id: int = 0
    period_id: int = 0

    async def row(self) -> Project:
        """The project as it is now."""
        [row] = await Project.objects().where(Project.id == self.id)
        return row


def today(days: int = 0, zone: str = "UTC") -> date:
    """A day near today in a zone; two days off are past or future in every one."""
    return clock.today(zone) + timedelta(days=days)


def proposal(cast: Cast, **changes: Any) -> Proposal:
    """A proposal that breaks no rule."""
    complete = Proposal(
        title="Permits without queues",
        summary="Nairobi takes over Seoul's one-stop permits.",
        planned_start_on=today(-60),
        planned_end_on=today(120),
        themes=["permits"],
        sdg_goals=[11, 16],
        sectors=[
            SectorShare(code="15185", percentage=Decimal("60.5")),
            SectorShare(code="22040", percentage=Decimal("39.5")),
        ],
        donor_city_id=cast.seoul,
        recipient_city_id=cast.nairobi,
    )
    return replace(complete, **changes)


def indicator_draft(**changes: Any) -> IndicatorDraft:
    """Days a permit takes, from 40 down to 10, in one period that has just ended."""
    complete = IndicatorDraft(
        title="Days to a permit",
        measure=Measure.UNIT,
        ascending=False,
        unit="days",
        baseline_value=Decimal(40),
        baseline_on=today(-90),
        means_of_verification="Permit register, median of the period.",
        periods=[
            PeriodPlan(starts_on=today(-50), ends_on=today(-10), target_value=Decimal(10)),
        ],
    )
    return replace(complete, **changes)


async def add_milestone(cast: Cast, project_id: int, **changes: Any) -> Milestone:
    """A milestone of Nairobi's, due in a month or when the project is to end; of an agreed plan,
    Seoul accepts it."""
    [row] = await Project.objects().where(Project.id == project_id)
    due_on = min(today(30), row.planned_end_on)
    plan = replace(MilestonePlan(title="Permit portal is live", due_on=due_on), **changes)
    if not bool(row.agreed_at):
        return await milestones.add(cast.nairobi_coordinator, project_id, cast.nairobi, plan)
    return await agree_milestone(cast, project_id, cast.nairobi, plan)


async def agree_milestone(
    cast: Cast, project_id: int, city_id: int, plan: MilestonePlan
) -> Milestone:
    """A milestone that is added to an agreed plan: its city proposes it, the other one accepts."""
    new = NewMilestone(city_id=city_id, **vars(plan))
    draft = PlanChangeDraft(reason="It takes another step.", new_milestones=[new])
    item = await agree_change(cast, project_id, city_id, draft)
    [row] = await Milestone.objects().where(Milestone.id == item.milestone)
    return row


async def agree_change(
    cast: Cast, project_id: int, city_id: int, draft: PlanChangeDraft
) -> PlanChangeItem:
    """A city proposes to change an agreed plan, the other one accepts; the first part of it."""
    coordinators = {cast.seoul: cast.seoul_coordinator, cast.nairobi: cast.nairobi_coordinator}
    proposer = coordinators.pop(city_id)
    [other] = coordinators.values()
    proposed = await plan_changes.propose(proposer, project_id, city_id, draft)
    await plan_changes.accept(other, proposed.id)
    items = PlanChangeItem.objects().where(PlanChangeItem.plan_change == proposed.id)
    return (await items.order_by(PlanChangeItem.id))[0]


async def add_indicator(cast: Cast, project_id: int, **changes: Any) -> Indicator:
    """An outcome that both cities claim, with its indicator; in an agreed plan, Seoul accepts."""
    plan = ResultPlan(type=ResultType.OUTCOME, title="Permits are quick", benefit=Benefit.BOTH)
    result = await outcomes.add_result(cast.nairobi_coordinator, project_id, plan)
    [row] = await Project.objects().where(Project.id == project_id)
    first = max(today(-50), row.planned_start_on)
    within = PeriodPlan(starts_on=first, ends_on=max(first, today(-10)), target_value=Decimal(10))
    draft = indicator_draft(**{"periods": [within]} | changes)
    if not bool(row.agreed_at):
        return await outcomes.add_indicator(cast.nairobi_coordinator, result.id, draft)
    said = {name: value for name, value in vars(draft).items() if name != "dimensions"}
    new = NewIndicator(result_id=result.id, **said)
    change = PlanChangeDraft(reason="It shows more.", new_indicators=[new])
    item = await agree_change(cast, project_id, cast.nairobi, change)
    [indicator] = await Indicator.objects().where(Indicator.id == item.indicator)
    for dimension in draft.dimensions:
        await dimensions.add_dimension(cast.nairobi_coordinator, indicator.id, dimension)
    return indicator


async def add_period(cast: Cast, indicator_id: int, plan: PeriodPlan) -> Period:
    """Another period of an agreed plan: Nairobi proposes it, Seoul accepts."""
    [row] = await Indicator.objects().where(Indicator.id == indicator_id)
    new = NewPeriod(indicator_id=indicator_id, **vars(plan))
    change = PlanChangeDraft(reason="It goes on.", new_periods=[new])
    item = await agree_change(cast, row.project, cast.nairobi, change)
    [period] = await Period.objects().where(Period.id == item.period)
    return period


async def joint_project(
    cast: Cast, state: str = "draft", *, planned: bool = True, anew: bool = False, **changes: Any
) -> JointProject:
    """A project in the state, taken there by the actions, now if it has to be `anew`; unless
    `planned`, without a milestone or an indicator (then it gets no further than agreed)."""
    if anew or changes or not planned:
        return await _made(cast, state, planned, changes)
    return await once(state, JointProject, lambda: _made(cast, state, planned, changes))


async def _made(cast: Cast, state: str, planned: bool, changes: dict[str, Any]) -> JointProject:
    project = await actions.propose(cast.nairobi_coordinator, proposal(cast, **changes))
    made = JointProject(project.id)
    if planned:
        made = await _plan(cast, made.id)
    await advance(cast, made, *ROUTES[state])
    return made


async def move_milestone(cast: Cast, milestone_id: int, due_on: date, reason: str) -> Milestone:
    """Its city proposes to move a milestone of an agreed plan, the other one accepts."""
    [row] = await Milestone.objects().where(Milestone.id == milestone_id)
    move = MilestoneMove(milestone_id=milestone_id, due_on=due_on)
    await agree_change(cast, row.project, row.city, PlanChangeDraft(reason=reason, moves=[move]))
    [row] = await Milestone.objects().where(Milestone.id == milestone_id)
    return row


async def add_budget_line(
    cast: Cast, project_id: int, city_id: int, plan: BudgetLinePlan
) -> BudgetLine:
    """A line of an agreed plan: Nairobi proposes it, Seoul accepts."""
    draft = PlanChangeDraft(
        reason="It costs more.", new_lines=[NewBudgetLine(city_id=city_id, **vars(plan))]
    )
    item = await agree_change(cast, project_id, cast.nairobi, draft)
    [line] = await BudgetLine.objects().where(BudgetLine.id == item.budget_line)
    return line


async def advance(cast: Cast, project: JointProject, *steps: str) -> None:
    """Take named steps, each by whoever may."""
    for step in steps:
        await STEPS[step](cast, project)


async def decide(cast: Cast, project_id: int) -> None:
    """Both mayors give what is on their desks."""
    mayors = {cast.seoul: cast.seoul_mayor, cast.nairobi: cast.nairobi_mayor}
    pending = await Decision.objects().where(
        Decision.project == project_id, Decision.state == DecisionState.PENDING
    )
    for decision in pending:
        await decisions.give(mayors[decision.city], decision.id)


async def settle_milestones(cast: Cast, project_id: int) -> None:
    """Nairobi hands every milestone in, Seoul accepts it."""
    link = EvidenceLink(title="Screenshots", url="https://example.org/portal")
    report = MilestoneReport(completed_on=today(-2), evidence=[link])
    for row in await Milestone.objects().where(Milestone.project == project_id):
        if row.state == "planned":
            await milestones.submit(cast.nairobi_coordinator, row.id, report)
            await milestones.accept(cast.seoul_coordinator, row.id)


async def evaluate(cast: Cast, project_id: int, *who: str) -> None:
    """The named partner cities look back; both when none is named."""
    for city in who or ("seoul", "nairobi"):
        actor: Actor = cast[f"{city}_coordinator"]
        await evaluations.submit(actor, project_id, getattr(cast, city), evaluation_draft())


def evaluation_draft(**changes: Any) -> EvaluationDraft:
    """A city's complete answers: a 5 for each criterion, a 4 for each principle, one lesson."""
    lesson = LessonDraft(title="Begin with the legal review", narrative="It took five months.")
    scores = dict.fromkeys(CRITERIA, 5) | dict.fromkeys(PRINCIPLES, 4)
    complete: dict[str, Any] = {**scores, "lessons": [lesson], "remarks": "A pleasure."}
    return EvaluationDraft(**complete | changes)


async def _plan(cast: Cast, project_id: int) -> JointProject:
    milestone = await add_milestone(cast, project_id)
    indicator = await add_indicator(cast, project_id)
    [period] = await Period.objects().where(Period.indicator == indicator.id)
    return JointProject(
        project_id,
        milestone.id,
        indicator.result,
        indicator.id,
        period.id,
    )


async def _approve_values(cast: Cast, project_id: int) -> None:
    """Nairobi reports every period that has none yet, Seoul approves."""
    periods = await Period.raw(
        "SELECT id FROM period WHERE project = {} AND id NOT IN (SELECT period FROM value)",
        project_id,
    )
    for period in periods:
        draft = ValueDraft(value=Decimal(12))
        value = await reporting.report(cast.nairobi_coordinator, period["id"], cast.nairobi, draft)
        await reporting.approve(cast.seoul_approver, value.id)


Step = Callable[[Cast, JointProject], Awaitable[Any]]


async def _close(cast: Cast, project: JointProject) -> None:
    await decide(cast, project.id)  # the recipient accepts what was brought about
    await closing.close(cast.officer, project.id)


STEPS: dict[str, Step] = {
    "submit": lambda cast, p: lifecycle.submit(cast.nairobi_coordinator, p.id),
    "withdraw": lambda cast, p: lifecycle.withdraw(cast.nairobi_coordinator, p.id),
    "review": lambda cast, p: lifecycle.review(cast.officer, p.id),
    "return": lambda cast, p: lifecycle.return_(cast.officer, p.id, "Say who pays."),
    "reject": lambda cast, p: lifecycle.reject(cast.officer, p.id, "Not e-government."),
    "decide": lambda cast, p: decide(cast, p.id),
    "agree": lambda cast, p: lifecycle.agree(cast.officer, p.id),
    "start": lambda cast, p: lifecycle.start(cast.seoul_coordinator, p.id, today(-58)),
    "suspend": lambda cast, p: lifecycle.suspend(cast.officer, p.id, "Elections."),
    "resume": lambda cast, p: lifecycle.resume(cast.officer, p.id),
    "cancel": lambda cast, p: lifecycle.cancel(cast.seoul_mayor, p.id, "The budget was cut."),
    "settle": lambda cast, p: settle_milestones(cast, p.id),
    "finalise": lambda cast, p: lifecycle.finalise(cast.nairobi_coordinator, p.id),
    "approve": lambda cast, p: _approve_values(cast, p.id),
    "evaluate": lambda cast, p: evaluate(cast, p.id),
    "close": _close,
    "reopen": lambda cast, p: closing.reopen(cast.officer, p.id, "A figure was wrong."),
}
"""Step -> how it is taken by whoever may."""

_AGREED = ("submit", "review", "decide", "agree")
_ACTIVE = (*_AGREED, "decide", "start")
_FINALISING = (*_ACTIVE, "settle", "finalise")

ROUTES: dict[str, tuple[str, ...]] = {
    "draft": (),
    "submitted": ("submit",),
    "under_review": ("submit", "review"),
    "returned": ("submit", "review", "return"),
    "agreed": _AGREED,
    "active": _ACTIVE,
    "suspended": (*_ACTIVE, "suspend"),
    "finalising": _FINALISING,
    "closed": (*_FINALISING, "approve", "evaluate", "close"),
    "cancelled": (*_AGREED, "cancel"),
    "rejected": ("submit", "review", "reject"),
    "withdrawn": ("submit", "withdraw"),
}
"""State -> the steps that lead there from a draft."""

STATES = tuple(ROUTES)
