"""What a proposal to change an agreed plan asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tracker.domain.budgets.actions import BudgetLinePlan
from tracker.domain.milestones.actions import MilestonePlan
from tracker.domain.outcomes.actions import IndicatorPlan, PeriodPlan
from tracker.domain.outcomes.library import Adoption
from tracker.domain.outcomes.periods import PeriodSeries
from tracker.domain.plan_changes.tables import PlanChangeKind


@dataclass(frozen=True, kw_only=True)
class MilestoneMove:
    """A milestone, and when it would be due."""

    milestone_id: int
    due_on: date


@dataclass(frozen=True, kw_only=True)
class NewMilestone(MilestonePlan):
    """A milestone that a city would take on besides."""

    city_id: int


@dataclass(frozen=True, kw_only=True)
class WeightChange:
    """A milestone, and how much it would count in the progress."""

    milestone_id: int
    weight: int


@dataclass(frozen=True, kw_only=True)
class TargetChange:
    """A period, and what should be reached in it; null for no target."""

    period_id: int
    target_value: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class NewIndicator(IndicatorPlan):
    """An indicator that would measure one of the project's results besides, with its first
    periods."""

    result_id: int
    periods: Sequence[PeriodPlan] = ()


@dataclass(frozen=True, kw_only=True)
class AdoptedIndicator(Adoption):
    """A ready indicator of the library that the project would measure besides."""

    definition_id: int


@dataclass(frozen=True, kw_only=True)
class NewPeriod(PeriodPlan):
    """A stretch of days for which one of the project's indicators would get a target."""

    indicator_id: int


@dataclass(frozen=True, kw_only=True)
class NewPeriods(PeriodSeries):
    """A stretch of days that would be cut into periods of one of the project's indicators."""

    indicator_id: int


@dataclass(frozen=True, kw_only=True)
class NewBudgetLine(BudgetLinePlan):
    """A budget line that a city would set aside besides."""

    city_id: int


@dataclass(frozen=True, kw_only=True)
class ChangedBudgetLine(BudgetLinePlan):
    """A budget line as it would be, whole."""

    budget_line_id: int


@dataclass(frozen=True, kw_only=True)
class RemovedBudgetLine:
    """A budget line for which nothing would be set aside any more."""

    budget_line_id: int


@dataclass(frozen=True, kw_only=True)
class PlanChangeDraft:
    """What would change in the plan, and why. All of it is accepted or refused together. Due dates
    are judged by the planned end that goes with them."""

    reason: str
    planned_end_on: date | None = None
    moves: Sequence[MilestoneMove] = ()
    new_milestones: Sequence[NewMilestone] = ()
    weights: Sequence[WeightChange] = ()
    targets: Sequence[TargetChange] = ()
    new_indicators: Sequence[NewIndicator] = ()
    adopted: Sequence[AdoptedIndicator] = ()
    new_periods: Sequence[NewPeriod] = ()
    new_series: Sequence[NewPeriods] = ()
    new_lines: Sequence[NewBudgetLine] = ()
    changed_lines: Sequence[ChangedBudgetLine] = ()
    removed_lines: Sequence[RemovedBudgetLine] = ()

    @property
    def parts(self) -> int:
        """How many there are in its lists, each series counted once."""
        return sum(len(each) for each in vars(self).values() if isinstance(each, list | tuple))


@dataclass(frozen=True, kw_only=True)
class Item:
    """One part of a proposal that is not kept yet: numbers of what it changes and of whose it is,
    and the columns before and after."""

    kind: PlanChangeKind
    milestone: int | None = None
    period: int | None = None
    budget_line: int | None = None
    indicator: int | None = None
    result: int | None = None
    city: int | None = None
    before: dict[str, Any]
    after: dict[str, Any]


def placed(name: str, drafts: Sequence[Any]) -> list[tuple[str, Any]]:
    """Each of a list of the draft, after where its fields stand in the input."""
    return [(f"{name}.{index}.", each) for index, each in enumerate(drafts)]
