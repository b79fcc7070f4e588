"""Practices in any state."""

from dataclasses import replace
from typing import Any

from tests.cast import Cast
from tracker.domain.practices import actions
from tracker.domain.practices.actions import PracticePlan
from tracker.domain.practices.tables import Practice, Readiness

PLAN = PracticePlan(
    title="One-stop permits online",
    summary="Residents apply for every permit at one address and see where it stands.",
    themes=["permits", "open data"],
    readiness=Readiness.PROVEN,
    transfer_needs="Two analysts for six months and a legal review.",
    results_evidence="Processing time fell from 21 to 6 days in 2024 (annual report, p. 14).",
    languages=["ko", "en"],
)


def practice_plan(**changes: Any) -> PracticePlan:
    """A complete practice."""
    return replace(PLAN, **changes)


async def practice(cast: Cast, state: str = "published", **changes: Any) -> Practice:
    """A practice of Seoul's."""
    author = cast.seoul_coordinator
    row = await actions.draft(author, cast.seoul, practice_plan(**changes))
    if state in ("published", "archived"):
        row = await actions.publish(author, row.id)
    if state == "archived":
        row = await actions.archive(author, row.id)
    return row
