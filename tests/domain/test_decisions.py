"""What only a mayor settles."""

from datetime import timedelta

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tests.factories import JointProject, today
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.projects import decisions
from tracker.domain.projects.tables import Decision


async def _of_seoul(project: JointProject) -> tuple[int, Decision]:
    """Seoul's newest decision on the project and its number."""
    [row] = (
        await Decision.objects()
        .where(Decision.project == project.id, Decision.city == 1)
        .order_by(Decision.id, ascending=False)
        .limit(1)
    )
    return row.id, row


async def test_review_asks_both_mayors_with_a_deadline(cast: Cast) -> None:
    project = await factories.joint_project(cast, "under_review")
    rows = await Decision.select().where(Decision.project == project.id)
    assert {(row["city"], row["kind"], row["state"]) for row in rows} == {
        (cast.seoul, "endorse", "pending"),
        (cast.nairobi, "endorse", "pending"),
    }
    assert all(abs(row["deadline_on"] - today(21)) <= timedelta(days=1) for row in rows)


async def test_mayor_gives(cast: Cast) -> None:
    project = await factories.joint_project(cast, "under_review")
    number, _ = await _of_seoul(project)
    row = await decisions.give(cast.seoul_mayor, number)
    assert (row.state, row.decided_by) == ("given", cast.seoul_mayor.person_id)
    with pytest.raises(Invalid, match="already given"):
        await decisions.refuse(cast.seoul_mayor, number, "Second thoughts.")


async def test_mayor_refuses_with_a_reason(cast: Cast) -> None:
    project = await factories.joint_project(cast, "under_review")
    number, _ = await _of_seoul(project)
    with pytest.raises(Invalid) as refusal:
        await decisions.refuse(cast.seoul_mayor, number, "")
    assert refusal.value.fields == {"reason": ["Write something here."]}
    row = await decisions.refuse(cast.seoul_mayor, number, "Too dear.")
    assert (row.state, row.reason) == ("refused", "Too dear.")


async def test_nobody_else_decides(cast: Cast) -> None:
    project = await factories.joint_project(cast, "under_review")
    number, _ = await _of_seoul(project)
    outsiders = {"lima_coordinator", "lima_mayor", "public"}
    for who in set(ACTORS) - {"seoul_mayor"}:
        with pytest.raises(NotFound if who in outsiders else Forbidden):
            await decisions.give(cast[who], number)
    assert (await _of_seoul(project))[1].state == "pending"


async def test_decision_seen_in_an_older_version(cast: Cast) -> None:
    project = await factories.joint_project(cast, "agreed")
    number, row = await _of_seoul(project)
    await decisions.give(cast.seoul_mayor, number, seen_version=row.version)
    with pytest.raises(Conflict, match="changed: decided at, decided by, state"):
        await decisions.give(cast.seoul_mayor, number, seen_version=row.version)


@pytest.mark.parametrize("step", ["return", "reject"])
async def test_decision_lapses_when_the_project_moves_on(cast: Cast, step: str) -> None:
    project = await factories.joint_project(cast, "under_review")
    number, _ = await _of_seoul(project)
    await factories.advance(cast, project, step)
    assert (await _of_seoul(project))[1].state == "lapsed"
    with pytest.raises(Invalid, match="already lapsed"):
        await decisions.give(cast.seoul_mayor, number)
