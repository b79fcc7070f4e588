"""Reminders before something is due, and what becomes of silence; time is moved by hand."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextvars import Context
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import pytest

from tests import factories, letters
from tests.cast import Cast
from tests.factories import after_period, noon, status_report, today
from tracker.domain import clock
from tracker.domain.cities.calendar import Calendar
from tracker.domain.database import fetch, transaction
from tracker.domain.deliveries import owing as deliveries
from tracker.domain.deliveries.claims import Claim
from tracker.domain.deliveries.quiet import QuietHours
from tracker.domain.deliveries.tables import Delivery, DeliveryKind
from tracker.domain.leaving.actions import end_membership
from tracker.domain.milestones.tables import Milestone
from tracker.domain.people import delegations
from tracker.domain.people.delegations import DelegationPlan
from tracker.domain.people.tables import Membership
from tracker.domain.preferences.actions import set_quiet_hours
from tracker.domain.projects import decisions
from tracker.domain.projects.tables import Decision
from tracker.domain.reminders import bundling, mailing, owing, queries
from tracker.domain.reminders.owing import Step
from tracker.domain.reminders.rules import kinds_due
from tracker.domain.reminders.tables import Reminder, ReminderKind
from tracker.domain.status_reports import actions
from tracker.domain.status_reports.tables import StatusReport

K = ReminderKind
T = TypeVar("T")
TEL_AVIV = Calendar("IL", "Asia/Jerusalem")
NAIROBI = Calendar("KE", "Africa/Nairobi")


def test_escalation_goes_by_the_city_s_working_days() -> None:
    due = date(2026, 11, 26)  # a Thursday; in Israel the week ends with it
    first = {"11-22": [], "11-23": [K.AHEAD], "11-26": [K.DUE], "11-30": [K.DUE]}
    for day, kinds in first.items():
        assert list(kinds_due(due, TEL_AVIV, {}, date.fromisoformat(f"2026-{day}"))) == kinds, day
    tuesday = date(2026, 12, 1)
    left = [K.LATE, K.LATE_CITY, K.LATE_SECRETARIAT]
    assert list(kinds_due(due, TEL_AVIV, {}, tuesday)) == left, "after Sunday and Monday"
    made = {K.AHEAD: due, K.LATE: tuesday}
    assert not list(kinds_due(due, TEL_AVIV, made, date(2026, 12, 2)))
    assert list(kinds_due(due, TEL_AVIV, made, date(2026, 12, 3))) == left[1:]


async def test_silence_is_escalated_step_by_step_and_once(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await nothing_else_due(project.id)
    report = await status_report(cast, project, "nairobi", "empty")
    await StatusReport.delete().where(StatusReport.city == cast.seoul)
    late = NAIROBI.later(report.due_on, 3)
    city = NAIROBI.later(late, 2)
    expected = [
        (report.due_on - timedelta(3), {"nairobi_coordinator"}),
        (report.due_on, {"nairobi_coordinator"}),
        (late, {"nairobi_coordinator"}),
        (city, {"nairobi_approver", "nairobi_mayor", "nairobi_cio", "nairobi_administrator"}),
        (NAIROBI.later(city, 2), {"officer", "administrator"}),
    ]
    day, found = report.due_on - timedelta(5), []
    while day <= expected[-1][0] + timedelta(9):
        for _ in range(2):
            if made := await _sweep(noon(day)):
                found.append((day, made))
        day += timedelta(1)
    assert found == expected


async def test_silence_found_late_is_still_escalated_in_order(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await nothing_else_due(project.id)
    report = await status_report(cast, project, "nairobi", "empty")
    await StatusReport.delete().where(StatusReport.city == cast.seoul)
    day = NAIROBI.first_working_day(report.due_on + timedelta(40))
    assert await _sweep(noon(day)) == {"nairobi_coordinator"}
    assert await _sweep(noon(day)) == set()
    assert len(await _sweep(noon(NAIROBI.later(day, 2)))) == 4


async def test_nothing_goes_out_before_the_morning(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await nothing_else_due(project.id)
    report = await status_report(cast, project, "nairobi", "empty")
    await StatusReport.delete().where(StatusReport.city == cast.seoul)
    early = noon(report.due_on - timedelta(3)) - timedelta(hours=5)  # 07:00 in Nairobi
    assert await _sweep(early) == set()
    assert await _sweep(early + timedelta(hours=1)) == {"nairobi_coordinator"}


async def test_mail_waits_for_its_reader_s_morning_whatever_becomes_of_their_quiet_hours(
    cast: Cast,
) -> None:
    project = await factories.joint_project(cast, "active")
    await nothing_else_due(project.id)
    report = await status_report(cast, project, "nairobi", "empty")
    reader, person = cast.nairobi_coordinator, cast.nairobi_coordinator.person_id or 0
    await fetch("UPDATE person SET time_zone = 'America/Lima' WHERE id = $1", person)
    early = noon(report.due_on) - timedelta(hours=4)  # 08:00 in Nairobi, midnight in Lima
    assert "nairobi_coordinator" in await _sweep(early)
    await set_quiet_hours(reader, person, QuietHours(quiet_from=1, quiet_until=2))
    await set_quiet_hours(reader, person, QuietHours())
    [mail] = await Delivery.objects().where(
        Delivery.person == person, Delivery.kind == DeliveryKind.REMINDER
    )
    assert mail.waits_for == "morning"
    assert mail.next_try_at - mail.created_at == timedelta(hours=8)


async def test_person_who_works_on_the_report_is_the_one_reminded(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await nothing_else_due(project.id)
    report = await status_report(cast, project, "nairobi", "empty")
    await StatusReport.delete().where(StatusReport.city == cast.seoul)
    await actions.edit(cast.nairobi_cio, report.id, factories.report_draft())
    assert await _sweep(noon(report.due_on)) == {"nairobi_cio"}


async def test_nobody_is_reminded_of_what_is_done_nor_who_has_left(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await nothing_else_due(project.id)
    nairobi = await status_report(cast, project, "nairobi", "edited")
    seoul = await status_report(cast, project, "seoul", "empty")
    instant = noon(min(nairobi.due_on, seoul.due_on) - timedelta(1))
    assert await _sweep(instant) == {"nairobi_coordinator", "seoul_coordinator"}
    with clock.at(instant):
        await actions.publish(cast.nairobi_coordinator, nairobi.id)
        [held] = await Membership.objects().where(
            Membership.person == cast.seoul_coordinator.person_id
        )
        await end_membership(cast.system, held.id, left_to_city=True)
        claims = await letters.claims(DeliveryKind.REMINDER)
        assert len(await mailing.needless(claims)) == len(claims) == 2


@pytest.mark.parametrize("answered", [False, True])
async def test_mayor_and_running_deputy_are_reminded_of_decisions(
    cast: Cast, answered: bool
) -> None:
    await factories.joint_project(cast, "under_review")
    [decision] = await Decision.objects().where(Decision.city == cast.nairobi)
    plan = DelegationPlan(
        person_id=cast.nairobi_cio.person_id or 0,
        starts_on=decision.deadline_on - timedelta(1),
        ends_on=decision.deadline_on + timedelta(30),
    )
    await delegations.grant(cast.nairobi_mayor, cast.nairobi, plan)
    others = await Decision.objects().where(Decision.city == cast.seoul)
    await decisions.give(cast.seoul_mayor, others[0].id)
    if answered:
        await decisions.give(cast.nairobi_mayor, decision.id)
    ahead = await _sweep(noon(decision.deadline_on - timedelta(3)))
    due = await _sweep(noon(decision.deadline_on))
    late = NAIROBI.later(decision.deadline_on, 3)
    mayors = {"nairobi_mayor", "nairobi_cio"}
    if answered:
        assert (ahead, due) == (set(), set())
        return
    assert (ahead, due) == ({"nairobi_mayor"}, mayors), "the deputy once they are one"
    assert await _sweep(noon(late)) == mayors
    assert "nairobi_coordinator" in await _sweep(noon(NAIROBI.later(late, 2)))


async def test_nobody_is_reminded_of_a_decision_on_the_day_on_which_they_were_asked(
    cast: Cast,
) -> None:
    """By the clock of the city: half past midnight in Nairobi is the day before by UTC."""
    await factories.joint_project(cast, "under_review")
    await Decision.delete().where(Decision.city != cast.nairobi)
    [decision] = await Decision.objects()
    asked_on = decision.deadline_on - timedelta(2)
    asked = noon(asked_on) - timedelta(hours=11, minutes=30)
    await fetch("UPDATE decision SET created_at = $2 WHERE id = $1", decision.id, asked)
    assert await _sweep(noon(asked_on)) == set()
    assert await _sweep(noon(asked_on) + timedelta(1)) == {"nairobi_mayor"}


async def test_nobody_is_reminded_of_a_decision_before_or_just_after_they_are_asked(
    cast: Cast,
) -> None:
    await factories.joint_project(cast, "under_review")
    [decision] = await Decision.objects().where(Decision.city == cast.nairobi)
    assert "nairobi_mayor" in await _sweep(noon(decision.deadline_on))
    request = " FROM notice n WHERE n.delivery = d.id AND n.subject_type = 'decision'"
    await fetch("UPDATE delivery d SET state = 'sent', sent_at = now()" + request)
    held = await letters.claims(DeliveryKind.DECISION)
    [reminder] = await Reminder.select(Reminder.delivery).where(
        Reminder.person == cast.nairobi_mayor.person_id
    )
    claims = [each for each in held if each.id == reminder["delivery"]]
    assert len(claims) == 1
    for change, needless in {
        "sent_at = now() - interval '23 hours'": True,
        "sent_at = now() - interval '25 hours'": False,
        "sent_at = NULL, state = 'due'": True,
    }.items():
        await fetch(f"UPDATE delivery d SET {change}{request}")
        assert bool(await mailing.needless(claims)) == needless, change


async def _sweep(instant: datetime) -> set[str]:
    """Whom the sweep at that instant made reminders for."""
    with clock.at(instant):
        made = await mailing.sweep()
    rows = await Reminder.select(Reminder.person.email).where(Reminder.id.is_in(made or [0]))
    assert len(rows) == len(made)
    return {row["person.email"].partition("@")[0] for row in rows}


async def test_project_that_ended_reminds_nobody(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await status_report(cast, project, "nairobi", "empty")
    await factories.advance(cast, project, "cancel")
    assert await _sweep(await after_period(project) + timedelta(60)) == set()


async def test_milestones_and_values_of_a_day_are_one_mail_each(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await StatusReport.delete().where(StatusReport.project == project.id)
    due = today(40)
    await fetch("UPDATE milestone SET due_on = $2 WHERE project = $1", project.id, due)
    await fetch(
        "INSERT INTO milestone (project, city, title, kind, acceptance_criteria, weight, due_on,"
        " state, moves, created_at, updated_at, version)"
        " SELECT project, city, title || n, kind, 'C', 1, $2::date + n / 3, 'planned', 0, now(),"
        " now(), 1"
        " FROM milestone, generate_series(1, 3) n WHERE project = $1",
        project.id,
        due,
    )
    await fetch("UPDATE period SET ends_on = $2 WHERE project = $1", project.id, due - timedelta(9))
    [one] = await Milestone.objects().where(Milestone.id == project.milestone_id)
    who = {await _name(one.city)}
    assert await _sweep(noon(due)) == who | {"nairobi_coordinator"}
    assert await _sweep(noon(due)) == set()
    mails = await Delivery.objects().where(Delivery.kind.is_in(["milestone", "reminder"]))
    assert sorted(each.kind for each in mails) == ["milestone", "reminder"], "of four and of one"
    assert await Reminder.count().where(Reminder.subject_type == "milestone") == 4
    with clock.at(noon(due)):
        [claim] = await letters.claims(DeliveryKind.MILESTONE)
        told = (await mailing.reminded([claim]))[claim.id]
        assert [each.kind for each in told].count(K.DUE) == 3
        await letters.send([claim])
        await fetch("UPDATE milestone SET due_on = $2 WHERE id = $1", one.id, due + timedelta(2))
    assert await _sweep(noon(due)) == who
    [new] = await Delivery.objects().where(Delivery.kind == "milestone", Delivery.state == "due")
    assert new.key == f"day:{due + timedelta(1)}", "the mail of the day is gone"
    assert new.next_try_at > new.created_at + timedelta(hours=12)


async def _name(city: int) -> str:
    [row] = await fetch("SELECT name FROM city WHERE id = $1", city)
    return f"{row['name'].lower()}_coordinator"


async def nothing_else_due(project_id: int) -> None:
    """Have no milestone and no value of the project awaited, for what is about reports."""
    await fetch("UPDATE period SET waived_reason = 'W' WHERE project = $1", project_id)
    await fetch(
        "UPDATE milestone SET state = 'waived', state_reason = 'W' WHERE project = $1", project_id
    )


async def test_reminders_are_owed_in_portions_each_kept_whatever_becomes_of_the_next(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = await _milestones(cast)
    monkeypatch.setattr(owing, "PORTION", 2)
    calls = 0

    async def crashing(*arguments: Any) -> list[tuple[Step, int, int]]:
        nonlocal calls
        calls += 1
        made = await mailed(*arguments)
        if calls == 3:
            raise ConnectionError
        return made

    mailed = owing._mailed
    with monkeypatch.context() as patch:
        patch.setattr(owing, "_mailed", crashing)
        with pytest.raises(ConnectionError):
            await _sweep(noon(due))
        assert await Reminder.count() == 4
    with clock.at(noon(due)):
        assert len(await mailing.sweep(seconds=0)) == 2, "one portion, and time is up"
        assert len(await mailing.sweep()) == 1
        assert await mailing.sweep() == []
    rows = await Reminder.select(Reminder.subject_id, Reminder.kind, Reminder.delivery)
    assert len({row["subject_id"] for row in rows}) == 7
    assert len({row["delivery"] for row in rows}) == 1, "one mail of a day, though a sweep crashed"


async def test_mails_wait_until_the_sweep_is_over(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = await _milestones(cast)
    taken: list[Claim] = []

    async def worked_between(*arguments: Any) -> list[int] | None:
        taken.extend(await _elsewhere(letters.claims(DeliveryKind.MILESTONE)))
        return await owing.owe_of(*arguments)

    monkeypatch.setattr(owing, "PORTION", 2)
    monkeypatch.setattr(mailing, "owe_of", worked_between)
    with clock.at(noon(due)):
        assert len(await mailing.sweep()) == 7
        [claim] = await letters.claims(DeliveryKind.MILESTONE)
        assert len((await mailing.reminded([claim]))[claim.id]) == 7
    assert taken == []


async def test_sweep_leaves_the_work_to_another_one_that_is_at_it(cast: Cast) -> None:
    due = await _milestones(cast)
    with clock.at(noon(due)):
        async with transaction():
            await fetch("SELECT pg_advisory_xact_lock($1)", owing.LOCK)
            assert await _elsewhere(_swept(noon(due))) == 0
        assert await _swept(noon(due)) == 7


async def test_sweep_asks_as_much_for_many_things_as_for_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = await _milestones(cast)
    asked: list[str] = []

    async def counted(text: str, *values: Any) -> Sequence[Any]:
        asked.append(text)
        return await fetch(text, *values)

    for module in (owing, bundling, queries, deliveries):
        monkeypatch.setattr(module, "fetch", counted)
    await fetch("UPDATE milestone SET due_on = due_on + 30 WHERE title <> 'T1'")
    assert await _swept(noon(due)) == 1
    one = len(asked)
    assert await _swept(noon(due + timedelta(30))) == 7, "the first is late by now"
    assert len(asked) == 2 * one


async def _milestones(cast: Cast) -> date:
    """Seven of one person fall due on the day; nothing else does."""
    project = await factories.joint_project(cast, "active")
    await nothing_else_due(project.id)
    await StatusReport.delete().where(StatusReport.project == project.id)
    due = today(40)
    await fetch(
        "INSERT INTO milestone (project, city, title, kind, acceptance_criteria, weight, due_on,"
        " state, moves, created_at, updated_at, version)"
        " SELECT project, city, 'T' || n, kind, 'C', 1, $2::date, 'planned', 0, now(), now(), 1"
        " FROM milestone, generate_series(1, 7) n WHERE project = $1",
        project.id,
        due,
    )
    return due


async def _swept(instant: datetime) -> int:
    with clock.at(instant):
        return len(await mailing.sweep())


async def _elsewhere(work: Coroutine[Any, Any, T]) -> T:
    """What another process does meanwhile, outside of the transaction under way."""
    async with asyncio.timeout(30):
        return await asyncio.create_task(work, context=Context())
