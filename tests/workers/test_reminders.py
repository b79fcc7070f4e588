"""The mails of reminders, from the sweep to the relay."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests import factories
from tests.cast import Cast
from tests.workers.conftest import Outbox
from tracker.domain import clock
from tracker.domain.cities.calendar import Calendar
from tracker.domain.deliveries.tables import Delivery, Lane
from tracker.domain.status_reports import actions
from tracker.domain.status_reports.tables import StatusReport
from tracker.workers import reminders, status_reports
from tracker.workers.deliveries import deliver_batch

SEOUL = Calendar("KR", "Asia/Seoul")


@pytest.fixture
async def report(cast: Cast, reads: None) -> StatusReport:
    """Seoul's, drafted by the timetable; Nairobi's is published."""
    project = await factories.joint_project(cast, "active")
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


async def _remind(outbox: Outbox, instant: datetime) -> None:
    with clock.at(instant):
        await reminders.sweep({})
        await outbox.drain()
