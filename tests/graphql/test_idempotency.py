"""Idempotency keys: a repeat gets the first answer and changes nothing."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from tests.cast import Cast
from tests.factories.projects import joint_project, today
from tests.graphql.conftest import Api
from tests.graphql.test_mutations import proposal
from tracker.domain import clock
from tracker.domain.actor import Actor, Limit
from tracker.domain.audit import AuditEvent, Notification
from tracker.domain.database import fetch
from tracker.domain.idempotency.actions import KEPT, Undone, once
from tracker.domain.idempotency.tables import IdempotencyKey
from tracker.domain.milestones.tables import Milestone
from tracker.domain.people.tables import ApiToken
from tracker.domain.projects.tables import Project
from tracker.graphql import respond
from tracker.workers import idempotency

PROPOSE = """
mutation($input: ProposalInput!, $key: String) {
  projectPropose(input: $input, idempotencyKey: $key) {
    project { id code summary version } problems { field code message currentVersion changedFields }
  }
}
"""

MOVE = """
mutation($id: ID!, $dueOn: Date!, $version: Int, $key: String) {
  milestoneMove(id: $id, dueOn: $dueOn, reason: "Why.", version: $version, idempotencyKey: $key) {
    milestone { dueOn moves version } problems { field code message currentVersion changedFields }
  }
}
"""


async def test_repeated_key_returns_the_first_answer_and_changes_nothing(
    api: Api, cast: Cast
) -> None:
    given = {**proposal(cast), "key": "a-1"}
    first = await api.data(PROPOSE, given, cast.nairobi_coordinator)
    before = await _counts()
    assert first["projectPropose"]["problems"] == []
    for _ in range(3):
        assert await api.data(PROPOSE, given, cast.nairobi_coordinator) == first
    assert await _counts() == before
    other = await api.data(PROPOSE, {**given, "key": "a-2"}, cast.nairobi_coordinator)
    assert other["projectPropose"]["project"]["id"] != first["projectPropose"]["project"]["id"]


async def test_key_repeated_by_a_token_for_another_city_tells_nothing(api: Api, cast: Cast) -> None:
    given = {**proposal(cast), "key": "a-1"}
    await api.data(PROPOSE, given, cast.nairobi_coordinator)
    limit = Limit(cast.lima, clock.now() + timedelta(days=1))
    lesser = replace(cast.nairobi_coordinator, memberships=frozenset(), limit=limit)
    found = (await api.data(PROPOSE, given, lesser))["projectPropose"]
    assert found["project"] is None
    [problem] = found["problems"]
    assert "something else" in problem["message"]


async def test_twenty_repeats_at_once_make_one_change(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "draft")
    variables = {
        "id": f"Milestone:{project.milestone_id}", "dueOn": str(today(80)), "key": "the one"
    }  # fmt: skip
    before = await _counts()
    answers = await asyncio.gather(
        *(respond(MOVE, variables, actor=cast.nairobi_coordinator) for _ in range(20))
    )
    assert len({answer.body for answer in answers}) == 1
    assert orjson.loads(answers[0].body)["data"]["milestoneMove"] == {
        "milestone": {"dueOn": str(today(80)), "moves": 0, "version": 2},
        "problems": [],
    }
    told = await Notification.count()
    events, _ = await _counts()
    assert events - before[0] == 1
    assert told > 0


async def test_refusal_is_repeated_though_it_would_be_none_any_more(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "draft")
    given = {"id": f"Milestone:{project.milestone_id}", "dueOn": str(today(80)), "version": 2}
    first = await api.data(MOVE, {**given, "key": "k"}, cast.nairobi_coordinator)
    [problem] = first["milestoneMove"]["problems"]
    assert (problem["code"], problem["currentVersion"]) == ("CONFLICT", 1)
    await api.data(MOVE, {**given, "version": 1}, cast.nairobi_coordinator)
    again = await api.data(MOVE, {**given, "key": "k"}, cast.nairobi_coordinator)
    assert again["milestoneMove"]["problems"] == first["milestoneMove"]["problems"]
    assert again["milestoneMove"]["milestone"]["version"] == 2


async def test_refusal_under_a_key_keeps_nothing_but_its_answer(api: Api, cast: Cast) -> None:
    before = await _counts()
    given = {**proposal(cast, sectors=[{"code": "1", "percentage": "1"}]), "key": "k"}
    first = await api.data(PROPOSE, given, cast.nairobi_coordinator)
    assert first["projectPropose"]["problems"]
    assert await api.data(PROPOSE, given, cast.nairobi_coordinator) == first
    assert await _counts() == before
    assert await IdempotencyKey.count() == 1


async def test_key_used_for_something_else_is_refused(api: Api, cast: Cast) -> None:
    given = {**proposal(cast), "key": "k"}
    await api.data(PROPOSE, given, cast.nairobi_coordinator)
    before = await _counts()
    other = {**proposal(cast, title="Another"), "key": "k"}
    found = await api.data(PROPOSE, other, cast.nairobi_coordinator)
    [problem] = found["projectPropose"]["problems"]
    assert (problem["field"], problem["code"]) == (["idempotencyKey"], "INVALID")
    assert "Use a new key for each change" in problem["message"]
    assert await _counts() == before


async def test_keys_of_different_people_have_nothing_in_common(api: Api, cast: Cast) -> None:
    given = {**proposal(cast), "key": "k"}
    one = await api.data(PROPOSE, given, cast.nairobi_coordinator)
    two = await api.data(PROPOSE, given, cast.seoul_coordinator)
    ids = {found["projectPropose"]["project"]["id"] for found in (one, two)}
    assert len(ids) == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "키", "\x00"])
async def test_key_that_is_none_is_refused(api: Api, cast: Cast, key: str) -> None:
    found = await api.data(PROPOSE, {**proposal(cast), "key": key}, cast.nairobi_coordinator)
    [problem] = found["projectPropose"]["problems"]
    assert problem["field"] == ["idempotencyKey"]
    assert "printable ASCII" in problem["message"]
    assert not await Project.exists()


async def test_secret_is_never_kept_nor_shown_again(api: Api, cast: Cast) -> None:
    text = """mutation($person: ID!) { apiTokenIssue(personId: $person, idempotencyKey: "k") {
      apiToken { id prefix } secret problems { message } } }"""
    given = {"person": f"Person:{cast.nairobi_coordinator.person_id}"}
    first = (await api.data(text, given, cast.nairobi_coordinator))["apiTokenIssue"]
    again = (await api.data(text, given, cast.nairobi_coordinator))["apiTokenIssue"]
    assert first["secret"]
    assert again == {**first, "secret": None}
    assert await ApiToken.count() == 1
    [row] = await fetch("SELECT k::text AS whole FROM idempotency_key k")
    assert first["secret"] not in row["whole"]


async def test_crash_between_leaves_neither_change_nor_key(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    before = await _counts()

    async def crashing() -> dict[str, Any]:
        await Milestone.update({Milestone.title: "Half"}, force=True)
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await once(cast.nairobi_coordinator, "k", "f", crashing)
    row: Any = await Milestone.objects().get(Milestone.id == project.milestone_id)
    assert row.title != "Half"
    assert not await IdempotencyKey.exists()
    assert await _counts() == before

    async def undone() -> dict[str, Any]:
        await Milestone.update({Milestone.title: "Half"}, force=True)
        raise Undone({"said": "no"})

    assert await once(cast.nairobi_coordinator, "k", "f", undone) == {"said": "no"}
    row = await Milestone.objects().get(Milestone.id == project.milestone_id)
    assert row.title != "Half"


async def test_rule_that_waits_for_the_commit_is_refused_under_a_key_too(
    api: Api, cast: Cast
) -> None:
    """What only the end of a transaction would find must not take the key's row with it."""

    async def unbalanced() -> dict[str, Any]:
        await fetch("UPDATE sector SET percentage = 1")
        return {}

    await joint_project(cast, "draft")
    with pytest.raises(Exception, match="sector percentages sum to 100"):
        await once(cast.nairobi_coordinator, "k", "f", unbalanced)


