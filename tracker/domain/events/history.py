"""How projects and milestones stood in the past. In SQL: a row for each stretch of time in which
nothing of it changed, from `since` (included) to `until` (not).

PostgreSQL keeps the stretches as the audit trail grows: see the migration that made them. A row
that the trail does not know the beginning of began as it was inserted, on the day it was made.
"""

from tracker.domain.projects.rules import among_partners
from tracker.domain.projects.tables import Project


def projects() -> str:
    """A SELECT of all columns of `project`, with `state` and `reported_health` as they were. What
    a project was before somebody could see it stays hidden from them: its draft from all but the
    city that wrote it, its review from all but the partners and the secretariat."""
    told = ("state", "reported_health")
    kept = [column._meta.name for column in Project._meta.columns if column._meta.name not in told]
    columns = ", ".join(f'p."{name}"' for name in kept)
    return f"""
SELECT {columns}, h.state, h.reported_health, h.until,
       CASE WHEN p.lead_city = ANY(:cities) THEN h.since
            WHEN {among_partners("p.id")} THEN greatest(h.since, p.submitted_at)
            ELSE greatest(h.since, p.agreed_at) END AS since
FROM project_past h JOIN project p ON p.id = h.project
"""


def milestones() -> str:
    """A SELECT of `id`, `project`, `city`, `state`, `due_on` and `completed_on` of all milestones,
    those removed since included."""
    return (
        "SELECT h.milestone AS id, h.project, h.city, h.state, h.due_on,"
        " h.completed_on, h.since, h.until FROM milestone_past h"
    )
