"""Every page for everybody, and what a page costs as its lists grow."""

import pytest

from tests.cast import ACTORS, Cast
from tests.factories.practices import practice
from tests.factories.projects import JointProject, add_milestone, joint_project
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker.graphql import READS, serving
from tracker.settings import Settings

PEOPLE = [name for name in ACTORS if name != "system"]
PERSONAL = ("/digests", "/preferences")


@pytest.mark.parametrize("name", PEOPLE)
async def test_pages_cost_the_same_with_one_row_and_with_three(
    signed_in: SignedIn, cast: Cast, statements: list[str], name: str
) -> None:
    project, practice_id = await _rows(cast, 1)
    browser = await signed_in(name)
    paths = await _paths(project, practice_id)
    before = {path: await _cost(browser, path, statements, name) for path in paths}
    await _rows(cast, 2)
    for _ in range(2):
        await add_milestone(cast, project.id)
    after = {path: await _cost(browser, path, statements, name) for path in paths}
    assert after == before
    assert set(after.values()) <= {0, 1}, "a page reads one document, in one statement"


@pytest.mark.parametrize("name", PEOPLE)
async def test_draft_is_not_there_for_other_cities(
    signed_in: SignedIn, cast: Cast, name: str
) -> None:
    project = await (await joint_project(cast)).row()
    browser = await signed_in(name)
    answer = await browser.open(f"/projects/{project.code}")
    assert answer.status_code == (200 if name.startswith("nairobi") else 404)
    assert (project.title in answer.text) == name.startswith("nairobi")


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/projects/ES-1999-0001",
        "/projects/%00",
        "/projects/%ff",
        "/milestones/0",
        "/milestones/99999999999999999999",
        "/milestones/one",
        "/practices/1",
        "/static/../app.py",
        "/static/nothing.css",
    ],
)
async def test_what_is_not_there_is_a_page_that_helps(browser: Browser, path: str) -> None:
    answer = await browser.open(path)
    assert answer.status_code == 404
    assert "Open the portfolio" in browser.text
    assert "Sign in" in browser.text


async def test_fault_shows_a_number_and_nothing_else(
    browser: Browser, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(settings):
        assert READS.pool
        await READS.pool.close()
        answer = await browser.open("/")
    assert answer.status_code == 500
    assert "pool" not in answer.text
    number = answer.text.split("<code>")[1].split("<")[0]
    assert f"error {number} at GET /" in caplog.text
    assert "pool is closed" in caplog.text


async def test_pages_speak_the_language_of_their_reader(
    signed_in: SignedIn, browser: Browser
) -> None:
    korean = await signed_in("seoul_mayor")
    await korean.open("/projects")
    assert '<html lang="ko" dir="ltr">' in korean.page.text
    await browser.open("/projects", **{"Accept-Language": "fr;q=0.9, ko-KR, en;q=0.5"})
    assert '<html lang="ko" dir="ltr">' in browser.page.text
    await browser.open("/projects", **{"Accept-Language": "tlh"})
    assert '<html lang="en" dir="ltr">' in browser.page.text


async def test_language_of_the_footer_wins_in_this_browser(browser: Browser) -> None:
    await browser.open("/practices")
    await browser.submit("/language", language="ko")
    assert browser.page.headers["location"] == "/practices"
    await browser.follow()
    assert '<html lang="ko" dir="ltr">' in browser.page.text


async def _rows(cast: Cast, count: int) -> tuple[JointProject, int]:
    """So many active projects and practices; the last of each."""
    for number in range(count):
        project = await joint_project(cast, "active", title=f"Permits {number}")
        offered = await practice(cast)
    return project, offered.id


async def _paths(project: JointProject, practice_id: int) -> list[str]:
    row = await project.row()
    return [
        "/",
        "/projects",
        f"/projects/{row.code}",
        f"/milestones/{project.milestone_id}",
        "/practices",
        f"/practices/{practice_id}",
        "/graphql",
        *PERSONAL,
    ]


async def _cost(browser: Browser, path: str, statements: list[str], name: str) -> int:
    statements.clear()
    status = (await browser.open(path)).status_code
    assert status == (303 if path in PERSONAL and name == "public" else 200), path
    return len(statements)
