"""The Idempotency-Key header: a program that heard no answer asks again."""

import asyncio

import pytest
from litestar import Litestar

from tests.cast import Cast
from tests.graphql.test_mutations import PROPOSE, proposal
from tests.web.browser import client
from tracker.domain.people.tokens import issue_token
from tracker.domain.projects.tables import Project


@pytest.mark.parametrize("forms", [['"8e03978e"', "8e03978e", ' "8e03978e" '], ['"a\\"b"', 'a"b']])
async def test_request_repeated_under_its_key_changes_nothing(
    app: Litestar, cast: Cast, forms: list[str]
) -> None:
    actor = cast.nairobi_coordinator
    assert actor.person_id
    _, secret = await issue_token(actor, actor.person_id)
    program = client(app, {"Authorization": f"Bearer {secret}"})
    asked = {"query": PROPOSE, "variables": proposal(cast)}
    answers = [
        (await program.post("/graphql", json=asked, headers={"Idempotency-Key": form})).json()
        for form in forms * 2
    ]
    assert answers[0]["data"]["projectPropose"]["problems"] == []
    assert all(answer == answers[0] for answer in answers)
    assert await Project.count() == 1
    await program.post("/graphql", json=asked)
    assert await Project.count() == 2


async def test_twenty_requests_at_once_under_one_key_make_one_change(
    app: Litestar, cast: Cast
) -> None:
    actor = cast.nairobi_coordinator
    assert actor.person_id
    _, secret = await issue_token(actor, actor.person_id)
    program = client(app, {"Authorization": f"Bearer {secret}", "Idempotency-Key": '"one"'})
    asked = {"query": PROPOSE, "variables": proposal(cast)}
    answers = await asyncio.gather(*(program.post("/graphql", json=asked) for _ in range(20)))
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["data"]["projectPropose"]["problems"] == []
    assert await Project.count() == 1
