"""What lasted: measured a year after the end of a project, as its closing schedules it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests import factories
from tests.cast import Cast
from tracker.domain import clock
from tracker.domain.closing import actions as closing
from tracker.domain.errors import Invalid
from tracker.domain.outcomes import reporting
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.tables import Period
from tracker.domain.reminders import mailing
from tracker.domain.reminders.tables import Reminder

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
    [follow_up] = await Period.objects().where(Period.follow_up == True)  # noqa: E712 - a column
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
    assert not await Period.exists().where(Period.follow_up == True)  # noqa: E712 - a column
    await factories.advance(cast, project, "close")
    [follow_up] = await Period.objects().where(Period.follow_up == True)  # noqa: E712 - a column
    with clock.at(clock.now() + timedelta(days=368)):
        await reporting.report(cast.nairobi_coordinator, follow_up.id, cast.nairobi, FOUND)
        await closing.reopen(cast.officer, project.id, "A figure was wrong.")
    assert await Period.exists().where(Period.id == follow_up.id)
