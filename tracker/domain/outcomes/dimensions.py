"""What values are broken down by: declared on an indicator, told with each value."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.audit import change, load, record_gone
from tracker.domain.database import transaction
from tracker.domain.edits import completed, edits
from tracker.domain.messages import listed, say
from tracker.domain.outcomes import queries
from tracker.domain.outcomes.actions import (
    DIMENSIONS_MOST,
    DimensionPlan,
    check_dimensions,
    declare,
    planned,
)
from tracker.domain.outcomes.rules import visible
from tracker.domain.outcomes.tables import Dimension, Indicator
from tracker.domain.problems import Problems

AGREED = say("Both cities agreed to break values down by it, so it stays; add another one beside.")


async def add_dimension(actor: Actor, indicator_id: int, draft: DimensionPlan) -> Dimension:
    """Have an indicator's values broken down by something. It sets nobody a target, so a partner
    adds it to an agreed plan as well.

    Raises Invalid, NotFound, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    async with transaction():
        indicator = await load(actor, Indicator, indicator_id, visible)
        await planned(actor, indicator.project, problems)
        others = await Dimension.select(Dimension.name).where(Dimension.indicator == indicator_id)
        problems.unless(
            len(others) < DIMENSIONS_MOST,
            "name",
            say("At most {most} dimensions.", most=DIMENSIONS_MOST),
        )
        plan = _checked(indicator, draft, [row["name"] for row in others], problems)
        problems.raise_any()
        return await declare(actor, indicator, plan)


@edits
async def edit_dimension(
    actor: Actor, dimension_id: int, draft: DimensionPlan, seen_version: int | None = None
) -> Dimension:
    """Rewrite what values are broken down by. Parts that figures were reported for stay, and so
    does what both cities agreed on.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    async with _open(actor, dimension_id, "edit", seen_version, problems) as (row, indicator):
        others = await Dimension.select(Dimension.name).where(
            Dimension.indicator == row.indicator, Dimension.id != dimension_id
        )
        draft = completed(draft, row)
        plan = _checked(indicator, draft, [each["name"] for each in others], problems)
        lost = await queries.reported_categories(dimension_id) - set(plan["categories"])
        problems.unless(
            not lost,
            "categories",
            say(
                "Figures were reported for {lost}; keep what they stand for.",
                lost=listed(sorted(lost)),
            ),
        )
        problems.raise_any()
        for name, value in plan.items():
            setattr(row, name, value)
    return row


async def remove_dimension(
    actor: Actor, dimension_id: int, seen_version: int | None = None
) -> Dimension:
    """Break values down by it no more, as long as no figure was reported for a part and the cities
    have not agreed on it.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    async with _open(actor, dimension_id, "remove", seen_version, problems) as (row, _):
        used = await queries.reported_categories(dimension_id)
        problems.unless(not used, "dimension_id", say("Figures were reported by it, so it stays."))
        problems.raise_any()
        await record_gone(actor, row, "remove")
        await Dimension.delete().where(Dimension.id == dimension_id)
    return row


@asynccontextmanager
async def _open(
    actor: Actor, dimension_id: int, verb: str, seen_version: int | None, problems: Problems
) -> AsyncIterator[tuple[Dimension, Indicator]]:
    async with change(
        actor, Dimension, dimension_id, visible, verb, seen_version=seen_version
    ) as row:
        project = await planned(actor, row.project, problems)
        if await queries.is_agreed("dimension", dimension_id, project.agreed_at):
            problems.add("project", AGREED)
        yield row, await load(actor, Indicator, row.indicator, visible)


def _checked(
    indicator: Indicator, draft: DimensionPlan, others: Sequence[str], problems: Problems
) -> dict[str, Any]:
    [plan] = check_dimensions(indicator.measure, [draft], problems)
    problems.unless(
        plan["name"] not in others, "name", say("Declared already; edit that dimension instead.")
    )
    return plan
