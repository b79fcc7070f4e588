"""Results of a project, from the library to a disputed value, by the forms of its pages."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.cast import Cast
from tests.factories.practices import practice
from tests.factories.projects import JointProject, add_indicator, add_period, joint_project, today
from tests.factories.values import value
from tests.web.browser import DOMAIN, Browser
from tests.web.conftest import SignedIn
from tracker.domain.outcomes import reporting, verdicts
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.library import DefinitionPlan, add_definition
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.tables import (
    Accumulation,
    Aggregation,
    Benefit,
    Dimension,
    Indicator,
    Measure,
    Period,
    Result,
    ResultType,
    Value,
)
from tracker.domain.projects.tables import Project
from tracker.locale import Reader

READY = DefinitionPlan(
    title="People who used the service",
    result_title="Services reach people",
    result_type=ResultType.OUTCOME,
    benefit=Benefit.RECIPIENT,
    measure=Measure.UNIT,
    ascending=True,
    accumulation=Accumulation.CUMULATIVE,
    aggregation=Aggregation.SUM,
    unit="people",
)


async def test_results_from_the_library_to_a_dispute(signed_in: SignedIn, cast: Cast) -> None:
    long = await joint_project(cast, "active", planned_start_on=date(2025, 1, 1))
    row = await long.row()
    ready = await add_definition(cast.officer, READY)
    results = f"/projects/{row.code}/results"
    author = await signed_in("nairobi_coordinator")
    await author.open(f"/projects/{row.code}/library")
    path = f"/projects/{row.code}/library/{ready.id}"
    assert path in author.links
    await author.open(path)
    baseline = {"baseline_value": "0", "baseline_on": str(today(-90))}
    await author.submit(path, **baseline)
    assert (author.page.status_code, "Write something here." in author.text) == (422, True)
    partner = await signed_in("seoul_coordinator")
    partner.client.headers["Accept-Language"] = "en"
    await author.submit(path, **baseline, reason="It shows who gains.")
    assert "People who used the service" in await _accepted(author, partner)
    [indicator] = await Indicator.objects().where(Indicator.definition == ready.id)
    assert indicator.baseline_value == 0
    path = f"/indicators/{indicator.id}/dimensions"
    await author.open(path)
    await author.submit(path, name="gender", categories="women, men", additive="true")
    [dimension] = await Dimension.objects()
    assert dimension.categories == ["women", "men"]
    path = f"/indicators/{indicator.id}/periods"
    await author.open(path)
    await author.submit(path, starts_on="2026-01-01", ends_on="2025-01-01", length="quarter")
    assert author.page.status_code == 422
    await author.submit(path, starts_on="2025-01-01", ends_on="2025-12-31", length="quarter",
                        target_value="400", spread="linear", reason="Year by year.")  # fmt: skip
    assert "People who used the service" in await _accepted(author, partner)
    made = await Period.select(Period.id, Period.target_value).where(
        Period.indicator == indicator.id).order_by(Period.starts_on)  # fmt: skip
    assert [each["target_value"] for each in made] == [100, 200, 300, 400]
    path = f"/periods/{made[0]['id']}/report"
    await author.open(path)
    await author.submit(path, value="120", narrative="Still counting.", draft="1")
    [value] = await Value.objects()
    address = f"/values/{value.id}"
    assert author.page.headers["location"] == address
    assert (await partner.open(address)).status_code == 404
    await author.open(f"{address}/redraft")
    await author.client.post(
        f"{address}/redraft",
        data={
            "csrf_token": author.page.text.split('name="csrf_token" value="')[1].split('"')[0],
            "value": "120",
            "parts.dimension_id": [str(dimension.id)] * 2,
            "parts.category": ["women", "men"],
            "parts.value": ["70", "40"],
        },
    )
    await author.open(address)
    assert "do not add up to the value" in author.text
    await author.submit(f"{address}/submit")
    officer = await signed_in("officer")
    await officer.open(address)
    await officer.submit(f"{address}/approve")
    await partner.open(f"{address}/dispute")
    await partner.submit(f"{address}/dispute", reason="Our count says 110.")
    await partner.follow()
    public = await signed_in("lima_coordinator")
    await public.open(address)
    assert "Disputed" in public.page.text or "disputes" in public.page.text
    assert "Our count says 110." not in public.page.text
    await author.open(f"{address}/answer")
    await author.submit(f"{address}/answer", text="Ten came twice.")
    await author.open(results)
    assert "Disputed" in author.text
    await value.refresh()
    assert (value.state, value.value) == ("approved", Decimal(120))


async def _accepted(author: Browser, partner: Browser) -> str:
    """What the other side reads before it accepts what was just proposed."""
    address = author.page.headers["location"]
    await partner.open(address)
    read = partner.text
    await partner.submit(f"{address}/accept")
    return read


async def test_indicator_of_an_agreed_plan_is_proposed_and_a_result_of_ones_own_taken_out(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    code = (await project.row()).code
    author, partner = await signed_in("nairobi_coordinator"), await signed_in("seoul_coordinator")
    path = f"/results/{project.result_id}/indicators/new"
    await author.open(path)
    said = {"title": "Cost of a permit", "measure": "unit", "unit": "KES", "ascending": "false"}
    await author.submit(path, **said, baseline_value="500", reason="Money counts as well.")
    assert "give both or neither" in author.text
    late = {"periods.starts_on": str(today(1)), "periods.target_value": "400 KES"}
    await author.submit(path, baseline_on=str(today(-90)), **late)
    assert all(f'id="error-periods.{name}"' in author.page.text
               for name in ("ends_on", "target_value"))  # fmt: skip
    await author.submit(path, **{"periods.ends_on": str(today(900)), "periods.target_value": "400"})
    assert 'id="error-periods.ends_on"' in author.page.text
    await author.submit(path, **{"periods.ends_on": str(today(60))})
    read = await _accepted(author, partner)
    assert all(each in read for each in ("Permits are quick", "KES", "500", "400"))
    [indicator] = await Indicator.objects().where(Indicator.title == "Cost of a permit")
    assert (indicator.result, indicator.baseline_value) == (project.result_id, Decimal(500))
    [period] = await Period.objects().where(Period.indicator == indicator.id)
    assert (period.starts_on, period.ends_on, period.target_value) == (
        today(1),
        today(60),
        Decimal(400),
    )
    new = f"/projects/{code}/results/new"
    await author.open(new)
    await author.submit(new, title="Trust grows", type="impact", benefit="both")
    [result] = await Result.objects().where(Result.title == "Trust grows")
    await author.open(f"/projects/{code}/results")
    assert f"/results/{project.result_id}/remove" not in author.links
    remove = f"/results/{result.id}/remove"
    assert remove in author.links
    await author.open(remove)
    await author.submit(remove)
    assert not await Result.exists().where(Result.id == result.id)


async def test_period_is_locked_and_opened_on_the_results_page(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    row = await project.row()
    plan = PeriodPlan(starts_on=today(-9), ends_on=today(-3))
    period = await add_period(cast, project.indicator_id, plan)
    officer = await signed_in("officer")
    officer.client.headers["Accept-Language"] = "en"
    await officer.open(f"/projects/{row.code}/results")
    await officer.submit(f"/periods/{period.id}/steps/lock")
    await officer.follow()
    assert "Locked" in officer.text
    author = await signed_in("nairobi_coordinator")
    assert (await author.open(f"/periods/{period.id}/report")).status_code == 403
    path = f"/periods/{period.id}/steps/reopen"
    assert (await author.open(path)).status_code == 403
    await officer.open(path)
    await officer.submit(path, reason="")
    assert officer.page.status_code == 422
    await officer.submit(path, reason="A figure was wrong.")
    edit = f"/periods/{period.id}/steps/edit"
    assert (await author.open(edit)).status_code == 403
    await author.open(f"/projects/{row.code}/results")
    assert edit not in author.links
    await period.refresh()
    assert not period.locked_at


async def test_one_period_is_added_a_breakdown_rewritten_and_what_is_over_locked(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    results = f"/projects/{(await project.row()).code}/results"
    author, officer = await signed_in("nairobi_coordinator"), await signed_in("officer")
    path = f"/indicators/{project.indicator_id}/periods/new"
    await author.open(results)
    assert path in author.links
    await author.open(path)
    await author.submit(path, starts_on=str(today(-3)), ends_on=str(today(-9)))
    assert author.page.status_code == 422
    days = {"starts_on": str(today(-9)), "ends_on": str(today(-3))}
    await author.submit(path, **days, reason="")
    assert (author.page.status_code, "Write something here." in author.text) == (422, True)
    await author.submit(path, **days, reason="Autumn counts as well.")
    assert "Days to a permit" in await _accepted(author, await signed_in("seoul_coordinator"))
    [period] = await Period.objects().where(Period.ends_on == today(-3))
    path = f"/indicators/{project.indicator_id}/dimensions"
    await author.open(path)
    await author.submit(path, name="gender", categories="women, men")
    await author.follow()
    [dimension] = await Dimension.objects()
    edit = f"/dimensions/{dimension.id}/edit"
    assert edit in author.links
    await author.open(edit)
    assert 'value="women, men"' in author.page.text
    await author.submit(edit, categories="women, men, other")
    await dimension.refresh()
    assert dimension.categories == ["women", "men", "other"]
    await officer.open(results)
    assert f"{results}/lock" in officer.links
    assert (await author.open(f"{results}/lock")).status_code == 403
    await officer.open(f"{results}/lock")
    await officer.submit(f"{results}/lock", ended_by=str(today(9)))
    assert "is in the future" in officer.text
    await officer.submit(f"{results}/lock", ended_by=str(today(-2)))
    await period.refresh()
    assert period.locked_at


async def test_result_is_rewritten_and_taken_out_with_what_measures_it(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "draft")
    code = (await project.row()).code
    author = await signed_in("nairobi_coordinator")
    result, indicator = (f"/results/{project.result_id}", f"/indicators/{project.indicator_id}")
    await author.open(f"/projects/{code}/results")
    ways = {f"{result}/edit", f"{result}/remove", f"{indicator}/edit", f"{indicator}/remove"}
    assert ways <= set(author.links)
    await author.open(f"{result}/edit")
    await author.submit(f"{result}/edit", title="")
    assert author.page.status_code == 422
    await author.submit(f"{result}/edit", title="Trust grows", type="impact")
    assert "Trust grows" in (await author.open(f"/projects/{code}/results")).text
    await author.open(f"{result}/remove")
    await author.submit(f"{result}/remove")
    assert "Remove its indicators first" in author.page.text
    for address in (indicator, result):
        await author.open(f"{address}/remove")
        await author.submit(f"{address}/remove")
        assert author.page.headers["location"].startswith(f"/projects/{code}/results")
    assert "No results yet" in (await author.open(f"/projects/{code}/results")).text
    running = await joint_project(cast, "active")
    refused = await author.open(f"/indicators/{running.indicator_id}/remove")
    assert (refused.status_code, "waive the values" in refused.text) == (403, True)


async def test_library_says_in_each_language_how_it_is_measured(
    signed_in: SignedIn, cast: Cast
) -> None:
    means = "Different people in the period, by the service's log."
    await add_definition(cast.officer, replace(READY, means_of_verification=means))
    browser = await signed_in("nairobi_coordinator")
    await browser.open("/library", **{"Accept-Language": "en"})
    assert means in browser.text
    browser.client.cookies.set("language", "de", domain=DOMAIN, path="/")
    await browser.open("/library")
    assert "Verschiedene Personen im Zeitraum laut Protokoll des Dienstes." in browser.text
    assert means not in browser.text


async def test_library_is_kept_by_the_secretariat(signed_in: SignedIn, cast: Cast) -> None:
    ready = await add_definition(cast.officer, READY)
    path = f"/library/{ready.id}/edit"
    author = await signed_in("nairobi_coordinator")
    await author.open("/library")
    assert path not in author.links
    assert (await author.open(path)).status_code == 403
    officer = await signed_in("officer")
    await officer.open(path)
    await officer.submit(path, title="People served")
    await ready.refresh()
    assert (ready.title, ready.ascending) == ("People served", True)
    await officer.open("/library/new")
    await officer.submit("/library/new", title="Visits", unit="visits")
    assert officer.page.status_code == 422
    assert "Choose whether more or less" in officer.text or officer.page.text


async def test_what_projects_changed_is_rolled_up_for_everybody(
    browser: Browser, cast: Cast
) -> None:
    await browser.open("/outcomes")
    assert "Nothing is measured yet" in browser.text
    await value(cast, await joint_project(cast, "active"), "approved")
    await browser.open("/outcomes")
    assert "1 project 1 of 1 indicator has a value" in browser.text
    await value(cast, await joint_project(cast, "active"), "approved")
    await joint_project(cast, "active", confidential=True)
    await browser.open("/outcomes?theme=permits")
    assert "2 projects 2 of 2 indicators have a value" in browser.text
    assert "Days to a permit" in browser.text
    await browser.open(f"/outcomes?city={cast.lima}")
    assert "No project fits" in browser.text


async def test_what_is_pooled_over_periods_says_so(browser: Browser, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    for accumulation in (Accumulation.PERIOD, Accumulation.SNAPSHOT):
        await _share(cast, project, accumulation, [(310, 620), (57, 113)])
    await browser.open("/outcomes")
    last, by = Reader("en").day(today(-3)), "1 project 1 of 1 indicator has a value –"
    assert f"50.07 % 367 / 733 all periods together {by} up to {last}" in browser.text
    assert f"50.44 % 57 / 113 {by} {last}" in browser.text


async def test_disputed_value_is_marked_wherever_it_is_shown(browser: Browser, cast: Cast) -> None:
    offered = await practice(cast)
    project = await joint_project(cast, "active", practice_id=offered.id)
    row = await value(cast, project, "approved")
    code = (await project.row()).code
    pages = ["/outcomes", f"/practices/{offered.id}", f"/projects/{code}/results"]
    for path in pages:
        await browser.open(path)
        assert "Disputed" not in browser.text, path
    await verdicts.dispute(cast.seoul_coordinator, row.id, "We count 14.")
    for path in pages:
        await browser.open(path)
        assert "Disputed" in browser.text.partition("What you can do now")[0], path


async def test_practice_tells_when_its_project_was_closed(browser: Browser, cast: Cast) -> None:
    offered = await practice(cast)
    project = await joint_project(cast, "closed", practice_id=offered.id)
    row = await project.row()
    await Project.update({Project.actual_end_on: today(-20)}).where(Project.id == row.id)
    await browser.open(f"/practices/{offered.id}")
    assert f"Closed {Reader('en').day(row.ended_at)}" in browser.text


async def _share(
    cast: Cast,
    project: JointProject,
    accumulation: Accumulation,
    shares: list[tuple[int, int]],
) -> None:
    """A percentage with these parts, the newest last."""
    spans = [(today(-25 * n - 27), today(-25 * n - 3)) for n in reversed(range(len(shares)))]
    indicator = await add_indicator(
        cast, project.id, title="Answered in time", unit="%", measure=Measure.PERCENTAGE,
        aggregation=Aggregation.RATIO_OF_SUMS, accumulation=accumulation, baseline_value=None,
        baseline_on=None, periods=[PeriodPlan(starts_on=a, ends_on=b) for a, b in spans],
    )  # fmt: skip
    periods = await Period.objects().where(Period.indicator == indicator.id)
    periods.sort(key=lambda period: period.starts_on)
    for period, (counted, all_) in zip(periods, shares, strict=True):
        draft = ValueDraft(numerator=Decimal(counted), denominator=Decimal(all_))
        row = await reporting.report(cast.nairobi_coordinator, period.id, cast.nairobi, draft)
        await reporting.approve(cast.seoul_approver, row.id)
