"""What an action leaves behind: the change, the audit event, the notifications and NOTIFY, all of
them or none; and what it does when somebody else was faster."""

import asyncio
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from tests import factories
from tests.cast import Cast
from tests.factories import today
from tracker.domain import clock
from tracker.domain.audit import AuditEvent, Notification
from tracker.domain.database import DB, transaction
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones import moving
from tracker.domain.people.tables import Membership
from tracker.domain.projects import actions, lifecycle
from tracker.domain.roles import Role

_END = {"end": True}
"""Said after what is listened for; not `{}`, which the product itself says now and then."""


class Ear:
    """Hears what PostgreSQL's NOTIFY says on our channel."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def listen(self) -> None:
        """Begin to listen."""
        await self._connection.add_listener("tracker", self._hear)

    async def heard(self) -> list[dict[str, Any]]:
        """Every event so far: messages come in the order of the commits, so ours is the last. An
        empty one is a hint, of what was written before as well."""
        await self._connection.execute(f"SELECT pg_notify('tracker', '{json.dumps(_END)}')")
        messages = []
        while (message := await asyncio.wait_for(self._heard.get(), 30)) != _END:
            messages.append(message)
        return [message for message in messages if message]

    def _hear(self, connection: object, pid: int, channel: str, payload: str) -> None:
        self._heard.put_nowait(json.loads(payload))


@pytest.fixture
async def ear(connection: asyncpg.Connection) -> Ear:
    ear = Ear(connection)
    await ear.listen()
    return ear


async def _events(project_id: int) -> list[dict[str, Any]]:
    return (
        await AuditEvent.select()
        .where(AuditEvent.subject_type == "project", AuditEvent.subject_id == project_id)
        .order_by(AuditEvent.id)
    )


async def _told(event_id: int) -> set[int]:
    rows = await Notification.select(Notification.person).where(Notification.event == event_id)
    return {row["person"] for row in rows}


async def test_action_is_recorded_with_who_what_and_why(cast: Cast) -> None:
    project = await factories.joint_project(cast, "under_review")
    officer = replace(cast.officer, request_id="req-42")
    await lifecycle.return_(officer, project.id, "Say who pays.")
    event = (await _events(project.id))[-1]
    assert (event["verb"], event["actor"], event["request_id"]) == (
        "return",
        cast.officer.person_id,
        "req-42",
    )
    assert json.loads(event["before"]) == {"state": "under_review", "state_reason": None}
    assert json.loads(event["after"]) == {"state": "returned", "state_reason": "Say who pays."}
    assert (event["project"], event["subject_version"]) == (project.id, 4)


@pytest.mark.parametrize("submit", [lifecycle.submit, None])
async def test_action_is_recorded_with_whose_right_was_used(cast: Cast, submit: Any) -> None:
    project = await factories.joint_project(cast, "draft" if submit else "active")
    actor = replace(cast.nairobi_coordinator, on_behalf_of=cast.nairobi_mayor.person_id)
    if submit:
        await submit(actor, project.id)
    else:
        await milestones.start(actor, project.milestone_id)
    events = await AuditEvent.select().order_by(AuditEvent.id)
    assert [event["actor"] for event in events[-1:]] == [cast.nairobi_coordinator.person_id]
    assert events[-1]["on_behalf_of"] == cast.nairobi_mayor.person_id
    assert events[0]["on_behalf_of"] is None


async def test_partners_are_told_but_not_the_actor(cast: Cast) -> None:
    project = await factories.joint_project(cast, "submitted")
    nairobi = {
        cast[name].person_id
        for name in (
            *("nairobi_coordinator", "nairobi_approver", "nairobi_mayor", "nairobi_cio"),
            "nairobi_administrator",
        )
    }
    seoul = {
        cast[name].person_id for name in ("seoul_coordinator", "seoul_approver", "seoul_mayor")
    }
    proposed, submitted = await _events(project.id)
    # As long as it is a draft, only the city that writes it hears of it.
    assert await _told(proposed["id"]) == nairobi - {cast.nairobi_coordinator.person_id}
    assert await _told(submitted["id"]) == (nairobi | seoul) - {cast.nairobi_coordinator.person_id}


async def test_nobody_is_told_of_what_happened_before_they_came(cast: Cast) -> None:
    project = await factories.joint_project(cast, "submitted")
    newcomer = await Membership(
        person=cast.lima_coordinator.person_id,
        city=cast.seoul,
        role=Role.COORDINATOR,
        started_at=clock.now(),
    ).save()
    await factories.advance(cast, project, "review")
    person, events = cast.lima_coordinator.person_id, await _events(project.id)
    assert [person in await _told(event["id"]) for event in events] == [False, False, True]
    await Membership.update({Membership.ended_at: clock.now()}).where(
        Membership.id == newcomer[0]["id"]
    )
    await lifecycle.return_(cast.officer, project.id, "Say who pays.")
    events = await _events(project.id)
    assert [person in await _told(event["id"]) for event in events] == [False, False, True, False]


async def test_listeners_hear_of_an_action(cast: Cast, ear: Ear) -> None:
    project = await factories.joint_project(cast, "draft", planned=False)
    [message] = [each for each in await ear.heard() if each["subject"] == "project"]
    [event] = await _events(project.id)
    assert message == {
        "event": event["id"],
        "verb": "propose",
        "subject": "project",
        "id": project.id,
        "project": project.id,
    }


async def test_change_and_trail_roll_back_together(
    cast: Cast, connection: asyncpg.Connection, ear: Ear
) -> None:
    project = await factories.joint_project(cast, "draft")
    before, trail = await project.row(), await _everything(connection)
    await ear.heard()
    await connection.execute(
        "ALTER TABLE audit_event ADD CONSTRAINT broken CHECK (false) NOT VALID"
    )
    try:
        with pytest.raises(Invalid, match="broken"):
            await lifecycle.submit(cast.nairobi_coordinator, project.id)
        with pytest.raises(Invalid, match="broken"):
            await factories.add_milestone(cast, project.id)
    finally:
        await connection.execute("ALTER TABLE audit_event DROP CONSTRAINT broken")
    assert (await project.row()).to_dict() == before.to_dict()
    assert await _everything(connection) == trail
    assert await ear.heard() == []


async def test_failure_at_the_very_end_undoes_everything(
    cast: Cast, connection: asyncpg.Connection, ear: Ear
) -> None:
    project = await factories.joint_project(cast, "draft")
    before, trail = await project.row(), await _everything(connection)
    await ear.heard()
    with pytest.raises(Invalid, match="sector percentages sum to 100"):
        await _submit_and_add_sector(cast, project.id)
    assert (await project.row()).to_dict() == before.to_dict()
    assert await _everything(connection) == trail
    assert await ear.heard() == []


async def test_refusal_leaves_no_trace(
    cast: Cast, connection: asyncpg.Connection, ear: Ear
) -> None:
    project = await factories.joint_project(cast, "submitted")
    trail = await _everything(connection)
    await ear.heard()
    attempts = [
        (lifecycle.submit(cast.nairobi_coordinator, project.id), Invalid),
        (lifecycle.review(cast.auditor, project.id), Forbidden),
        (lifecycle.review(cast.public, project.id), NotFound),
        (lifecycle.review(cast.officer, project.id, seen_version=1), Conflict),
    ]
    for attempt, kind in attempts:
        with pytest.raises(kind) as refusal:
            await attempt
        assert isinstance(refusal.value, Refusal)
    assert await _everything(connection) == trail
    assert await ear.heard() == []


async def test_absent_and_invisible_look_the_same(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    texts = []
    for number in (project.id, project.id + 1000):
        with pytest.raises(NotFound) as refusal:
            await lifecycle.submit(cast.lima_coordinator, number)
        texts.append(str(refusal.value))
    assert texts[0] == texts[1] == "There is no such project, or you may not see it."


async def test_stale_version_says_what_changed(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    seen = (await project.row()).version
    plan = factories.proposal(cast, title="Permits within ten days", confidential=True)
    await actions.edit(cast.nairobi_cio, project.id, plan, seen_version=seen)
    with pytest.raises(Conflict) as refusal:
        await actions.edit(cast.nairobi_coordinator, project.id, plan, seen_version=seen)
    assert refusal.value.version == seen + 1
    assert refusal.value.changed == ["confidential", "title"]
    assert "changed: confidential, title" in str(refusal.value)
    # Having looked again, the coordinator may go on.
    await lifecycle.submit(cast.nairobi_coordinator, project.id, seen_version=seen + 1)


async def test_stale_version_of_a_milestone(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    await moving.move(
        cast.nairobi_coordinator, project.milestone_id, today(60), "Rain.", seen_version=1
    )
    with pytest.raises(Conflict) as refusal:
        await milestones.start(cast.nairobi_coordinator, project.milestone_id, seen_version=1)
    assert refusal.value.changed == ["due_on", "move_reason"]


async def test_simultaneous_edits_of_one_version(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    edits = [
        actions.edit(
            cast.nairobi_coordinator,
            project.id,
            factories.proposal(cast, title=f"Title {number}"),
            seen_version=1,
        )
        for number in range(10)
    ]
    ends = await asyncio.gather(*edits, return_exceptions=True)
    assert sum(isinstance(end, Conflict) for end in ends) == 9
    assert (await project.row()).version == 2


async def test_edit_that_changes_nothing(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    events = await _events(project.id)
    row = await actions.edit(cast.nairobi_coordinator, project.id, factories.proposal(cast))
    assert row.version == 1
    assert await _events(project.id) == events


async def test_decimals_and_dates_keep_every_digit_in_the_trail(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft", planned=False)
    exact = Decimal("12345678901234.000001")
    indicator = await factories.add_indicator(
        cast, project.id, ascending=True, baseline_value=exact, periods=[]
    )
    [event] = await AuditEvent.select().where(
        AuditEvent.subject_type == "indicator",
        AuditEvent.subject_id == indicator.id,
    )
    after = json.loads(event["after"])
    assert after["baseline_value"] == str(exact)
    assert after["baseline_on"] == today(-90).isoformat()


async def test_trail_is_append_only(cast: Cast, connection: asyncpg.Connection) -> None:
    await factories.joint_project(cast, "draft")
    for statement in ("UPDATE audit_event SET verb = 'x'", "DELETE FROM audit_event"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await connection.execute(statement)


async def _submit_and_add_sector(cast: Cast, project_id: int) -> None:
    """An action, then a sector too many past all rules; that is found at the commit only."""
    async with transaction():
        await lifecycle.submit(cast.nairobi_coordinator, project_id)
        await AuditEvent.raw(
            "INSERT INTO sector (project, code, percentage) VALUES ({}, '11110', 1)", project_id
        )


async def _everything(connection: asyncpg.Connection) -> tuple[int, ...]:
    """How many rows there are of what an action may add."""
    tables = ("audit_event", "notification", "milestone", "decision")
    counts = (f"(SELECT count(*) FROM {table})" for table in tables)
    return tuple(await connection.fetchrow(f"SELECT {', '.join(counts)}") or ())


async def test_refused_commit_gives_its_connection_back(cast: Cast) -> None:
    assert DB.pool
    project = await factories.joint_project(cast, "draft")
    for _ in range(DB.pool.get_max_size() + 1):
        with pytest.raises(Invalid, match="sector percentages"):
            await _submit_and_add_sector(cast, project.id)
    assert DB.pool.get_idle_size() == DB.pool.get_size()
    # The task that met the refusal goes on, in a transaction of its own.
    await lifecycle.submit(cast.nairobi_coordinator, project.id)
    assert await AuditEvent.exists().where(AuditEvent.verb == "submit")


async def test_stale_version_of_somebody_who_may_not(cast: Cast) -> None:
    """What others changed is told to those only who may do it."""
    project = await factories.joint_project(cast, "active")
    refusals = {"lima_coordinator": Forbidden, "public": Forbidden, "seoul_coordinator": Conflict}
    for who, refusal in refusals.items():
        with pytest.raises(refusal):
            await lifecycle.suspend(cast[who], project.id, "Elections.", seen_version=1)


async def test_stale_version_goes_before_what_has_become_wrong(cast: Cast) -> None:
    project = await factories.joint_project(cast, "submitted")
    version = (await project.row()).version
    await factories.advance(cast, project, "review")
    with pytest.raises(Conflict) as refusal:
        await lifecycle.review(cast.officer, project.id, seen_version=version)
    assert "state" in refusal.value.changed
