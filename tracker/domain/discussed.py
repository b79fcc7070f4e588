"""What people talk about stays in the plan: the one rule that every removal asks."""

from collections.abc import Sequence

from tracker.domain.database import fetch
from tracker.domain.messages import say
from tracker.domain.problems import Problems

DISCUSSED = say("It was commented on; edit it instead, so that what people said keeps its place.")

PARTS = {"milestone": "evidence", "indicator": "period"}
"""Table of what is removed -> that of its parts, which go with it."""


async def require_undiscussed(subject: str, number: int, problems: Problems) -> None:
    """Notes that a comment on it, or on a part of it, stands. The caller holds its row; its parts
    are held here, so that nobody begins to talk about them meanwhile."""
    part = PARTS.get(subject, "")
    held = await _parts(part, subject, number) if part else []
    found = await discussed(subject, [number]) | await discussed(part, held)
    problems.unless(not found, f"{subject}_id", DISCUSSED)


async def discussed(subject: str, numbers: Sequence[int]) -> set[int]:
    """Those of them, which the caller holds, on which a comment stands."""
    rows = await fetch(
        "SELECT DISTINCT subject_id FROM comment WHERE withdrawn_at IS NULL"
        " AND subject_type = $1 AND subject_id = ANY($2)",
        *(subject, numbers),
    )
    return {row["subject_id"] for row in rows}


async def _parts(part: str, subject: str, number: int) -> list[int]:
    rows = await fetch(
        f"SELECT id FROM {part} WHERE {subject} = $1 ORDER BY id FOR UPDATE",  # noqa: S608 - ours
        number,
    )
    return [row["id"] for row in rows]
