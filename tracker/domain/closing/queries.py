"""What closing must know, past visibility: each one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tracker.domain.database import fetch
from tracker.domain.digests.issues import Owed, owe_issues
from tracker.domain.digests.rules import Period
from tracker.domain.digests.tables import DigestKind
from tracker.domain.discussed import discussed
from tracker.domain.roles import DECIDING, in_sql


async def follow_ups(project_id: int) -> list[tuple[int | None, dict[str, Any]]]:
    """The periods in which it is measured whether the change lasted, as columns of Period: one for
    each outcome and impact, which ends a year after the project did and asks for what the last
    target was; before each, the number of one that stands since an earlier closing and that nobody
    reported for. None where one was reported for or waived, or the plan reaches that far by
    itself."""
    rows = [dict(row) for row in await fetch(_FOLLOW_UPS, project_id)]
    return [(row.pop("kept"), row) for row in rows]


_FOLLOW_UPS = """
SELECT f.id AS kept, i.id AS indicator, span.begins AS starts_on, span.due AS ends_on,
       last.target_value
FROM project p
JOIN result r ON r.project = p.id AND r.type IN ('outcome', 'impact')
JOIN indicator i ON i.result = r.id
LEFT JOIN period f ON f.indicator = i.id AND f.follow_up
LEFT JOIN LATERAL (SELECT q.ends_on, q.target_value FROM period q
                   WHERE q.indicator = i.id AND NOT q.follow_up
                   ORDER BY q.ends_on DESC LIMIT 1) last ON true
CROSS JOIN LATERAL (
    SELECT greatest(p.actual_end_on, last.ends_on) + 1 AS begins,
           (p.actual_end_on + interval '1 year')::date AS due) span
WHERE p.id = $1 AND span.begins <= span.due
  AND f.waived_reason IS NULL AND f.locked_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM value v WHERE v.period = f.id)
ORDER BY i.id
"""


async def hold_follow_ups(project_id: int) -> list[int]:
    """Lock the project's follow-ups, before the project: in that order they are reported for and
    commented on."""
    rows = await fetch(
        "SELECT id FROM period WHERE project = $1 AND follow_up ORDER BY id FOR UPDATE", project_id
    )
    return [row["id"] for row in rows]


async def worked_on(period_ids: Sequence[int]) -> set[int]:
    """Those of them, which the caller holds, that somebody reported for, commented on or proposed
    to change."""
    rows = await fetch(_WORKED_ON, period_ids)
    return {row["id"] for row in rows} | await discussed("period", period_ids)


_WORKED_ON = """
SELECT period AS id FROM value WHERE period = ANY($1)
UNION SELECT period FROM plan_change_item WHERE period = ANY($1)
"""


async def owe_closing_digests(project_id: int, now: datetime) -> None:
    """A closing digest for each mayor and CIO of the partner cities who takes digests.

    The period is the project's whole life. Closing again after a reopening owes nothing new.
    """
    rows = await fetch(_READERS, project_id)
    await owe_issues([
        Owed(
            row["person"],
            Period(row["code"], row["created_at"], now),
            DigestKind.CLOSING,
            project_id,
        )
        for row in rows
    ])  # fmt: skip


_READERS = f"""
SELECT DISTINCT ON (m.person) m.person, p.code, p.created_at
FROM project p
JOIN participation x ON x.project = p.id
JOIN membership m ON m.city = x.city AND m.role IN {in_sql(DECIDING)} AND m.ended_at IS NULL
JOIN digest_subscription s ON s.person = m.person AND s.active
WHERE p.id = $1
"""  # noqa: S608 - our own names
