"""A project in which figures are missing at random, and reported as 0 at random: what is drawn, how
it gets there by the actions, and what every layer then has to tell of each place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import strategies as st

from tests import factories
from tests.cast import Cast
from tests.factories import JointProject, indicator_draft, today
from tracker.domain.budgets import actions as budgets
from tracker.domain.budgets.actions import BudgetLinePlan
from tracker.domain.errors import Invalid
from tracker.domain.outcomes import actions, drafting, periods, reporting
from tracker.domain.outcomes.actions import DimensionPlan, PeriodPlan
from tracker.domain.outcomes.content import PartDraft, ValueDraft
from tracker.domain.outcomes.tables import Aggregation, Dimension, Measure, Period

Cells = dict[str, D | None]
"""Place -> its figure; None where there is none."""

SPANS = [(today(-60), today(-31)), (today(-30), today(-3))]

WHOLE = D(50)
"""What percentages are of."""

ZERO_OR_NOT = st.sampled_from([D(0), D("7.5")])
MAYBE = st.none() | ZERO_OR_NOT

WAYS = ("nothing", "waived", "draft", "submitted", "returned", "approved", "approved")


@dataclass(frozen=True)
class Span:
    """A period: its target, what became of it, and the figure that was given with its parts."""

    target: D | None
    way: str
    figure: D | None
    women: D | None
    men: D | None

    @property
    def kept(self) -> str:
        """What became of it in fact: a figure that is missing is not handed in."""
        handed_in = self.way in ("submitted", "returned", "approved")
        return "nothing" if handed_in and self.figure is None else self.way

    @property
    def told(self) -> bool:
        """Whether there is a value, with a figure or without."""
        return self.kept not in ("nothing", "waived")


@dataclass(frozen=True)
class Gauge:
    """An indicator, whose baseline of 40 is to fall, and any other to rise."""

    percentage: bool
    baseline: D | None
    spans: tuple[Span, ...]

    def value(self, span: Span) -> D | None:
        """The number of the span's value; of a percentage the share."""
        if not span.told or span.figure is None:
            return None
        return 100 * span.figure / WHOLE if self.percentage else span.figure

    @property
    def approved(self) -> list[Span]:
        return [span for span in self.spans if span.kept == "approved"]

    @property
    def latest(self) -> D | None:
        return self.value(self.approved[-1]) if self.approved else None

    @property
    def shown_target(self) -> D | None:
        """Of the last period with an approved value, or of the last one."""
        return (self.approved or list(self.spans))[-1].target


@dataclass(frozen=True)
class Line:
    """A budget line: money, work in kind, or both."""

    amount: D | None
    days: D | None


SPAN = st.builds(
    Span, st.sampled_from([None, D(0), D(25)]), st.sampled_from(WAYS), MAYBE, MAYBE, MAYBE
)
GAUGES = st.lists(
    st.builds(
        Gauge,
        st.booleans(),
        st.sampled_from([None, D(0), D(40)]),
        st.tuples(*[SPAN for _ in SPANS]),
    ),
    min_size=2,
    max_size=3,
)
LINES = st.lists(
    st.builds(Line, MAYBE, MAYBE).filter(lambda line: (line.amount, line.days) != (None, None)),
    min_size=1,
    max_size=2,
)


@dataclass(frozen=True)
class Planted:
    """The project, and the numbers of what was drawn, in the order of the drawing."""

    cast: Cast
    project: JointProject
    gauges: Sequence[Gauge]
    lines: Sequence[Line]
    indicators: list[int]
    periods: list[list[int]]

    def spans(self) -> Iterator[tuple[str, Gauge, Span, int]]:
        """Each period: its name, its indicator, what was drawn, its number."""
        for place, gauge in enumerate(self.gauges):
            for at, span in enumerate(gauge.spans):
                yield f"Gauge {place}.{at}", gauge, span, self.periods[place][at]

    @property
    def expected(self) -> Cells:
        """What there is to tell of every place."""
        found: Cells = {}
        for place, gauge in enumerate(self.gauges):
            found[f"Gauge {place}.baseline"] = gauge.baseline
            found[f"Gauge {place}.latest"] = gauge.latest
            found[f"Gauge {place}.shown target"] = gauge.shown_target
        for name, gauge, span, _ in self.spans():
            parted = span.told and not gauge.percentage
            found[f"{name}.target"] = span.target
            found[f"{name}.value"] = gauge.value(span)
            found[f"{name}.counted"] = span.figure if span.told and gauge.percentage else None
            found[f"{name}.women"] = span.women if parted else None
            found[f"{name}.men"] = span.men if parted else None
        for place, line in enumerate(self.lines):
            found[f"Line {place}.amount"], found[f"Line {place}.days"] = line.amount, line.days
        return found


