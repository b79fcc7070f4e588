"""Hiding an agreed project from the public, and showing it again."""

import asyncio

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tests.factories import JointProject
from tracker.domain.actor import PUBLIC, Actor
from tracker.domain.database import fetch
from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.projects import confidentiality, decisions
from tracker.domain.projects.rules import visible
from tracker.domain.projects.tables import Decision, Project
from tracker.domain.visibility import bound

WHY = "The tender is still running."


async def test_coordinator_asks_and_both_mayors_hide_the_project(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await confidentiality.ask_conceal(cast.nairobi_coordinator, project.id, WHY)
    first, second = await _asked(project)
    await decisions.give(_mayor(cast, first), first.id)
    assert await _public(project), "one city alone changes nothing"
    await decisions.give(_mayor(cast, second), second.id)
    assert not await _public(project)
    assert await _verbs(project) == [
        ("ask_conceal", cast.nairobi_coordinator.person_id),
        ("conceal", _mayor(cast, second).person_id),
    ]
    assert (await project.row()).confidentiality_reason == WHY


async def test_both_mayors_show_it_again(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active", confidential=True)
    await confidentiality.ask_disclose(cast.seoul_coordinator, project.id, "The tender is over.")
    await factories.decide(cast, project.id)
    assert await _public(project)


async def test_refusal_ends_it_for_both_and_it_can_be_asked_again(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await confidentiality.ask_conceal(cast.nairobi_coordinator, project.id, WHY)
    with pytest.raises(Invalid, match="being asked already"):
        await confidentiality.ask_conceal(cast.seoul_coordinator, project.id, WHY)
    first, second = await _asked(project)
    await decisions.give(_mayor(cast, first), first.id)
    await decisions.refuse(_mayor(cast, second), second.id, "The council wants it open.")
    assert await _public(project)
    await confidentiality.ask_conceal(cast.seoul_coordinator, project.id, WHY)
    first, second = await _asked(project)
    await decisions.refuse(_mayor(cast, first), first.id, "Still.")
    await second.refresh()
    assert second.state == "lapsed"
    with pytest.raises(Invalid, match="already lapsed"):
        await decisions.give(_mayor(cast, second), second.id)
    assert await _public(project)


async def test_two_mayors_at_one_moment_hide_it(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await confidentiality.ask_conceal(cast.nairobi_coordinator, project.id, WHY)
    await asyncio.gather(
        *(decisions.give(_mayor(cast, each), each.id) for each in await _asked(project))
    )
    assert not await _public(project)


async def test_officer_hides_at_once_and_never_shows_alone(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await confidentiality.ask_conceal(cast.nairobi_coordinator, project.id, WHY)
    with pytest.raises(Invalid) as refusal:
        await confidentiality.conceal_at_once(cast.officer, project.id, " ")
    assert refusal.value.fields == {"reason": ["Write something here."]}
    await confidentiality.conceal_at_once(cast.officer, project.id, "Names of residents.")
    assert not await _public(project)
    assert not await _asked(project), "nobody is asked any more"
    await confidentiality.ask_disclose(cast.officer, project.id, "Names are gone.")
    assert not await _public(project)
    await factories.decide(cast, project.id)
    assert await _public(project)


@pytest.mark.parametrize("who", sorted(ACTORS))
async def test_nobody_else_asks_or_hides(cast: Cast, who: str) -> None:
    project = await factories.joint_project(cast, "active")
    askers = {"seoul_coordinator", "nairobi_coordinator", "officer", "administrator"}
    askers |= {name for name in ACTORS if name.endswith("_cio") and "lima" not in name}
    if who not in askers:
        with pytest.raises(Forbidden):
            await confidentiality.ask_conceal(cast[who], project.id, WHY)
    if who not in {"officer", "administrator"}:
        with pytest.raises(Forbidden):
            await confidentiality.conceal_at_once(cast[who], project.id, WHY)


async def test_who_asked_does_not_decide(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await confidentiality.ask_conceal(cast.seoul_coordinator, project.id, WHY)
    mayor = cast.seoul_coordinator
    both = Actor(mayor.person_id, memberships=mayor.memberships | cast.seoul_mayor.memberships)
    [own] = [each for each in await _asked(project) if each.city == cast.seoul]
    with pytest.raises(Forbidden, match="nobody approves their own"):
        await decisions.give(both, own.id)


@pytest.mark.parametrize(
    ("state", "confidential", "verb", "why"),
    [
        ("under_review", False, "ask_conceal", "before it is agreed"),
        ("active", True, "ask_conceal", "confidential already"),
        ("active", True, "conceal_at_once", "confidential already"),
        ("active", False, "ask_disclose", "public sees it already"),
    ],
)
async def test_nothing_to_hide_or_show(
    cast: Cast, state: str, confidential: bool, verb: str, why: str
) -> None:
    project = await factories.joint_project(cast, state, confidential=confidential)
    with pytest.raises(Invalid, match=why):
        await getattr(confidentiality, verb)(cast.officer, project.id, WHY)


async def test_steps_of_the_lifecycle_leave_the_question_open(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await confidentiality.ask_conceal(cast.nairobi_coordinator, project.id, WHY)
    await factories.advance(cast, project, "suspend")
    assert len(await _asked(project)) == 2
    await factories.decide(cast, project.id)
    assert not await _public(project)


async def test_project_seen_in_an_older_version_is_not_hidden(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    with pytest.raises(Conflict):
        await confidentiality.conceal_at_once(cast.officer, project.id, WHY, seen_version=1)
    assert await _public(project)


def _mayor(cast: Cast, decision: Decision) -> Actor:
    return cast.seoul_mayor if decision.city == cast.seoul else cast.nairobi_mayor


async def _asked(project: JointProject) -> list[Decision]:
    return await Decision.objects().where(
        Decision.project == project.id, Decision.state == "pending"
    )


async def _public(project: JointProject) -> bool:
    condition, values = bound(visible("project"), PUBLIC)
    sql = f"SELECT id FROM project WHERE id = {project.id} AND {condition}"
    return bool(await Project.raw(sql, *values))


async def _verbs(project: JointProject) -> list[tuple[str, int]]:
    rows = await fetch(
        "SELECT verb, actor FROM audit_event WHERE subject_type = 'project' AND subject_id = $1"
        " AND verb LIKE '%conceal%' ORDER BY id",
        project.id,
    )
    return [(row["verb"], row["actor"]) for row in rows]
