"""What people talk about stays in the plan: the one rule that every removal asks."""

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
    rows = await fetch(
        "SELECT FROM comment c WHERE c.withdrawn_at IS NULL"
        " AND ((c.subject_type = $1 AND c.subject_id = $2)"
        " OR (c.subject_type = $3 AND c.subject_id = ANY($4))) LIMIT 1",
        *(subject, number, part, held),
    )
    problems.unless(not rows, f"{subject}_id", DISCUSSED)


async def _parts(part: str, subject: str, number: int) -> list[int]:
    rows = await fetch(
        f"SELECT id FROM {part} WHERE {subject} = $1 ORDER BY id FOR UPDATE",  # noqa: S608 - ours
        number,
    )
    return [row["id"] for row in rows]
