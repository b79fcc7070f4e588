"""The walk-throughs of the documentation, sent step by step as they stand there."""

import json
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from graphql import parse, validate

from tests.cast import Cast
from tests.factories.projects import joint_project
from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.graphql import graphql_schema, respond
from tracker.web.walks import Step, walks

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Walker:
    """Sends documents, and knows what former answers gave."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    async def take(self, step: Step, actor: Actor, **given: Any) -> dict[str, Any]:
        """The answer's data; its new ids are known by the names of what they are of."""
        variables = self._filled(json.loads(json.dumps(step.variables))) | given
        answer = orjson.loads((await respond(step.document, variables, actor=actor)).body)
        assert "errors" not in answer, answer
        self._learn(answer["data"])
        return dict(answer["data"])

    def _filled(self, variables: dict[str, Any]) -> dict[str, Any]:
        """With ids that are known in the place of those that stand there as examples."""
        return {
            name: self.known.get(name.removesuffix("Id").removesuffix("City"), value)
            if isinstance(value, str)
            else self._filled(value)
            if isinstance(value, dict)
            else value
            for name, value in variables.items()
        }

    def _learn(self, data: dict[str, Any]) -> None:
        for payload in data.values():
            assert payload.get("problems", []) == []
            for name, row in payload.items():
                if isinstance(row, dict) and "id" in row:
                    self.known[name] = row["id"]


def _steps(anchor: str) -> list[Step]:
    [walk] = [each for each in walks(NOW.date()) if each.anchor == anchor]
    return list(walk.steps)


@pytest.mark.usefixtures("reads")
async def test_proposal_goes_on_to_an_agreed_plan(cast: Cast) -> None:
    walker = Walker()
    find, propose, plan, measure, hand_in, review, waiting, endorse, agree = _steps("propose")
    with clock.at(NOW):
        found = await walker.take(find, cast.nairobi_coordinator)
        walker.known |= {side: found[side]["nodes"][0]["id"] for side in ("donor", "recipient")}
        drafted = await walker.take(propose, cast.nairobi_coordinator)
        assert "MILESTONES" in drafted["projectPropose"]["project"]["planGaps"]
        await walker.take(plan, cast.nairobi_coordinator)
        measured = await walker.take(measure, cast.nairobi_coordinator)
        project = measured["indicatorAdd"]["indicator"]["result"]["project"]
        assert project["planGaps"] == ["BUDGET_LINES"]
        await walker.take(hand_in, cast.nairobi_coordinator)
        reviewed = await walker.take(review, cast.officer)
        assert len(reviewed["projectReview"]["project"]["decisions"]["nodes"]) == 2
        for mayor, city in ((cast.seoul_mayor, cast.seoul), (cast.nairobi_mayor, cast.nairobi)):
            awaited = await walker.take(waiting, mayor, city=f"City:{city}")
            [decision] = awaited["decisions"]["nodes"]
            assert decision["kind"] == "ENDORSE"
            walker.known["decision"] = decision["id"]
            given = await walker.take(endorse, mayor)
            assert given["decisionGive"]["decision"]["state"] == "GIVEN"
        agreed = await walker.take(agree, cast.officer)
    assert agreed["projectAgree"]["project"]["state"] == "AGREED"


@pytest.mark.usefixtures("reads")
async def test_comment_is_made_read_rewritten_and_taken_back(cast: Cast) -> None:
    walker = Walker()
    project = await joint_project(cast, "active")
    ask, conversation, rewrite, take_back = _steps("comment")
    number = f"Project:{project.id}"
    told = ask.variables["comment"] | {
        "subjectId": number, "personIds": [f"Person:{cast.nairobi_coordinator.person_id}"],
    }  # fmt: skip
    asked = await walker.take(ask, cast.seoul_coordinator, comment=told)
    [mention] = asked["commentAdd"]["comment"]["mentions"]["nodes"]
    assert mention["person"]["name"] == "Nairobi: coordinator"
    read = await walker.take(conversation, cast.nairobi_coordinator, subject=number)
    assert [each["text"] for each in read["node"]["comments"]["nodes"]] == [told["text"]]
    rewritten = await walker.take(rewrite, cast.seoul_coordinator)
    assert rewritten["commentEdit"]["comment"]["text"] == rewrite.variables["text"]
    withdrawn = await walker.take(take_back, cast.seoul_coordinator)
    assert withdrawn["commentWithdraw"]["comment"]["text"] is None


@pytest.mark.parametrize("anchor", ["propose", "comment"])
def test_variables_of_a_step_are_those_of_its_document(anchor: str) -> None:
    for step in _steps(anchor):
        document = parse(step.document)
        assert validate(graphql_schema, document) == []
        [operation] = document.definitions
        asked = {each.variable.name.value for each in operation.variable_definitions or ()}  # type: ignore[attr-defined]
        assert asked == set(step.variables)
