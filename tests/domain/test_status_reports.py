"""Status reports: drafted by the tracker, completed by a city, frozen when published."""

import asyncio
import json
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise

import asyncpg
import pytest
from asyncpg import Connection

from tests import factories
from tests.cast import ACTORS, Cast
from tests.domain.waiting import blocked
from tests.factories import after_period, noon, report_draft, status_report
from tracker.domain import clock
from tracker.domain.budgets import actions as budgets
from tracker.domain.database import fetch
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones.actions import MilestoneReport
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.projects.actions import set_reporting_rhythm
from tracker.domain.projects.rhythm import ended_periods, last_day
from tracker.domain.projects.tables import Health, ReportingRhythm
from tracker.domain.status_reports import actions
from tracker.domain.status_reports.drafting import draft_reports
from tracker.domain.status_reports.facts import facts_of
from tracker.domain.status_reports.tables import Addendum, StatusReport

MONTHLY, QUARTERLY = ReportingRhythm.MONTHLY, ReportingRhythm.QUARTERLY


def test_periods_are_calendar_months_and_quarters() -> None:
    since, today = date(2026, 2, 10), date(2026, 7, 1)
    assert list(ended_periods(since, QUARTERLY, today)) == [
        (date(2026, 2, 10), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 6, 30)),
    ]
    assert not list(ended_periods(since, QUARTERLY, date(2026, 3, 31))), "not on its last day"
    assert last_day(date(2026, 11, 17), MONTHLY) == date(2026, 12, 31), "14 days join the next"
    assert last_day(date(2026, 11, 16), MONTHLY) == date(2026, 11, 30)
    assert last_day(date(2026, 2, 1), MONTHLY) == date(2026, 2, 28)


async def test_reports_are_drafted_once_when_the_period_is_over_where_the_city_is(
    cast: Cast,
) -> None:
    project = await factories.joint_project(cast, "active")
    await factories.joint_project(cast, "agreed")
    since = (await project.row()).reports_since
    assert since
    ends_on = last_day(since, QUARTERLY)
    with clock.at(noon(ends_on)):
        assert await draft_reports() == []
    with clock.at(noon(ends_on) + timedelta(hours=7)):
        assert len(await draft_reports()) == 1, "past midnight in Seoul, not yet in Nairobi"
    with clock.at(noon(ends_on) + timedelta(hours=15)):
        assert len(await draft_reports()) == 1
        assert await draft_reports() == []
    rows = await StatusReport.objects().order_by(StatusReport.city)
    assert {(r.starts_on, r.ends_on, r.state) for r in rows} == {(since, ends_on, "draft")}
    assert all(r.due_on >= ends_on + timedelta(days=10) for r in rows)


