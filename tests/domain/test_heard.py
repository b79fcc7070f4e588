"""The days on which a project was last heard of are kept as the trail tells them, to the public and
to those inside."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import asyncpg

from tests import factories
from tests.cast import Cast
from tests.domain.kept import require_true
from tests.domain.test_comments import draft as comment
from tests.factories import JointProject
from tracker.domain import clock
from tracker.domain.comments import actions as comments
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.milestones.attaching import EvidenceLink, attach
from tracker.domain.outcomes import drafting, reporting
from tracker.domain.outcomes.content import ValueDraft
from tracker.domain.outcomes.tables import Value
from tracker.domain.projects import confidentiality, decisions, lifecycle
from tracker.domain.projects.tables import Decision

LINK = EvidenceLink(title="Minutes", url="https://nairobi.example/minutes")

Deed = Callable[[], Awaitable[Any]]


async def test_news_are_kept_for_those_who_hear_of_them(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    """A deed a day: what each says to the public, and what to those inside."""
    project = await factories.joint_project(cast, "active")
    for number, (deed, public, inside) in enumerate(_deeds(cast, project), 1):
        before = await _kept(connection, project)
        day = datetime.combine(clock.now() + timedelta(days=number), time(9), UTC)
        with clock.at(day):
            await deed()
        await require_true(connection)
        begun = day.replace(hour=0)
        expected = (begun if public else before[0], begun if inside else before[1])
        assert await _kept(connection, project) == expected, number


def _deeds(cast: Cast, project: JointProject) -> list[tuple[Deed, bool, bool]]:
    """(what is done, whether the public hears of it, whether those inside do)"""
    author, other = cast.nairobi_coordinator, cast.seoul_coordinator
    about = comment(CommentSubject.MILESTONE, project.milestone_id)
    value: dict[str, int] = {}

    async def drafted() -> None:
        row = await drafting.draft(author, project.period_id, cast.nairobi, ValueDraft())
        value["id"] = row.id

    async def approved() -> None:
        [row] = await Value.objects().where(Value.project == project.id)
        await reporting.approve(cast.seoul_approver, row.id)

    async def given(kind: str) -> None:
        rows = await Decision.objects().where(Decision.project == project.id,
                                              Decision.kind == kind)  # fmt: skip
        for each in rows:
            mayor = cast.nairobi_mayor if each.city == cast.nairobi else cast.seoul_mayor
            await decisions.give(mayor, each.id)

    return [
        (drafted, False, False),
        (lambda: comments.add(other, about), False, False),
        (lambda: attach(author, project.milestone_id, [LINK]), False, True),
        (lambda: drafting.discard(author, value["id"]), False, False),
        (lambda: factories.value(cast, project), False, True),
        (approved, True, True),
        (lambda: confidentiality.ask_conceal(author, project.id, "A tender."), False, True),
        (lambda: given("conceal"), True, True),
        (lambda: confidentiality.ask_disclose(author, project.id, "It is over."), False, True),
        (lambda: given("disclose"), True, True),
        (lambda: factories.move_milestone(cast, project.milestone_id, factories.today(70), "Rain."),
         True, True),
        (lambda: lifecycle.suspend(author, project.id, "Elections."), True, True),
    ]  # fmt: skip


async def _kept(connection: asyncpg.Connection, project: JointProject) -> tuple[Any, Any]:
    row = await connection.fetchrow(
        "SELECT heard, heard_inside FROM project_figures WHERE project = $1", project.id
    )
    return row["heard"], row["heard_inside"]


async def test_state_and_agreement_are_kept_past_the_actions(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    await factories.joint_project(cast, "agreed")
    for statement in (
        "UPDATE project SET state = 'active'",
        "UPDATE project SET agreed_at = now() + interval '3 days'",
        "UPDATE project SET created_at = now() + interval '5 days'",
        "UPDATE project SET created_at = now() - interval '90 days', agreed_at = NULL",
    ):
        before = await connection.fetch("SELECT * FROM project_figures")
        await connection.execute(statement)
        await require_true(connection)
        assert await connection.fetch("SELECT * FROM project_figures") != before, statement


async def test_late_event_does_not_take_news_back(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    """Events of two transactions may be numbered in the other order than they happened."""
    project = await factories.joint_project(cast, "active")
    for days in (4, 2):
        await connection.execute(
            "INSERT INTO audit_event (at, verb, subject_type, subject_id, project, after)"
            " VALUES (now() + make_interval(days => $2), 'edit', 'project', $1, $1,"
            """ '{"title": "Permits"}')""",
            project.id,
            days,
        )
        await require_true(connection)
