"""Values and evaluations, by the forms of the project's page."""

import re
from decimal import Decimal

import pytest

from tests.cast import Cast
from tests.factories.projects import (
    add_indicator,
    advance,
    evaluate,
    evaluation_draft,
    joint_project,
    today,
)
from tests.factories.values import value
from tests.web.conftest import SignedIn
from tracker.domain.evaluations.actions import submit
from tracker.domain.evaluations.tables import CRITERIA, PRINCIPLES, Evaluation
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.tables import Aggregation, Measure, Period, Value
from tracker.locale import Reader


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
    [reported] = await Value.objects()
    assert reporter.page.headers["location"] == f"/values/{reported.id}"
    await reporter.follow()
    assert f"/values/{reported.id}/approve" not in reporter.actions, "nobody approves their own"
    await reporter.open(path)
    assert reporter.page.headers["location"] == f"/values/{reported.id}", "a reminder leads here"
    approver = await signed_in("seoul_approver")
    approver.client.headers["Accept-Language"] = "en"
    await approver.open(f"/projects/{row.code}")
    await approver.submit(f"/values/{reported.id}/approve")
    await reported.refresh()
    assert (reported.state, reported.value) == ("approved", Decimal("12.5"))


@pytest.mark.parametrize("typed", ["N/A", "12 5", "12,5", "1.250,5", "twelve", "1e3", "0x10"])
async def test_value_that_is_no_number_is_refused_in_words(
    signed_in: SignedIn, cast: Cast, typed: str
) -> None:
    project = await joint_project(cast, "active")
    path = f"/periods/{project.period_id}/report"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(path)
    await browser.submit(path, value=typed)
    assert browser.page.status_code == 422
    assert f"“{typed}” is no number; write one such as 1,250.5" in browser.text
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
    [reported] = await Value.objects()
    assert reported.value == 0


