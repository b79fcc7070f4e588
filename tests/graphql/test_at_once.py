"""Everything that is wrong is told at once, in the books and in requests too; and what says nothing
is refused in the same words everywhere."""

from typing import Any

import pytest

from tests import factories
from tests.cast import Cast
from tests.graphql.conftest import Api

BOOK = """mutation ($project: ID!, $city: ID!, $input: TransactionDraftInput!) {
  done: transactionBook(projectId: $project, cityId: $city, input: $input) {
    problems { field } } }"""

OPEN = """mutation ($city: ID!, $input: RequestPlanInput!) {
  done: requestOpen(cityId: $city, input: $input) { problems { field } } }"""


def _fields(found: dict[str, Any]) -> set[str]:
    return {each["field"][1] for each in found["done"]["problems"]}


async def test_all_that_is_wrong_with_a_booking_is_told(api: Api, cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    wrong = {
        "type": "EXPENDITURE", "description": " ", "valueOn": "2099-01-01", "amount": "-1.234",
        "currency": "XXQ", "personDays": "-2", "budgetLineId": "BudgetLine:999",
    }  # fmt: skip
    given = {"project": f"Project:{project.id}", "city": f"City:{cast.nairobi}", "input": wrong}
    found = await api.data(BOOK, given, cast.nairobi_coordinator)
    assert _fields(found) == wrong.keys() - {"type"}


async def test_all_that_is_wrong_with_a_request_is_told(api: Api, cast: Cast) -> None:
    wrong = {
        "title": " ", "need": "", "themes": [" "], "deadlineOn": "2000-01-01",
        "budgetAmount": "-1", "budgetCurrency": "XXQ", "practiceId": "Practice:999",
    }  # fmt: skip
    given = {"city": f"City:{cast.nairobi}", "input": wrong}
    found = await api.data(OPEN, given, cast.nairobi_coordinator)
    assert _fields(found) == wrong.keys()


@pytest.mark.parametrize(
    "asked",
    [
        'search(query: " ") { totalCount }',
        'cities(search: "") { totalCount }',
        'cities(filter: { text: { matches: " " } }) { totalCount }',
        'projects(filter: { text: { matches: "" } }) { totalCount }',
    ],
)
async def test_search_for_nothing_is_refused_wherever_one_searches(
    api: Api, cast: Cast, asked: str
) -> None:
    [said] = await api.errors(f"{{ {asked} }}", actor=cast.officer)
    assert "nothing is searched for; give at least one word" in said
