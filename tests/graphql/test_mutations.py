"""Mutations: the domain's refusals as data, the row as it is now beside them."""

from datetime import datetime
from typing import Any

import orjson
import pytest

from tests.cast import Cast
from tests.factories.projects import joint_project, today
from tests.graphql.conftest import Api
from tracker.domain.audit import AuditEvent
from tracker.graphql import respond

MOVE = """
mutation Move($id: ID!, $dueOn: Date!, $reason: String, $version: Int) {
  milestoneMove(id: $id, dueOn: $dueOn, reason: $reason, version: $version) {
    milestone { dueOn moves version project { code } }
    problems { field code message }
  }
}
"""

PROPOSE = """
mutation Propose($input: ProposalInput!) {
  projectPropose(input: $input) {
    project { code state sectors { nodes { code percentage } } }
    problems { field code message }
  }
}
"""


def proposal(cast: Cast, **changes: Any) -> dict[str, Any]:
    """The input of a proposal that breaks no rule."""
    complete: dict[str, Any] = {
        "title": "Permits without queues",
        "summary": "One counter.",
        "plannedStartOn": str(today(-10)),
        "plannedEndOn": str(today(100)),
        "donorCityId": f"City:{cast.seoul}",
        "recipientCityId": f"City:{cast.nairobi}",
        "sectors": [{"code": "15185", "percentage": "100"}],
    }
    return {"input": {**complete, **changes}}


async def test_mutation_done_shows_the_row_as_it_is_now(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "draft")
    variables = {
        "id": f"Milestone:{project.milestone_id}",
        "dueOn": str(today(90)),
        "reason": "The tender was repeated.",
    }
    found = await api.data(MOVE, variables, cast.nairobi_coordinator)
    assert found["milestoneMove"]["problems"] == []
    milestone = found["milestoneMove"]["milestone"]
    assert (milestone["dueOn"], milestone["version"]) == (str(today(90)), 2)
    assert len(api.statements) == 1


async def test_mutation_with_a_stale_version_shows_the_current_row(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "draft")
    variables = {"id": f"Milestone:{project.milestone_id}", "reason": "Late.", "version": 1}
    await api.data(MOVE, {**variables, "dueOn": str(today(80))}, cast.nairobi_coordinator)
    found = await api.data(MOVE, {**variables, "dueOn": str(today(85))}, cast.nairobi_coordinator)
    assert found["milestoneMove"]["milestone"]["dueOn"] == str(today(80))
    [problem] = found["milestoneMove"]["problems"]
    assert problem["code"] == "CONFLICT"
    assert "due on" in problem["message"]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("seoul_coordinator", "FORBIDDEN"),
        ("lima_coordinator", "FORBIDDEN"),
        ("public", "UNAUTHENTICATED"),
    ],
)
async def test_mutation_by_somebody_else_is_refused(
    api: Api, cast: Cast, who: str, code: str
) -> None:
    project = await joint_project(cast, "active")
    variables = {
        "id": f"Milestone:{project.milestone_id}",
        "dueOn": str(today(90)),
        "reason": "Why not.",
    }
    before = await AuditEvent.count()
    found = await api.data(MOVE, variables, cast[who])
    [problem] = found["milestoneMove"]["problems"]
    assert problem["code"] == code
    assert found["milestoneMove"]["milestone"]["moves"] == 0
    assert await AuditEvent.count() == before


async def test_mutation_on_what_is_invisible_says_not_found(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "draft")
    variables = {"id": f"Milestone:{project.milestone_id}", "dueOn": str(today(90))}
    found = await api.data(MOVE, variables, cast.lima_coordinator)
    assert found["milestoneMove"]["milestone"] is None
    assert [each["code"] for each in found["milestoneMove"]["problems"]] == ["NOT_FOUND"]


async def test_mutation_names_the_argument_that_leads_nowhere(api: Api, cast: Cast) -> None:
    add = """mutation($city: ID!) { milestoneAdd(projectId: "Project:999999", cityId: $city,
      input: {title: "Training", dueOn: "2027-03-01"}) { problems { field code } } }"""
    variables = {"city": f"City:{cast.nairobi}"}
    found = await api.data(add, variables, cast.nairobi_coordinator)
    [problem] = found["milestoneAdd"]["problems"]
    assert problem == {"field": ["projectId"], "code": "NOT_FOUND"}


