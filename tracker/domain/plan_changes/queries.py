"""What the actions must know past visibility: each one statement."""

from collections.abc import Sequence

from tracker.domain.database import fetch
from tracker.domain.plan_changes.drafts import Item
from tracker.domain.plan_changes.rules import counts, lapsed
from tracker.domain.plan_changes.tables import PlanChangeItem
from tracker.domain.projects.tables import Participation, Side


async def sides(project_id: int) -> dict[int, Side]:
    """City -> on which side of the project it takes part."""
    rows = await Participation.select(Participation.city, Participation.side).where(
        Participation.project == project_id
    )
    return {row["city"]: Side(row["side"]) for row in rows}


async def is_lapsed(plan_change_id: int) -> bool:
    """Whether nobody needs to answer it any more."""
    [row] = await fetch(
        f"SELECT {lapsed('c')} AS lapsed FROM plan_change c WHERE c.id = $1",  # noqa: S608 - ours
        plan_change_id,
    )
    return bool(row["lapsed"])


async def open_items(plan_change_id: int) -> list[PlanChangeItem]:
    """The parts that could still change, milestones first, each kind in the order of what they
    change: so that two acceptances do not wait for each other."""
    rows = await fetch(
        f"SELECT i.id FROM plan_change_item i WHERE i.plan_change = $1 AND {counts('i')}",  # noqa: S608 - ours
        plan_change_id,
    )
    found: list[PlanChangeItem] = (
        await PlanChangeItem.objects()
        .where(PlanChangeItem.id.is_in([row["id"] for row in rows] or [0]))
        .order_by(PlanChangeItem.milestone, PlanChangeItem.period, PlanChangeItem.budget_line)
        .order_by(PlanChangeItem.id)
    )
    return found


async def awaited(project_id: int, items: Sequence[Item]) -> list[int]:
    """The indexes of the parts about which another proposal waits for an answer already. A project
    has one planned end; what is yet to be added is about nothing that is there."""
    rows = await fetch(
        f"""
        SELECT w.place::int - 1 AS index
        FROM unnest($2::int[], $3::int[], $4::int[], $5::text[]) WITH ORDINALITY
            AS w (milestone, period, budget_line, kind, place)
        WHERE EXISTS (SELECT 1 FROM plan_change_item i JOIN plan_change c ON c.id = i.plan_change
            WHERE i.project = $1 AND (i.milestone = w.milestone OR i.period = w.period
                OR i.budget_line = w.budget_line OR (w.kind = 'move_end' AND i.kind = w.kind))
            AND c.decided_at IS NULL AND NOT {lapsed("c")})
        """,  # noqa: S608 - ours
        project_id,
        [item.milestone for item in items],
        [item.period for item in items],
        [item.budget_line for item in items],
        [item.kind.value for item in items],
    )
    return [row["index"] for row in rows]


async def hold(items: Sequence[PlanChangeItem]) -> None:
    """Lock what the parts would change, before the project: as all that changes them does."""
    for table in ("milestone", "period", "budget_line", "result", "indicator"):
        numbers = [getattr(item, table) for item in items if getattr(item, table)]
        if numbers:
            await fetch(
                f"SELECT id FROM {table} WHERE id = ANY($1) ORDER BY id FOR UPDATE",  # noqa: S608
                numbers,
            )
