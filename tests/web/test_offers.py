"""No page offers what its reader has no right to do."""

import pytest

from tests.cast import ACTORS, Cast
from tests.domain.test_independence import REPORT
from tests.domain.test_leaving import membership_of
from tests.factories import JointProject, joint_project
from tests.factories.values import value
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker.domain.actor import SYSTEM, Role
from tracker.domain.leaving.actions import end_membership
from tracker.domain.milestones import actions as milestones
from tracker.domain.people.actions import grant
from tracker.domain.projects.tables import Decision

ABOUT = ("/projects/", "/milestones/", "/values/", "/periods/", "/decisions/")
"""What leads to something that may be done with a project."""


@pytest.mark.parametrize("state", ["draft", "under_review", "agreed", "active", "finalising"])
async def test_offer_is_never_refused_for_want_of_a_right(
    signed_in: SignedIn, cast: Cast, state: str
) -> None:
    project = await joint_project(cast, state)
    for name in ACTORS:
        if cast[name].person_id is None:
            continue
        browser = await signed_in(name)
        for page in await _pages(project):
            await _take_all_offers(browser, page)
        if (await project.row()).state != state:
            project = await joint_project(cast, state)


async def _pages(project: JointProject) -> list[str]:
    row = await project.row()
    decisions = await Decision.select(Decision.id).where(Decision.project == project.id)
    return [
        f"/projects/{row.code}",
        f"/milestones/{project.milestone_id}",
        *(f"/decisions/{each['id']}" for each in decisions),
    ]


async def _take_all_offers(browser: Browser, page: str) -> None:
    """Open every form that the page leads to, and send every form as it was drawn."""
    if (await browser.open(page)).status_code != 200:
        return
    forms = _about(browser.actions)
    links = [link for link in _about(set(browser.links)) if link.rpartition("/")[2].isalpha()]
    for link in links:
        assert (await browser.open(link)).status_code == 200, (page, link)
        for action in _about(browser.actions):
            await browser.submit(action)
            assert browser.page.status_code != 403, (page, link, browser.text)
    drawn = await browser.open(page) if forms else browser.page
    for action in forms:
        browser.page = drawn
        if action in browser.actions:
            sent = await browser.submit(action)
            assert sent.status_code != 403, (page, action, browser.text)
            if sent.is_redirect:  # something was done, and the page is another
                drawn = await browser.open(page)


def _about(addresses: set[str]) -> list[str]:
    return sorted(each for each in addresses if each.startswith(ABOUT) and "#" not in each)


async def test_author_who_changed_sides_is_not_asked_to_judge(
    signed_in: SignedIn, cast: Cast
) -> None:
    author = cast.nairobi_coordinator
    project = await joint_project(cast, "active")
    row = await value(cast, project)
    await milestones.submit(author, project.milestone_id, REPORT)
    held = await membership_of(author)
    assert author.person_id
    await grant(SYSTEM, author.person_id, cast.seoul, Role.APPROVER)
    await end_membership(SYSTEM, held, left_to_city=True)
    browser = await signed_in("nairobi_coordinator")
    await browser.open(f"/projects/{(await project.row()).code}")
    assert "The other city, or the secretariat, approves this value." in browser.text
    assert f"/values/{row.id}/approve" not in browser.actions
    await browser.open(f"/milestones/{project.milestone_id}")
    assert "The other city, or the secretariat, says whether it is accepted." in browser.text
    assert not [each for each in browser.actions if each.startswith("/milestones/")]