async def test_value_is_returned_with_a_note_and_revised(signed_in: SignedIn, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    reporter, approver = await signed_in("nairobi_coordinator"), await signed_in("seoul_approver")
    path = f"/periods/{project.period_id}/report"
    await reporter.open(path)
    await reporter.submit(path, value="99")
    [reported] = await Value.objects()
    await approver.open(f"/values/{reported.id}/return")
    assert re.search('name="note"[^>]* required', approver.page.text)
    await approver.submit(f"/values/{reported.id}/return", note="This is the mean.")
    await reporter.open(f"/values/{reported.id}/revise")
    assert "This is the mean." in reporter.text
    assert 'value="99"' in reporter.page.text
    await reporter.submit(f"/values/{reported.id}/revise", value="12")
    await reported.refresh()
    assert (reported.state, reported.value) == ("submitted", Decimal(12))


async def test_what_can_be_done_now_names_the_evaluation_and_the_values_that_wait(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "finalising")
    row, reported = await project.row(), await value(cast, project)
    links = f'href="/projects/{row.code}/evaluation"', f'href="/values/{reported.id}"'
    for who, expected in (
        ("seoul_coordinator", [True, True]),
        ("nairobi_coordinator", [True, False]),
        ("lima_coordinator", [False, False]),
    ):
        browser = await signed_in(who)
        await browser.open(f"/projects/{row.code}")
        now = browser.page.text.partition('id="next"')[2].partition("</section>")[0]
        assert [link in now for link in links] == expected, who


async def test_evaluation_names_every_criterion_that_is_missing(
    signed_in: SignedIn, cast: Cast
) -> None:
    row = await (await joint_project(cast, "finalising")).row()
    browser = await signed_in("nairobi_coordinator")
    path = f"/projects/{row.code}/evaluation"
    await browser.open(path)
    lesson = {"lessons.title": "Legal review", "lessons.narrative": "Begin with it."}
    await browser.submit(path, relevance="5", **lesson)
    assert browser.page.status_code == 422
    assert browser.text.count("Choose a score from 1 to 6.") == 2 * (len(CRITERIA) - 1)
    assert browser.text.count("Choose a score from 1 to 5.") == 2 * len(PRINCIPLES)
    assert "Begin with it." in browser.text
    await browser.submit(path, relevance="6", keep="draft", **lesson)
    assert browser.page.status_code == 303
    await browser.open(path)
    assert "Begin with it." in browser.text
    scores = dict.fromkeys(CRITERIA[1:] + PRINCIPLES, "5")
    await browser.submit(path, **scores)
    assert browser.page.status_code == 303
    evaluation = await Evaluation.objects().first()
    assert evaluation
    assert (evaluation.relevance, evaluation.impact, evaluation.financing) == (6, 5, 5)
    await browser.follow()
    assert path not in browser.links


async def test_evaluations_side_by_side_name_what_is_two_points_apart(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "finalising")
    row = await project.row()
    await evaluate(cast, project.id, "nairobi")
    page = f"/projects/{row.code}/evaluations"
    theirs = await signed_in("seoul_coordinator")
    assert (await theirs.open(page)).status_code == 404
    answers = evaluation_draft(impact=3, efficiency=6, financing=1)
    await submit(cast.seoul_coordinator, project.id, cast.seoul, answers)
    reader = await signed_in("nairobi_coordinator")
    await reader.open(page)
    assert "Two points apart or more: Impact and Financing." in reader.text
    stranger = await signed_in("lima_mayor")
    assert (await stranger.open(page)).status_code == 404
    assert (await stranger.open("/lessons")).status_code == 200
    assert "legal review" not in stranger.text
    await advance(cast, project, "approve", "close")
    await stranger.open("/lessons?theme=permits&q=legal")
    assert "Begin with the legal review" in stranger.text


@pytest.mark.parametrize(
    ("name", "verb"),
    [
        ("nairobi_coordinator", "approve"),
        ("nairobi_coordinator", "revise"),
        ("seoul_mayor", "return"),
    ],
)
async def test_value_form_is_shown_to_whoever_may_send_it(
    signed_in: SignedIn, cast: Cast, name: str, verb: str
) -> None:
    project = await joint_project(cast, "active")
    row = await value(cast, project)
    browser = await signed_in(name)
    assert (await browser.open(f"/values/{row.id}/{verb}")).status_code == 403
    told = "보고한 도시" if name.startswith("seoul") else "city that reported"
    assert told in browser.text


@pytest.mark.parametrize("name", ["lima_coordinator", "nairobi_mayor", "officer"])
async def test_report_form_is_for_partners(signed_in: SignedIn, cast: Cast, name: str) -> None:
    project = await joint_project(cast, "active")
    browser = await signed_in(name)
    assert (await browser.open(f"/periods/{project.period_id}/report")).status_code == 403
    assert "Only a coordinator of a partner city reports a value" in browser.text


async def test_evaluation_is_for_partners(signed_in: SignedIn, cast: Cast) -> None:
    row = await (await joint_project(cast, "finalising")).row()
    browser = await signed_in("lima_coordinator")
    assert (await browser.open(f"/projects/{row.code}/evaluation")).status_code == 403


async def test_value_and_its_correction_lead_to_each_other(signed_in: SignedIn, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    first = f"/values/{(await value(cast, project, 'approved')).id}"
    reporter, approver = await signed_in("nairobi_coordinator"), await signed_in("seoul_approver")
    await reporter.open(first)
    assert "Nothing was attached before the value was approved." in reporter.text
    await reporter.open(f"{first}/correct")
    await reporter.submit(f"{first}/correct", value="13", reason="Counted twice.")
    [newer] = await Value.objects().where(Value.value == 13)
    second = f"/values/{newer.id}"
    await reporter.follow()
    assert [second in reporter.links, f"{first}/correct" in reporter.links] == [True, False]
    await reporter.open(f"{first}/correct")
    assert reporter.page.headers["location"] == second, "there is one already"
    await reporter.follow()
    assert "It corrects: 12 days" in reporter.text
    assert first in reporter.links
    await approver.open(second)
    await approver.submit(f"{second}/approve")
    await reporter.open(first)
    assert "Corrected by: 13 days" in reporter.text
    assert second in reporter.links


async def test_value_that_looks_wrong_says_so_at_once(signed_in: SignedIn, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    within = PeriodPlan(starts_on=today(-50), ends_on=today(60))
    share = await add_indicator(
        cast, project.id, measure=Measure.PERCENTAGE, unit="%", periods=[within],
        aggregation=Aggregation.RATIO_OF_SUMS, baseline_value=None, baseline_on=None,
    )  # fmt: skip
    [period] = await Period.objects().where(Period.indicator == share.id)
    browser = await signed_in("nairobi_coordinator")
    path = f"/periods/{period.id}/report"
    await browser.open(path)
    await browser.submit(path, numerator="300", denominator="200")
    await browser.follow()
    assert "Saved." in browser.text
    assert "The part, 300, is larger than its whole, 200." in browser.text
    assert f"The period ends on {Reader('en').day(today(60))}, after the value" in browser.text
    path = f"/periods/{project.period_id}/report"
    await browser.open(path)
    await browser.submit(path, value="12")
    await browser.follow()
    assert "the value stands all the same" not in browser.text
