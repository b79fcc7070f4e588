"""Actions that hold no locks while they decide: what others do meanwhile is never overlooked."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.cast import Cast
from tests.domain.waiting import blocked
from tests.factories import today
from tests.factories.projects import JointProject, add_milestone, joint_project
from tracker.domain.audit import AuditEvent
from tracker.domain.errors import Conflict, Invalid
from tracker.domain.milestones.moving import move
from tracker.domain.milestones.tables import Milestone
from tracker.settings import Settings


@pytest.fixture
async def project(cast: Cast) -> JointProject:
    return await joint_project(cast, "draft")


@pytest.fixture
async def milestone(cast: Cast, project: JointProject) -> int:
    return (await add_milestone(cast, project.id, due_on=today(5))).id


@pytest.fixture
async def other(settings: Settings, cast: Cast) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else's connection, inside a transaction that the test ends."""
    connection = await asyncpg.connect(settings.database_url)
    yield connection
    await connection.close()


async def _moves(milestone: int) -> list[dict[str, object]]:
    moves = AuditEvent.select().where(
        AuditEvent.subject_type == "milestone",
        AuditEvent.subject_id == milestone,
        AuditEvent.verb == "move",
    )
    return await moves.order_by(AuditEvent.id)


async def test_moves_at_the_same_moment_are_all_counted(cast: Cast, milestone: int) -> None:
    wanted = [move(cast.nairobi_coordinator, milestone, today(10 + n), "Late.") for n in range(6)]
    outcomes = await asyncio.gather(*wanted, return_exceptions=True)
    done = [each for each in outcomes if isinstance(each, Milestone)]
    assert all(isinstance(each, Milestone | Conflict) for each in outcomes), outcomes
    assert done
    row = await Milestone.objects().get(Milestone.id == milestone)
    assert row is not None
    assert len(done) == len(await _moves(milestone))
    assert sorted(each.version for each in done) == list(range(2, 2 + len(done)))


async def test_project_that_ends_meanwhile_refuses_the_move(
    cast: Cast, project: JointProject, milestone: int, other: asyncpg.Connection
) -> None:
    transaction = other.transaction()
    await transaction.start()
    await other.execute(f"SELECT id FROM project WHERE id = {project.id} FOR UPDATE")
    moving = asyncio.create_task(move(cast.nairobi_coordinator, milestone, today(30), "Late."))
    await blocked(other)
    await other.execute(
        "UPDATE project SET state = 'withdrawn', version = version + 1, ended_at = now()"
        f" WHERE id = {project.id}"
    )
    await transaction.commit()
    with pytest.raises(Invalid, match="The project is withdrawn"):
        await moving
    assert await _moves(milestone) == []


async def test_milestone_changed_meanwhile_is_looked_at_again(
    cast: Cast, milestone: int, other: asyncpg.Connection
) -> None:
    transaction = other.transaction()
    await transaction.start()
    await other.execute(
        f"UPDATE milestone SET weight = 7, version = version + 1 WHERE id = {milestone}"
    )
    moving = asyncio.create_task(move(cast.nairobi_coordinator, milestone, today(30), "Late."))
    await blocked(other)
    await transaction.commit()
    moved = await moving
    assert (moved.weight, moved.version) == (7, 3)


async def test_milestone_changed_meanwhile_is_a_conflict_for_who_saw_another_version(
    cast: Cast, milestone: int, other: asyncpg.Connection
) -> None:
    transaction = other.transaction()
    await transaction.start()
    await other.execute(f"UPDATE milestone SET version = version + 1 WHERE id = {milestone}")
    moving = asyncio.create_task(
        move(cast.nairobi_coordinator, milestone, today(30), "Late.", seen_version=1)
    )
    await blocked(other)
    await transaction.commit()
    with pytest.raises(Conflict, match="you saw version 1, it is now 2"):
        await moving
