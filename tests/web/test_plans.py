"""The pages of a plan that two sides change together."""

import re
from decimal import Decimal

from tests.cast import Cast
from tests.factories.projects import add_budget_line, add_milestone, joint_project, today
from tests.web.browser import DOMAIN, Browser
from tests.web.conftest import SignedIn
from tracker.domain.budgets.actions import BudgetLinePlan
from tracker.domain.budgets.tables import BudgetLine
from tracker.domain.milestones.tables import Milestone
from tracker.domain.outcomes.tables import Indicator, Period
from tracker.domain.plan_changes.tables import PlanChangeItem
from tracker.locale import Reader


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
    assert f"Training: {Reader().day(today(-3))} is past" in browser.text
    assert f'value="{today(60)}"' in browser.page.text
    days[0] = today(50)
    money = {"title": "Lawyers", "amount": "500", "currency": "kes", "value_on": str(today())}
    await browser.submit(
        f"{plan}/propose",
        **{"moves.due_on": [str(day) for day in days], "targets.target_value": ["12.5"]},
        **{f"new_lines.0.{name}": value for name, value in money.items()},
        **{"new_lines.0.city_id": str(cast.nairobi)},
    )
    assert browser.page.status_code == 303
    await browser.follow()
    assert "Study visit" not in browser.text
    assert all(word in browser.text for word in ("Training", "12.5 days", "Lawyers", "500"))
    assert "Waits for an answer from Seoul" in browser.text
    change = browser.page.url.path
    assert f"{change}/accept" not in browser.actions
    await browser.post(f"{change}/accept", csrf_token=browser.token)
    assert "Only a coordinator, CIO or approver of the other side answers this" in browser.text
    other = await signed_in("seoul_coordinator")
    await other.open(change)
    await other.submit(f"{change}/accept")
    [row] = await Milestone.objects().where(Milestone.id == spare.id)
    assert (row.due_on, await BudgetLine.count()) == (today(50), 1)
    await browser.open(plan)
    assert "Accepted" in browser.text


async def test_rows_that_nobody_touched_are_left_alone_whatever_they_do_not_say(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    for plan in (
        BudgetLinePlan(title="Lawyers", value_on=today(), amount=Decimal(500), currency="KES"),
        BudgetLinePlan(title="Work", value_on=today(), person_days=Decimal(5)),
    ):
        await add_budget_line(cast, project.id, cast.nairobi, plan)
    propose = f"/projects/{(await project.row()).code}/plan/propose"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(propose)
    await browser.submit(propose, reason="Late.", **{"moves.due_on": [str(today(60))]})
    assert browser.page.status_code == 303, browser.text
    await browser.follow()
    assert ["Lawyers" in browser.text, "Work" in browser.text] == [False, False]
    await PlanChangeItem.delete(force=True)
    await browser.open(propose)
    await browser.submit(propose, reason="Dear.", **{"changed_lines.person_days": ["2", "5"]})
    assert browser.page.status_code == 303, browser.text
    [item] = await PlanChangeItem.objects()
    assert [item.kind, '"2"' in item.after] == ["change_budget_line", True]


async def test_numbers_of_a_plan_are_drawn_and_read_as_their_reader_writes_them(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    await Indicator.update({Indicator.baseline_value: Decimal(2000)}, force=True)
    await Period.update({Period.target_value: Decimal("1250.5")}, force=True)
    form = f"/projects/{(await project.row()).code}/plan/propose"
    browser = await signed_in("nairobi_coordinator")
    browser.client.cookies.set("language", "de", domain=DOMAIN, path="/")
    await browser.open(form)
    assert 'name="targets.target_value" inputmode="decimal" value="1250,5' in browser.page.text
    await browser.submit(form, reason="Nichts ist anders.")
    assert browser.page.status_code == 422, "what is as it was drawn is not proposed"
    await browser.submit(form, reason="Mehr.", **{"targets.target_value": "1.300"})
    assert browser.page.status_code == 303, browser.text
    [item] = await PlanChangeItem.objects()
    assert "1300" in str(item.after)


async def test_reason_of_a_move_must_be_given_only_once_the_plan_is_agreed(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("nairobi_coordinator")
    for state, verb in (("draft", "move"), ("active", "propose")):
        project = await joint_project(cast, state)
        await browser.open(f"/milestones/{project.milestone_id}/{verb}")
        marked = re.search('name="reason"[^>]* required', browser.page.text)
        assert bool(marked) == (verb == "propose")


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


async def test_rows_are_added_one_by_one_and_keep_what_was_typed(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    propose = f"/projects/{(await project.row()).code}/plan/propose"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(propose)
    first = _row("new_milestones.0", title="Training", due_on=today(20), city_id=cast.nairobi)
    money = {"amount": "500", "currency": "KES", "value_on": today(), "city_id": cast.nairobi}
    line = _row("new_lines.0", title="Lawyers", **money)
    await browser.submit(propose, reason="Late.", more="new_milestones", **first, **line)
    assert (browser.page.status_code, "Please check" in browser.text) == (200, False)
    fields = browser.page.text.partition(" autofocus")[2]
    assert ["new_milestones.1.title" in fields, "new_milestones.0.title" in fields] == [True, False]
    late = _row("new_milestones.1", title="Study visit", due_on=today(500), city_id=cast.seoul)
    await browser.submit(propose, more="new_lines", **late)
    hall = _row("new_lines.1", title="A hall", **money | {"currency": "XXQ"})
    await browser.submit(propose, **hall)
    assert browser.page.status_code == 422
    for wrong in "new_milestones.1.due_on", "new_lines.1":
        assert f'id="error-{wrong}"' in browser.page.text
        assert f'href="#field-{wrong}"' in browser.page.text
    assert browser.page.text.count('id="error-') == 2
    assert "Currency: " in browser.text
    put_right = {"new_milestones.1.due_on": str(today(30)), "new_lines.1.currency": "KES"}
    await browser.submit(
        propose, **put_right, **{"new_milestones.0.title": "", "new_lines.0.amount": ""}
    )
    assert 'id="error-new_milestones.0.title"' in browser.page.text, "its date says that it is one"
    spared = {"new_milestones.0.due_on": "", "new_lines.0.title": ""}
    await browser.submit(propose, **spared)
    assert browser.page.status_code == 303
    items = await PlanChangeItem.objects().order_by(PlanChangeItem.id)
    assert [each.kind for each in items] == ["add_milestone", "add_budget_line"]
    assert ["Study visit" in items[0].after, "A hall" in items[1].after] == [True, True]


async def test_what_cannot_be_read_is_told_by_its_row_and_with_a_missing_reason(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    propose = f"/projects/{(await project.row()).code}/plan/propose"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(propose)
    line = _row("new_lines.0", title="Lawyers", amount="12x", currency="KES")
    await browser.submit(propose, **line)
    assert browser.page.status_code == 422
    for told in "City that pays: This is needed.", "Amount: “12x” is no number", "Write something":
        assert told in browser.text
    assert 'value="12x"' in browser.page.text


def _row(at: str, **typed: object) -> dict[str, str]:
    return {f"{at}.{name}": str(value) for name, value in typed.items()}
