"""Values and evaluations, by the forms of the project's page."""

from decimal import Decimal

import pytest

from tests.cast import Cast
from tests.factories.projects import joint_project
from tests.web.conftest import SignedIn
from tracker.domain.evaluations.tables import Evaluation
from tracker.domain.outcomes.tables import Value

CRITERIA = ("relevance", "coherence", "effectiveness", "efficiency", "impact", "sustainability")


async def test_value_is_reported_by_one_city_and_approved_by_the_other(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    row = await project.row()
    reporter = await signed_in("nairobi_coordinator")
    await reporter.open(f"/projects/{row.code}")
    path = f"/periods/{project.period_id}/report"
    assert path in reporter.links
    await reporter.open(path)
    await reporter.submit(path, value="12.5", narrative="Median of May.")
    assert reporter.page.headers["location"] == f"/projects/{row.code}#outcomes"
    [value] = await Value.objects()
    await reporter.follow()
    assert f"/values/{value.id}/approve" not in reporter.actions, "nobody approves their own"
    approver = await signed_in("seoul_approver")
    approver.client.headers["Accept-Language"] = "en"
    await approver.open(f"/projects/{row.code}")
    await approver.submit(f"/values/{value.id}/approve")
    await value.refresh()
    assert (value.state, value.value) == ("approved", Decimal("12.5"))


@pytest.mark.parametrize("typed", ["N/A", "1 250", "12,5", "twelve", "1e", "0x10"])
async def test_value_that_is_no_number_is_refused_in_words(
    signed_in: SignedIn, cast: Cast, typed: str
) -> None:
    project = await joint_project(cast, "active")
    path = f"/periods/{project.period_id}/report"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(path)
    await browser.submit(path, value=typed)
    assert browser.page.status_code == 422
    assert f"“{typed}” is no number; write one such as 1250.5" in browser.text
    assert f'value="{typed}"' in browser.page.text
    assert await Value.count() == 0


async def test_missing_value_is_not_zero(signed_in: SignedIn, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    path = f"/periods/{project.period_id}/report"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(path)
    await browser.submit(path, value="")
    assert browser.page.status_code == 422
    await browser.submit(path, value="0")
    assert browser.page.status_code == 303
    [value] = await Value.objects()
    assert value.value == 0


async def test_value_is_returned_with_a_note_and_revised(signed_in: SignedIn, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    reporter, approver = await signed_in("nairobi_coordinator"), await signed_in("seoul_approver")
    path = f"/periods/{project.period_id}/report"
    await reporter.open(path)
    await reporter.submit(path, value="99")
    [value] = await Value.objects()
    await approver.open(f"/values/{value.id}/return")
    await approver.submit(f"/values/{value.id}/return", note="This is the mean.")
    await reporter.open(f"/values/{value.id}/revise")
    assert "This is the mean." in reporter.text
    assert 'value="99"' in reporter.page.text
    await reporter.submit(f"/values/{value.id}/revise", value="12")
    await value.refresh()
    assert (value.state, value.value) == ("submitted", Decimal(12))


async def test_evaluation_names_every_criterion_that_is_missing(
    signed_in: SignedIn, cast: Cast
) -> None:
    row = await (await joint_project(cast, "finalising")).row()
    browser = await signed_in("nairobi_coordinator")
    path = f"/projects/{row.code}/evaluation"
    await browser.open(path)
    await browser.submit(path, relevance="5", lessons="Begin with the legal review.")
    assert browser.page.status_code == 422
    assert browser.text.count("This is needed.") == 2 * (len(CRITERIA) - 1)
    assert "Begin with the legal review." in browser.text
    await browser.submit(path, **dict.fromkeys(CRITERIA, "5"))
    assert browser.page.status_code == 303
    assert await Evaluation.count() == 1
    await browser.follow()
    assert path not in browser.links


async def test_evaluation_is_for_partners(signed_in: SignedIn, cast: Cast) -> None:
    row = await (await joint_project(cast, "finalising")).row()
    browser = await signed_in("lima_coordinator")
    assert (await browser.open(f"/projects/{row.code}/evaluation")).status_code == 403
