"""What a mayor settles, from the link in a mail."""

import re
from datetime import timedelta
from decimal import Decimal

from tests.cast import Cast
from tests.factories.projects import advance, joint_project
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker.domain.outcomes.tables import Period
from tracker.domain.projects.tables import Decision


async def test_decision_is_given_by_a_button_and_not_by_opening(
    signed_in: SignedIn, cast: Cast
) -> None:
    decision = await _decision(cast, cast.nairobi)
    mayor = await signed_in("nairobi_mayor")
    path = f"/decisions/{decision.id}"
    for way in (path, f"{path}/give"):
        await mayor.open(way)
    await decision.refresh()
    assert decision.state == "pending"
    await mayor.open(path)
    await mayor.submit(f"{path}/give")
    await mayor.follow()
    assert "Your decision is recorded." in mayor.text
    assert f"{path}/give" not in mayor.actions
    await decision.refresh()
    assert (decision.state, decision.decided_by) == ("given", cast.nairobi_mayor.person_id)


async def test_link_in_a_digest_leads_through_sign_in_to_the_button(
    browser: Browser, cast: Cast
) -> None:
    decision = await _decision(cast, cast.nairobi)
    path = f"/decisions/{decision.id}"
    await browser.open(path)
    assert browser.page.headers["location"] == f"/sign-in?next={path}"
    await browser.follow()
    assert f'name="next" value="{path}"' in browser.page.text
    await browser.sign_in(cast, "nairobi_mayor")
    await browser.open(path)
    assert f"{path}/give" in browser.actions


async def test_decision_is_refused_with_a_reason(signed_in: SignedIn, cast: Cast) -> None:
    decision = await _decision(cast, cast.nairobi)
    mayor = await signed_in("nairobi_mayor")
    path = f"/decisions/{decision.id}"
    await mayor.open(path)
    await mayor.submit(f"{path}/refuse", reason="")
    assert mayor.page.status_code == 422
    assert '<details class="disclosure" open>' in mayor.page.text
    await mayor.submit(f"{path}/refuse", reason="The council said no.")
    await mayor.follow()
    assert "The council said no." in mayor.text


async def test_decision_is_no_other_mayors(signed_in: SignedIn, cast: Cast) -> None:
    decision = await _decision(cast, cast.nairobi)
    path = f"/decisions/{decision.id}"
    partner, outsider = await signed_in("seoul_mayor"), await signed_in("lima_mayor")
    assert (await partner.open(path)).status_code == 200
    assert f"{path}/give" not in partner.actions
    assert (await outsider.open(path)).status_code == 404


async def test_decision_settled_meanwhile_is_said(signed_in: SignedIn, cast: Cast) -> None:
    decision = await _decision(cast, cast.nairobi)
    path = f"/decisions/{decision.id}"
    mayor, again = await signed_in("nairobi_mayor"), await signed_in("nairobi_mayor")
    await mayor.open(path)
    await again.open(path)
    await mayor.submit(f"{path}/give")
    await again.submit(f"{path}/give")
    assert again.page.status_code == 409
    assert "Somebody changed this since you looked" in again.text


async def _decision(cast: Cast, city_id: int) -> Decision:
    await joint_project(cast, "under_review")
    [decision] = await Decision.objects().where(Decision.city == city_id)
    return decision


async def test_project_is_hidden_by_a_step_and_both_mayors(signed_in: SignedIn, cast: Cast) -> None:
    project = await (await joint_project(cast, "active")).row()
    page, step = f"/projects/{project.code}", f"/projects/{project.code}/steps/ask_conceal"
    coordinator = await signed_in("nairobi_coordinator")
    await coordinator.open(page)
    assert step in coordinator.page.text
    assert "conceal_at_once" not in coordinator.page.text
    await coordinator.open(step)
    assert "the public no longer sees anything of the project" in coordinator.text
    await coordinator.submit(step, reason="")
    assert coordinator.page.status_code == 422
    await coordinator.submit(step, reason="The tender is still running.")
    await coordinator.follow()
    assert "asked both mayors to hide the project" in coordinator.text
    assert step not in coordinator.page.text, "it is asked already"
    for who, city in (("seoul_mayor", cast.seoul), ("nairobi_mayor", cast.nairobi)):
        mayor = await signed_in(who)
        [decision] = await Decision.objects().where(
            Decision.city == city, Decision.kind == "conceal"
        )
        await mayor.open(page)
        assert f"/decisions/{decision.id}" in mayor.page.text
        await mayor.open(f"/decisions/{decision.id}")
        assert "The tender is still running." in mayor.text
        await mayor.submit(f"/decisions/{decision.id}/give")
    await coordinator.open(page)
    assert "Confidential" in coordinator.text
    assert f"{page}/steps/ask_disclose" in coordinator.page.text


async def test_officer_hides_a_project_at_once(signed_in: SignedIn, cast: Cast) -> None:
    project = await (await joint_project(cast, "active")).row()
    officer, step = await signed_in("officer"), f"/projects/{project.code}/steps/conceal_at_once"
    await officer.open(step)
    await officer.submit(step, reason="Names of residents.")
    await officer.follow()
    assert "hid the project from the public at once: Names of residents." in officer.text
    assert (await officer.open(step)).status_code == 403
    coordinator = await signed_in("nairobi_coordinator")
    assert (await coordinator.open(step)).status_code == 403


async def test_acceptance_shows_what_was_brought_about(signed_in: SignedIn, cast: Cast) -> None:
    project = await joint_project(cast, "finalising")
    [decision] = await Decision.objects().where(
        Decision.project == project.id, Decision.kind == "accept"
    )
    await advance(cast, project, "approve")
    [period] = await Period.objects().where(Period.project == project.id)
    await Period.insert(_following(period))
    mayor = await signed_in("nairobi_mayor")
    await mayor.open(f"/decisions/{decision.id}")
    assert f"/decisions/{decision.id}/give" in mayor.actions
    assert "Milestones accepted 1 of 1" in mayor.text
    for words in ("Baseline 40 days", "Actual 12 days", "Target 10 days by "):
        assert words in mayor.text
    assert "93% of the way" in mayor.text
    assert re.search("The last target, 8 days by .*, has no approved value yet", mayor.text)
    assert "Neither city's evaluation can be read yet." in mayor.text


def _following(period: Period) -> Period:
    """A later one, with a target that is harder to reach."""
    return Period(
        project=period.project, indicator=period.indicator, target_value=Decimal(8),
        starts_on=period.ends_on + timedelta(days=1), ends_on=period.ends_on + timedelta(days=30),
    )  # fmt: skip
