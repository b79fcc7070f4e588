"""What the actions and the store of files must know, past visibility: each one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tracker.domain.database import fetch
from tracker.domain.independence import DRAWING_UP, HANDING_IN
from tracker.domain.independence import authors as made
from tracker.domain.milestones.tables import Evidence


async def kept_files(keys: Sequence[str]) -> set[str]:
    """Those of the keys that some evidence refers to."""
    rows = await Evidence.select(Evidence.file_key).where(Evidence.file_key.is_in(list(keys)))
    return {row["file_key"] for row in rows}


async def file_key(evidence_id: int) -> str:
    """The key of the file, for a reader who was found to see the evidence."""
    [row] = await Evidence.select(Evidence.file_key).where(Evidence.id == evidence_id)
    return str(row["file_key"])


async def files_of_project(project_id: int) -> tuple[int, int]:
    """How many files a project holds as evidence, and their bytes."""
    [row] = await fetch(
        "SELECT count(*) AS files, coalesce(sum(size), 0)::bigint AS size FROM evidence"
        " WHERE project = $1 AND file_key IS NOT NULL",
        project_id,
    )
    return row["files"], row["size"]


async def authors(milestone_id: int) -> frozenset[int]:
    """The numbers of everybody who began the milestone, missed it or handed it in, attached what
    shows it, or planned it, be it by a change of the agreed plan, and is or was of its city."""
    rows = await Evidence.select(Evidence.author).where(
        Evidence.milestone == milestone_id, Evidence.author.is_not_null()
    )
    attached = frozenset(row["author"] for row in rows)
    planned = await made("milestone", milestone_id, DRAWING_UP) | await _proposers(milestone_id)
    planned &= await _of_its_city(milestone_id)
    return attached | planned | await made("milestone", milestone_id, HANDING_IN)


@dataclass(frozen=True)
class SentBack:
    """When a milestone was last returned or declared missed, a civil date where its city is; and
    the day on which it was said to be done until then, None of a missed one."""

    on: date
    said: date | None


async def sent_back(milestone_id: int, zone: str) -> SentBack | None:
    """What the trail tells of it, by the calendar of an IANA time zone; None of one that never
    was."""
    rows = await fetch(
        "SELECT (at AT TIME ZONE $2)::date AS day,"
        " CASE verb WHEN 'return' THEN (before ->> 'completed_on')::date END AS said"
        " FROM audit_event WHERE subject_type = 'milestone' AND subject_id = $1"
        " AND verb IN ('return', 'miss') ORDER BY at DESC, id DESC LIMIT 1",
        milestone_id,
        zone,
    )
    return SentBack(rows[0]["day"], rows[0]["said"]) if rows else None


async def _proposers(milestone_id: int) -> frozenset[int]:
    """The numbers of everybody who proposed an accepted change of the plan about it."""
    rows = await fetch(
        "SELECT DISTINCT c.proposed_by FROM plan_change c JOIN plan_change_item i"
        " ON i.plan_change = c.id WHERE i.milestone = $1 AND c.state = 'accepted'",
        milestone_id,
    )
    return frozenset(row["proposed_by"] for row in rows)


async def _of_its_city(milestone_id: int) -> frozenset[int]:
    """The numbers of everybody who has or had a role in the city whose work it is."""
    rows = await fetch(
        "SELECT DISTINCT h.person FROM membership h JOIN milestone m ON m.city = h.city"
        " WHERE m.id = $1",
        milestone_id,
    )
    return frozenset(row["person"] for row in rows)
