"""Results rewritten, and what is measured taken out of a plan that nobody has agreed on yet."""

import asyncio

import asyncpg
import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tests.domain.kept import require_true
from tests.domain.waiting import blocked
from tracker.domain.audit import AuditEvent
from tracker.domain.comments import actions as comments
from tracker.domain.comments.actions import CommentDraft
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.outcomes import amending, periods
from tracker.domain.outcomes.actions import DimensionPlan, ResultPlan
from tracker.domain.outcomes.dimensions import add_dimension
from tracker.domain.outcomes.tables import Benefit, Dimension, Indicator, Period, Result, ResultType
from tracker.domain.references import Reference

PLAN = ResultPlan(type=ResultType.IMPACT, title="Trust grows", benefit=Benefit.DONOR)


async def test_result_is_rewritten_until_both_agreed(cast: Cast) -> None:
    drafted = await factories.joint_project(cast, "draft")
    result = await amending.edit_result(cast.nairobi_coordinator, drafted.result_id, PLAN, 1)
    assert (result.type, result.title, result.benefit, result.version) == (
        *("impact", "Trust grows", "donor", 2),
    )
    with pytest.raises(Conflict):
        await amending.edit_result(cast.nairobi_coordinator, drafted.result_id, PLAN, 1)
    for who in set(ACTORS) - {"nairobi_coordinator", "nairobi_cio"}:
        with pytest.raises((Forbidden, NotFound)):
            await amending.edit_result(cast[who], drafted.result_id, PLAN)
        with pytest.raises((Forbidden, NotFound)):
            await amending.remove_result(cast[who], drafted.result_id)
        with pytest.raises((Forbidden, NotFound)):
            await amending.remove_indicator(cast[who], drafted.indicator_id)


async def test_what_both_agreed_on_stays(cast: Cast) -> None:
    running = await factories.joint_project(cast, "active")
    who = cast.nairobi_coordinator
    with pytest.raises(Invalid) as refused:
        await amending.edit_result(who, running.result_id, PLAN)
    assert set(refused.value.fields) == {"type", "benefit"}
    [row] = await Result.objects().where(Result.id == running.result_id)
    words = ResultPlan(type=ResultType(row.type), title="Quicker", benefit=Benefit(row.benefit))
    assert (await amending.edit_result(who, running.result_id, words)).title == "Quicker"
    for attempt in (
        amending.remove_result(who, running.result_id),
        amending.remove_indicator(who, running.indicator_id),
    ):
        with pytest.raises(Invalid, match="waive the values"):
            await attempt


async def test_indicator_and_its_result_are_removed(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    drafted = await factories.joint_project(cast, "draft")
    who, number = cast.nairobi_coordinator, drafted.indicator_id
    dimension = DimensionPlan(name="gender", categories=["women", "men"])
    await add_dimension(who, number, dimension)
    with pytest.raises(Invalid, match="Remove its indicators first: "):
        await amending.remove_result(who, drafted.result_id)
    await amending.remove_indicator(who, number)
    await amending.remove_result(who, drafted.result_id)
    for table in (Period, Dimension, Indicator, Result):
        assert await table.count() == 0
    gone = (
        await AuditEvent.select(AuditEvent.subject_type)
        .where(AuditEvent.verb == "remove")
        .order_by(AuditEvent.id)
    )
    assert [each["subject_type"] for each in gone] == ["period", "dimension", "indicator", "result"]
    await require_true(connection)


@pytest.mark.parametrize("subject", ["period", "indicator"])
async def test_what_people_talk_about_is_not_removed(cast: Cast, subject: str) -> None:
    drafted = await factories.joint_project(cast, "draft")
    who, number = cast.nairobi_coordinator, getattr(drafted, f"{subject}_id")
    draft = CommentDraft(subject_id=Reference(CommentSubject(subject), number), text="Why?")
    said = await comments.add(who, draft)
    with pytest.raises(Invalid, match="commented on"):
        await amending.remove_indicator(who, drafted.indicator_id)
    await comments.withdraw(who, said.id)
    await amending.remove_indicator(who, drafted.indicator_id)
    assert not await Indicator.exists().where(Indicator.id == drafted.indicator_id)


async def test_what_is_said_while_it_is_removed_is_refused(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    drafted = await factories.joint_project(cast, "draft")
    draft = CommentDraft(subject_id=Reference(CommentSubject.PERIOD, drafted.period_id), text="?")
    async with connection.transaction():
        await connection.execute("SELECT FROM period WHERE id = $1 FOR UPDATE", drafted.period_id)
        said = asyncio.create_task(comments.add(cast.nairobi_coordinator, draft))
        await blocked(connection)
        await connection.execute("DELETE FROM period WHERE id = $1", drafted.period_id)
    with pytest.raises(NotFound):
        await said


@pytest.mark.parametrize("subject", ["period", "indicator"])
async def test_what_is_removed_while_something_is_said_of_it_stays(
    cast: Cast, connection: asyncpg.Connection, subject: str
) -> None:
    drafted = await factories.joint_project(cast, "draft")
    who, number = cast.nairobi_coordinator, drafted.period_id
    async with connection.transaction():
        await connection.execute("SELECT FROM period WHERE id = $1 FOR KEY SHARE", number)
        removal = (
            periods.remove_period(who, number)
            if subject == "period"
            else amending.remove_indicator(who, drafted.indicator_id)
        )
        removed = asyncio.create_task(removal)
        await blocked(connection)
        await connection.execute(
            "INSERT INTO comment (project, subject_type, subject_id, author, text, created_at)"
            " VALUES ($1, 'period', $2, $3, 'Why?', now())",
            *(drafted.id, number, who.person_id),
        )
    with pytest.raises(Invalid, match="commented on"):
        await removed
    assert await Period.exists().where(Period.id == number)
