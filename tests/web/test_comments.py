"""The pages of comments."""

import re

from tests import factories
from tests.cast import Cast
from tests.domain.test_budgets import PLAN
from tests.domain.test_comments import draft
from tests.web.conftest import SignedIn
from tracker.domain.comments import actions
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.comments.tables import Comment, Mention
from tracker.domain.milestones.attaching import EvidenceLink, attach
from tracker.domain.milestones.tables import Evidence

K = CommentSubject


async def test_comment_is_written_rewritten_and_withdrawn(signed_in: SignedIn, cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    milestone = f"/milestones/{project.milestone_id}"
    place = f"/discussions/milestone/{project.milestone_id}"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(milestone)
    assert "Nobody has said anything here yet." in browser.text
    await browser.submit(place, text=" ")
    assert browser.page.status_code == 422
    assert "Your comment: Write something here." in browser.text
    assert "Lima: mayor" not in browser.text, "who cannot see it is not offered"
    mayor = str(cast.seoul_mayor.person_id)
    await browser.submit(place, text="Is the <hall> free, @Nairobi: mayor?", person_ids=mayor)
    [comment] = await Comment.objects()
    assert browser.page.headers["location"] == f"{place}#comment-{comment.id}"
    assert {each.person for each in await Mention.objects()} == {
        cast.seoul_mayor.person_id, cast.nairobi_mayor.person_id
    }  # fmt: skip
    await browser.open(milestone)
    assert "Is the <hall> free" in browser.text
    assert "For Seoul: mayor and Nairobi: mayor" in browser.text

    one = f"/comments/{comment.id}"
    await browser.open(f"{one}/edit")
    assert browser.page.text.count(" checked") == 2
    await browser.submit(f"{one}/edit", text="Is the hall free?", person_ids=mayor)
    await browser.open(one)
    assert "edited" in browser.text
    officer = await signed_in("officer")
    await officer.open(one)
    assert f"{one}/edit" not in officer.links
    await officer.open(f"{one}/withdraw")
    await officer.submit(f"{one}/withdraw")
    for address in (milestone, one, place, "/audit?kind=comment"):
        await browser.open(address)
        assert "hall free" not in browser.page.text, address
    assert "withdrew a comment" in browser.text
    await browser.open(place)
    assert "This comment was withdrawn on" in browser.text


async def test_comment_on_a_period_names_it_and_stands_where_its_value_does(
    signed_in: SignedIn, cast: Cast
) -> None:
    """As replies to reminders of values do."""
    project = await factories.joint_project(cast, "active")
    said = draft(K.PERIOD, project.period_id, "The ward sends it on Monday.")
    comment = await actions.add(cast.nairobi_coordinator, said)
    browser = await signed_in("nairobi_coordinator")
    named = re.compile(r"Period : Days to a permit, \w+ \d+, 20\d\d – \w+ \d+, 20\d\d")
    for page in (f"/projects/{(await project.row()).code}", f"/comments/{comment.id}"):
        await browser.open(page)
        assert named.search(browser.text.replace("Period:", "Period :")), page
    report = f"/periods/{project.period_id}/report"
    await browser.open(report)
    assert "The ward sends it on Monday." in browser.text
    await browser.submit(report, value="12")
    await browser.follow()
    assert "Comments on the period" in browser.text
    assert "The ward sends it on Monday." in browser.text


async def test_comments_stand_on_every_page_inside_and_nowhere_outside(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active")
    code = (await project.row()).code
    value = await factories.value(cast, project, "approved")
    about = [*((kind, project.id) for kind in [K.PROJECT] * 22), (K.VALUE, value.id)]
    about += [(K.INDICATOR, project.indicator_id), (K.PERIOD, project.period_id)]
    for number, (kind, row) in enumerate(about):
        await actions.add(cast.seoul_coordinator, draft(kind, row, f"Said {number} there"))
    inside, outside = await signed_in("auditor"), await signed_in("lima_coordinator")
    whole = f"/discussions/project/{project.id}"
    pages = [whole, f"/values/{value.id}", f"/discussions/value/{value.id}", f"/projects/{code}"]
    for address in [*pages, f"/discussions/period/{project.period_id}"]:
        await inside.open(address)
        assert "Said 2" in inside.text, address
        assert "Write a comment" not in inside.text, "an auditor writes nothing"
        await outside.open(address)
        assert "Said" not in outside.text, address
    await inside.open(whole)
    assert inside.text.index("Said 23 there") < inside.text.index("Said 24 there")
    assert "Said 4 there" not in inside.text
    [earlier] = [link for link in inside.links if "before=" in link]
    await inside.open(earlier)
    assert "Said 4 there" in inside.text
    await inside.open(f"{whole}?before=x")
    assert inside.page.status_code == 400
    for address in ("/discussions/city/1", "/discussions/risk/999", "/comments/1/burn"):
        await inside.open(address)
        assert inside.page.status_code == 404


async def test_discussions_are_reached_from_where_things_stand(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active")
    line = await factories.add_budget_line(cast, project.id, cast.nairobi, PLAN)
    minutes = [EvidenceLink(title="Minutes", url="https://example.org/minutes")]
    await attach(cast.nairobi_coordinator, project.milestone_id, minutes)
    [evidence] = await Evidence.objects()
    code = (await project.row()).code
    await actions.add(cast.seoul_coordinator, draft(K.PERIOD, project.period_id))
    results, milestone = f"/projects/{code}/results", f"/milestones/{project.milestone_id}"
    places = {
        f"/discussions/indicator/{project.indicator_id}": results,
        f"/discussions/period/{project.period_id}": results,
        f"/discussions/budget_line/{line.id}": f"/projects/{code}/budget",
        f"/discussions/evidence/{evidence.id}": milestone,
    }
    inside, outside = await signed_in("nairobi_coordinator"), await signed_in("lima_coordinator")
    for discussion, place in places.items():
        await inside.open(place)
        assert discussion in inside.links
        assert ("1 comment" in inside.text) == (place == results)
        await inside.open(discussion)
        assert any(link.startswith(f"{place}#") for link in inside.links), place
        assert '<a href="/projects" aria-current="true">Portfolio</a>' in inside.page.text
    for place in (results, milestone):
        await outside.open(place)
        assert not any("/discussions/" in link for link in outside.links)


async def test_comment_says_whom_it_will_reach(signed_in: SignedIn, cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    place = f"/discussions/milestone/{project.milestone_id}"
    browser = await signed_in("nairobi_coordinator")
    for text, said in {
        "What do you say, @Lima: mayor?": "nobody is told by mail",
        "What do you say, @Seoul: mayor?": "after “For” are told by mail, unless they do without",
    }.items():
        await browser.open(place)
        await browser.submit(place, text=text)
        await browser.follow()
        assert said in browser.text


async def test_what_is_done_says_where_others_find_it(signed_in: SignedIn, cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    number = (await factories.value(cast, project, "returned")).id
    reporter = await signed_in("nairobi_coordinator")
    await reporter.open("/")
    assert "/projects#waiting" in reporter.links
    await reporter.open("/projects")
    assert f"/values/{number}" in reporter.links
    await reporter.open(f"/values/{number}/revise")
    await reporter.submit(f"/values/{number}/revise", value="11")
    await reporter.follow()
    assert "finds it under “Waiting for you” in the portfolio" in reporter.text
    approver = await signed_in("seoul_coordinator")
    await approver.open("/projects")
    assert f"/values/{number}" in approver.links
