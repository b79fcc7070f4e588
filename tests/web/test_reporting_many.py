"""Many values and many milestones handed in with one form."""

from decimal import Decimal

from tests import factories
from tests.cast import Cast
from tests.factories import today
from tests.web.browser import DOMAIN
from tests.web.conftest import SignedIn
from tracker.domain.milestones.tables import Evidence, Milestone
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.tables import Value


async def test_values_are_reported_together_or_none_of_them(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active")
    code = (await project.row()).code
    plan = PeriodPlan(starts_on=today(-60), ends_on=today(-51))
    older = await factories.add_period(cast, project.indicator_id, plan)
    browser = await signed_in("nairobi_coordinator")
    await browser.open(f"/projects/{code}")
    form = f"/projects/{code}/values/report"
    assert form in browser.links
    await browser.open(form)
    empty = {"rows.value": ["", ""], "rows.narrative": ["", ""]}
    await browser.submit(form, **empty)
    assert browser.page.status_code == 422, "nothing is filled in"
    await browser.submit(form, **{**empty, "rows.value": ["x", "7"]})
    assert browser.page.status_code == 422
    assert "“x” is no number" in browser.text
    assert 'value="7"' in browser.page.text, "nothing typed is lost"
    assert not await Value.exists()
    await browser.submit(form, **{**empty, "rows.value": ["5", "7"]})
    assert browser.page.headers["location"] == f"/projects/{code}#outcomes"
    found = {row.period: (int(row.value), row.city) for row in await Value.objects()}
    assert found == {older.id: (5, cast.nairobi), project.period_id: (7, cast.nairobi)}
    mayor = await signed_in("nairobi_mayor")
    assert (await mayor.open(form)).status_code == 403


async def test_values_of_rows_are_read_as_their_reader_writes_them(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active")
    form = f"/projects/{(await project.row()).code}/values/report"
    browser = await signed_in("nairobi_coordinator")
    browser.client.cookies.set("language", "es", domain=DOMAIN, path="/")
    await browser.open(form)
    await browser.submit(form, **{"rows.value": "12.500", "rows.narrative": ""})
    [reported] = await Value.objects()
    assert reported.value == 12500
    revise = f"/values/{reported.id}/revise"
    await Value.update({Value.value: Decimal("1.25"), Value.state: "returned"}, force=True)
    await browser.open(revise)
    assert 'value="1,25' in browser.page.text
    await browser.submit(revise, narrative="Same.")
    await reported.refresh()
    assert (reported.narrative, reported.value) == ("Same.", Decimal("1.25"))


async def test_milestones_are_handed_in_together_or_none_of_them(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active")
    code = (await project.row()).code
    await factories.add_milestone(cast, project.id, title="Training", due_on=today(60))
    browser = await signed_in("nairobi_coordinator")
    form = f"/projects/{code}/milestones/report"
    await browser.open(f"/projects/{code}")
    assert form in browser.links
    await browser.open(form)
    done, late = str(today(-2)), str(today(9))
    typed = {
        "rows.evidence.title": ["Photos", "List"],
        "rows.evidence.url": ["https://example.org/a", "https://example.org/b"],
    }
    await browser.submit(form, **typed, **{"rows.completed_on": [done, late]})
    assert browser.page.status_code == 422
    assert "in the future" in browser.text
    assert not await Evidence.exists(), "none of them"
    await browser.submit(form, **typed, **{"rows.completed_on": [done, ""]})
    assert browser.page.status_code == 422
    await browser.submit(form, **typed, **{"rows.completed_on": [done, done]})
    assert browser.page.headers["location"] == f"/projects/{code}#milestones"
    assert {row.state for row in await Milestone.objects()} == {"submitted"}
    assert await Evidence.count() == 2
