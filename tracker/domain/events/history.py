"""How projects and milestones stood in the past, from the audit trail. In SQL: a row for each
stretch of time in which nothing of it changed, from `since` (included) to `until` (not).

An event tells only what changed, so each is completed by what earlier ones said. A row that the
trail does not know the beginning of began as the first event about it says that it was, or as it
is now, on the day it was made.
"""

from tracker.domain.projects.rules import among_partners
from tracker.domain.projects.tables import Project

DIGITS = 12
"""Of an event's number, written so that a later one is also greater as text."""


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
FROM ({_spans("project", told, "")}) h JOIN project p ON p.id = h.subject
"""


def milestones(projects: str) -> str:
    """A SELECT of `id`, `project`, `city`, `state` and `due_on` of the milestones, those removed
    since included, of the `projects` (an SQL relation with their `id`)."""
    told = ("state", "due_on", "city")
    within = f" AND e.project IN (SELECT z.id FROM {projects} z)"
    return f"""
SELECT h.subject AS id, h.project, h.city::integer AS city, h.state, h.due_on::date AS due_on,
       h.since, h.until
FROM ({_spans("milestone", told, within)}) h WHERE h.state IS NOT NULL
"""


def _spans(table: str, told: tuple[str, ...], within: str) -> str:
    """Events about rows of the table, each with what it left behind, until the next one.

    A running maximum over number and value finds the last event that told of a column: it takes
    one sort for all columns, where asking for each by itself takes one sort each."""
    carried = "".join(
        f", nullif(substr(max(CASE WHEN e.gone OR e.after ? '{name}'"
        f" THEN lpad(e.id::text, {DIGITS}, '0') || coalesce(e.after->>'{name}', '')"
        f" END COLLATE \"C\") OVER w, {DIGITS + 1}), '') AS {name}"
        for name in told
    )
    return f"""
SELECT e.subject_id AS subject, e.project, e.at AS since,
       lead(e.at, 1, 'infinity') OVER w AS until{carried}
FROM ({_told(table, told, within)}) e
WINDOW w AS (PARTITION BY e.subject_id ORDER BY e.id)
"""


def _told(table: str, told: tuple[str, ...], within: str) -> str:
    """The events that tell of the columns, of the row's removal, or stand for its beginning."""
    project = "p.id" if table == "project" else "p.project"
    names = ", ".join(f"'{name}'" for name in told)
    first = ", ".join(
        f"'{name}', CASE WHEN f_{name}.found THEN f_{name}.told ELSE p.{name}::text END"
        for name in told
    )
    found = "".join(
        f" LEFT JOIN LATERAL (SELECT b.before->>'{name}' AS told, true AS found"
        f" FROM audit_event b WHERE b.subject_type = '{table}' AND b.subject_id = p.id"
        f" AND b.before ? '{name}' ORDER BY b.id LIMIT 1) f_{name} ON true"
        for name in told
    )
    return f"""
SELECT e.id, e.subject_id, e.project, e.at, e.after, e.after = '{{}}' AS gone
FROM audit_event e
WHERE e.subject_type = '{table}' AND (e.after ?| ARRAY[{names}] OR e.after = '{{}}'){within}
UNION ALL
SELECT 0, e.id, e.project, e.at, e.after, false
FROM (SELECT p.id, {project} AS project, p.created_at AS at, jsonb_build_object({first}) AS after
      FROM {table} p{found}
      WHERE NOT EXISTS (SELECT 1 FROM audit_event b WHERE b.subject_type = '{table}'
                        AND b.subject_id = p.id AND b.before = '{{}}')) e
WHERE true{within}
"""