async def plant(cast: Cast, gauges: Sequence[Gauge], lines: Sequence[Line]) -> Planted:
    """A project under way with all of it, reported as far as it was."""
    project = await factories.joint_project(cast, "draft")
    for place, line in enumerate(lines):
        currency = None if line.amount is None else "KES"
        plan = BudgetLinePlan(
            title=f"Line {place}", amount=line.amount, currency=currency, person_days=line.days,
            value_on=date(2026, 3, 2),
        )  # fmt: skip
        await budgets.add(cast.nairobi_coordinator, project.id, cast.nairobi, plan)
    await factories.advance(cast, project, *factories.projects.ROUTES["active"])
    planted = Planted(cast, project, gauges, lines, *await planned(cast, project, gauges, "Gauge"))
    for _, gauge, span, number in planted.spans():
        await _happen(cast, gauge, span, number)
    return planted


async def planned(
    cast: Cast, project: JointProject, gauges: Sequence[Gauge], named: str
) -> tuple[list[int], list[list[int]]]:
    """The indicators with their periods, nothing reported: the numbers of both."""
    indicators, numbers = [], []
    for place, gauge in enumerate(gauges):
        draft = _draft(gauge, f"{named} {place}")
        row = await factories.add_indicator(cast, project.id, **vars(draft))
        found = Period.select(Period.id).where(Period.indicator == row.id)
        indicators.append(row.id)
        numbers.append([each["id"] for each in await found.order_by(Period.starts_on)])
    return indicators, numbers


def _draft(gauge: Gauge, title: str) -> actions.IndicatorDraft:
    parted = DimensionPlan(name="gender", categories=["women", "men"], additive=False)
    spans = zip(SPANS, gauge.spans, strict=True)
    draft = indicator_draft(
        title=title,
        unit="permits",
        ascending=gauge.baseline != 40,
        aggregation=Aggregation.SUM,
        baseline_value=gauge.baseline,
        baseline_on=None if gauge.baseline is None else today(-90),
        periods=[
            PeriodPlan(starts_on=first, ends_on=last, target_value=span.target)
            for (first, last), span in spans
        ],
        dimensions=[] if gauge.percentage else [parted],
    )
    if not gauge.percentage:
        return draft
    share: dict[str, Any] = {
        "measure": Measure.PERCENTAGE,
        "aggregation": Aggregation.RATIO_OF_SUMS,
    }
    return replace(draft, unit="%", **share)


async def _happen(cast: Cast, gauge: Gauge, span: Span, number: int) -> None:
    who, where = cast.nairobi_coordinator, (number, cast.nairobi)
    if span.way == "waived":
        await periods.waive_period(cast.officer, number, "No register.")
    elif span.way == "draft":
        await drafting.draft(who, *where, await _value(gauge, span, number))
    elif span.way != "nothing" and span.figure is None:
        with pytest.raises(Invalid, match="report nothing yet"):
            await reporting.report(who, *where, await _value(gauge, span, number))
    elif span.way != "nothing":
        value = await reporting.report(who, *where, await _value(gauge, span, number))
        if span.way == "returned":
            await reporting.return_(cast.seoul_approver, value.id, "Are these all?")
        if span.way == "approved":
            await reporting.approve(cast.seoul_approver, value.id)


async def _value(gauge: Gauge, span: Span, number: int) -> ValueDraft:
    if gauge.percentage:
        return ValueDraft(numerator=span.figure, denominator=WHOLE)
    [dimension] = await Dimension.raw(
        "SELECT d.id FROM dimension d JOIN period q ON q.indicator = d.indicator WHERE q.id = {}",
        number,
    )
    parts = [
        PartDraft(dimension_id=dimension["id"], category=name, value=figure)
        for name, figure in (("women", span.women), ("men", span.men))
    ]
    return ValueDraft(value=span.figure, parts=parts)
