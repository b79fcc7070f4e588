"""From a practice over a request to a proposal, page by page; and exchange rates as a file."""

from tests import factories
from tests.cast import Cast
from tests.factories import today
from tests.web.conftest import SignedIn
from tracker.domain.budgets.tables import ExchangeRate
from tracker.domain.practices.tables import Practice
from tracker.domain.projects.tables import Project, Sector
from tracker.domain.requests.tables import Request

ECB = b"Date,USD,KES,\n2026-01-05,1.1,140.5,\n2026-01-06,1.2,N/A,\n"


async def test_practice_is_written_published_and_archived_on_pages(
    signed_in: SignedIn, cast: Cast
) -> None:
    author, reader = await signed_in("seoul_coordinator"), await signed_in("nairobi_coordinator")
    await author.open("/practices")
    assert "/practices/new" in author.links
    await author.open("/practices/new")
    await author.submit("/practices/new", title="", languages="xx-!")
    assert author.page.status_code == 422
    await author.submit("/practices/new", title="GIS", themes="maps, land", languages="ko, en")
    [practice] = await Practice.objects()
    assert (practice.title, practice.themes, practice.city) == ("GIS", ["maps", "land"], cast.seoul)
    page = f"/practices/{practice.id}"
    assert author.page.headers["location"] == page
    assert (await reader.open(page)).status_code == 404, "a draft is its city's"
    await author.open(page)
    await author.submit(f"{page}/publish")
    assert author.page.status_code == 422
    assert "무엇을 하는지" in author.text, "and the form to say it in"
    await author.submit(f"{page}/edit", summary="Maps.", results_evidence="40 % faster.")
    await author.open(page)
    await author.submit(f"{page}/publish")
    await reader.open(page)
    assert reader.page.status_code == 200
    assert f"/requests/new?practice={practice.id}" in reader.links
    assert f"{page}/archive" not in reader.actions
    assert (await reader.open(f"{page}/edit")).status_code == 403
    await author.open(f"{page}/edit")
    assert 'value="GIS"' in author.page.text, "what is in capitals stays so"
    await author.open(page)
    await author.submit(f"{page}/archive")
    [practice] = await Practice.objects()
    assert practice.state == "archived"


async def test_request_is_asked_rewritten_answered_by_a_proposal_or_withdrawn(
    signed_in: SignedIn, cast: Cast
) -> None:
    practice = await factories.practice(cast)
    browser = await signed_in("nairobi_coordinator")
    await browser.open(f"/requests/new?practice={practice.id}")
    await browser.submit("/requests/new", title="Permits", need="", budget_amount="5")
    assert browser.page.status_code == 422
    assert "Say in which currency" in browser.text
    await browser.submit(
        "/requests/new", title="Permits", need="Queues.", budget_amount="5", budget_currency="KES"
    )
    [asked] = await Request.objects()
    assert (asked.practice, asked.city) == (practice.id, cast.nairobi)
    page = f"/requests/{asked.id}"
    await browser.open(page)
    await browser.open(f"{page}/edit")
    await browser.submit(f"{page}/edit", need="Long queues.")
    await browser.open("/requests")
    assert page in browser.links
    other = await signed_in("seoul_coordinator")
    await other.open(page)
    assert "Long queues." in other.text
    assert f"{page}/withdraw" not in other.actions
    await other.open(f"/projects/new?request={asked.id}")
    typed = {
        "summary": "Both.", "planned_start_on": str(today(30)), "planned_end_on": str(today(400)),
        "sdg_goals": ["11", "16"], "sectors.code": ["15185", "22040", ""],
        "sectors.percentage": ["60", "30", ""],
    }  # fmt: skip
    await other.submit("/projects/new", **typed)
    assert other.page.status_code == 422
    assert "정확히 100이어야" in other.text
    await other.submit("/projects/new", **{**typed, "sectors.percentage": ["60", "40", ""]})
    [project] = await Project.objects()
    assert (project.request, project.practice, project.title) == (asked.id, practice.id, "Permits")
    assert (project.donor_city, project.recipient_city) == (cast.seoul, cast.nairobi)
    assert project.sdg_goals == [11, 16]
    edit = f"/projects/{project.code}/edit"
    await other.open(f"/projects/{project.code}")
    assert edit in other.links
    await other.open(edit)
    await other.submit(edit, title="Permits without queues")
    [project] = await Project.objects()
    assert project.title == "Permits without queues"
    assert await Sector.count() == 2, "what was not touched stays"
    assert project.sdg_goals == [11, 16]
    mayor = await signed_in("nairobi_mayor")
    assert (await mayor.open("/projects/new")).status_code == 403
    assert (await browser.open(f"{page}/edit")).status_code == 403, "it is matched"
    await browser.open("/requests/new")
    await browser.submit("/requests/new", title="Tax", need="Time.")
    second = browser.page.headers["location"]
    await browser.open(second)
    await browser.submit(f"{second}/withdraw")
    await browser.open("/requests?state=all")
    assert "Withdrawn" in browser.text
    await browser.open("/requests")
    assert second not in browser.links


async def test_exchange_rates_are_read_in_whole_or_not_at_all(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("administrator")
    await browser.open("/rates")
    assert "/rates/import" in browser.links
    await browser.open("/rates/import")
    bad = {"file": ("rates.csv", b"Date,USD\n2026-01-05,x\n2026-01-06,1\n", "text/csv")}
    await browser.submit_files("/rates/import", bad)
    assert browser.page.status_code == 422
    assert "row 2" in browser.text.lower()
    assert not await ExchangeRate.exists()
    await browser.submit_files("/rates/import", {"file": ("rates.csv", ECB, "text/csv")})
    assert browser.page.headers["location"] == "/rates#imports"
    assert await ExchangeRate.count() == 3
    await browser.open("/rates")
    assert "1.2" in browser.text
    officer = await signed_in("officer")
    assert (await officer.open("/rates/import")).status_code == 403
