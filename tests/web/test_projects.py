"""The portfolio, a project's page, and its way from draft to closed by buttons and forms."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.cast import Cast
from tests.domain.test_budgets import PLAN
from tests.factories.projects import (
    add_budget_line,
    add_milestone,
    joint_project,
    settle_milestones,
    today,
)
from tests.factories.reports import status_report
from tests.factories.values import value
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker.domain.plan_changes.actions import propose
from tracker.domain.plan_changes.drafts import NewBudgetLine, PlanChangeDraft
from tracker.domain.projects.actions import report_health
from tracker.domain.projects.tables import Decision, Health


async def test_portfolio_shows_what_waits_for_each(signed_in: SignedIn, cast: Cast) -> None:
    project = await joint_project(cast, "under_review")
    mayor, officer = await signed_in("nairobi_mayor"), await signed_in("officer")
    await mayor.open("/projects", **{"Accept-Language": "en"})
    assert "Waiting for you Endorse the proposal: Permits without queues" in mayor.text
    assert any(link.startswith("/decisions/") for link in mayor.links)
    await officer.open("/projects")
    assert "Review the proposal: Permits without queues" in officer.text
    code = (await project.row()).code
    lima = await signed_in("lima_mayor")
    await lima.open("/projects")
    assert code not in lima.page.text
    assert "No projects yet" in lima.text


async def test_what_a_city_owes_waits_for_its_people_with_a_day(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    submitted, report = (
        await value(cast, project),
        await status_report(cast, project, state="empty"),
    )
    lines = [NewBudgetLine(city_id=cast.seoul, **vars(PLAN))]
    draft = PlanChangeDraft(reason="It costs more.", new_lines=lines)
    change = await propose(cast.seoul_coordinator, project.id, cast.seoul, draft)
    places = {
        "nairobi_coordinator": {f"/reports/{report.id}", f"/plan-changes/{change.id}"},
        "seoul_approver": {f"/values/{submitted.id}"},
        "nairobi_mayor": set(),
        "lima_coordinator": set(),
    }
    for name, expected in places.items():
        browser = await signed_in(name)
        await browser.open("/projects")
        owed = ("/reports/", "/plan-changes/", "/values/")
        found = [link for link in browser.links if link.startswith(owed)]
        assert sorted(found) == sorted(expected), name
        if name == "nairobi_coordinator":
            assert "Complete the status report: Permits without queues" in browser.text
            assert "proposed on" in browser.text


async def test_portfolio_is_narrowed_by_words_state_health_and_city(
    browser: Browser, cast: Cast
) -> None:
    await joint_project(cast, "active", title="One stop for permits")
    await joint_project(cast, "agreed", title="Budget by the people")
    for query, shown in {
        "q=BUDGETS%20peopl": ["Budget by the people"],
        "q=%25": [],
        "state=AGREED": ["Budget by the people"],
        "health=GREEN": ["One stop for permits"],
        "health=TROUBLED": [],
        f"city=City:{cast.lima}": [],
        f"city=City:{cast.seoul}&order=title": ["Budget by the people", "One stop for permits"],
        "state=NONSENSE&order=nonsense&city=x&health=y": [
            "Budget by the people",
            "One stop for permits",
        ],
    }.items():
        text = (await browser.open(f"/projects?{query}")).text
        titles = ["Budget by the people", "One stop for permits"]
        assert [title for title in titles if f">{title}<" in text] == shown, query
        assert browser.page.status_code == 200
    assert "No project fits" not in browser.text


async def test_portfolio_goes_on_page_by_page(browser: Browser, cast: Cast) -> None:
    for number in range(21):
        await joint_project(cast, "agreed", planned=False, title=f"Project {number:02}")
    await browser.open("/projects?order=title&q=Project")
    assert "Project 19" in browser.text
    assert "Project 20" not in browser.text
    [onwards] = [link for link in browser.links if "after=" in link]
    await browser.open(f"/projects{onwards}")
    assert "Project 20" in browser.text
    [back] = [link for link in browser.links if "before=" in link]
    await browser.open(f"/projects{back}")
    assert "Project 00" in browser.text
    assert (await browser.open("/projects?after=nonsense")).status_code == 400


async def test_project_goes_its_way_by_buttons(signed_in: SignedIn, cast: Cast) -> None:
    project = await joint_project(cast)
    row = await project.row()
    path = f"/projects/{row.code}"
    coordinator, officer = await signed_in("nairobi_coordinator"), await signed_in("officer")
    await _press(coordinator, path, "submit")
    await _press(officer, path, "review")
    for name in ("seoul_mayor", "nairobi_mayor"):
        await _decide(await signed_in(name), path)
    await _press(officer, path, "agree")
    for name in ("seoul_mayor", "nairobi_mayor"):
        await _decide(await signed_in(name), path)
    await coordinator.open(f"{path}/steps/start")
    await coordinator.submit(f"{path}/steps/start", actual_start_on=str(today(-3)))
    assert coordinator.page.headers["location"] == path
    await row.refresh()
    assert row.state == "active"
    assert row.actual_start_on == today(-3)
    await coordinator.follow()
    assert "Done. Whoever is to answer finds it" in coordinator.text
    assert "Nairobi: coordinator started the work." in coordinator.text
    await coordinator.open(path)
    assert "Done. Everybody on the project" not in coordinator.text, "it is said once"


async def test_proposal_says_what_it_lacks_for_a_start(signed_in: SignedIn, cast: Cast) -> None:
    project = await joint_project(cast, planned=False)
    row = await project.row()
    path = f"/projects/{row.code}"
    coordinator, mayor = await signed_in("nairobi_coordinator"), await signed_in("nairobi_mayor")
    messages = ("no milestone yet", "the benefit for: donor, recipient", "No budget lines yet;")
    await coordinator.open(path)
    for message in messages:
        assert message in coordinator.text
    await _press(coordinator, path, "submit")
    await coordinator.open(path)
    assert "Missing before the work can start:" in coordinator.text
    assert {f"{path}/milestones/new", f"{path}/results"} <= set(coordinator.links)
    await _press(await signed_in("officer"), path, "review")
    [decision] = await Decision.objects().where(
        Decision.project == project.id, Decision.city == cast.nairobi
    )
    await mayor.open(f"/decisions/{decision.id}")
    facts = (
        "There is no milestone yet. ",
        "benefit for: donor, recipient. ",
        "No budget lines yet. ",
    )
    for fact in facts:
        assert fact in mayor.text, "mayors add nothing to a plan"


async def test_step_names_all_that_is_missing(signed_in: SignedIn, cast: Cast) -> None:
    project = await joint_project(cast, "agreed", planned=False)
    row = await project.row()
    browser = await signed_in("nairobi_coordinator")
    path = f"/projects/{row.code}/steps/start"
    await browser.open(path)
    await browser.submit(path, actual_start_on=str(today(3)))
    assert browser.page.status_code == 422
    for message in ("The signature is missing", "no milestone yet", "No indicator", "future"):
        assert message in browser.text
    assert f'value="{today(3)}"' in browser.page.text
    await browser.submit(path, actual_start_on="tomorrow")
    assert "“tomorrow” is no date; write one such as 2026-12-31." in browser.text


async def test_step_without_its_reason_keeps_the_form(signed_in: SignedIn, cast: Cast) -> None:
    row = await (await joint_project(cast, "under_review")).row()
    browser = await signed_in("officer")
    path = f"/projects/{row.code}/steps/return"
    await browser.open(path)
    await browser.submit(path, reason="  ")
    assert browser.page.status_code == 422
    assert 'href="#field-reason"' in browser.page.text
    await row.refresh()
    assert row.state == "under_review"
    await browser.submit(path, reason="Say who pays.")
    await browser.follow()
    assert "Officer" in browser.text or "officer" in browser.text
    assert "returned the proposal: Say who pays." in browser.text


async def test_stale_form_says_what_changed_and_keeps_the_text(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    row = await project.row()
    browser = await signed_in("nairobi_coordinator")
    path = f"/projects/{row.code}/steps/suspend"
    await browser.open(path)
    await report_health(cast.seoul_coordinator, project.id, Health.RED)
    await browser.submit(path, reason="Elections are coming.")
    assert browser.page.status_code == 409
    assert "changed: reported health" in browser.text
    assert "Elections are coming." in browser.text
    await browser.submit(path)
    assert browser.page.status_code == 303
    await row.refresh()
    assert row.state == "suspended"


@pytest.mark.parametrize(
    ("name", "state", "verb", "status"),
    [
        ("lima_coordinator", "submitted", "withdraw", 404),
        ("seoul_coordinator", "submitted", "withdraw", 403),
        ("auditor", "submitted", "review", 403),
        ("seoul_mayor", "under_review", "agree", 403),
        ("officer", "active", "explode", 404),
    ],
)
async def test_step_is_refused_to_others(
    signed_in: SignedIn, cast: Cast, name: str, state: str, verb: str, status: int
) -> None:
    row = await (await joint_project(cast, state)).row()
    browser = await signed_in(name)
    await browser.open("/projects")
    token = browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = await browser.post(f"/projects/{row.code}/steps/{verb}", csrf_token=token)
    assert answer.status_code == status
    await row.refresh()
    assert row.state == state


@pytest.mark.parametrize(
    ("name", "state", "page", "said"),
    [
        ("nairobi_coordinator", "under_review", "steps/agree", "Only a secretariat officer"),
        ("officer", "active", "steps/review", "The project is active; this is for one that is"),
        ("officer", "active", "health", "Only a coordinator of a partner city reports"),
        ("nairobi_coordinator", "agreed", "health", "a project that is under way"),
    ],
)
async def test_form_is_shown_to_whoever_may_send_it(
    signed_in: SignedIn, cast: Cast, name: str, state: str, page: str, said: str
) -> None:
    row = await (await joint_project(cast, state)).row()
    browser = await signed_in(name)
    assert (await browser.open(f"/projects/{row.code}/{page}")).status_code == 403
    assert said in browser.text


async def test_step_that_would_be_refused_does_not_invite(signed_in: SignedIn, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    row = await project.row()
    browser = await signed_in("nairobi_coordinator")
    way = f'href="/projects/{row.code}/steps/finalise"'
    await browser.open(f"/projects/{row.code}")
    assert f'class="button secondary" {way}' in browser.page.text
    await settle_milestones(cast, project.id)
    await browser.open(f"/projects/{row.code}")
    assert f'class="button primary" {way}' in browser.page.text


async def test_history_says_what_each_event_is_about(signed_in: SignedIn, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    await report_health(cast.nairobi_coordinator, project.id, Health.GREEN)
    await value(cast, project, "superseded")
    browser = await signed_in("nairobi_mayor")
    await browser.open(f"/projects/{(await project.row()).code}")
    who = "Nairobi: coordinator"
    assert f"{who} reported health: On track." in browser.text
    assert f"{who} reported “Days to a permit” for " in browser.text
    assert f"{who} corrected “Days to a permit” for " in browser.text
    assert "to 13 days: Counted twice." in browser.text
    assert "Seoul: approver approved “Days to a permit” for " in browser.text
    assert "The earlier value of “Days to a permit” for " in browser.text
    assert f"{who} added the result “Permits are quick”." in browser.text
    assert "set a target of “Days to a permit” for " in browser.text
    assert "changed something" not in browser.text


async def test_steps_are_offered_to_whoever_may_take_them(signed_in: SignedIn, cast: Cast) -> None:
    row = await (await joint_project(cast, "submitted")).row()
    path = f"/projects/{row.code}"
    offered = {}
    for name in ("nairobi_coordinator", "seoul_coordinator", "officer", "auditor"):
        browser = await signed_in(name)
        await browser.open(path)
        ways = [*browser.links, *browser.actions]
        offered[name] = {way.removeprefix(f"{path}/steps/") for way in ways if "/steps/" in way}
    assert offered == {
        "nairobi_coordinator": {"withdraw"},
        "seoul_coordinator": set(),
        "officer": {"review"},
        "auditor": set(),
    }


async def test_reported_health_stands_beside_the_computed_one(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    row = await project.row()
    browser = await signed_in("nairobi_coordinator")
    await browser.open(f"/projects/{row.code}/health")
    await browser.submit(f"/projects/{row.code}/health")
    assert browser.page.status_code == 422
    assert "Choose how the project fares." in browser.text
    await browser.submit(f"/projects/{row.code}/health", health="RED")
    await browser.follow()
    assert "The cities report it worse than it computes" in browser.text


async def test_officer_chooses_what_the_health_of_a_project_tolerates(
    signed_in: SignedIn, cast: Cast
) -> None:
    path = f"/projects/{(await (await joint_project(cast, 'active')).row()).code}"
    officer, coordinator = await signed_in("officer"), await signed_in("nairobi_coordinator")
    await officer.open(path)
    assert f"{path}/tolerances" in officer.links
    await officer.open(f"{path}/tolerances")
    await officer.submit(f"{path}/tolerances", amber_days="40", red_share="0.95")
    assert officer.page.status_code == 422
    assert "Red comes after amber" in officer.text
    assert "a smaller one for red" in officer.text
    await officer.submit(f"{path}/tolerances", amber_days="3", red_share="0.5")
    await officer.follow()
    assert "once a milestone is more than 3 days late, and off track after 30" in officer.text
    await coordinator.open(path)
    assert "off track below 50%" in coordinator.text
    assert f"{path}/tolerances" not in coordinator.links
    assert (await coordinator.open(f"{path}/tolerances")).status_code == 403


async def test_texts_of_people_cannot_become_markup(browser: Browser, cast: Cast) -> None:
    title = '<script>alert("1")</script>{{ 7 * 7 }}'
    project = await joint_project(cast, "active", title=title)
    await add_milestone(cast, project.id, title='"><img src=x onerror=alert(1)>')
    row = await project.row()
    for path in ("/projects", f"/projects/{row.code}"):
        text = (await browser.open(path)).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "{{ 7 * 7 }}" in browser.text


async def _press(browser: Browser, path: str, verb: str) -> None:
    await browser.open(path)
    await browser.submit(f"{path}/steps/{verb}")
    assert browser.page.headers["location"] == path


async def _decide(mayor: Browser, path: str) -> None:
    await mayor.open(path)
    [decision] = {link for link in mayor.links if link.startswith("/decisions/")} - _settled(mayor)
    await mayor.open(decision)
    await mayor.submit(f"{decision}/give")
    assert mayor.page.headers["location"] == decision


def _settled(mayor: Browser) -> set[str]:
    """Decisions that the side column lists; the reader's own open one stands above as well."""
    found = [link for link in mayor.links if link.startswith("/decisions/")]
    return {link for link in found if found.count(link) == 1}


async def test_budget_is_told_to_partners_in_each_currency(
    signed_in: SignedIn, browser: Browser, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    path = f"/projects/{(await project.row()).code}"
    mayor = await signed_in("nairobi_mayor")
    await mayor.open(path)
    assert "No budget lines yet." in mayor.text
    for amount, currency in (("1500000.50", "KES"), ("2000", "EUR"), ("500.25", "EUR")):
        plan = replace(PLAN, amount=Decimal(amount), currency=currency)
        await add_budget_line(cast, project.id, cast.nairobi, plan)
    await mayor.open(path, **{"Accept-Language": "en"})
    assert "Ksh" in mayor.text or "KES" in mayor.text
    assert "1,500,000.50" in mayor.text
    assert "€2,500.25" in mayor.text
    assert "1,502,500" not in mayor.text
    await browser.open(path)
    assert 'id="budget"' not in browser.page.text
