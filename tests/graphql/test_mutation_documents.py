"""Mutation documents of every form: several mutations, aliases, fragments, conditions, errors."""

from typing import Any

import orjson
import pytest

from tests.cast import Cast
from tests.factories.projects import joint_project, today
from tests.graphql.conftest import Api
from tracker.domain.actor import Actor
from tracker.domain.audit import AuditEvent
from tracker.domain.milestones.tables import Milestone
from tracker.graphql import LIMITS, graphql_schema
from tracker.graphql.mutations import Mutation, Returns
from tracker.graphql.performable import Performable
from tracker.graphql.performing import MUTATIONS_MOST, Performer
from tracker.graphql.planner.run import Planner
from tracker.graphql.reading import Context
from tracker.graphql.registry import registry
from tracker.graphql.schema import PERFORMABLE


async def test_several_mutations_run_in_turn_and_each_sees_the_one_before(
    api: Api, cast: Cast
) -> None:
    project = await joint_project(cast, "draft")
    text = """
    mutation($id: ID!, $a: Date!, $b: Date!) {
      kind: __typename
      first: milestoneMove(id: $id, dueOn: $a, reason: "One.", version: 1) { ...moved }
      again: milestoneMove(id: $id, dueOn: $b, reason: "Two.", version: 1) { ...moved }
      last: milestoneMove(id: $id, dueOn: $b, reason: "Two.", version: 2) { ...moved }
    }
    fragment moved on MilestonePayload {
      __typename
      milestone { ... on Node { id } on: dueOn project { milestones { nodes { version } } } }
      problems { code currentVersion changedFields }
    }
    """
    number = f"Milestone:{project.milestone_id}"
    given = {"id": number, "a": str(today(80)), "b": str(today(85))}
    found = await api.data(text, given, cast.nairobi_coordinator)
    assert list(found) == ["kind", "first", "again", "last"]
    assert found["kind"] == "Mutation"
    assert found["first"] == {
        "__typename": "MilestonePayload",
        "milestone": {
            "id": number,
            "on": str(today(80)),
            "project": {"milestones": {"nodes": [{"version": 2}]}},
        },
        "problems": [],
    }
    assert found["again"]["milestone"] == found["first"]["milestone"]
    assert found["again"]["problems"] == [
        {"code": "CONFLICT", "currentVersion": 2, "changedFields": ["dueOn", "moveReason"]}
    ]
    assert found["last"]["milestone"]["project"] == {"milestones": {"nodes": [{"version": 3}]}}


@pytest.mark.parametrize("wanted", [True, False])
async def test_conditions_in_a_mutation_hold_for_each_request(
    api: Api, cast: Cast, wanted: bool
) -> None:
    project = await joint_project(cast, "active")
    text = """
    mutation($id: ID!, $wanted: Boolean!) {
      milestoneStart(id: $id) @include(if: $wanted) { problems { message } }
      other: milestoneStart(id: $id) @skip(if: $wanted) {
        milestone { state @include(if: $wanted) version }
        problems { message }
      }
    }
    """
    given = {"id": f"Milestone:{project.milestone_id}", "wanted": wanted}
    found = await api.data(text, given, cast.nairobi_coordinator)
    done: dict[str, Any] = {"milestoneStart": {"problems": []}}
    other = {"other": {"milestone": {"version": 2}, "problems": []}}
    assert found == (done if wanted else other)


