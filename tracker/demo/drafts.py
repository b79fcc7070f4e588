"""From the data to what the actions take."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from tracker.demo.data import NOTE
from tracker.demo.data.budgets import (
    ADVISED_DAYS,
    BOOKED_SHARE,
    DRIFT,
    RATED_EVERY,
    RATED_FROM,
    RATES,
    Cost,
)
from tracker.demo.data.proof import PROOF
from tracker.demo.data.risks import Hazard, Reckoning
from tracker.demo.data.shapes import Act, Figure, Gauge, Joint, Need, Offer, Stage
from tracker.demo.dates import Calendar
from tracker.domain.actor import Actor
from tracker.domain.budgets.actions import BudgetLinePlan
from tracker.domain.budgets.rates import Rate
from tracker.domain.budgets.tables import TransactionType
from tracker.domain.budgets.transactions import TransactionDraft
from tracker.domain.evaluations.actions import EvaluationDraft, LessonDraft
from tracker.domain.evaluations.tables import CRITERIA, PRINCIPLES
from tracker.domain.milestones.actions import MilestonePlan, MilestoneReport
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.outcomes.actions import IndicatorDraft, PeriodPlan
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.tables import Measure
from tracker.domain.practices.actions import PracticePlan
from tracker.domain.projects.actions import Proposal, SectorShare
from tracker.domain.projects.tables import Side
from tracker.domain.requests.actions import RequestPlan
from tracker.domain.risks.actions import RiskAssessment, RiskDraft, RiskOccurrence

"""As in the data."""


def practice(offer: Offer) -> PracticePlan:
    """A practice, marked as made up."""
    return replace(offer.plan, summary=f"{offer.plan.summary}\n\n{NOTE}")


def request(need: Need, practice_id: int | None, calendar: Calendar) -> RequestPlan:
    """A request, marked as made up."""
    amount, currency = need.budget or (None, None)
    return RequestPlan(
        title=need.title,
        need=f"{need.need}\n\n{NOTE}",
        practice_id=practice_id,
        wanted_outcomes=need.wanted,
        themes=need.themes,
        deadline_on=calendar.on(need.deadline),
        budget_amount=None if amount is None else Decimal(amount),
        budget_currency=currency,
    )


def proposal(
    joint: Joint,
    cities: tuple[int, int],
    practice_id: int | None,
    request_id: int | None,
    calendar: Calendar,
) -> Proposal:
    """A project between the donor and the recipient in `cities`, marked as made up."""
    donor, recipient = cities
    return Proposal(
        title=joint.title,
        summary=f"{joint.summary}\n\n{NOTE}",
        planned_start_on=calendar.on(joint.planned[0]),
        planned_end_on=calendar.on(joint.planned[1]),
        themes=joint.themes,
        sdg_goals=joint.goals,
        sectors=[
            SectorShare(code=code, percentage=Decimal(share))
            for code, share in joint.sectors.items()
        ],
        confidential=joint.confidential,
        donor_city_id=donor,
        recipient_city_id=recipient,
        practice_id=practice_id,
        request_id=request_id,
    )


def milestone(stage: Stage, calendar: Calendar) -> MilestonePlan:
    """A milestone, accepted by what its kind usually shows."""
    return MilestonePlan(
        title=stage.title,
        due_on=calendar.on(stage.due),
        kind=stage.kind,
        acceptance_criteria=PROOF[stage.kind][1],
        weight=stage.weight,
    )


def budget_line(cost: Cost, joint: Joint, calendar: Calendar) -> BudgetLinePlan:
    """What a city sets aside, at the rates of the first planned day."""
    return BudgetLinePlan(
        title=cost.title,
        amount=Decimal(cost.amount),
        currency=cost.currency,
        value_on=calendar.on(joint.planned[0]),
    )


def spent(cost: Cost, line: int, day: date) -> TransactionDraft:
    """A first part of a budget line, spent."""
    return TransactionDraft(
        type=TransactionType.EXPENDITURE,
        description=f"First invoice: {cost.title}",
        value_on=day,
        amount=(Decimal(cost.amount) * BOOKED_SHARE).quantize(Decimal("0.01")),
        currency=cost.currency,
        budget_line_id=line,
    )


def advised(day: date) -> TransactionDraft:
    """Work in kind."""
    return TransactionDraft(
        type=TransactionType.EXPENDITURE,
        description="Advice by video call",
        value_on=day,
        person_days=ADVISED_DAYS,
    )


def risk(hazard: Hazard, each: Reckoning, owner: Actor, calendar: Calendar) -> RiskDraft:
    """A risk as it was assessed first."""
    return RiskDraft(
        title=hazard.title,
        category=hazard.category,
        mitigation=hazard.mitigation,
        person_id=owner.person_id,
        probability=each.probability,
        impact=each.impact,
        review_on=calendar.on(each.review),
    )


def risk_assessment(each: Reckoning, calendar: Calendar) -> RiskAssessment:
    """The same, assessed again."""
    return RiskAssessment(
        probability=each.probability,
        impact=each.impact,
        review_on=calendar.on(each.review),
        note=each.note,
    )


def risk_occurrence(each: Reckoning, calendar: Calendar) -> RiskOccurrence:
    """The same, when it had happened the day before."""
    return RiskOccurrence(
        occurred_on=calendar.on(each.day - 1),
        impact=each.impact,
        review_on=calendar.on(each.review),
        note=each.note,
    )


def exchange_rates(calendar: Calendar) -> list[Rate]:
    """Rates that grow a little from day to day, up to yesterday."""
    days = range(RATED_FROM, 0, RATED_EVERY)
    return [
        Rate(
            currency=currency,
            rated_on=calendar.on(day),
            rate=round(Decimal(rate) * (1 + number * DRIFT), 4),
        )
        for number, day in enumerate(days)
        for currency, rate in RATES.items()
    ]


def milestone_report(
    stage: Stage, act: Act, city: str, number: int, calendar: Calendar
) -> MilestoneReport:
    """What a city hands in for its milestone with this number."""
    url = f"https://{city}.example/milestones/{number}"
    link = EvidenceLink(title=PROOF[stage.kind][0], url=url)
    return MilestoneReport(completed_on=calendar.on(act.day), evidence=[link])


def indicator(gauge: Gauge, joint: Joint, calendar: Calendar) -> IndicatorDraft:
    """An indicator with its periods, the first of which begins when the project does; the baseline
    was taken on the day of the proposal."""
    begins = calendar.on(joint.planned[0])
    return IndicatorDraft(
        title=gauge.title,
        measure=gauge.measure,
        ascending=gauge.ascending,
        accumulation=gauge.accumulation,
        aggregation=gauge.aggregation,
        unit=gauge.unit,
        baseline_value=Decimal(gauge.baseline) if gauge.baseline else None,
        baseline_on=calendar.on(joint.acts[0].day) if gauge.baseline else None,
        means_of_verification=gauge.source,
        periods=[
            PeriodPlan(
                starts_on=max(begins, calendar.first(span.first)),
                ends_on=calendar.last(span.last),
                target_value=Decimal(span.target) if span.target else None,
            )
            for span in gauge.spans
        ],
    )


def value(gauge: Gauge, found: Figure) -> ValueDraft:
    """A value in the shape that its indicator's measure takes."""
    if isinstance(found, tuple):
        return ValueDraft(numerator=Decimal(found[0]), denominator=Decimal(found[1]))
    if gauge.measure == Measure.QUALITATIVE:
        return ValueDraft(narrative=found)
    return ValueDraft(value=Decimal(found))


def evaluation(joint: Joint, side: Side) -> EvaluationDraft:
    """How a side looks back."""
    marks = joint.marks[side]
    scores = zip(CRITERIA + PRINCIPLES, marks.criteria + marks.principles, strict=True)
    lessons = [LessonDraft(title=marks.lesson, narrative=marks.narrative)]
    answers: dict[str, Any] = {**dict(scores), "lessons": lessons}
    return EvaluationDraft(**answers)