async def test_reports_of_periods_missed_are_drafted_and_follow_a_new_rhythm(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await status_report(cast, project, state="empty")
    later = await after_period(project) + timedelta(days=93)
    await set_reporting_rhythm(cast.seoul_coordinator, project.id, MONTHLY)
    with pytest.raises(Forbidden):
        await set_reporting_rhythm(cast.officer, project.id, QUARTERLY)
    with clock.at(later):
        await draft_reports()
    rows = await StatusReport.objects().where(StatusReport.city == cast.seoul).order_by(
        StatusReport.starts_on
    )  # fmt: skip
    assert len(rows) == 4, "a quarter, then three months"
    for earlier, following in pairwise(rows):
        assert following.starts_on == earlier.ends_on + timedelta(days=1)
        assert (following.ends_on + timedelta(days=1)).day == 1


async def test_report_is_completed_by_its_city_alone(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    report = await status_report(cast, project, state="empty")
    number: int = report.id
    for who in set(ACTORS) - {"nairobi_coordinator", "nairobi_cio"}:
        for attempt in (
            actions.edit(cast[who], number, report_draft()),
            actions.publish(cast[who], number),
        ):
            with pytest.raises((Forbidden, NotFound)):
                await attempt
    with pytest.raises(Invalid) as refusal:
        await actions.publish(cast.nairobi_coordinator, number)
    assert sorted(refusal.value.fields) == sorted((*actions.DIMENSIONS, *actions.NARRATIVE))
    edited = await actions.edit(cast.nairobi_coordinator, number, report_draft(), 1)
    assert (edited.health, edited.author) == ("amber", cast.nairobi_coordinator.person_id)
    with pytest.raises(Conflict):
        await actions.publish(cast.nairobi_cio, number, 1)
    published = await actions.publish(cast.nairobi_cio, number, edited.version)
    assert published.author == cast.nairobi_cio.person_id
    with pytest.raises(Invalid, match="published and stays"):
        await actions.edit(cast.nairobi_coordinator, number, report_draft(next="More."))


async def test_reported_health_is_the_worst_that_the_cities_say(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await status_report(cast, project, "nairobi", budget=Health.RED)
    assert (await project.row()).reported_health == "red"
    await status_report(cast, project, "seoul", schedule=Health.GREEN)
    assert (await project.row()).reported_health == "red", "green does not hide the other's red"


async def test_cities_that_publish_at_once_do_not_hide_each_others_red(
    cast: Cast, owner: Connection
) -> None:
    project = await factories.joint_project(cast, "active")
    red = await status_report(cast, project, "nairobi", "draft", budget=Health.RED)
    green = await status_report(cast, project, "seoul", "draft")
    async with owner.transaction():
        await owner.execute("SELECT FROM project WHERE id = $1 FOR UPDATE", project.id)
        both = [
            asyncio.create_task(actions.publish(cast.nairobi_coordinator, red.id)),
            asyncio.create_task(actions.publish(cast.seoul_coordinator, green.id)),
        ]
        await blocked(owner, 2)
    await asyncio.gather(*both)
    assert (await project.row()).reported_health == "red"


async def test_late_report_on_an_old_period_leaves_what_was_said_since(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    old = await status_report(cast, project, "nairobi", "draft")
    with clock.at(await after_period(project) + timedelta(days=93)):
        await draft_reports()
        newer = await StatusReport.objects().get(
            (StatusReport.city == cast.nairobi) & (StatusReport.starts_on > old.starts_on)
        )
        assert newer
        await actions.edit(cast.nairobi_coordinator, newer.id, report_draft(budget=Health.RED))
        await actions.publish(cast.nairobi_coordinator, newer.id)
        await actions.publish(cast.nairobi_coordinator, old.id)
    assert (await project.row()).reported_health == "red"


async def test_late_report_changes_nothing_of_a_project_that_is_over(
    cast: Cast, owner: Connection
) -> None:
    project = await factories.joint_project(cast, "active")
    late = await status_report(cast, project, "nairobi", "draft", budget=Health.RED)
    await owner.execute("UPDATE project SET state = 'closed' WHERE id = $1", project.id)
    await actions.publish(cast.nairobi_coordinator, late.id)
    assert (await project.row()).reported_health is None


async def test_facts_are_those_of_the_period(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await factories.value(cast, project, "approved")
    late = await factories.add_milestone(cast, project.id, title="Staff are trained")
    await factories.move_milestone(cast, late.id, factories.today(20), "The room is taken.")
    line = budgets.BudgetLinePlan(title="Servers", amount=Decimal(12), currency="KES",
                                  value_on=factories.today())  # fmt: skip
    await factories.add_budget_line(cast, project.id, cast.nairobi, line)
    report = await status_report(cast, project)
    document = await _document(report.id)
    found = json.loads(document)["facts"]
    [moved] = found["milestones"]["moved"]
    assert (moved["title"], moved["moves"], moved["reason"]) == (
        "Staff are trained", 1, "The room is taken.")  # fmt: skip
    [value] = found["values"]
    assert (value["value"], value["target"], value["unit"]) == ("12", "10", "days")
    assert found["budget"] == [
        {
            "city": "Nairobi",
            "type": "revised",
            "currency": "KES",
            "amount": "12.00",
            "personDays": None,
        }
    ]
    assert {each["state"] for each in found["decisions"]["settled"]} == {"given"}
    titles = [
        each["title"] for kind in ("missed", "upcoming") for each in found["milestones"][kind]
    ]
    assert sorted(titles) == ["Permit portal is live", "Staff are trained"]
    assert found["progress"] == "0.0000"


async def test_what_was_handed_in_is_told_as_completed(cast: Cast) -> None:
    """Nairobi did it in time; that Seoul has not accepted it yet is no delay of Nairobi's."""
    project = await factories.joint_project(cast, "active")
    report = await status_report(cast, project, state="empty")
    with clock.at(noon(report.ends_on)):
        step = await factories.add_milestone(cast, project.id, title="Pilot", due_on=report.ends_on)
        link = EvidenceLink(title="Photo", url="https://example.org/photo")
        done = MilestoneReport(completed_on=report.ends_on, evidence=[link])
        await milestones.submit(cast.nairobi_coordinator, step.id, done)
    with clock.at(await after_period(project)):
        found = json.loads(await facts_of(report.id))
    [completed] = found["milestones"]["completed"]
    assert (completed["title"], completed["state"]) == (step.title, "submitted")
    assert step.title not in [each["title"] for each in found["milestones"]["missed"]]


async def test_published_report_is_frozen_in_the_database(
    cast: Cast, connection: Connection
) -> None:
    project = await factories.joint_project(cast, "active")
    report = await status_report(cast, project)
    text = await _document(report.id)
    assert sha256(text.encode()).hexdigest() == report.sha256
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"),
                              ensure_ascii=False)  # fmt: skip
    for statement in (
        "UPDATE status_report SET next = 'other' WHERE id = $1",
        "UPDATE status_report SET snapshot = 'x' WHERE id = $1",
        "UPDATE status_report SET state = 'draft' WHERE id = $1",
        "DELETE FROM status_report WHERE id = $1",
    ):
        with pytest.raises(asyncpg.PostgresError, match="never changes"):
            await fetch(statement, report.id)
        with pytest.raises(asyncpg.PostgresError, match="never changes"):
            await connection.execute(statement, report.id)
    addendum = await actions.add_addendum(cast.nairobi_cio, report.id, "There were 41 testers.")
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await fetch("UPDATE addendum SET text = 'x' WHERE id = $1", addendum.id)


async def test_addendum_is_the_city_s_and_to_published_reports(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    draft = await status_report(cast, project, state="edited")
    with pytest.raises(Invalid, match="edit it instead"):
        await actions.add_addendum(cast.nairobi_coordinator, draft.id, "More.")
    with clock.at(await after_period(project)):
        await actions.publish(cast.nairobi_coordinator, draft.id)
    for who in ("seoul_coordinator", "officer", "nairobi_mayor", "lima_coordinator", "public"):
        with pytest.raises(Forbidden):
            await actions.add_addendum(cast[who], draft.id, "More.")
    with pytest.raises(Invalid):
        await actions.add_addendum(cast.nairobi_coordinator, draft.id, " ")
    await actions.add_addendum(cast.nairobi_coordinator, draft.id, "There were 41 testers.")
    assert await Addendum.count() == 1


async def _document(number: int) -> str:
    [row] = await fetch("SELECT snapshot FROM status_report WHERE id = $1", number)
    text: str = row["snapshot"].decode()
    return text
