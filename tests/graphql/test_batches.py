"""Many at once: all or nothing, and what is wrong with any of them by its place in the list."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import Cast
from tests.factories.projects import JointProject, add_milestone, add_period, joint_project, today
from tests.graphql.conftest import Api
from tests.graphql.play import document
from tracker.domain.actor import Actor
from tracker.domain.audit import AuditEvent
from tracker.domain.batches import BATCH_MOST
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones.tables import Evidence, Milestone
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.tables import Value
from tracker.locale import Reader

REPORT = """
mutation($input: [MilestoneReportItemInput!]!) { milestonesReport(input: $input) {
  milestones { id state version evidence { totalCount } }
  problems { field code message currentVersion changedFields } } }
"""

VALUES = """
mutation($input: [ValueReportItemInput!]!) { valuesReport(input: $input) {
  values { value state period { id } } problems { field code message } } }
"""

PROOF = [{"title": "Screens", "url": "https://example.org/a"}]


def report(number: int, **changes: Any) -> dict[str, Any]:
    """A report of a milestone that breaks no rule."""
    done = {"id": f"Milestone:{number}", "completedOn": str(today(-2)), "evidence": PROOF}
    return {**done, **changes}


async def _milestones(cast: Cast, how_many: int) -> tuple[JointProject, list[int]]:
    project = await joint_project(cast, "active")
    more = [(await add_milestone(cast, project.id)).id for _ in range(how_many - 1)]
    return project, [project.milestone_id, *more]


async def test_many_milestones_are_handed_in_at_once_in_the_order_of_the_list(
    api: Api, cast: Cast
) -> None:
    _, numbers = await _milestones(cast, 3)
    backwards = numbers[::-1]
    actor = Actor(
        cast.nairobi_coordinator.person_id,
        memberships=cast.nairobi_coordinator.memberships,
        request_id="the one request",
    )
    given = {"input": [report(number, version=1) for number in backwards]}
    found = (await api.data(REPORT, given, actor))["milestonesReport"]
    assert found["problems"] == []
    assert found["milestones"] == [
        {"id": f"Milestone:{n}", "state": "SUBMITTED", "version": 2, "evidence": {"totalCount": 1}}
        for n in backwards
    ]
    events = await AuditEvent.select(AuditEvent.subject_id, AuditEvent.request_id).where(
        AuditEvent.verb == "submit", AuditEvent.subject_type == "milestone"
    )
    assert {event["subject_id"] for event in events} == set(numbers)
    assert {event["request_id"] for event in events} == {"the one request"}


async def test_one_that_is_wrong_keeps_all_from_being_handed_in(api: Api, cast: Cast) -> None:
    _, numbers = await _milestones(cast, 4)
    items = [
        report(numbers[0]),
        report(numbers[1], completedOn=str(today(2)), evidence=[{"title": "x", "url": "ftp://x"}]),
        report(numbers[2], version=7),
        report(numbers[3], evidence=[]),
        report(numbers[0]),
        report(999_999),
    ]
    found = await api.data(REPORT, {"input": items}, cast.nairobi_coordinator)
    payload = found["milestonesReport"]
    problems = {".".join(each["field"]): each for each in payload["problems"]}
    assert {path: each["code"] for path, each in problems.items()} == {
        "input.1.completedOn": "INVALID",
        "input.1.evidence.0.url": "INVALID",
        "input.2.version": "CONFLICT",
        "input.3.evidence": "INVALID",
        "input.4.id": "INVALID",
        "input.5.id": "NOT_FOUND",
    }
    assert "Item 0" in problems["input.4.id"]["message"]
    assert problems["input.2.version"]["currentVersion"] == 1
    shown = [each["id"] for each in payload["milestones"]]
    assert shown == [f"Milestone:{number}" for number in numbers]
    assert await Milestone.count().where(Milestone.state == "submitted") == 0
    assert await Evidence.count() == 0


async def test_batch_of_somebody_else_is_forbidden_item_by_item(api: Api, cast: Cast) -> None:
    _, numbers = await _milestones(cast, 2)
    given = {"input": [report(number) for number in numbers]}
    found = await api.data(REPORT, given, cast.seoul_coordinator)
    problems = found["milestonesReport"]["problems"]
    assert [(each["field"], each["code"]) for each in problems] == [
        (["input", "0"], "FORBIDDEN"),
        (["input", "1"], "FORBIDDEN"),
    ]


@pytest.mark.parametrize("size", [0, BATCH_MOST + 1])
async def test_batch_of_none_or_too_many_is_refused(api: Api, cast: Cast, size: int) -> None:
    given = {"input": [report(number) for number in range(1, size + 1)]}
    found = await api.data(REPORT, given, cast.nairobi_coordinator)
    [problem] = found["milestonesReport"]["problems"]
    assert (problem["field"], problem["code"]) == (["input"], "INVALID")


async def test_ids_of_another_type_are_named_by_their_place(api: Api, cast: Cast) -> None:
    given = {"input": [report(1), report(2, id="Project:1")]}
    found = await api.data(REPORT, given, cast.nairobi_coordinator)
    fields = [each["field"] for each in found["milestonesReport"]["problems"]]
    assert fields == [["input", "1", "id"]]


async def test_many_values_are_reported_at_once_or_none(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    plan = PeriodPlan(starts_on=today(-9), ends_on=today(9))
    later = await add_period(cast, project.indicator_id, plan)
    city = f"City:{cast.nairobi}"
    items = [
        {"periodId": f"Period:{number}", "cityId": city, "value": value}
        for number, value in ((later.id, "8.50"), (project.period_id, "12"))
    ]
    wrong = [items[0], {**items[1], "value": None, "numerator": "1"}]
    found = (await api.data(VALUES, {"input": wrong}, cast.nairobi_coordinator))["valuesReport"]
    assert found["values"] == []
    assert [each["field"] for each in found["problems"]] == [
        ["input", "1", "value"],
        ["input", "1", "numerator"],
    ]
    assert await Value.count() == 0
    found = (await api.data(VALUES, {"input": items}, cast.nairobi_coordinator))["valuesReport"]
    assert found == {
        "values": [
            {"value": "8.5", "state": "SUBMITTED", "period": {"id": f"Period:{later.id}"}},
            {"value": "12", "state": "SUBMITTED", "period": {"id": f"Period:{project.period_id}"}},
        ],
        "problems": [],
    }


async def test_single_and_batch_go_by_the_same_rules(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "suspended")
    number, wrong = f"Milestone:{project.milestone_id}", {"completedOn": str(today(2))}
    single = """mutation($id: ID!, $input: MilestoneReportInput!) {
      milestoneSubmit(id: $id, input: $input) { problems { code message } } }"""
    one = await api.data(single, {"id": number, "input": wrong}, cast.nairobi_coordinator)
    many = await api.data(REPORT, {"input": [{"id": number, **wrong}]}, cast.nairobi_coordinator)
    said = [(each["code"], each["message"]) for each in many["milestonesReport"]["problems"]]
    expected = [(each["code"], each["message"]) for each in one["milestoneSubmit"]["problems"]]
    assert said == expected
    assert len(said) > 1


async def test_completion_is_not_dated_back(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    named, who = {"id": f"Milestone:{project.milestone_id}"}, cast.nairobi_coordinator

    async def told(day: date) -> list[str]:
        shown = [{"title": "Screens", "url": f"https://example.org/{day}"}]
        arguments = {**named, "input": {"completedOn": str(day), "evidence": shown}}
        text = document("milestoneSubmit", arguments, lambda node: "id")
        found = await api.data(text, arguments, who)
        return [each["message"] for each in found["milestoneSubmit"]["problems"]]

    begins, back = today(-58), today(zone="Africa/Nairobi")
    [message] = await told(date(1990, 1, 1))
    assert f"The project began on {Reader().day(begins)}" in message
    assert await told(begins) == []
    await milestones.return_(cast.seoul_coordinator, project.milestone_id, "The portal is down.")
    [message] = await told(back - timedelta(days=1))
    assert f"It was returned on {Reader().day(back)}" in message
    assert len(await told(date(1990, 1, 1))) == 2, "all that is wrong"
    assert await told(back) == []
