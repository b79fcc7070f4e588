"""The library of ready indicators that a project starts from; the secretariat looks after it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, load
from tracker.domain.database import transaction
from tracker.domain.edits import completed, edits
from tracker.domain.errors import Forbidden
from tracker.domain.messages import say
from tracker.domain.outcomes.actions import (
    IndicatorDraft,
    checked_unit,
    plan_indicator,
    planned,
)
from tracker.domain.outcomes.tables import (
    Accumulation,
    Aggregation,
    Benefit,
    Indicator,
    IndicatorDefinition,
    Measure,
    Result,
    ResultType,
)
from tracker.domain.problems import Problems
from tracker.domain.roles import Permission
from tracker.domain.visibility import everyone


@dataclass(frozen=True, kw_only=True)
class DefinitionPlan:
    """A ready indicator: what it measures and how, for which result and whose benefit."""

    title: str
    result_title: str
    result_type: ResultType
    benefit: Benefit
    measure: Measure
    ascending: bool
    accumulation: Accumulation
    aggregation: Aggregation
    unit: str = ""
    means_of_verification: str = ""


@dataclass(frozen=True, kw_only=True)
class Adoption:
    """What a project says of a ready indicator: where it stands before the project."""

    baseline_value: Decimal | None = None
    baseline_on: date | None = None


async def adopt(actor: Actor, project_id: int, definition_id: int, draft: Adoption) -> Indicator:
    """Measure in a project what the library defines. It goes to the project's result of that
    name, which is added where there is none.

    Raises Invalid, NotFound, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    async with transaction():
        await planned(actor, project_id, problems)
        definition = await load(actor, IndicatorDefinition, definition_id, everyone)
        problems.unless(
            definition.retired_at is None,
            "definition_id",
            say("The library does not offer it any more; choose another one."),
        )
        problems.unless(
            not await Indicator.exists().where(
                Indicator.project == project_id, Indicator.definition == definition_id
            ),
            "definition_id",
            say("The project measures this already."),
        )
        problems.raise_any()
        result = await _result(actor, project_id, definition)
        return await plan_indicator(actor, result.id, _draft(definition, draft), definition_id)


async def add_definition(actor: Actor, draft: DefinitionPlan) -> IndicatorDefinition:
    """Put a ready indicator into the library.

    Raises Invalid, or Forbidden for anybody but the secretariat's officers.
    """
    _require_officer(actor)
    problems = Problems()
    plan = _checked(draft, problems)
    problems.raise_any()
    async with transaction():
        row = IndicatorDefinition(created_at=clock.now(), **plan)
        return await create(actor, row, "add")


@edits
async def edit_definition(
    actor: Actor,
    indicator_definition_id: int,
    draft: DefinitionPlan,
    seen_version: int | None = None,
) -> IndicatorDefinition:
    """Rewrite a ready indicator. Projects that have adopted it keep what they adopted.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the secretariat's officers.
    """
    problems = Problems()
    async with _kept(actor, indicator_definition_id, "edit", seen_version) as row:
        plan = _checked(completed(draft, row), problems)
        problems.raise_any()
        for name, value in plan.items():
            setattr(row, name, value)
    return row


async def retire_definition(
    actor: Actor, indicator_definition_id: int, seen_version: int | None = None
) -> IndicatorDefinition:
    """Offer it no more; projects that have adopted it keep it.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the secretariat's officers.
    """
    problems = Problems()
    async with _kept(actor, indicator_definition_id, "retire", seen_version) as row:
        problems.unless(
            row.retired_at is None, "indicator_definition_id", say("It is retired already.")
        )
        problems.raise_any()
        row.retired_at = clock.now()
    return row


async def restore_definition(
    actor: Actor, indicator_definition_id: int, seen_version: int | None = None
) -> IndicatorDefinition:
    """Offer a retired one again.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the secretariat's officers.
    """
    problems = Problems()
    async with _kept(actor, indicator_definition_id, "restore", seen_version) as row:
        problems.unless(
            row.retired_at is not None, "indicator_definition_id", say("It is not retired.")
        )
        problems.raise_any()
        row.retired_at = None
    return row


@asynccontextmanager
async def _kept(
    actor: Actor, number: int, verb: str, seen_version: int | None
) -> AsyncIterator[IndicatorDefinition]:
    async with change(
        actor, IndicatorDefinition, number, everyone, verb, seen_version=seen_version
    ) as row:
        _require_officer(actor)
        yield row


def _require_officer(actor: Actor) -> None:
    if not actor.may(Permission.REVIEW):
        raise Forbidden(say("Only the secretariat's officers look after the library."))


async def _result(actor: Actor, project_id: int, definition: IndicatorDefinition) -> Result:
    found = await Result.objects().get(
        (Result.project == project_id) & (Result.title == definition.result_title)
    )
    if found is not None:
        return found
    result = Result(
        project=project_id,
        type=definition.result_type,
        title=definition.result_title,
        benefit=definition.benefit,
    )
    return await create(actor, result, "add")


def _draft(definition: IndicatorDefinition, adoption: Adoption) -> IndicatorDraft:
    return IndicatorDraft(
        title=definition.title,
        measure=Measure(definition.measure),
        ascending=definition.ascending,
        accumulation=Accumulation(definition.accumulation),
        aggregation=Aggregation(definition.aggregation),
        unit=definition.unit,
        baseline_value=adoption.baseline_value,
        baseline_on=adoption.baseline_on,
        means_of_verification=definition.means_of_verification,
    )


def _checked(draft: DefinitionPlan, problems: Problems) -> dict[str, Any]:
    unit = checked_unit(draft.measure, draft.aggregation, draft.unit, problems)
    means = problems.text("means_of_verification", draft.means_of_verification)
    return {
        **vars(draft),
        "title": problems.title("title", draft.title),
        "result_title": problems.title("result_title", draft.result_title),
        "unit": unit,
        "means_of_verification": means,
    }
