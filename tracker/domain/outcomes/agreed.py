"""What a plan change that both sides agreed to adds to what is measured, in the caller's
transaction. The caller has checked it."""

from collections.abc import Mapping
from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.audit import create, note
from tracker.domain.outcomes.library import result_for
from tracker.domain.outcomes.tables import Indicator, IndicatorDefinition, Period


async def add_period_as_agreed(
    actor: Actor, project_id: int, indicator_id: int, plan: Mapping[str, Any], plan_change_id: int
) -> Period:
    """Another period of the indicator, with its target."""
    row = Period(project=project_id, indicator=indicator_id, **plan)
    note(row, "plan_change", None, plan_change_id)
    return await create(actor, row, "add")


async def add_indicator_as_agreed(
    actor: Actor, project_id: int, result_id: int | None, plan: dict[str, Any], plan_change_id: int
) -> Indicator:
    """Another indicator with its first periods; one of the library's goes to the result that it
    shows, which is added where there is none."""
    if result_id is None:
        [definition] = await IndicatorDefinition.objects().where(
            IndicatorDefinition.id == plan["definition"]
        )
        result_id = (await result_for(actor, project_id, definition)).id
    columns = {name: value for name, value in plan.items() if name != "periods"}
    row = Indicator(project=project_id, result=result_id, **columns)
    note(row, "plan_change", None, plan_change_id)
    await create(actor, row, "add")
    for period in plan["periods"]:
        await add_period_as_agreed(actor, project_id, row.id, period, plan_change_id)
    return row
