"""What lasted: measured a year after the end of a project, as its closing schedules it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import asyncpg
import pytest

from tests import factories
from tests.cast import Cast
from tests.domain.waiting import blocked
from tests.factories import today
from tracker.domain import clock
from tracker.domain.closing import actions as closing
from tracker.domain.comments import actions as comments
from tracker.domain.comments.actions import CommentDraft
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.database import fetch
from tracker.domain.errors import Invalid
from tracker.domain.outcomes import reporting
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.tables import Period
from tracker.domain.projects import lifecycle
from tracker.domain.references import Reference
from tracker.domain.reminders import mailing
from tracker.domain.reminders.tables import Reminder

FOLLOW_UP = Period.follow_up == True  # noqa: E712 - a column
FOUND = ValueDraft(value=Decimal(11))


async def test_follow_up_is_reported_after_closing_when_its_day_has_come(cast: Cast) -> None:
    project = await factories.joint_project(cast, "closed")
    ended = (await project.row()).actual_end_on
    [planned, follow_up] = await Period.objects().order_by(Period.starts_on)
    assert (planned.follow_up, follow_up.follow_up) == (False, True)
    assert follow_up.starts_on == ended + timedelta(days=1)
    assert follow_up.ends_on == ended.replace(year=ended.year + 1)
    assert follow_up.target_value == planned.target_value
    author = cast.nairobi_coordinator
    with pytest.raises(Invalid, match="measured on"):
        await reporting.report(author, follow_up.id, cast.nairobi, FOUND)
    with clock.at(clock.now() + timedelta(days=368)):
        value = await reporting.report(author, follow_up.id, cast.nairobi, FOUND)
        await reporting.approve(cast.seoul_approver, value.id)
    with pytest.raises(Invalid, match="closed, not under way"):
        await factories.value(cast, replace(project, period_id=planned.id), "submitted")


async def test_coordinators_are_reminded_of_a_follow_up_before_on_and_after_its_day_until_reported(
    cast: Cast,
) -> None:
    project = await factories.joint_project(cast, "closed")
    [follow_up] = await Period.objects().where(FOLLOW_UP)
    told = []
    for days in (-5, -3, 0, 10):
        with clock.at(factories.noon(follow_up.ends_on + timedelta(days))):
            told.append(len(await mailing.sweep()))
    assert told == [0, 2, 2, 2]
    people = {row["person"] for row in await Reminder.select(Reminder.person)}
    assert people == {cast.seoul_coordinator.person_id, cast.nairobi_coordinator.person_id}
    with clock.at(factories.noon(follow_up.ends_on + timedelta(30))):
        await reporting.report(cast.nairobi_coordinator, follow_up.id, cast.nairobi, FOUND)
        assert await mailing.sweep() == []
    assert project.id


async def test_reopening_withdraws_a_follow_up_that_nobody_reported(cast: Cast) -> None:
    project = await factories.joint_project(cast, "closed")
    await factories.advance(cast, project, "reopen")
    assert not await Period.exists().where(FOLLOW_UP)
    await factories.advance(cast, project, "close")
    [follow_up] = await Period.objects().where(FOLLOW_UP)
    with clock.at(clock.now() + timedelta(days=368)):
        await reporting.report(cast.nairobi_coordinator, follow_up.id, cast.nairobi, FOUND)
        await closing.reopen(cast.officer, project.id, "A figure was wrong.")
    assert await Period.exists().where(Period.id == follow_up.id)


async def test_follow_up_that_was_commented_on_stays_and_moves_with_the_end(cast: Cast) -> None:
    project = await factories.joint_project(cast, "closed")
    [follow_up] = await Period.objects().where(FOLLOW_UP)
    about = Reference(CommentSubject.PERIOD, follow_up.id)
    draft = CommentDraft(subject_id=about, text="Who asks the counters in a year?")
    said = await comments.add(cast.nairobi_coordinator, draft)
    await factories.advance(cast, project, "reopen")
    assert await Period.exists().where(Period.id == follow_up.id)
    await factories.advance(cast, project, "resume")
    earlier = today(-5)
    await lifecycle.finalise(cast.nairobi_coordinator, project.id, earlier)
    await factories.advance(cast, project, "decide", "close")
    [moved] = await Period.objects().where(FOLLOW_UP)
    assert (moved.id, moved.version) == (follow_up.id, follow_up.version + 1)
    assert (moved.starts_on, moved.ends_on) == (today(-4), earlier.replace(year=earlier.year + 1))
    [told] = await fetch(
        "SELECT after FROM audit_event WHERE subject_type = 'project' AND verb = 'close'"
        " ORDER BY id DESC LIMIT 1"
    )
    assert f'"follow_up_on": "{moved.ends_on}"' in told["after"]
    await comments.withdraw(cast.nairobi_coordinator, said.id)
    await factories.advance(cast, project, "reopen")
    assert not await Period.exists().where(FOLLOW_UP)


async def test_what_is_said_of_a_follow_up_while_the_project_is_reopened_keeps_its_place(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    project = await factories.joint_project(cast, "closed")
    [follow_up] = await Period.objects().where(FOLLOW_UP)
    async with connection.transaction():
        await connection.execute("SELECT FROM period WHERE id = $1 FOR KEY SHARE", follow_up.id)
        reopened = asyncio.create_task(closing.reopen(cast.officer, project.id, "A figure."))
        await blocked(connection)
        await connection.execute(
            "INSERT INTO comment (project, subject_type, subject_id, author, text, created_at)"
            " VALUES ($1, 'period', $2, $3, 'Why?', now())",
            *(project.id, follow_up.id, cast.officer.person_id),
        )
    assert (await reopened).state == "finalising"
    assert await Period.exists().where(Period.id == follow_up.id)


async def test_closing_and_commenting_on_a_follow_up_do_not_wait_for_each_other(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    project = await factories.joint_project(cast, "closed")
    [follow_up] = await Period.objects().where(FOLLOW_UP)
    about = Reference(CommentSubject.PERIOD, follow_up.id)
    draft = CommentDraft(subject_id=about, text="Who asks the counters in a year?")
    await comments.add(cast.seoul_coordinator, draft)
    await factories.advance(cast, project, "reopen")
    async with connection.transaction():
        await connection.execute("SELECT FROM period WHERE id = $1 FOR UPDATE", follow_up.id)
        said = asyncio.create_task(comments.add(cast.nairobi_coordinator, draft))
        await blocked(connection)
        closed = asyncio.create_task(closing.close(cast.officer, project.id))
        await blocked(connection, 2)
    await asyncio.gather(closed, said)
