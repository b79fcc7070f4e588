"""A milestone's page and forms."""

from datetime import timedelta

import pytest

from tests.cast import Cast
from tests.factories.projects import ROUTES, advance, joint_project, today
from tests.web.conftest import SignedIn
from tracker.domain import clock
from tracker.domain.database import fetch
from tracker.domain.milestones import actions
from tracker.domain.milestones.tables import Evidence, Milestone
from tracker.domain.plan_changes import actions as plan_changes
from tracker.domain.plan_changes.tables import PlanChange, PlanChangeItem
from tracker.locale import Reader


async def test_milestone_is_handed_in_with_evidence_and_accepted(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    path = f"/milestones/{project.milestone_id}"
    owner = await signed_in("nairobi_coordinator")
    await owner.open(path)
    assert f"{path}/submit" in owner.links
    await owner.open(f"{path}/submit")
    await owner.submit(
        f"{path}/submit",
        completed_on=str(today(-2)),
        **{
            "evidence.title": ["Screenshots", ""],
            "evidence.url": ["https://example.org/portal", ""],
        },
    )
    assert owner.page.headers["location"] == path
    other = await signed_in("seoul_coordinator")
    other.client.headers["Accept-Language"] = "en"
    await other.open(path)
    assert "https://example.org/portal" in other.links
    await other.submit(f"{path}/accept")
    assert (await _milestone(project.milestone_id)).state == "accepted"


async def test_form_comes_back_with_every_mistake_and_what_was_typed(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    path = f"/milestones/{project.milestone_id}/submit"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(path)
    await browser.submit(
        path,
        completed_on=str(today(5)),
        **{"evidence.title": ["The <portal>"], "evidence.url": ["ftp://example.org"]},
    )
    assert browser.page.status_code == 422
    assert "is in the future" in browser.text
    assert "is no web address" in browser.text
    assert f'value="{today(5)}"' in browser.page.text
    assert 'value="The &lt;portal&gt;"' in browser.page.text
    assert 'value="ftp://example.org"' in browser.page.text
    assert 'href="#field-completed_on"' in browser.page.text
    assert (await _milestone(project.milestone_id)).state == "planned"
    assert await Evidence.count() == 0


async def test_another_row_for_evidence_needs_no_script(signed_in: SignedIn, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    path = f"/milestones/{project.milestone_id}/submit"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(path)
    await browser.submit(path, more="1", **{"evidence.title": ["One", "Two"]})
    assert browser.page.status_code == 200
    assert browser.page.text.count('name="evidence.url"') == 3
    assert 'value="Two"' in browser.page.text
    assert (await _milestone(project.milestone_id)).state == "planned"


async def test_move_after_agreement_is_proposed_and_shows_the_slip_once_accepted(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    path = f"/milestones/{project.milestone_id}"
    browser = await signed_in("nairobi_coordinator")
    assert (await browser.open(f"{path}/move")).status_code == 403
    await browser.open(f"{path}/propose")
    await browser.submit(f"{path}/propose", due_on=str(today(44)))
    assert browser.page.status_code == 422
    assert "Reason: Write something here." in browser.text
    await browser.submit(f"{path}/propose", reason="The hardware is late.")
    await browser.open(path)
    assert f"{path}/propose" not in browser.links
    history = browser.text.partition("History")[2]
    assert "Nairobi: coordinator proposed to move the milestone “Permit portal is live”" in history
    assert ": The hardware is late." in history
    [change] = [link for link in browser.links if link.startswith("/plan-changes/")]
    other = await signed_in("seoul_approver")
    other.client.headers["Accept-Language"] = "en"
    await other.open("/projects")
    assert change in other.links
    await other.open(f"/projects/{(await project.row()).code}")
    assert change in other.links
    await other.open(change)
    await other.submit(f"{change}/accept")
    await browser.open(f"/projects/{(await project.row()).code}")
    assert "slipped 14 days" in browser.text
    assert "the milestone “Permit portal is live” moved from" in browser.text


async def test_overdue_day_is_not_proposed_again_and_the_refusal_says_days_as_the_page_does(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    path = f"/milestones/{project.milestone_id}/propose"
    browser = await signed_in("nairobi_coordinator")
    due_on, typed = today(40), 'name="due_on" type="date" dir="auto" value="{}"'
    await fetch("UPDATE milestone SET due_on = $1 WHERE id = $2", due_on, project.milestone_id)
    await browser.open(path)
    assert typed.format(due_on) in browser.page.text, "it may still be chosen"
    due_on = today(-5)
    await fetch("UPDATE project SET planned_start_on = $1", today(-30))
    await fetch("UPDATE milestone SET due_on = $1 WHERE id = $2", due_on, project.milestone_id)
    await browser.open(path)
    assert typed.format(due_on) not in browser.page.text
    await browser.submit(path, due_on=str(due_on - timedelta(1)), reason="Rain.")
    assert browser.page.status_code == 422
    reader = Reader("en", "Africa/Nairobi")
    past, first = reader.day(due_on - timedelta(1)), reader.day(clock.now())
    assert f"{past} is past; choose a day from {first} on." in browser.text


async def test_proposal_that_was_refused_stays_in_the_milestones_history(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    path = f"/milestones/{project.milestone_id}"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(f"{path}/propose")
    await browser.submit(f"{path}/propose", due_on=str(today(44)), reason="The hardware is late.")
    [change] = await PlanChange.objects()
    await plan_changes.refuse(cast.seoul_approver, change.id, "It is needed by May.")
    await browser.open(path)
    refused, _, proposed = browser.text.partition("proposed to move the milestone")
    assert "refused the change of the plan (The hardware is late.): It is needed by May." in refused
    assert "refused the change" not in proposed, "the newest first"


async def test_stale_milestone_form_is_refused_with_what_changed(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    path = f"/milestones/{project.milestone_id}/propose"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(path)
    await actions.start(cast.nairobi_coordinator, project.milestone_id)
    await browser.submit(path, due_on=str(today(50)), reason="Late.")
    assert browser.page.status_code == 409
    assert "changed: state" in browser.text
    assert f'value="{today(50)}"' in browser.page.text


async def test_milestone_is_added_by_a_partner_only(signed_in: SignedIn, cast: Cast) -> None:
    row = await (await joint_project(cast, "active")).row()
    path = f"/projects/{row.code}/milestones/new"
    outsider = await signed_in("lima_coordinator")
    assert (await outsider.open(path)).status_code == 403
    path = f"/projects/{(await (await joint_project(cast, 'submitted')).row()).code}/milestones/new"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(path)
    await browser.submit(path, title="Training", due_on="soon", weight="heavy")
    assert browser.page.status_code == 422
    assert "“soon” is no date" in browser.text
    assert "“heavy” is no whole number" in browser.text
    assert 'value="Training"' in browser.page.text
    await browser.submit(path, due_on=str(today(20)), weight="2", city_id=str(cast.seoul))
    assert browser.page.status_code == 303
    [added] = await Milestone.objects().where(Milestone.title == "Training")
    assert (added.city, added.weight) == (cast.seoul, 2)


async def test_milestone_of_a_plan_that_was_agreed_meanwhile_is_proposed_as_typed(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "draft", anew=True)
    code = (await project.row()).code
    path, propose = f"/projects/{code}/milestones/new", f"/projects/{code}/plan/propose"
    owner, other = await signed_in("nairobi_coordinator"), await signed_in("seoul_coordinator")
    await owner.open(path)
    await advance(cast, project, *ROUTES["active"])
    typed = {"title": "Training", "due_on": str(today(200)), "weight": "0"}
    await owner.submit(path, **typed, city_id=str(cast.nairobi))
    assert owner.page.status_code == 422
    assert "propose this as a plan change" in owner.text
    assert "Weight: Must lie between 1 and 100." in owner.text
    assert (
        f"{Reader().day(today(120))} or earlier, or propose a later planned end together"
        in owner.text
    )
    await owner.submit(
        propose,
        reason="People must learn it.",
        planned_end_on=str(today(200)),
        **{"new_milestones.0.weight": "2", "weights.weight": ["3"]},
    )
    assert owner.page.status_code == 303
    await owner.follow()
    assert all(word in owner.text for word in ("Training", "Planned to end", "Weight: 2"))
    change = owner.page.url.path
    await other.open(change)
    await other.submit(f"{change}/accept")
    rows = await Milestone.objects().order_by(Milestone.id)
    assert [(row.title, row.weight, row.due_on) for row in rows] == [
        ("Permit portal is live", 3, today(30)), ("Training", 2, today(200)),
    ]  # fmt: skip
    await owner.open(f"/milestones/{project.milestone_id}/edit")
    assert 'type="number"' not in owner.page.text
    await owner.open(path)
    assert propose in owner.actions
    await owner.open(f"/projects/{code}/plan")
    assert "People must learn it." in owner.text


async def test_due_date_is_proposed_with_a_later_planned_end(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    path = f"/milestones/{project.milestone_id}/propose"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(path)
    await browser.submit(path, due_on=str(today(130)), reason="Late.")
    assert (
        f"choose {Reader().day(today(120))} or earlier, or propose a later planned end"
        in browser.text
    )
    await browser.submit(path, planned_end_on=str(today(140)))
    assert browser.page.status_code == 303
    assert await PlanChangeItem.count() == 2


async def test_title_of_ten_thousand_characters_is_refused_in_words(
    signed_in: SignedIn, cast: Cast
) -> None:
    row = await (await joint_project(cast, "submitted")).row()
    path = f"/projects/{row.code}/milestones/new"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(path)
    await browser.submit(path, title="x" * 10_000, due_on=str(today(20)), city_id=str(cast.nairobi))
    assert browser.page.status_code == 422
    assert "10,000 characters; shorten it to 200 at most." in browser.text


async def test_milestone_is_rewritten_and_removed_until_the_plan_is_agreed(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "submitted")
    path = f"/milestones/{project.milestone_id}"
    owner = await signed_in("nairobi_coordinator")
    await owner.open(path)
    assert {f"{path}/edit", f"{path}/remove"} <= {*owner.links}
    await owner.open(f"{path}/edit")
    await owner.submit(f"{path}/edit", title=" ", weight="0")
    assert "Title: Write something here." in owner.text
    assert "Weight: Must lie between 1 and 100." in owner.text
    await owner.submit(f"{path}/edit", title="Open to all", weight="3")
    row = await _milestone(project.milestone_id)
    assert (row.title, row.weight) == ("Open to all", 3)
    await owner.open(f"{path}/attach")
    await owner.submit(f"{path}/attach", title="Minutes", url="minutes.pdf")
    assert "Address: 'minutes.pdf' is no web address" in owner.text
    await owner.submit(f"{path}/attach", title="Minutes", url="")
    assert "Address: Write something here." in owner.text
    await owner.submit(f"{path}/attach", url="https://example.org/minutes")
    assert [each.title for each in await Evidence.objects()] == ["Minutes"]
    await owner.open(f"{path}/remove")
    await owner.submit(f"{path}/remove")
    assert not await Milestone.exists().where(Milestone.id == project.milestone_id)
    assert (await owner.follow()).status_code == 200
    started = f"/milestones/{(await joint_project(cast, 'active')).milestone_id}"
    await owner.open(f"{started}/edit")
    assert 'type="date"' not in owner.page.text, "that takes a plan change"
    assert '<select id="field-kind"' not in owner.page.text
    assert "readonly" in owner.page.text
    await owner.submit(f"{started}/edit", title="Open to everybody")
    assert owner.page.status_code == 303
    assert (await owner.open(f"{started}/remove")).status_code == 403


async def test_own_work_cannot_be_accepted(signed_in: SignedIn, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    browser = await signed_in("nairobi_coordinator")
    path = f"/milestones/{project.milestone_id}"
    await browser.open(path)
    token = browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    assert (await browser.post(f"{path}/accept", csrf_token=token)).status_code == 403
    assert f"{path}/accept" not in browser.actions


@pytest.mark.parametrize(
    ("name", "verb", "said"),
    [
        ("nairobi_coordinator", "accept", "This is for the other partner city, or the secretariat"),
        ("seoul_coordinator", "submit", "이정표를 맡은 도시의 담당자만 할 수 있습니다."),
        ("lima_coordinator", "move", "Only a coordinator of the city that owns the milestone"),
        ("seoul_coordinator", "accept", "이정표는 ‘계획됨’, 프로젝트는 ‘진행 중’ 상태"),
    ],
)
async def test_form_is_shown_to_whoever_may_send_it(
    signed_in: SignedIn, cast: Cast, name: str, verb: str, said: str
) -> None:
    project = await joint_project(cast, "active")
    browser = await signed_in(name)
    answer = await browser.open(f"/milestones/{project.milestone_id}/{verb}")
    assert answer.status_code == 403
    assert said in browser.text


async def _milestone(number: int) -> Milestone:
    [row] = await Milestone.objects().where(Milestone.id == number)
    return row
