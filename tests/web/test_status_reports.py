"""The pages of status reports, from the draft to the addendum."""

import json
import re
from hashlib import sha256

from asyncpg import Connection

from tests import factories
from tests.cast import Cast
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker.domain import clock
from tracker.domain.reminders import mailing
from tracker.domain.status_reports.tables import StatusReport

SAID = {
    "schedule": "amber", "outcomes": "green", "budget": "green", "partnership": "green",
    "achieved": "Forty testers use the portal.", "next": "Training.",
    "at_risk": "The <tender> is late.", "decision_needed": "None.",
}  # fmt: skip


async def test_report_is_completed_looked_over_and_published(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active")
    report = await factories.status_report(cast, project, state="empty")
    code, page = (await project.row()).code, f"/reports/{report.id}"
    coordinator = await signed_in("nairobi_coordinator")
    await coordinator.open(f"/projects/{code}")
    assert page in coordinator.links
    await coordinator.open(f"/projects/{code}/reports")
    assert page in coordinator.links
    await coordinator.open(page)
    assert "Permit portal is live" in coordinator.text, "the facts stand beside the fields"
    long = "x" * 10_001
    await coordinator.submit(page, **SAID | {"achieved": long})
    assert coordinator.page.status_code == 422
    assert long in coordinator.page.text
    assert "Training." in coordinator.page.text
    await coordinator.submit(page, **SAID | {"next": "", "then": "publish"})
    await coordinator.follow()
    assert "What comes next: Write something here" in coordinator.text
    assert f"{page}/publish" not in coordinator.actions
    await coordinator.open(page)
    await coordinator.submit(page, **SAID | {"then": "publish"})
    await coordinator.follow()
    assert "The <tender> is late." in coordinator.text
    await coordinator.submit(f"{page}/publish")
    await coordinator.follow()
    assert "Published. It stays as it is from now on." in coordinator.text
    assert page not in coordinator.actions
    await coordinator.submit(f"{page}/addenda", text=" ")
    assert coordinator.page.status_code == 422
    await coordinator.submit(f"{page}/addenda", text="There were 41 testers.")
    await coordinator.follow()
    assert "There were 41 testers." in coordinator.text
    raw = await coordinator.open(f"{page}/document")
    [row] = await StatusReport.objects().where(StatusReport.id == report.id)
    assert sha256(raw.content).hexdigest() == row.sha256
    assert json.loads(raw.content)["atRisk"] == "The <tender> is late."


async def test_report_is_read_by_whom_it_is_for(
    signed_in: SignedIn, browser: Browser, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active")
    told = await factories.status_report(cast, project, "nairobi")
    draft = await factories.status_report(cast, project, "seoul", "edited", achieved="Seoul's own")
    with clock.at(factories.noon(draft.due_on)):
        await mailing.sweep()
    code = (await project.row()).code
    both = f"/projects/{code}/reports/{told.starts_on}"
    partner, officer = await signed_in("nairobi_mayor"), await signed_in("officer")
    mayor = await signed_in("seoul_mayor")
    for who in (partner, officer, mayor):
        await who.open(f"/reports/{told.id}")
        assert "two weeks late" in who.text
        await who.open(f"/reports/{draft.id}")
        assert ("Seoul's own" in who.text) is (who is mayor)
        assert "Seoul: coordinator: " in who.text, "who was reminded"
        await who.open(both)
        assert "two weeks late" in who.text
        assert "Seoul's own" not in who.text
    assert (await partner.open(f"/reports/{draft.id}/publish")).status_code == 403
    assert (await partner.open(f"/reports/{draft.id}/document")).status_code == 404
    await browser.open(f"/reports/{told.id}")
    assert "Training of the front office." in browser.text
    assert "two weeks late" not in browser.text
    assert (await browser.open(f"/reports/{draft.id}")).status_code == 404
    assert (await browser.open(f"/reports/{told.id}/document")).status_code == 303
    await browser.open(both)
    assert "Seoul has not published this report yet." in browser.text
    assert (await browser.open(f"/projects/{code}/reports/2026-02-30")).status_code == 404
    await browser.open(f"/projects/{code}/reports/2001-01-01")
    assert "no report on such a period" in browser.text


async def test_rhythm_is_chosen_by_coordinators(signed_in: SignedIn, cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    page = f"/projects/{(await project.row()).code}/reports"
    mayor, coordinator = await signed_in("nairobi_mayor"), await signed_in("nairobi_coordinator")
    await mayor.open(page)
    assert f"{page}/rhythm" not in mayor.actions
    assert "No status reports yet" in mayor.text
    await coordinator.open(page)
    await coordinator.submit(f"{page}/rhythm", rhythm="hourly")
    assert coordinator.page.status_code == 422
    await coordinator.submit(f"{page}/rhythm", rhythm="monthly")
    await coordinator.follow()
    assert "after each calendar month" in coordinator.text
    assert (await project.row()).reporting_rhythm == "monthly"


async def test_published_report_reads_the_same_whatever_the_project_is_called_now(
    signed_in: SignedIn, cast: Cast, connection: Connection
) -> None:
    project = await factories.joint_project(cast, "active")
    report = await factories.status_report(cast, project)
    reader = await signed_in("auditor")
    before = await _article(reader, report.id)
    await factories.settle_milestones(cast, project.id)
    await connection.execute("UPDATE project SET title = 'Another'")
    await connection.execute("UPDATE city SET name = 'Elsewhere'")
    assert await _article(reader, report.id) == before
    assert "Status report of Nairobi" in reader.text


async def _article(reader: Browser, number: int) -> str:
    page = await reader.open(f"/reports/{number}")
    found = re.search(r"<article.*</article>", page.text, re.DOTALL)
    assert found
    return found[0]


async def test_city_is_named_as_its_own_people_write_it(signed_in: SignedIn, cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    report = await factories.status_report(cast, project, "seoul")
    code = (await project.row()).code
    period = f"/projects/{code}/reports/{report.starts_on}"
    for page in (f"/reports/{report.id}", f"/projects/{code}/reports", period):
        for name, said in {"seoul_coordinator": "서울", "nairobi_coordinator": "Seoul"}.items():
            browser = await signed_in(name)
            await browser.open(page)
            headings = re.findall(r"(?s)<(?:title|h1|h2|th)\b.*?</", browser.page.text)
            assert any(said in each for each in headings), (page, name)
