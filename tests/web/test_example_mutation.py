"""The explorer's example that writes; those that read are in `test_examples`."""

import json
import re
from collections.abc import AsyncIterator

import orjson
import pytest
from litestar import Litestar

from tests.cast import Cast
from tests.web.browser import Browser
from tests.web.planted import LATE_IN_A_QUARTER, plant_for_officer
from tracker.demo.people import address
from tracker.domain import clock
from tracker.domain.actor import Actor, Role
from tracker.domain.people.queries import actor_by_email
from tracker.domain.people.sessions import open_session
from tracker.graphql import respond


@pytest.fixture
async def officer(app: Litestar, cast: Cast) -> AsyncIterator[Actor]:
    """Somebody of the secretariat, at a demonstration portfolio of this test alone."""
    with clock.at(LATE_IN_A_QUARTER):
        yield await plant_for_officer()


async def test_mutation_works_as_delivered_for_a_coordinator(officer: Actor, app: Litestar) -> None:
    coordinator = await actor_by_email(address("nairobi", Role.COORDINATOR))
    assert coordinator
    assert coordinator.person_id
    browser = Browser(app)
    browser.client.cookies.set("session", await open_session(coordinator.person_id))
    page = await browser.open("/graphql")
    [text] = re.findall(r'id="examples">(.*?)</script>', page.text)
    [example] = [each for each in json.loads(text) if "ReportHealth" in each["document"]]
    answer = await respond(example["document"], example["variables"], actor=coordinator)
    payload = orjson.loads(answer.body)["data"]["projectReportHealth"]
    assert payload["problems"] == []
    assert payload["project"]["reportedHealth"] == "AMBER"
