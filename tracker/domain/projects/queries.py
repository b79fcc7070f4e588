"""What the actions must know for themselves, past visibility: each one statement."""

from dataclasses import fields
from datetime import datetime

from tracker.domain.independence import people
from tracker.domain.projects.gaps import gaps
from tracker.domain.projects.rules import Facts
from tracker.domain.projects.tables import Decision, DecisionState, Participation, Project, Side

# Due values are judged by the civil date in the lead city's zone; a period is due once it ended.
_FACTS = f"""
SELECT
  p.lead_city,
  ARRAY(SELECT DISTINCT who.person FROM audit_event a,
      LATERAL (VALUES (a.actor), (a.on_behalf_of)) AS who (person)
    WHERE a.subject_type = 'project' AND a.subject_id = p.id
      AND a.verb IN ('propose', 'edit', 'submit') AND who.person IS NOT NULL) AS authors,
  ARRAY(SELECT city FROM participation WHERE project = p.id ORDER BY city) AS city_ids,
  ARRAY(SELECT c.name FROM participation x JOIN city c ON c.id = x.city
    WHERE x.project = p.id AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.project = p.id
      AND d.city = x.city AND d.kind = 'endorse' AND d.state = 'given'
      AND d.created_at >= p.reviewed_at) ORDER BY c.name)
    AS missing_endorsements,
  ARRAY(SELECT c.name FROM participation x JOIN city c ON c.id = x.city
    WHERE x.project = p.id AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.project = p.id
      AND d.city = x.city AND d.kind = 'sign' AND d.state = 'given') ORDER BY c.name)
    AS missing_signatures,
  {gaps("p")} AS plan_gaps,
  ARRAY(SELECT m.title FROM milestone m WHERE m.project = p.id
    AND m.state NOT IN ('accepted', 'waived') ORDER BY m.due_on, m.id) AS open_milestones,
  ARRAY(SELECT i.title || ' (' || q.starts_on || ' – ' || q.ends_on || ')'
    FROM period q JOIN indicator i ON i.id = q.indicator JOIN city c ON c.id = p.lead_city
    WHERE q.project = p.id AND q.ends_on < ({{}}::timestamptz AT TIME ZONE c.time_zone)::date
      AND q.waived_reason IS NULL AND NOT EXISTS (
        SELECT 1 FROM value v WHERE v.period = q.id AND v.state = 'approved')
    ORDER BY i.title, q.starts_on) AS missing_values,
  ARRAY(SELECT c.name FROM participation x JOIN city c ON c.id = x.city
    WHERE x.project = p.id AND NOT EXISTS (SELECT 1 FROM evaluation e WHERE e.project = p.id
      AND e.city = x.city AND e.submitted_at IS NOT NULL) ORDER BY c.name) AS missing_evaluations,
  ARRAY(SELECT c.name FROM participation x JOIN city c ON c.id = x.city
    WHERE x.project = p.id AND x.side IN ('recipient', 'co_recipient')
      AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.project = p.id AND d.city = x.city
        AND d.kind = 'accept' AND d.state = 'given' AND d.lapsed_at IS NULL)
    ORDER BY c.name) AS missing_acceptances,
  ARRAY(SELECT d.requirement::text FROM decision d WHERE d.project = p.id AND d.kind = 'waive'
    AND d.state = 'given' AND d.lapsed_at IS NULL) AS waived
FROM project p WHERE p.id = {{}}
"""  # noqa: S608 - composed from constants


async def facts(project_id: int, now: datetime) -> Facts:
    """What the lifecycle's guards and permissions look at, as of the instant `now`."""
    [row] = await Project.raw(_FACTS, now, project_id)
    return Facts(**{field.name: row[field.name] for field in fields(Facts)})


async def recipients(project_id: int) -> list[int]:
    """The cities for which the project brings something about."""
    rows = await Participation.select(Participation.city).where(
        Participation.project == project_id,
        Participation.side.is_in([Side.RECIPIENT, Side.CO_RECIPIENT]),
    )
    return [row["city"] for row in rows]


async def deciding(decision_id: int) -> Decision | None:
    """The decision past visibility, for who settles it; None where there is none."""
    return await Decision.objects().where(Decision.id == decision_id).first()


async def hold_project(decision_id: int) -> None:
    """Lock the decision's project, so that its mayors answer one after the other."""
    await Decision.raw(
        "SELECT p.id FROM project p JOIN decision d ON d.project = p.id WHERE d.id = {}"
        " FOR NO KEY UPDATE OF p",
        decision_id,
    )


async def settled_elsewhere(decision: Decision) -> frozenset[int]:
    """The numbers of whoever gave the same decision for another city of the project, deputies
    and their mayors."""
    rows = await Decision.select(Decision.decided_by, Decision.on_behalf_of).where(
        Decision.project == decision.project,
        Decision.kind == decision.kind,
        Decision.city != decision.city,
        Decision.state == DecisionState.GIVEN,
    )
    return people(*(row[name] for row in rows for name in ("decided_by", "on_behalf_of")))


async def next_code(year: int) -> str:
    """A code no other project has, such as ES-2026-0042."""
    [row] = await Project.raw("SELECT nextval('project_code') AS number")
    return f"ES-{year}-{row['number']:04d}"


async def freeze_baseline(project_id: int) -> None:
    """From agreement on, slippage is measured against the dates as they are now, and changes of
    the budget against its amounts."""
    await Project.raw(
        "UPDATE milestone SET baseline_due_on = due_on"
        " WHERE project = {} AND baseline_due_on IS NULL",
        project_id,
    )
    await Project.raw(
        "UPDATE budget_line SET baseline_amount = amount, baseline_person_days = person_days"
        " WHERE project = {} AND num_nonnulls(baseline_amount, baseline_person_days) = 0",
        project_id,
    )
