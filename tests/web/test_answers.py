"""Links in mails that open the short form of a milestone, once, without a password."""

import asyncio
from datetime import timedelta

from tests.cast import Cast
from tests.factories.projects import add_milestone, joint_project, today
from tests.web.browser import DOMAIN, Browser
from tests.web.conftest import SignedIn
from tracker.domain import clock
from tracker.domain.answers import links
from tracker.domain.answers.links import ANSWER_DAYS
from tracker.domain.audit import AuditEvent
from tracker.domain.database import fetch, transaction
from tracker.domain.deliveries.owing import Mailing, owe
from tracker.domain.deliveries.tables import DeliveryKind
from tracker.domain.milestones.tables import Milestone
from tracker.domain.people.tables import Person, Session
from tracker.domain.plan_changes.tables import PlanChange
from tracker.domain.preferences.links import token
from tracker.domain.references import Reference
from tracker.locale import Reader

EVIDENCE = {"evidence.title": ["Screenshots"], "evidence.url": ["https://example.org/portal"]}


async def test_coordinator_hands_in_without_signing_in(browser: Browser, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    secret = await _link(cast, project.milestone_id)
    for _ in range(3):  # mail scanners
        await browser.open(f"/answers/{secret}")
        assert browser.page.status_code == 200
    assert "You answer as" in browser.text
    assert await _state(project.milestone_id) == "planned"
    await browser.submit("/answers", completed_on=str(today(5)), **EVIDENCE)
    assert browser.page.status_code == 422
    assert "is in the future" in browser.text
    assert 'value="https://example.org/portal"' in browser.page.text
    assert "Due on " in browser.text, "it is not late"
    await browser.submit("/answers", completed_on=str(today(-2)))
    assert browser.page.status_code == 200
    assert "Your answer is recorded" in browser.text
    assert "Your answer Hand in with evidence State Submitted" in browser.text
    assert f"Done on {Reader('en').day(today(-2))} Evidence Screenshots" in browser.text
    assert "https://example.org/portal" in browser.links
    assert await _state(project.milestone_id) == "submitted"
    event = await AuditEvent.objects().order_by(AuditEvent.id, ascending=False).first()
    assert event
    assert event.actor == cast.nairobi_coordinator.person_id
    assert not browser.client.cookies.get("session")
    assert await Session.count() == 0
    for answer in (
        await browser.open(f"/answers/{secret}"),
        await browser.post("/answers", **_sent(browser, secret)),
    ):
        assert answer.status_code == 410
        assert f"/sign-in?next=/milestones/{project.milestone_id}" in browser.links


async def test_another_due_date_is_proposed_by_the_link(browser: Browser, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    secret = await _link(cast, project.milestone_id)
    await browser.open(f"/answers/{secret}")
    assert f"/answers/{secret}?do=propose" in browser.links
    await browser.open(f"/answers/{secret}?do=propose")
    await browser.submit("/answers", due_on=str(today(90)), reason="The room is flooded.")
    assert "Your answer is recorded" in browser.text
    assert await PlanChange.count() == 1
    day = Reader("en").day(today(90))
    assert f"Proposed due date {day} Due until that is answered" in browser.text
    assert "Reason The room is flooded." in browser.text


async def test_form_says_how_late_it_is_and_the_page_after_it_what_was_recorded(
    browser: Browser, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    secret = await _link(cast, project.milestone_id)
    due_on = today(-12, "Africa/Nairobi")
    await fetch("UPDATE milestone SET due_on = $2 WHERE id = $1", project.milestone_id, due_on)
    await browser.open(f"/answers/{secret}?do=miss")
    assert f"It was due on {Reader('en').day(due_on)} and is 12 days late." in browser.text
    await browser.submit("/answers", reason="The room is flooded.")
    assert "Your answer Report as missed State Missed Reason The room is flooded." in browser.text


async def test_link_speaks_the_language_of_its_person_unless_another_is_chosen(
    browser: Browser, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    await Person.update({Person.language: "de"}, force=True)
    path = f"/answers/{await _link(cast, project.milestone_id)}"
    await browser.open(path, **{"Accept-Language": "en"})
    assert '<html lang="de"' in browser.page.text
    await browser.submit("/answers", completed_on="gestern")
    assert "„gestern“ ist kein Datum" in browser.text
    leave = f"/unsubscribe/{token(cast.nairobi_coordinator.person_id, DeliveryKind.MENTION)}"
    await browser.open(leave, **{"Accept-Language": "en"})
    assert '<html lang="de"' in browser.page.text
    browser.client.cookies.set("language", "ko", domain=DOMAIN, path="/")
    await browser.open(path)
    assert '<html lang="ko"' in browser.page.text


async def test_link_is_for_one_milestone_and_what_its_owner_does(
    browser: Browser, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    secret = await _link(cast, project.milestone_id)
    await browser.open(f"/answers/{secret}")
    await browser.post("/answers", **_sent(browser, secret) | {"do": "accept", "milestone": "2"})
    assert browser.page.status_code == 422, "the form of what may be answered"
    assert await _state(project.milestone_id) == "planned"
    stranger = await _link(cast, project.milestone_id, "lima_coordinator")
    assert (await browser.open(f"/answers/{stranger}")).status_code == 410
    for unknown in ("x" * 43, "a%00b", "é"):
        assert (await browser.open(f"/answers/{unknown}")).status_code == 410


async def test_of_parallel_answers_one_counts(browser: Browser, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    secret = await _link(cast, project.milestone_id)
    await browser.open(f"/answers/{secret}")
    sent = _sent(browser, secret) | {"do": "start"}
    answers = [browser.client.post("/answers", data=sent) for _ in range(8)]
    statuses = [each.status_code for each in await asyncio.gather(*answers)]
    assert sorted(statuses) == [200, *[410] * 7]
    started = AuditEvent.count().where(
        AuditEvent.verb == "start", AuditEvent.subject_type == "milestone"
    )
    assert await started == 1


async def test_rights_and_time_are_those_of_the_moment(browser: Browser, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    secret = await _link(cast, project.milestone_id)
    await browser.open(f"/answers/{secret}")
    sent = _sent(browser, secret) | {"do": "start"}
    with clock.at(clock.now() + timedelta(days=ANSWER_DAYS, seconds=1)):
        assert (await browser.open(f"/answers/{secret}")).status_code == 410
        assert (await browser.post("/answers", **sent)).status_code == 410
    await fetch(
        "UPDATE membership SET ended_at = now() WHERE person = $1",
        cast.nairobi_coordinator.person_id,
    )
    assert (await browser.open(f"/answers/{secret}")).status_code == 410
    assert (await browser.post("/answers", **sent)).status_code == 410
    assert await _state(project.milestone_id) == "planned"


async def test_whoever_owes_a_second_factor_signs_in(browser: Browser, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    secret = await _link(cast, project.milestone_id)
    person = cast.nairobi_coordinator.person_id
    await fetch(
        "INSERT INTO second_factor (person, sealed, last_step, recovery_hashes, created_at,"
        " confirmed_at) VALUES ($1, '', 0, '{}', now(), now())",
        person,
    )
    assert (await browser.open(f"/answers/{secret}")).status_code == 410
    asked = [(1, cast.nairobi_coordinator, Reference("milestone", project.milestone_id))]
    assert await links.links_for(asked) == []


async def test_link_of_somebody_else_acts_as_its_own_person(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    other = await add_milestone(cast, project.id, title="Train the desk")
    secret = await _link(cast, other.id)
    mayor = await signed_in("seoul_mayor")
    mayor.client.headers["Accept-Language"] = "en"
    await mayor.open(f"/answers/{secret}?do=start")
    await mayor.submit("/answers")
    event = await AuditEvent.objects().order_by(AuditEvent.id, ascending=False).first()
    assert event
    assert (event.verb, event.actor) == ("start", cast.nairobi_coordinator.person_id)
    assert await _state(project.milestone_id) == "planned"


def _sent(browser: Browser, secret: str) -> dict[str, str]:
    return {"secret": secret, "csrf_token": browser.token}


async def _link(cast: Cast, milestone_id: int, name: str = "nairobi_coordinator") -> str:
    """The secret of a link, as a worker puts it into a mail."""
    async with transaction():
        key, person = f"{milestone_id}", cast[name].person_id
        mailing = Mailing(kind=DeliveryKind.MILESTONE, person_id=person, key=key)
        [number] = (await owe([mailing])).values()
        about = Reference("milestone", milestone_id)
        [made] = await links.links_for([(number, cast[name], about)])
        await links.keep([made])
    return made.secret


async def _state(milestone_id: int) -> str:
    [row] = await Milestone.select(Milestone.state).where(Milestone.id == milestone_id)
    return str(row["state"])
