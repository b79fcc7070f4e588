"""Status reports in any state."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tests.cast import Cast
from tests.factories.projects import JointProject
from tracker.domain import clock
from tracker.domain.projects.rhythm import last_day
from tracker.domain.projects.tables import Health, ReportingRhythm
from tracker.domain.status_reports import actions
from tracker.domain.status_reports.actions import StatusReportDraft
from tracker.domain.status_reports.drafting import draft_reports
from tracker.domain.status_reports.tables import StatusReport

DRAFT = StatusReportDraft(
    schedule=Health.AMBER,
    outcomes=Health.GREEN,
    budget=Health.GREEN,
    partnership=Health.GREEN,
    achieved="The portal is open to 40 testers.",
    next="Training of the front office.",
    at_risk="The tender for servers is two weeks late.",
    decision_needed="None.",
)


def report_draft(**changes: Any) -> StatusReportDraft:
    """A report that lacks nothing."""
    return replace(DRAFT, **changes)


def noon(day: date) -> datetime:
    """An instant that falls on the day in every city of the cast but Lima."""
    return datetime.combine(day, time(9), UTC)


async def after_period(project: JointProject) -> datetime:
    """An instant just after the first period on which the project's cities report."""
    row = await project.row()
    assert row.reports_since
    return noon(last_day(row.reports_since, ReportingRhythm(row.reporting_rhythm))) + timedelta(1)


async def status_report(
    cast: Cast, project: JointProject, city: str = "nairobi", state: str = "published",
    **changes: Any,
) -> StatusReport:  # fmt: skip
    """A report of the city on the first period of a project under way."""
    actor = cast[f"{city}_coordinator"]
    with clock.at(max(clock.now(), await after_period(project))):
        await draft_reports()
        [row] = await StatusReport.objects().where(
            StatusReport.project == project.id, StatusReport.city == getattr(cast, city)
        )
        if state != "empty":
            row = await actions.edit(actor, row.id, report_draft(**changes))
        if state == "published":
            row = await actions.publish(actor, row.id)
    return row
