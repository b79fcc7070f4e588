"""Walks a project of the data through its life, each step an action of whoever's turn it is."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from tracker.demo import drafts, reports
from tracker.demo.data.budgets import BOOKED_DAYS, COSTS, Cost
from tracker.demo.data.risks import HAZARDS, Hazard, Reckoning
from tracker.demo.data.shapes import Act, Change, D, Figure, Gauge, Joint, R, Span, Stage
from tracker.demo.dates import Calendar
from tracker.demo.people import Cast
from tracker.domain.actor import Actor, Role
from tracker.domain.budgets import actions as budgets
from tracker.domain.budgets import transactions
from tracker.domain.cities.tables import City
from tracker.domain.closing import actions as closing
from tracker.domain.evaluations import actions as evaluations
from tracker.domain.milestones import actions as milestones
from tracker.domain.outcomes import actions as outcomes
from tracker.domain.outcomes import periods, reporting, verdicts
from tracker.domain.outcomes.tables import Benefit, Period
from tracker.domain.plan_changes import actions as plan_changes
from tracker.domain.plan_changes.drafts import MilestoneMove, PlanChangeDraft
from tracker.domain.projects import actions as projects
from tracker.domain.projects import decisions, lifecycle
from tracker.domain.projects.tables import Decision, DecisionState, Health, Side
from tracker.domain.risks import actions as risks

REPORTED_DAYS, APPROVED_DAYS = 9, 14
"""After a period, its value is reported, then judged by the other city."""

CORRECTED_DAYS = 3
"""A correction waits that long for approval."""

EVALUATED_DAYS = 6
"""After finalising."""

PAUSE = timedelta(minutes=7)
"""Between two steps that the data put on the same day."""


@dataclass(frozen=True)
class Step:
    """What happens at an instant; `what` finds it in the data when it is refused."""

    at: datetime
    what: str
    take: Callable[[], Awaitable[object]]


@dataclass
class Links:
    """Names of the data -> the rows that they became."""

    practices: dict[str, int]
    requests: dict[str, int]


class Walk:
    """One project on its way. `steps` is pure; what they make is kept here between them."""

    def __init__(self, joint: Joint, cast: Cast, calendar: Calendar, links: Links) -> None:
        self._joint = joint
        self._cast = cast
        self._calendar = calendar
        self._links = links
        self._slugs = {D: joint.donor, R: joint.recipient}
        self._project = 0
        self._milestones: list[int] = []
        self._periods: dict[tuple[int, int, int], int] = {}
        self._values: dict[tuple[int, int, int], int] = {}
        self._lines: list[tuple[Cost, int]] = []
        self._risks: dict[str, int] = {}

    def steps(self) -> list[Step]:
        """The whole life in order of time; what the data put on one day keeps their order."""
        planned = sorted(
            [
                *(*self._of_project(), *self._of_milestones(), *self._of_values()),
                *(*self._of_reports(), *self._of_marks()),
                *(*self._of_risks(), *self._of_books()),
            ],
            key=lambda each: each[0],
        )
        steps: list[Step] = []
        for day, side, take in planned:
            at = self._calendar.at(day, self._city(side).time_zone)
            at = max(at, steps[-1].at + PAUSE) if steps else at
            steps.append(Step(at, f"day {day} of “{self._joint.title}”", take))
        return steps

    def _of_project(self) -> Iterator["_Planned"]:
        for act in self._joint.acts:
            yield act.day, act.side, partial(self._act, act)

    def _of_milestones(self) -> Iterator["_Planned"]:
        for number, stage in enumerate(self._joint.stages):
            for act in stage.acts:
                yield act.day, stage.side, partial(self._step, number, stage, act)

    def _of_values(self) -> Iterator["_Planned"]:
        for place, change, gauge, span in self._spans():
            reporter = D if change.benefit == Benefit.DONOR else R
            ended = self._calendar.day(self._calendar.last(span.last))
            if span.found is not None:
                report = partial(self._report, place, gauge, span.found, reporter)
                yield ended + REPORTED_DAYS, reporter, report
                judge = partial(self._judge, place, span, _other(reporter))
                yield ended + APPROVED_DAYS, _other(reporter), judge
            if span.then == "waived":
                yield span.when, D, partial(self._waive, place, span.note)
            if span.better is not None:
                yield span.when, reporter, partial(self._correct, place, gauge, span, reporter)
                approve = partial(self._judge, place, Span(0, 0), _other(reporter))
                yield span.when + CORRECTED_DAYS, _other(reporter), approve

    def _of_reports(self) -> Iterator["_Planned"]:
        for day, side in reports.reported(self._joint, self._calendar):
            yield day, side, partial(self._publish, side)

    def _of_marks(self) -> Iterator["_Planned"]:
        day = next((act.day for act in self._joint.acts if act.verb == "finalise"), 0)
        for side in self._joint.marks:
            yield day + EVALUATED_DAYS, side, partial(self._evaluate, side)

    def _of_risks(self) -> Iterator["_Planned"]:
        for hazard in HAZARDS.get((self._joint.donor, self._joint.recipient), ()):
            for each in hazard.reckonings:
                yield each.day, hazard.side, partial(self._reckon, hazard, each)

    def _of_books(self) -> Iterator["_Planned"]:
        begun = next((act.day for act in self._joint.acts if act.verb == "start"), 0)
        if COSTS.get((self._joint.donor, self._joint.recipient)) and begun + BOOKED_DAYS < -1:
            yield begun + BOOKED_DAYS, D, partial(self._book, begun + BOOKED_DAYS)

    async def _act(self, act: Act) -> None:
        lead, officer = self._actor(self._joint.lead), self._cast.officer
        mayor = self._actor(act.side, Role.MAYOR)
        project = self._project
        match act.verb:
            case "propose":
                await self._propose(lead)
            case "submit":
                await lifecycle.submit(lead, project)
            case "withdraw":
                await lifecycle.withdraw(lead, project)
            case "review":
                await lifecycle.review(officer, project)
            case "return":
                await lifecycle.return_(officer, project, act.text)
            case "reject":
                await lifecycle.reject(officer, project, act.text)
            case "endorse" | "sign":
                await decisions.give(mayor, await self._pending(act.side))
            case "refuse":
                await decisions.refuse(mayor, await self._pending(act.side), act.text)
            case "agree":
                await lifecycle.agree(officer, project)
            case "start":
                await lifecycle.start(lead, project)
            case "suspend":
                await lifecycle.suspend(officer, project, act.text)
            case "cancel":
                await lifecycle.cancel(mayor, project, act.text)
            case "finalise":
                await lifecycle.finalise(lead, project)
                if any(later.verb == "close" for later in self._joint.acts):
                    await decisions.give(self._actor(R, Role.MAYOR), await self._pending(R))
            case "close":
                await closing.close(officer, project)
            case "reopen":
                await closing.reopen(officer, project, act.text)
            case "health":
                reporter = self._actor(act.side)
                await projects.report_health(reporter, project, Health(act.text))
            case _:
                raise ValueError(f"{self._joint.title}: nobody can {act.verb} a project")

    async def _propose(self, lead: Actor) -> None:
        joint, links = self._joint, self._links
        proposal = drafts.proposal(
            joint,
            (self._city(D).id, self._city(R).id),
            links.practices[joint.offer] if joint.offer else None,
            links.requests[joint.need] if joint.need else None,
            self._calendar,
        )
        self._project = (await projects.propose(lead, proposal)).id
        for stage in joint.stages:
            await self._plan(lead, stage)
        for cost in COSTS.get((joint.donor, joint.recipient), ()):
            plan = drafts.budget_line(cost, joint, self._calendar)
            made = await budgets.add(lead, self._project, self._city(cost.side).id, plan)
            self._lines.append((cost, made.id))
        for number, change in enumerate(joint.changes):
            await self._promise(lead, number, change)

    async def _plan(self, lead: Actor, stage: Stage) -> None:
        owner, plan = self._city(stage.side).id, drafts.milestone(stage, self._calendar)
        made = await milestones.add(lead, self._project, owner, plan)
        self._milestones.append(made.id)

    async def _promise(self, lead: Actor, number: int, change: Change) -> None:
        plan = outcomes.ResultPlan(type=change.type, title=change.title, benefit=change.benefit)
        result = await outcomes.add_result(lead, self._project, plan)
        for which, gauge in enumerate(change.gauges):
            draft = drafts.indicator(gauge, self._joint, self._calendar)
            made = await outcomes.add_indicator(lead, result.id, draft)
            periods = await Period.objects().where(Period.indicator == made.id)
            periods.sort(key=lambda period: period.starts_on)
            for nth, period in enumerate(periods):
                self._periods[number, which, nth] = period.id

    async def _step(self, number: int, stage: Stage, act: Act) -> None:
        milestone = self._milestones[number]
        owner = self._actor(stage.side)
        judge = self._actor(_other(stage.side), Role.APPROVER)
        match act.verb:
            case "start":
                await milestones.start(owner, milestone)
            case "move":
                proposal = await self._propose_move(number, stage, act)
                # At the same minute: later ones may belong to another project's steps.
                await plan_changes.accept(judge, proposal)
            case "propose_move":
                await self._propose_move(number, stage, act)
            case "submit":
                city = self._slugs[stage.side]
                report = drafts.milestone_report(stage, act, city, milestone, self._calendar)
                await milestones.submit(owner, milestone, report)
            case "accept":
                await milestones.accept(judge, milestone)
            case "miss":
                await milestones.miss(owner, milestone, act.text)
            case "waive":
                await milestones.waive(judge, milestone, act.text)
            case _:
                raise ValueError(f"{stage.title}: nobody can {act.verb} a milestone")

    async def _propose_move(self, number: int, stage: Stage, act: Act) -> int:
        """The number of the proposal, which waits for the other side."""
        move = MilestoneMove(
            milestone_id=self._milestones[number], due_on=self._calendar.on(act.to)
        )
        later = max(self._joint.planned[1], act.to)  # what is due lies before the planned end
        ends = self._calendar.on(later)
        draft = PlanChangeDraft(reason=act.text, planned_end_on=ends, moves=[move])
        owner, city = self._actor(stage.side), self._city(stage.side).id
        return (await plan_changes.propose(owner, self._project, city, draft)).id

    async def _report(self, place: "_Place", gauge: Gauge, found: Figure, reporter: Side) -> None:
        actor, city = self._actor(reporter), self._city(reporter).id
        value = await reporting.report(
            actor, self._periods[place], city, drafts.value(gauge, found)
        )
        self._values[place] = value.id

    async def _judge(self, place: "_Place", span: Span, judge: Side) -> None:
        approver = self._actor(judge, Role.APPROVER)
        if span.then == "returned":
            await reporting.return_(approver, self._values[place], span.note)
        elif span.then != "submitted":
            await reporting.approve(approver, self._values[place])
        if span.then == "disputed":
            await verdicts.dispute(approver, self._values[place], span.note)

    async def _correct(self, place: "_Place", gauge: Gauge, span: Span, reporter: Side) -> None:
        assert span.better is not None
        draft = drafts.value(gauge, span.better)
        corrected = await reporting.correct(
            self._actor(reporter), self._values[place], draft, span.note
        )
        self._values[place] = corrected.id

    async def _waive(self, place: "_Place", reason: str) -> None:
        await periods.waive_period(self._cast.officer, self._periods[place], reason)

    async def _book(self, day: int) -> None:
        """Each city books what it spent until two days before, which were before everywhere."""
        value_on, project = self._calendar.on(day - 2), self._project
        for cost, line in self._lines:
            draft = drafts.spent(cost, line, value_on)
            actor, city = self._actor(cost.side), self._city(cost.side).id
            await transactions.book(actor, project, city, draft)
        donor = self._actor(D)
        await transactions.book(donor, project, self._city(D).id, drafts.advised(value_on))

    async def _reckon(self, hazard: Hazard, each: Reckoning) -> None:
        """Write the risk down, then assess it again or say that it has happened."""
        actor, city = self._actor(hazard.side), self._city(hazard.side).id
        number = self._risks.get(hazard.title)
        if number is None:
            draft = drafts.risk(hazard, each, actor, self._calendar)
            self._risks[hazard.title] = (await risks.add(actor, self._project, city, draft)).id
        elif each.probability:
            await risks.assess(actor, number, drafts.risk_assessment(each, self._calendar))
        else:
            await risks.materialise(actor, number, drafts.risk_occurrence(each, self._calendar))

    async def _publish(self, side: Side) -> None:
        await reports.publish(self._actor(side), self._project, self._city(side).id)

    async def _evaluate(self, side: Side) -> None:
        draft = drafts.evaluation(self._joint, side)
        await evaluations.submit(self._actor(side), self._project, self._city(side).id, draft)

    async def _pending(self, side: Side) -> int:
        """The decision on the mayor's desk, read past the API: that sees what is committed only."""
        decision = await Decision.objects().get(
            (Decision.project == self._project)
            & (Decision.city == self._city(side).id)
            & (Decision.state == DecisionState.PENDING)
        )
        assert decision is not None, f"{self._joint.title}: nothing is asked of {side}"
        return decision.id

    def _spans(self) -> Iterator[tuple["_Place", Change, Gauge, Span]]:
        for number, change in enumerate(self._joint.changes):
            for which, gauge in enumerate(change.gauges):
                for nth, span in enumerate(gauge.spans):
                    yield (number, which, nth), change, gauge, span

    def _actor(self, side: Side, role: Role = Role.COORDINATOR) -> Actor:
        return self._cast.actors[self._slugs[side], role]

    def _city(self, side: Side) -> City:
        return self._cast.cities[self._slugs[side]]


_Place = tuple[int, int, int]
"""The span's change, gauge and number in the data."""

_Planned = tuple[int, Side, Callable[[], Awaitable[object]]]
"""The day, on whose clock, and what is done."""


def _other(side: Side) -> Side:
    return R if side == D else D
