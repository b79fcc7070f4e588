"""Completing a status report, publishing it for good, adding to it afterwards."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, load
from tracker.domain.cities.tables import City
from tracker.domain.database import fetch, transaction
from tracker.domain.edits import completed, edits
from tracker.domain.errors import Forbidden
from tracker.domain.messages import Message, say
from tracker.domain.problems import Problems
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.tables import Health, Project
from tracker.domain.roles import Permission
from tracker.domain.status_reports.facts import facts_of
from tracker.domain.status_reports.rules import visible, worst
from tracker.domain.status_reports.tables import Addendum, StatusReport, StatusReportState

FORMAT = 1
"""Of the document; counts up when its form changes, for whoever reads old ones."""

DIMENSIONS = ("schedule", "outcomes", "budget", "partnership")
NARRATIVE = ("achieved", "next", "at_risk", "decision_needed")

UNSAID = say("Say how it fares.")
UNWRITTEN = say("Write something here, and if it is that there is nothing.")

NOT_REPORTER = say("Only a coordinator of the city that reports works on its status report.")
PUBLISHED = say("This report is published and stays as it is; add to it instead.")


@dataclass(frozen=True, kw_only=True)
class StatusReportDraft:
    """What a coordinator says of the period; a draft may be incomplete."""

    schedule: Health | None = None
    outcomes: Health | None = None
    budget: Health | None = None
    partnership: Health | None = None
    achieved: str = ""
    next: str = ""
    at_risk: str = ""
    decision_needed: str = ""


@edits
async def edit(
    actor: Actor,
    status_report_id: int,
    draft: StatusReportDraft,
    seen_version: int | None = None,
) -> StatusReport:
    """Keep what is said so far; it is published by a step of its own.

    Raises Invalid, also for one that is published, NotFound, Conflict, or Forbidden for anybody
    but the city's coordinators.
    """
    problems = Problems()
    async with _draft(actor, status_report_id, "edit", seen_version, problems) as report:
        whole = completed(draft, report)
        said: dict[str, Any] = {name: getattr(whole, name) for name in DIMENSIONS}
        said |= {name: problems.text(name, getattr(whole, name)) for name in NARRATIVE}
        problems.raise_any()
        for name, value in said.items():
            setattr(report, name, value)
        report.health = worst(said[name] for name in DIMENSIONS)
        report.author = actor.person_id
    return report


async def publish(
    actor: Actor, status_report_id: int, seen_version: int | None = None
) -> StatusReport:
    """Freeze the report with the figures of this moment, and show it to the other city, to the
    secretariat and, as far as the project's public face goes, to the public. The project's
    reported health becomes the worst that the partner cities say of the period.

    Raises Invalid with everything that is missing, NotFound, Conflict, or Forbidden for anybody
    but the city's coordinators.
    """
    problems = Problems()
    async with _draft(actor, status_report_id, "publish", seen_version, problems) as report:
        said = {name: getattr(report, name) for name in (*DIMENSIONS, *NARRATIVE)}
        for name, messages in lacking(said).items():
            problems.add(name, messages[0])
        problems.raise_any()
        report.author = actor.person_id
        report.published_at = clock.now()
        await _freeze(report)
        report.state = StatusReportState.PUBLISHED
        await _report_health(actor, report)
    return report


def lacking(said: Mapping[str, str | None]) -> dict[str, list[Message]]:
    """What a report has yet to say before it can be published: field -> message."""
    empty = [name for name in (*DIMENSIONS, *NARRATIVE) if not said[name]]
    return {name: [UNSAID if name in DIMENSIONS else UNWRITTEN] for name in empty}


async def add_addendum(actor: Actor, status_report_id: int, text: str) -> Addendum:
    """Correct or complete a report that is published, beside it: whoever reads the report reads
    that too.

    Raises Invalid, NotFound, or Forbidden for anybody but the city's coordinators.
    """
    problems = Problems()
    text = problems.text("text", text, required=True)
    async with transaction():
        report = await load(actor, StatusReport, status_report_id, visible)
        _require_reporter(actor, report)
        problems.unless(
            report.state == StatusReportState.PUBLISHED,
            "status_report_id",
            say("The report is a draft; edit it instead."),
        )
        problems.raise_any()
        addendum = Addendum(
            project=report.project,
            status_report=report.id,
            text=text,
            author=actor.person_id,
            created_at=clock.now(),
        )
        return await create(actor, addendum, "add")


@asynccontextmanager
async def _draft(
    actor: Actor, status_report_id: int, verb: str, seen_version: int | None, problems: Problems
) -> AsyncIterator[StatusReport]:
    """A report that can still change, for its city's coordinators."""
    async with change(
        actor, StatusReport, status_report_id, visible, verb, seen_version=seen_version
    ) as report:
        _require_reporter(actor, report)
        if report.state == StatusReportState.PUBLISHED:
            problems.add("state", PUBLISHED)
            problems.raise_any()
        yield report


def _require_reporter(actor: Actor, report: StatusReport) -> None:
    """Raises Forbidden."""
    if not actor.may(Permission.REPORT, report.city):
        raise Forbidden(NOT_REPORTER)


async def _freeze(report: StatusReport) -> None:
    """Keep the report's document, whose hash the trail keeps as well. By a statement of its own:
    `change` does not look after it."""
    content = await _document(report)
    report.sha256 = sha256(content).hexdigest()
    await fetch(
        "UPDATE status_report SET snapshot = $2, sha256 = $3 WHERE id = $1",
        report.id,
        content,
        report.sha256,
    )


async def _document(report: StatusReport) -> bytes:
    """The report as canonical JSON (RFC 8259, UTF-8, keys in order, no white space), with
    everything by the name that it has now."""
    [project] = await Project.select(Project.code, Project.title).where(
        Project.id == report.project
    )
    [city] = await City.select(City.name, City.country_code).where(City.id == report.city)
    document = {
        "format": FORMAT,
        "project": {"code": project["code"], "title": project["title"]},
        "city": {"name": city["name"], "countryCode": city["country_code"]},
        "period": {"startsOn": report.starts_on, "endsOn": report.ends_on},
        "publishedAt": report.published_at.replace(microsecond=0),
        "health": {name: getattr(report, name) for name in (*DIMENSIONS, "health")},
        "achieved": report.achieved,
        "next": report.next,
        "atRisk": report.at_risk,
        "decisionNeeded": report.decision_needed,
        "facts": json.loads(await facts_of(report.id)),
    }
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


async def _report_health(actor: Actor, report: StatusReport) -> None:
    """The worst of what each partner city said last, this report included, as far as it is about
    the newest period: one city's green does not hide the other's red, nor a late report what was
    said since. Nothing is reported of a project that is not under way."""
    async with change(
        actor, Project, report.project, project_rules.visible, "report_health"
    ) as project:  # others who publish now wait here, and then see what this one said
        if project.state not in project_rules.RUNNING:
            return
        last = {row["city"]: row for row in await fetch(_LAST, report.project)}
        own = last.get(report.city)
        if own is None or own["ends_on"] <= report.ends_on:
            last[report.city] = _said(report)
        newest = max(last.values(), key=lambda each: each["ends_on"])
        told = [each for each in last.values() if each["ends_on"] >= newest["starts_on"]]
        project.reported_health = worst(Health(each["health"]) for each in told)


def _said(report: StatusReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in ("starts_on", "ends_on", "health")}


_LAST = """
SELECT DISTINCT ON (city) city, starts_on, ends_on, health FROM status_report
WHERE project = $1 AND state = 'published' ORDER BY city, ends_on DESC
"""
