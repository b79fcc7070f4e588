"""The status reports of the demonstration: what each city said of each quarter, in words made of
the facts that the tracker put beside the empty fields. Who has trouble or is silent still owes the
last one."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tracker.demo.data.shapes import D, Joint, R
from tracker.demo.dates import Calendar
from tracker.domain.actor import Actor
from tracker.domain.projects.rhythm import ended_periods, first_day
from tracker.domain.projects.tables import Health, Project, ReportingRhythm, Side
from tracker.domain.status_reports import actions
from tracker.domain.status_reports.actions import StatusReportDraft
from tracker.domain.status_reports.drafting import draft_reports
from tracker.domain.status_reports.facts import facts_of
from tracker.domain.status_reports.tables import StatusReport, StatusReportState

PUBLISHED_DAYS = {D: 6, R: 8}
"""After a quarter, each city publishes its report."""

LATEST_DAY = -3
"""Nothing of the portfolio happens later."""

SILENT_DAYS = 40
"""Who has said nothing for so long says nothing in a report either."""

ENDS = ("finalise", "cancel", "close")


def reported(joint: Joint, calendar: Calendar) -> Iterator[tuple[int, Side]]:
    """Day and side of each report that is published."""
    started = next((act.day for act in joint.acts if act.verb == "start"), None)
    if started is None:
        return
    ended = min((act.day for act in joint.acts if act.verb in ENDS), default=LATEST_DAY)
    since = max(
        first_day(calendar.on(started), ReportingRhythm.QUARTERLY), calendar.on(started)
    )  # fmt: skip
    periods = list(ended_periods(since, ReportingRhythm.QUARTERLY, calendar.on(ended)))
    for starts_on, ends_on in periods:
        for side, days in PUBLISHED_DAYS.items():
            day = calendar.day(ends_on + timedelta(days=days))
            last = (starts_on, ends_on) == periods[-1] and ended == LATEST_DAY
            if day < ended and not (last and _owed(joint, side)):
                yield day, side


def _owed(joint: Joint, side: Side) -> bool:
    """Whether the city has not got round to its last report."""
    acts = [*joint.acts, *(act for stage in joint.stages for act in stage.acts)]
    silent = max(act.day for act in acts) < -SILENT_DAYS
    troubled = any(act.verb == "miss" for act in acts) and side is R
    return silent or troubled


async def publish(actor: Actor, project: int, city: int) -> None:
    """Complete the city's oldest report that is not published, if there is one, and publish it."""
    await draft_reports()
    report = (
        await StatusReport.objects()
        .where(
            StatusReport.project == project,
            StatusReport.city == city,
            StatusReport.state == StatusReportState.DRAFT,
        )
        .order_by(StatusReport.ends_on)
        .first()
    )
    if report is None:
        return
    [row] = await Project.select(Project.reported_health).where(Project.id == project)
    facts = json.loads(await facts_of(report.id))
    await actions.edit(actor, report.id, _said(facts, row["reported_health"]))
    await actions.publish(actor, report.id)


def _said(facts: dict[str, Any], health: str | None) -> StatusReportDraft:
    steps, late = facts["milestones"], facts["lateDays"]
    fares = Health.RED if late > 30 else Health.AMBER if late > 7 else Health.GREEN
    late_steps = [f"“{each['title']}” is late." for each in steps["missed"]]
    moves = [f"“{each['title']}” was moved to {each['to']}: {each['reason']}"
             for each in steps["moved"]]  # fmt: skip
    return StatusReportDraft(
        schedule=Health(health) if health else fares,
        outcomes=Health.GREEN,
        budget=Health.GREEN,
        partnership=Health.GREEN,
        achieved=_lines([f"{each['title']}." for each in steps["completed"]])
        or "Work went on as planned; no milestone fell due.",
        next=_lines([f"{each['title']}, due {each['dueOn']}." for each in steps["upcoming"]])
        or "No milestone falls due in the next quarter.",
        at_risk=_lines([*late_steps, *moves]) or "Nothing at present.",
        decision_needed="None.",
    )


def _lines(texts: list[str]) -> str:
    return "\n".join(texts)