async def test_mutation_reports_all_problems_at_once_with_their_paths(api: Api, cast: Cast) -> None:
    variables = proposal(
        cast,
        title="x" * 10_000,
        summary=" ",
        plannedEndOn=str(today(-20)),
        sdgGoals=[18],
        sectors=[{"code": "15185", "percentage": "60"}, {"code": "abc", "percentage": "30"}],
    )
    found = await api.data(PROPOSE, variables, cast.nairobi_coordinator)
    assert found["projectPropose"]["project"] is None
    problems = {".".join(each["field"]): each for each in found["projectPropose"]["problems"]}
    assert set(problems) == {
        "input.title",
        "input.summary",
        "input.plannedEndOn",
        "input.sdgGoals.0",
        "input.sectors",
        "input.sectors.1.code",
    }
    messages = [each["message"] for each in found["projectPropose"]["problems"]]
    assert "10,000 characters; shorten it to 200 at most." in messages
    assert "The percentages sum to 90; they must sum to exactly 100." in messages


async def test_mutation_with_ids_of_other_types_names_each(api: Api, cast: Cast) -> None:
    variables = proposal(cast, donorCityId="Project:1", recipientCityId="x")
    found = await api.data(PROPOSE, variables, cast.nairobi_coordinator)
    fields = [each["field"] for each in found["projectPropose"]["problems"]]
    assert fields == [["input", "donorCityId"], ["input", "recipientCityId"]]


@pytest.mark.parametrize("number", ["N/A", "NaN", "Infinity", "", "1,5", True])
async def test_number_that_is_none_is_refused_before_anything_runs(
    api: Api, cast: Cast, number: object
) -> None:
    variables = proposal(cast, sectors=[{"code": "15185", "percentage": number}])
    [error] = await api.errors(PROPOSE, variables, cast.nairobi_coordinator)
    assert "is not a number" in error


async def test_read_only_context_refuses_every_mutation(api: Api, cast: Cast) -> None:
    answer = await respond(PROPOSE, proposal(cast), actor=cast.nairobi_coordinator, read_only=True)
    [problem] = orjson.loads(answer.body)["data"]["projectPropose"]["problems"]
    assert problem["code"] == "FORBIDDEN"
    assert "may only read" in problem["message"]


async def test_mutation_over_get_is_refused(api: Api, cast: Cast) -> None:
    answer = await respond(
        PROPOSE, proposal(cast), actor=cast.nairobi_coordinator, queries_only=True
    )
    assert answer.bad_request
    assert b"by POST" in answer.body


async def test_nullable_argument_left_out_is_null(api: Api, cast: Cast) -> None:
    document = """mutation($person: ID!) { membershipGrant(personId: $person, role: OFFICER) {
      membership { role city { name } } problems { message } } }"""
    variables = {"person": f"Person:{cast.lima_mayor.person_id}"}
    found = await api.data(document, variables, cast.administrator)
    assert found["membershipGrant"] == {
        "membership": {"role": "OFFICER", "city": None},
        "problems": [],
    }


async def test_null_for_an_argument_with_a_default_leaves_the_default(api: Api, cast: Cast) -> None:
    document = """mutation { apiTokenIssue(days: null, purpose: null, scope: null, readOnly: null,
      cityId: null) { apiToken { purpose scope expiresAt createdAt } problems { message } } }"""
    found = (await api.data(document, {}, cast.officer))["apiTokenIssue"]
    token = found["apiToken"]
    assert (found["problems"], token["purpose"], token["scope"]) == ([], "", "WRITE")
    lasts = datetime.fromisoformat(token["expiresAt"]) - datetime.fromisoformat(token["createdAt"])
    assert lasts.days == 90


async def test_cities_import_returns_them_in_order_or_imports_none(api: Api, cast: Cast) -> None:
    document = """
    mutation($rows: [CityRowInput!]!) { citiesImport(rows: $rows) {
      cities { name countryCode } problems { field message } } }
    """
    rows = [
        {"number": 2, "name": "Vladivostok", "country": "RU"},
        {"number": 3, "name": "Barcelona", "country": "ES"},
    ]
    bad = [*rows, {"number": 4, "name": "Atlantis", "country": "GR"}]
    found = await api.data(document, {"rows": bad}, cast.administrator)
    assert found["citiesImport"]["cities"] == []
    assert found["citiesImport"]["problems"]
    found = await api.data(document, {"rows": rows}, cast.administrator)
    assert [city["name"] for city in found["citiesImport"]["cities"]] == [
        "Vladivostok",
        "Barcelona",
    ]
