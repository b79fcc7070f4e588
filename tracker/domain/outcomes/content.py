"""What a value consists of, and whether it fits what its indicator measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tracker.domain.audit import values_of
from tracker.domain.messages import listed, say, word, words
from tracker.domain.outcomes.rules import percentage
from tracker.domain.outcomes.tables import Dimension, Indicator, Measure, Period, Value, ValuePart
from tracker.domain.problems import Problems

PARTS_MOST = 100
"""Parts of one value, over all dimensions."""

NUMBERS = ("value", "numerator", "denominator")

FITTING = {
    Measure.UNIT: {"value"},
    Measure.PERCENTAGE: {"numerator", "denominator"},
    Measure.QUALITATIVE: set[str](),
}
"""Which numbers belong to a value, by the indicator's measure."""


@dataclass(frozen=True, kw_only=True)
class PartDraft:
    """The figure of one part of a value, such as of women; left out where it is not known."""

    dimension_id: int
    category: str
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class ValueDraft:
    """What a city found: a number for a unit, numerator and denominator for a percentage, a
    narrative for a qualitative indicator. Missing is not zero."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    narrative: str = ""
    parts: Sequence[PartDraft] = ()


@dataclass(frozen=True)
class Content:
    """A value's columns, and its parts as (dimension, columns)."""

    columns: Mapping[str, Any]
    parts: Sequence[tuple[Dimension, Mapping[str, Any]]]

    @property
    def told(self) -> dict[str, Any]:
        """The parts as the trail tells them: dimension -> category -> number."""
        found: dict[str, Any] = {}
        for dimension, columns in self.parts:
            found.setdefault(dimension.name, {})[columns["category"]] = str(columns["value"])
        return found


async def checked(
    draft: ValueDraft, period: Period, problems: Problems, *, complete: bool = True
) -> Content:
    """The value as it is kept; notes everything that does not fit the indicator's measure. A
    draft that is not `complete` may lack what it needs to be handed in."""
    [indicator] = await Indicator.objects().where(Indicator.id == period.indicator)
    measure = Measure(indicator.measure)
    numbers = _numbers(draft, measure, problems, complete)
    narrative = problems.text(
        "narrative", draft.narrative, required=complete and measure == Measure.QUALITATIVE
    )
    dimensions = await Dimension.objects().where(Dimension.indicator == period.indicator)
    parts = _parts(draft.parts, measure, {row.id: row for row in dimensions}, problems)
    return Content({**numbers, "narrative": narrative}, parts)


async def draft_of(value: Value) -> ValueDraft:
    """What the row says, as it would be handed in."""
    rows = await ValuePart.objects().where(ValuePart.whole == value.id).order_by(ValuePart.id)
    parts = [
        PartDraft(dimension_id=row.dimension, category=row.category, **_given(row)) for row in rows
    ]
    return ValueDraft(narrative=value.narrative, parts=parts, **_given(value))


def _given(row: Value | ValuePart) -> dict[str, Any]:
    """The numbers that were typed: of a percentage, the computed one is left out."""
    kept = values_of(row)
    computed = kept["numerator"] is not None or kept["denominator"] is not None
    return {name: kept[name] for name in NUMBERS if not (computed and name == "value")}


async def told_parts(value: Value) -> dict[str, Any]:
    """The parts of the row as the trail tells them."""
    rows = await ValuePart.select(
        ValuePart.dimension.name, ValuePart.category, ValuePart.value
    ).where(ValuePart.whole == value.id)
    found: dict[str, Any] = {}
    for row in rows:
        found.setdefault(row["dimension.name"], {})[row["category"]] = str(row["value"])
    return found


async def keep_parts(value: Value, content: Content) -> None:
    """These parts take the place of those that the value had."""
    await ValuePart.delete().where(ValuePart.whole == value.id)
    rows = [
        ValuePart(project=value.project, whole=value.id, dimension=dimension.id, **columns)
        for dimension, columns in content.parts
    ]
    if rows:
        await ValuePart.insert(*rows)


def _numbers(
    draft: ValueDraft | PartDraft,
    measure: Measure,
    problems: Problems,
    complete: bool,
    at: str = "",
) -> dict[str, Decimal | None]:
    found = {name: problems.number(f"{at}{name}", getattr(draft, name)) for name in NUMBERS}
    _require_fitting(draft, measure, problems, complete, at)
    numerator, denominator = found["numerator"], found["denominator"]
    if numerator is not None and denominator is not None and denominator > 0:
        found["value"] = percentage(numerator, denominator)
    return found


def _require_fitting(
    draft: ValueDraft | PartDraft, measure: Measure, problems: Problems, complete: bool, at: str
) -> None:
    for name in NUMBERS:
        given, wanted = getattr(draft, name) is not None, name in FITTING[measure]
        problems.unless(
            given or not wanted or not complete,
            f"{at}{name}",
            say("Give a number; where there is none, report nothing yet."),
        )
        problems.unless(
            wanted or not given,
            f"{at}{name}",
            say(
                "This indicator is a {measure} one; leave this out and give {fitting}.",
                measure=word(measure),
                fitting=words(sorted(FITTING[measure]) or ["a narrative"]),
            ),
        )
    if draft.denominator is not None and draft.denominator.is_finite():
        problems.unless(draft.denominator > 0, f"{at}denominator", say("Must be more than zero."))


def _parts(
    drafts: Sequence[PartDraft],
    measure: Measure,
    dimensions: Mapping[int, Dimension],
    problems: Problems,
) -> list[tuple[Dimension, Mapping[str, Any]]]:
    """Parts without a number are missing, and not kept."""
    problems.unless(
        len(drafts) <= PARTS_MOST, "parts", say("At most {most} parts.", most=PARTS_MOST)
    )
    found: dict[tuple[int, str], tuple[Dimension, Mapping[str, Any]]] = {}
    for index, draft in enumerate(drafts):
        if all(getattr(draft, name) is None for name in NUMBERS):
            continue
        dimension = dimensions.get(draft.dimension_id)
        if dimension is None or draft.category not in dimension.categories:
            _refuse_part(dimension, f"parts.{index}.", problems)
            continue
        numbers = _numbers(draft, measure, problems, True, f"parts.{index}.")
        key = (dimension.id, draft.category)
        problems.unless(
            key not in found, f"parts.{index}.category", say("Told twice; leave one of both out.")
        )
        found[key] = (dimension, {"category": draft.category, **numbers})
    return list(found.values())


def _refuse_part(dimension: Dimension | None, at: str, problems: Problems) -> None:
    if dimension is None:
        missing = say("The indicator is not broken down by this; declare the dimension first.")
        problems.add(f"{at}dimension_id", missing)
        return
    offered = listed(dimension.categories)
    message = say("There is no such part; choose one of: {offered}.", offered=offered)
    problems.add(f"{at}category", message)
