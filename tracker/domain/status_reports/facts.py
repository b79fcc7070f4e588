"""What happened in a report's period, as figures that its coordinator finds beside the empty fields
and that are frozen with the report.

A JSON object. Numbers that somebody entered are text, so that no digit is lost; days are ISO 8601.
Nobody is named: what is frozen could not be forgotten on request.
"""

from tracker.domain import clock
from tracker.domain.database import fetch
from tracker.domain.milestones.rules import late_days, unsettled


def facts(t: str) -> str:
    """The facts of the report `t`: what falls into its period by the civil date in its city, and
    what stands open at `:now`. In SQL, as jsonb."""
    return f"""
(SELECT jsonb_build_object(
    'milestones', jsonb_build_object(
        'completed', {_milestones(t, _within(t, "m.completed_on"))},
        'moved', {_MOVED.format(t=t, within=_within(t, _day("a.at")))},
        'missed', {_milestones(t, _MISSED.format(t=t))},
        'upcoming', {_milestones(t, _UPCOMING.format(t=t))}),
    'values', {_VALUES.format(t=t, within=_within(t, _day("v.approved_at")))},
    'decisions', jsonb_build_object(
        'settled', {
        _decisions(t, f"d.state IN ('given', 'refused') AND {_within(t, _day('d.decided_at'))}")
    },
        'pending', {_decisions(t, "d.state = 'pending'")}),
    'budget', {_BUDGET.format(t=t)},
    'lateDays', {_LATE.format(t=t)},
    'progress', {_PROGRESS.format(t=t)},
    'asOf', to_char(:now AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'))
 FROM city fc WHERE fc.id = {t}.city)
"""


async def facts_of(status_report_id: int) -> str:
    """The facts of a report as they are now, as JSON text."""
    text = f"SELECT {facts('r')}::text AS facts FROM status_report r WHERE r.id = $1"
    [row] = await fetch(text.replace(":now", "$2::timestamptz"), status_report_id, clock.now())
    found: str = row["facts"]
    return found


def _day(instant: str) -> str:
    """The civil date of an instant in the city that reports."""
    return f"({instant} AT TIME ZONE fc.time_zone)::date"


def _within(t: str, day: str) -> str:
    return f"{day} BETWEEN {t}.starts_on AND {t}.ends_on"


def _milestones(t: str, condition: str) -> str:
    return f"""(SELECT coalesce(jsonb_agg(jsonb_build_object('title', m.title, 'city', mc.name,
        'dueOn', m.due_on, 'completedOn', m.completed_on, 'state', m.state, 'reason',
        CASE WHEN m.state = 'missed' THEN m.state_reason END) ORDER BY m.due_on, m.id), '[]')
     FROM milestone m JOIN city mc ON mc.id = m.city
     WHERE m.project = {t}.project AND {condition})"""


_MISSED = (
    "m.due_on <= {t}.ends_on AND m.state <> 'waived'"
    " AND (m.completed_on > {t}.ends_on) IS NOT FALSE"
)
"""Due by the end of the period, and not done by then."""

_UPCOMING = (
    f"{unsettled('m')} AND m.completed_on IS NULL"
    " AND m.due_on - {t}.ends_on BETWEEN 1 AND {t}.ends_on - {t}.starts_on + 1"
)
"""Due in a period of the same length afterwards."""

# What a proposal said before it was agreed was no date yet, so its moves are not told.
_MOVED = """(SELECT coalesce(jsonb_agg(jsonb_build_object('title', m.title, 'city', mc.name,
        'from', a.before ->> 'due_on', 'to', a.after ->> 'due_on', 'moves', a.after -> 'moves',
        'reason', a.after ->> 'move_reason') ORDER BY a.id), '[]')
     FROM audit_event a JOIN milestone m ON m.id = a.subject_id JOIN city mc ON mc.id = m.city
     WHERE a.project = {t}.project AND a.subject_type = 'milestone' AND a.after ? 'moves'
       AND a.before ? 'due_on' AND {within})"""

_VALUES = """(SELECT coalesce(jsonb_agg(jsonb_build_object('indicator', i.title, 'city', vc.name,
        'startsOn', q.starts_on, 'endsOn', q.ends_on, 'value', v.value::text, 'unit', i.unit,
        'target', q.target_value::text, 'baseline', i.baseline_value::text,
        'narrative', nullif(v.narrative, '')) ORDER BY v.approved_at, v.id), '[]')
     FROM value v JOIN period q ON q.id = v.period JOIN indicator i ON i.id = q.indicator
     JOIN city vc ON vc.id = v.city
     WHERE v.project = {t}.project AND v.state = 'approved' AND {within})"""


def _decisions(t: str, condition: str) -> str:
    return f"""(SELECT coalesce(jsonb_agg(jsonb_build_object('kind', d.kind, 'city', dc.name,
        'state', d.state, 'deadlineOn', d.deadline_on, 'decidedOn', {_day("d.decided_at")})
        ORDER BY d.deadline_on, d.id), '[]')
     FROM decision d JOIN city dc ON dc.id = d.city
     WHERE d.project = {t}.project AND {condition})"""


_BUDGET = """(SELECT coalesce(jsonb_agg(jsonb_build_object('city', s.name, 'type', s.type,
        'currency', s.currency, 'amount', s.amount::text, 'personDays', s.person_days::text)
        ORDER BY s.name, s.type, s.currency), '[]')
     FROM (SELECT bc.name, b.type, b.currency, sum(b.amount) AS amount,
                  sum(b.person_days) AS person_days
           FROM budget_line b JOIN city bc ON bc.id = b.city
           WHERE b.project = {t}.project GROUP BY bc.name, b.type, b.currency) s)"""

_LATE = f"""(SELECT coalesce(max({late_days("m", "(:now AT TIME ZONE mc.time_zone)::date")}), 0)
     FROM milestone m JOIN city mc ON mc.id = m.city
     WHERE m.project = {{t}}.project AND {unsettled("m")})"""

_PROGRESS = """(SELECT round(coalesce(sum(m.weight) FILTER (WHERE m.state = 'accepted'), 0)::numeric
        / sum(m.weight), 4)::text
     FROM milestone m WHERE m.project = {t}.project AND m.state <> 'waived')"""
