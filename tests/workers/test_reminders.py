"""The mails of reminders, from the sweep to the relay."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from tests import factories
from tests.cast import Cast, email
from tests.domain.test_delegations import delegate
from tests.domain.test_reminders import nothing_else_due
from tests.workers.conftest import Outbox
from tracker.domain import clock
from tracker.domain.answers.tables import AnswerLink
from tracker.domain.cities.calendar import Calendar
from tracker.domain.database import fetch
from tracker.domain.deliveries.tables import Delivery, Lane
from tracker.domain.milestones.tables import Milestone
from tracker.domain.outcomes import reporting
from tracker.domain.people.actions import edit_profile
from tracker.domain.people.profiles import Profile
from tracker.domain.projects.tables import Decision
from tracker.domain.reminders.tables import Reminder
from tracker.domain.status_reports import actions
from tracker.domain.status_reports.rules import DUE_DAYS
from tracker.domain.status_reports.tables import StatusReport
from tracker.workers import reminders, status_reports
from tracker.workers.deliveries import deliver_batch

SEOUL = Calendar("KR", "Asia/Seoul")


@pytest.fixture
async def report(cast: Cast, reads: None) -> StatusReport:
    """Seoul's, drafted by the timetable; Nairobi's is published."""
    project = await factories.joint_project(cast, "active")
    await nothing_else_due(project.id)
    await factories.status_report(cast, project, "nairobi")
    with clock.at(await factories.after_period(project)):
        await status_reports.draft({})
    [row] = await StatusReport.objects().where(StatusReport.city == cast.seoul)
    return row


async def test_reminders_are_mailed_once_in_the_reader_s_language_and_end_with_the_report(
    cast: Cast, outbox: Outbox, report: StatusReport
) -> None:
    for _ in range(2):
        await _remind(outbox, factories.noon(report.due_on))
    [mail] = outbox.mails()
    assert "seoul_coordinator" in mail["To"]
    assert mail["Content-Language"] == "ko"
    text, html = outbox.bodies("seoul_coordinator")
    link = f"https://tracker.example.org/reports/{report.id}"
    assert link in text
    assert link in html
    late = SEOUL.later(report.due_on, 3)
    await _remind(outbox, factories.noon(late))
    assert len(outbox.mails()) == 2
    with clock.at(factories.noon(late)):
        await actions.edit(cast.seoul_coordinator, report.id, factories.report_draft())
        await actions.publish(cast.seoul_coordinator, report.id)
    await _remind(outbox, factories.noon(late + timedelta(30)))
    assert len(outbox.mails()) == 2, "nothing once the report is published"


async def test_officers_read_who_was_reminded_before_them(
    outbox: Outbox, report: StatusReport
) -> None:
    late = SEOUL.later(report.due_on, 3)
    for days in (0, 2, 4):
        await _remind(outbox, factories.noon(SEOUL.later(late, days) if days else late))
    text, html = outbox.bodies("officer@")
    for part in (text, html):
        assert "Seoul: coordinator" in part
        assert "Seoul: mayor" in part
    assert "Permits without queues" in text


async def test_reminder_waits_for_a_relay_that_is_away(
    outbox: Outbox, report: StatusReport
) -> None:
    instant = factories.noon(report.due_on)
    away = replace(outbox.settings, smtp_url="smtp://127.0.0.1:9", sweep_seconds=60)
    with clock.at(instant):
        await reminders.sweep({})
    await Delivery.raw("UPDATE delivery SET state = 'cancelled' WHERE kind <> 'reminder'")
    assert await deliver_batch(away, Lane.USUAL) == 1
    assert await deliver_batch(outbox.settings, Lane.USUAL) == 0, "a minute later"
    await Delivery.raw("UPDATE delivery SET next_try_at = next_try_at - interval '2 minutes'")
    await _remind(outbox, instant)
    assert len(outbox.mails()) == 1


async def test_look_that_finds_nothing_rests_a_hundred_times_as_long(
    outbox: Outbox, report: StatusReport
) -> None:
    rest, noon = reminders.Rest(), factories.noon(report.due_on)
    context = {"rest": rest}
    with clock.at(noon):
        await reminders.sweep(context)
        assert await Reminder.count()
        assert rest.is_over(), "there was something"
        await Reminder.delete(force=True)
        rest.begin(0.5)
        await reminders.sweep(context)
        assert not await Reminder.count(), "nobody looked"
    with clock.at(noon + timedelta(seconds=49)):
        assert not rest.is_over()
    with clock.at(noon + timedelta(seconds=50)):
        await reminders.sweep(context)
        assert await Reminder.count()
        await reminders.sweep(context)
        assert not rest.is_over(), "there was nothing"
        rest.begin(60)
    with clock.at(noon + timedelta(minutes=16)):
        assert rest.is_over(), "a quarter of an hour at the most"


async def test_value_that_was_returned_is_reminded_of_as_that_and_leads_to_its_page(
    cast: Cast, outbox: Outbox, reads: None
) -> None:
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project)
    await fetch("UPDATE milestone SET due_on = '2099-01-01'")
    await fetch("UPDATE period SET waived_reason = 'W' WHERE id <> $1", project.period_id)
    [period] = await fetch("SELECT ends_on FROM period WHERE id = $1", project.period_id)
    due_on = period["ends_on"] + timedelta(days=DUE_DAYS)
    with clock.at(factories.noon(due_on + timedelta(days=3))):
        note = "Does this include withdrawn permits?"
        await reporting.return_(cast.seoul_approver, value.id, note)
    day, returned = (f"{each:%b} {each.day}, {each.year}" for each in (
        due_on, due_on + timedelta(days=3)))  # fmt: skip
    await _remind(outbox, factories.noon(due_on + timedelta(days=12)))
    for body in outbox.bodies("nairobi_coordinator"):
        said = " ".join(re.sub(r"<[^>]+>", " ", body).split())
        assert f"was due on {day}. What was handed in was returned on {returned}, and not" in said
        assert "Please read why the value was returned, revise it and hand it in again." in said
        assert "Revise the value" in said
        assert f"https://tracker.example.org/values/{value.id}" in body
        for wrong in ("nothing has been heard", "Report the value", "/periods/"):
            assert wrong not in body


async def _remind(outbox: Outbox, instant: datetime) -> None:
    with clock.at(instant):
        await reminders.sweep({})
        await outbox.drain()


async def _only_milestones(due_on: date, more: int) -> None:
    """Have nothing fall due but the milestone of the project, and so many more."""
    await Delivery.raw("UPDATE period SET waived_reason = 'W'")
    await Delivery.raw("UPDATE milestone SET due_on = {}", due_on)
    await Delivery.raw(
        "INSERT INTO milestone (project, city, title, kind, acceptance_criteria, weight, due_on,"
        " state, moves, created_at, updated_at, version)"
        " SELECT project, city, 'Step <' || n || '>', kind, 'C', 1, {}, 'planned', 0, now(), now(),"
        " 1"
        " FROM milestone, generate_series(1, {}) n",
        due_on,
        more,
    )


async def test_mail_of_very_many_things_tells_the_first_and_links_all(
    cast: Cast, outbox: Outbox, reads: None
) -> None:
    await factories.joint_project(cast, "active")
    await outbox.drain()
    known = {mail["Message-ID"] for mail in outbox.mails()}
    due = factories.today(40)
    await _only_milestones(due, reminders.SHOWN[0] + 3)
    await _remind(outbox, factories.noon(due))
    [mail] = [each for each in outbox.mails() if each["Message-ID"] not in known]
    text, html = (part.get_content() for part in mail.iter_parts())
    for part in (text, html):
        assert part.count("/milestones/") == reminders.SHOWN[0]
        assert "https://tracker.example.org/reminders" in part
        assert part.count("/answers/") == reminders.SHOWN[0]
    assert await AnswerLink.count() == reminders.SHOWN[0], "no link counts that no mail carries"


async def test_milestones_of_a_day_come_in_one_mail_that_leaves_out_what_is_done(
    cast: Cast, outbox: Outbox, reads: None
) -> None:
    project = await factories.joint_project(cast, "active")
    await outbox.drain()
    known = len(outbox.mails())
    due = factories.today(40)
    await _only_milestones(due, 2)
    [row] = await Milestone.objects().where(Milestone.id == project.milestone_id)
    who = "seoul_coordinator" if row.city == cast.seoul else "nairobi_coordinator"
    person = cast[who].person_id or 0
    await edit_profile(cast[who], person, Profile(name="C", language="en", time_zone="UTC"))
    with clock.at(factories.noon(due)):
        await reminders.sweep({})
        await Delivery.raw("UPDATE milestone SET state = 'submitted' WHERE title = 'Step <2>'")
        await outbox.drain()
    [mail] = [each for each in outbox.mails() if email(who) in str(each["To"])][known and -1 :]
    assert mail["Subject"] == "Reminder: 2 milestones of your projects are due"
    text, html = (part.get_content() for part in mail.iter_parts())
    for part in (text, html):
        assert row.title in part.partition("2 milestones of your projects are due")[2]
        assert f"https://tracker.example.org/milestones/{row.id}" in part
        assert "2>" not in part.replace("h2>", "")
    assert "Step <1>" in text
    assert "Step &lt;1&gt;" in html


@pytest.mark.parametrize("projects", [1, 2])
async def test_reminder_of_a_decision_says_that_a_reply_decides_nothing(
    cast: Cast, outbox: Outbox, reads: None, projects: int
) -> None:
    for number in range(projects):
        await factories.joint_project(cast, "under_review", title=f"Project no. {number}")
    await outbox.drain()
    await fetch("UPDATE delivery SET sent_at = now() - interval '2 days' WHERE kind = 'decision'")
    [asked, *_] = await Decision.objects().where(Decision.city == cast.nairobi)
    with clock.at(factories.noon(asked.deadline_on)):
        await reminders.sweep({})
        await outbox.drain()
    found = [
        each
        for each in outbox.mails()
        if email("nairobi_mayor") in str(each["To"]) and "Reminder" in str(each["Subject"])
    ]
    assert found
    for part in (part for each in found for part in each.iter_parts()):
        assert "A reply decides nothing" in part.get_content()


async def test_reminder_of_a_decision_tells_a_deputy_for_whom_they_decide(
    cast: Cast, outbox: Outbox
) -> None:
    await factories.joint_project(cast, "under_review")
    [asked] = await Decision.objects().where(Decision.city == cast.nairobi)
    await delegate(cast, last=40)
    await outbox.drain()
    await fetch("UPDATE delivery SET sent_at = now() - interval '2 days' WHERE kind = 'decision'")
    with clock.at(factories.noon(asked.deadline_on)):
        await reminders.sweep({})
        await outbox.drain()
    said = "You decide on behalf of the mayor of Nairobi; the history says so. Please read"
    for who, deputy in (("nairobi_cio", True), ("nairobi_mayor", False)):
        [mail] = [
            each
            for each in outbox.mails()
            if email(who) in str(each["To"]) and "Reminder" in str(each["Subject"])
        ]
        for part in mail.iter_parts():
            assert (said in part.get_content()) == deputy, who
            assert "Please read what you are asked and decide." in part.get_content()


@pytest.mark.parametrize("projects", [1, 2])
async def test_reply_is_invited_where_it_can_be_about_one_project_alone(
    cast: Cast, outbox: Outbox, reads: None, projects: int
) -> None:
    settings = replace(
        outbox.settings, reply_address="r@tracker.example", contact_address="Office <o@x.org>"
    )
    taking = replace(outbox, settings=settings)
    for number in range(projects):
        await factories.joint_project(cast, "active", title=f"Project no. {number}")
    await taking.drain()
    with clock.at(factories.noon(factories.today(30))):
        await reminders.sweep({})
        await taking.drain()
    found = [
        each
        for each in taking.mails()
        if email("nairobi_coordinator") in str(each["To"]) and "Reminder" in str(each["Subject"])
    ]
    assert found
    for each in found:
        for part in each.iter_parts():
            said = part.get_content()
            assert ("You can reply to this mail" in said) == (projects == 1)
            assert ("Replies to this mail go to the secretariat: o@x.org" in said) == (projects > 1)
            assert "A reply decides nothing" not in said, "nothing is to be decided"
        to = str(each["Reply-To"])
        assert to.startswith("r+") if projects == 1 else to == "Office <o@x.org>"
