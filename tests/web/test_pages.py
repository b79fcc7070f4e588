"""Every page for everybody, and what a page costs as its lists grow."""

import re

import pytest

from tests.cast import ACTORS, Cast
from tests.factories.practices import practice
from tests.factories.projects import JointProject, add_milestone, joint_project
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker.app import PAGES
from tracker.graphql import READS, serving
from tracker.settings import Settings

PEOPLE = [name for name in ACTORS if name != "system"]
PERSONAL = ("/digests", "/preferences")
HISTORIES = ("/projects/", "/milestones/", "/practices/", "/decisions/", "/audit", "/account/")
"""A page reads one document, in one statement; with a history, another one for the names in it."""


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
    more = {path: 1 + path.startswith(HISTORIES) for path in paths}
    assert all(after[path] <= more[path] for path in paths), after


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


NUMBERED = [
    (method, path.replace("{verb:str}", verb))
    for handler in PAGES
    for method in sorted(handler.http_methods & {"GET", "POST"})
    for path in sorted(handler.paths)
    if "{number:int}" in path
    for verb in (["submit", "approve", "accept"] if "{verb:str}" in path else [""])
]


@pytest.mark.parametrize("number", [-1, 0, 2**31, 99999999999999999999])
async def test_number_that_no_row_has_is_nothing_anywhere(signed_in: SignedIn, number: int) -> None:
    browser = await signed_in("seoul_coordinator")
    await browser.open("/preferences")
    token = browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    for method, path in NUMBERED:
        way = path.replace("{number:int}", str(number))
        data = {"csrf_token": token} if method == "POST" else None
        answer = await browser.client.request(method, way, data=data)
        assert answer.status_code == 404, f"{method} {way}"


async def test_every_page_answers_head_as_get_without_a_body(
    signed_in: SignedIn, cast: Cast
) -> None:
    project, practice_id = await _rows(cast, 1)
    browser = await signed_in("seoul_mayor")
    for path in [*await _paths(project, practice_id), "/static/tracker.css", "/nowhere"]:
        got = await browser.client.get(path)
        head = await browser.client.head(path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        assert head.headers["content-type"] == got.headers["content-type"], path
        assert head.headers["content-length"] == got.headers["content-length"], path
    answer = await browser.client.head("/sign-out")
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


async def test_fault_page_names_its_own_status(browser: Browser) -> None:
    for method, path, data, status in [
        ("DELETE", "/projects", None, 405),
        ("POST", "/sign-in", {"email": "x" * 200_000}, 413),
        ("GET", "/projects?after=nonsense", None, 400),
    ]:
        answer = await browser.client.request(method, path, data=data)
        assert answer.status_code == status
        assert f'<p class="fault-code">{status}</p>' in answer.text


async def test_moments_name_the_clock_of_their_reader(signed_in: SignedIn, cast: Cast) -> None:
    row = await (await joint_project(cast, "active")).row()
    for name, zone in {
        "nairobi_mayor": "Times in Africa/Nairobi", "officer": "Times in Asia/Seoul",
        "auditor": "Times in UTC",
    }.items():  # fmt: skip
        browser = await signed_in(name)
        await browser.open(f"/projects/{row.code}")
        assert zone in browser.text


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


async def test_preferences_keep_the_language_of_mails_while_the_footer_has_another(
    signed_in: SignedIn,
) -> None:
    korean = await signed_in("seoul_mayor")
    await korean.open("/preferences")
    await korean.submit("/language", language="de")
    await korean.open("/preferences")
    assert '<html lang="de" dir="ltr">' in korean.page.text
    assert re.search(r'<option value="ko"\s+selected', korean.page.text)


@pytest.mark.parametrize(
    ("action", "page"),
    [
        ("/account/security/password", "/account/security"),
        ("/account/security/factor/confirm", "/account/security"),
        ("/account/delegations", "/account/roles"),
        ("/preferences", "/preferences"),
        ("/sign-in?next=/digests", "/sign-in"),
    ],
)
async def test_language_is_changed_on_a_page_that_answered_a_form(
    signed_in: SignedIn, action: str, page: str
) -> None:
    browser = await signed_in("nairobi_mayor")
    await browser.open("/preferences")
    await browser.post(action, csrf_token=token_in(browser), email="nobody", days="x")
    if browser.page.status_code == 303:
        await browser.follow()
    await browser.submit("/language", language="ko")
    assert browser.page.headers["location"].startswith(page)
    answer = await browser.follow()
    assert answer.status_code == 200
    assert '<html lang="ko"' in answer.text


async def test_language_is_changed_within_a_filtered_list(browser: Browser) -> None:
    await browser.open("/projects?state=active")
    await browser.submit("/language", language="ko")
    assert browser.page.headers["location"] == "/projects?state=active"


async def test_reason_of_a_fault_is_in_the_language_of_its_reader(browser: Browser) -> None:
    browser.client.cookies.set("language", "ko")
    await browser.open("/sign-out")
    assert browser.page.status_code == 405
    assert "does not take" not in browser.text
    assert "이 주소는" in browser.text
    await browser.post("/sign-out", csrf_token="of another session")
    assert browser.page.status_code == 403
    assert "no longer valid" not in browser.text
    await browser.submit("/language", language="en")
    assert browser.page.headers["location"] == "/"


def token_in(browser: Browser) -> str:
    """The token of the last page's forms."""
    return browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]


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
