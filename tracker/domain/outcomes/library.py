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
    require_unagreed,
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
    """Measure in a project what the library defines, until its plan is agreed; from then on,
    propose a plan change. It goes to the project's result of that name, which is added where there
    is none.

    Raises Invalid, NotFound, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    async with transaction():
        require_unagreed(await planned(actor, project_id, problems), problems)
        definition = await load(actor, IndicatorDefinition, definition_id, everyone)
        await check_offered(definition, project_id, problems)
        problems.raise_any()
        result = await result_for(actor, project_id, definition)
        return await plan_indicator(actor, result.id, draft_of(definition, draft), definition_id)


async def check_offered(
    definition: IndicatorDefinition, project_id: int, problems: Problems, at: str = ""
) -> None:
    """Notes why the project cannot adopt it. `at` says where it is named in the input."""
    problems.unless(
        definition.retired_at is None,
        f"{at}definition_id",
        say("The library does not offer it any more; choose another one."),
    )
    problems.unless(
        not await Indicator.exists().where(
            Indicator.project == project_id, Indicator.definition == definition.id
        ),
        f"{at}definition_id",
        say("The project measures this already."),
    )


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


async def find_result(project_id: int, definition: IndicatorDefinition) -> Result | None:
    """The project's result that the definition shows, if there is one."""
    found: Result | None = await Result.objects().get(
        (Result.project == project_id) & (Result.title == definition.result_title)
    )
    return found


async def result_for(actor: Actor, project_id: int, definition: IndicatorDefinition) -> Result:
    """The project's result that it shows, which is added where there is none."""
    if found := await find_result(project_id, definition):
        return found
    result = Result(
        project=project_id,
        type=definition.result_type,
        title=definition.result_title,
        benefit=definition.benefit,
    )
    return await create(actor, result, "add")


def draft_of(definition: IndicatorDefinition, adoption: Adoption) -> IndicatorDraft:
    """The indicator as the project would have it."""
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