async def test_key_is_let_go_after_its_time(api: Api, cast: Cast) -> None:
    given = {**proposal(cast), "key": "k"}
    await api.data(PROPOSE, given, cast.nairobi_coordinator)
    await idempotency.forget({})
    assert await IdempotencyKey.count() == 1
    with clock.at(clock.now() + KEPT + timedelta(minutes=1)):
        await idempotency.forget({})
    assert not await IdempotencyKey.exists()


async def test_key_of_the_request_counts_for_each_mutation_in_it(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "draft")
    move = f'id: "Milestone:{project.milestone_id}", reason: "Why."'
    text = f"""mutation($a: Date!, $b: Date!) {{
      first: milestoneMove({move}, dueOn: $a) {{ problems {{ code }} }}
      second: milestoneMove({move}, dueOn: $b) {{ problems {{ code }} }} }}"""
    days = {"a": str(today(80)), "b": str(today(81))}

    async def ask(actor: Actor) -> bytes:
        return (await respond(text, days, actor=actor, idempotency_key="k")).body

    first = await ask(cast.nairobi_coordinator)
    before = await _counts()
    assert await ask(cast.nairobi_coordinator) == first
    assert await _counts() == before
    row: Any = await Milestone.objects().get(Milestone.id == project.milestone_id)
    assert row.version == 3


async def _counts() -> tuple[int, int]:
    return await AuditEvent.count(), await Project.count()
