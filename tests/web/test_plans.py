"""The pages of a plan that two sides change together."""

from tests.cast import Cast
from tests.factories.projects import add_milestone, joint_project, today
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker.domain.budgets.tables import BudgetLine
from tracker.domain.milestones.tables import Milestone


async def test_one_form_proposes_what_was_changed_and_nothing_else(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    spare = await add_milestone(cast, project.id, title="Training", due_on=today(20))
    await add_milestone(cast, project.id, title="Study visit", due_on=today(25))
    plan = f"/projects/{(await project.row()).code}/plan"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(plan)
    await browser.open(f"{plan}/propose")
    await browser.submit(f"{plan}/propose", reason="Late.")
    assert "nothing is proposed yet" in browser.text
    days = [today(-3), today(25), today(60)]
    await browser.submit(f"{plan}/propose", **{"moves.due_on": [str(day) for day in days]})
    assert browser.page.status_code == 422
    assert f"Training: {today(-3)} is past" in browser.text
    assert f'value="{today(60)}"' in browser.page.text
    days[0] = today(50)
    money = {"title": "Lawyers", "amount": "500", "currency": "kes", "value_on": str(today())}
    await browser.submit(
        f"{plan}/propose",
        **{"moves.due_on": [str(day) for day in days], "targets.target_value": ["12.5"]},
        **{f"new_lines.{name}": value for name, value in money.items()},
        **{"new_lines.city_id": str(cast.nairobi)},
    )
    assert browser.page.status_code == 303
    await browser.follow()
    assert "Study visit" not in browser.text
    assert all(word in browser.text for word in ("Training", "12.5 days", "Lawyers", "500"))
    assert "Waits for an answer from Seoul" in browser.text
    change = browser.page.url.path
    assert f"{change}/accept" not in browser.actions
    other = await signed_in("seoul_coordinator")
    await other.open(change)
    await other.submit(f"{change}/accept")
    [row] = await Milestone.objects().where(Milestone.id == spare.id)
    assert (row.due_on, await BudgetLine.count()) == (today(50), 1)
    await browser.open(plan)
    assert "Accepted" in browser.text


async def test_refusal_needs_a_reason_and_a_proposal_can_be_taken_back(
    signed_in: SignedIn, browser: Browser, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    plan = f"/projects/{(await project.row()).code}/plan"
    owner, other = await signed_in("nairobi_coordinator"), await signed_in("seoul_coordinator")
    for end in ("refuse", "withdraw"):
        await owner.open(f"{plan}/propose")
        await owner.submit(f"{plan}/propose", reason="Late.", **{"moves.due_on": [str(today(60))]})
        change = owner.page.headers["location"]
        who = other if end == "refuse" else owner
        await who.open(change)
        if end == "refuse":
            await who.submit(f"{change}/refuse")
            assert 'id="error-reason"' in who.page.text
            await who.submit(f"{change}/refuse", reason="The hall is let.")
        else:
            await who.submit(f"{change}/withdraw")
        assert who.page.status_code == 303
    await owner.open(plan)
    assert "Refused" in owner.text
    assert "Withdrawn" in owner.text
    outsider = await signed_in("lima_coordinator")
    assert (await outsider.open(f"{plan}/propose")).status_code == 403
    assert (await outsider.open(change)).status_code == 404
    assert (await browser.open(plan)).status_code == 200
    assert "Late." not in browser.text
