"""What a plan still lacks for a start, in words, with where each is filled in."""

from dataclasses import dataclass
from typing import Any

from tracker.domain.projects.gaps import PlanGap, no_indicator, no_milestone
from tracker.domain.projects.rules import PLANNING
from tracker.web.pages import AnyRequest, reader_of


@dataclass(frozen=True)
class PlanGaps:
    """What to draw: messages with addresses, whether the budget is empty, and whether the plan
    goes its way to the mayors regardless."""

    required: list[tuple[str, str]]
    budget: str | None
    proposed: bool


def plan_gaps(
    request: AnyRequest, project: dict[str, Any], *, adds: bool = False, costs: bool = False
) -> PlanGaps | None:
    """What the project of a page's data lacks, while it is planned, for who adds to the plan or
    only reads it; None where nothing, and for those who see none of it. Where the page tells what
    the plan `costs`, it says itself that there is no budget yet."""
    told = {PlanGap.BUDGET_LINES} if costs else set()
    gaps = [gap for each in project["planGaps"] or [] if (gap := each.lower()) not in told]
    if project["state"].lower() not in PLANNING or not gaps:
        return None
    path = f"/projects/{project['code']}"
    found = [
        (no_milestone(gaps, adds=adds), f"{path}/milestones/new"),
        (no_indicator(gaps, adds=adds), f"{path}/results"),
    ]
    reader = reader_of(request)
    return PlanGaps(
        required=[(reader.say(message), address) for message, address in found if message],
        budget=f"{path}/budget/lines/new" if PlanGap.BUDGET_LINES in gaps else None,
        proposed=not project["agreedAt"],
    )