async def test_plain_columns_of_the_changed_row_take_no_statement_to_read(
    api: Api, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    text = "mutation($id: ID!) { milestoneStart(id: $id) { milestone { %s } problems { code } } }"
    given = {"id": f"Milestone:{project.milestone_id}"}
    plain = "__typename id title kind dueOn baselineDueOn state moves updatedAt version"
    found = await api.data(text % plain, given, cast.nairobi_coordinator)
    assert api.statements == []
    milestone = found["milestoneStart"]["milestone"]
    reading = f"query($id: ID!) {{ milestone(id: $id) {{ {plain} }} }}"
    asked = await api.data(reading, given, cast.nairobi_coordinator)
    assert milestone == asked["milestone"]
    await api.data(text % "state daysLate", given, cast.nairobi_coordinator)
    assert len(api.statements) == 1


async def test_variable_with_a_default_where_null_is_none_is_answered_all_the_same(
    api: Api, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    text = """mutation($id: ID = "Milestone:%d") {
      milestoneStart(id: $id) { milestone { state } problems { message } } }"""
    found = await api.data(text % project.milestone_id, {}, cast.nairobi_coordinator)
    assert found["milestoneStart"] == {"milestone": {"state": "IN_PROGRESS"}, "problems": []}
    [error] = await api.errors(text % project.milestone_id, {"id": None}, cast.nairobi_coordinator)
    assert "must not be null" in error or "null" in error


async def test_literals_and_variables_may_be_mixed_in_an_input(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "draft")
    text = """mutation($id: ID!, $city: ID!, $due: Date!, $weight: Int) {
      milestoneAdd(projectId: $id, cityId: $city, input: {
        title: "Training", kind: TRAINING, dueOn: $due, weight: $weight
      }) { milestone { title kind dueOn weight } problems { field message } } }"""
    given = {"id": f"Project:{project.id}", "city": f"City:{cast.seoul}", "due": str(today(9))}
    found = await api.data(text, given, cast.nairobi_coordinator)
    assert found["milestoneAdd"] == {
        "milestone": {
            "title": "Training", "kind": "TRAINING", "dueOn": str(today(9)), "weight": 1,
        },
        "problems": [],
    }  # fmt: skip


async def test_payload_with_too_many_rows_is_refused_before_anything_changes(
    api: Api, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    text = """mutation($id: ID!, $n: Int) { milestoneStart(id: $id) { milestone { project {
      milestones(first: $n) { nodes { evidence(first: $n) { nodes { title } } } } } } } }"""
    given = {"id": f"Milestone:{project.milestone_id}", "n": 100}
    [error] = await api.errors(text, given, cast.nairobi_coordinator)
    assert "10,000 rows" in error
    await _unchanged(project.milestone_id)
    assert "errors" not in await api.answer(text, {**given, "n": 3}, cast.nairobi_coordinator)


async def test_more_mutations_than_are_done_at_once_are_refused(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    one = f'milestoneStart(id: "Milestone:{project.milestone_id}") {{ problems {{ code }} }}'
    many = " ".join(f"m{n}: {one}" for n in range(MUTATIONS_MOST + 1))
    [error] = await api.errors(f"mutation {{ {many} }}", {}, cast.nairobi_coordinator)
    assert f"at most {MUTATIONS_MOST} are done at once" in error
    await _unchanged(project.milestone_id)


async def test_action_that_breaks_ends_the_operation_with_its_path(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    calls: list[int] = []

    async def breaking(actor: Actor) -> Milestone:
        calls.append(1)
        return calls[9]  # type: ignore[return-value]

    broken = Performable(Mutation("m", "Milestone", breaking, Returns.ROW), [], None)
    planner = Planner(graphql_schema, registry, 10)
    performer = Performer(planner, {**PERFORMABLE, "milestoneMiss": broken}, 10)
    start = f'milestoneStart(id: "Milestone:{project.milestone_id}") {{ problems {{ code }} }}'
    miss = 'milestoneMiss(id: "Milestone:1", reason: "") { problems { code } }'
    text = f"mutation {{ a: {start} b: {miss} c: {miss} }}"
    operation = planner.prepared(text, None, LIMITS)
    performance = performer.plan(operation, {}, LIMITS)
    assert performance
    result = await performance.run({}, Context(cast.nairobi_coordinator, planner, None))
    assert (result.data, len(calls)) == (None, 1)
    assert result.errors
    assert [error.path for error in result.errors] == [["b"]]
    assert orjson.dumps(result.errors[0].formatted["locations"])


async def _unchanged(milestone_id: int) -> None:
    row: Any = await Milestone.objects().get(Milestone.id == milestone_id)
    assert (row.state, row.version) == ("planned", 1)
    events = AuditEvent.exists().where(
        AuditEvent.subject_type == "milestone", AuditEvent.verb == "start"
    )
    assert not await events
