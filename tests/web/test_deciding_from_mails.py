"""A decision, from a mail as a relay took it to the answer, without a password or a session."""

import logging
import re
from dataclasses import replace

import pytest

from tests.cast import Cast
from tests.factories.projects import advance, joint_project
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tests.web.deciding import LINK, MAYOR, asked, form_of, links, links_of, mails, telling, text_of
from tests.workers.conftest import Outbox, outbox
from tracker.domain.audit import AuditEvent
from tracker.domain.database import fetch
from tracker.domain.deliveries.tables import Delivery
from tracker.domain.people.tables import Session
from tracker.domain.projects import decisions, raising
from tracker.domain.projects.raising import Escalation
from tracker.throttle import Address, spend

__all__ = ["outbox"]

pytestmark = pytest.mark.usefixtures("app")


async def test_decision_is_given_by_one_click_and_its_person_is_told(
    browser: Browser, cast: Cast, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    decision, path = await asked(cast, outbox)
    for look in ({}, {"Sec-Purpose": "prefetch"}, {"User-Agent": "Mail gateway"}):
        assert (await browser.open(path, **look)).status_code == 200
        assert (await browser.client.head(path)).status_code == 200
    assert browser.page.headers["cache-control"].startswith("no-store")
    assert browser.page.headers["referrer-policy"] == "same-origin"
    await decision.refresh()
    assert decision.state == "pending", "nobody looks at pages to decide"
    for words in (
        "Endorse the proposal: ",
        "Secretariat: officer asks the mayor of Nairobi for this",
        "by ",
        "You answer as Nairobi: mayor.",
        "With your endorsement the secretariat can agree to the project.",
        "If you refuse, the project does not take this step.",
    ):
        assert words in browser.text, words
    await browser.submit("/answers")
    assert "Your decision is recorded." in browser.text
    await decision.refresh()
    assert (decision.state, decision.decided_by) == ("given", cast[MAYOR].person_id)
    assert not browser.client.cookies.get("session")
    assert await Session.count() == 0, "nobody is signed in"
    theirs = ("httpx", "mail.log")  # the test's own browser and relay
    said = [each.getMessage() for each in caplog.records if each.name not in theirs]
    assert any("answered from a mail" in each for each in said)
    assert not any(path.rpartition("/")[2] in each for each in said)
    await outbox.drain()
    [told] = telling(outbox, MAYOR, "Your answer is recorded: Endorse the proposal: ")
    text = text_of(told)
    assert "I endorse it" in text
    assert "tell the secretariat at once" in text
    assert f"/decisions/{decision.id}" in text
    assert not LINK.search(text)
    assert "go to the secretariat" not in text, "which has no address here"
    [mail] = await Delivery.objects().where(
        Delivery.kind == "decision", Delivery.person == cast[MAYOR].person_id
    )
    assert (mail.state, mail.sealed) == ("sent", True)
    assert not mail.message, "no link lies about"


async def test_mail_of_what_was_decided_names_the_address_of_the_secretariat(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    contact = "Secretariat <office@example.org>"
    outbox = replace(outbox, settings=replace(outbox.settings, contact_address=contact))
    _, path = await asked(cast, outbox)
    await browser.open(path)
    await browser.submit("/answers")
    await outbox.drain()
    [told] = telling(outbox, MAYOR, "Your answer is recorded: Endorse the proposal: ")
    for part in told.iter_parts():
        said = re.sub(r"<[^>]+>", "", str(part.get_content()))
        assert "Replies to this mail go to the secretariat: office@example.org" in said


async def test_trail_says_that_it_was_through_the_link_of_a_mail(
    browser: Browser, signed_in: SignedIn, cast: Cast, outbox: Outbox
) -> None:
    decision, path = await asked(cast, outbox)
    await browser.open(path)
    await browser.submit("/answers")
    await decisions.give(cast.seoul_mayor, decision.id + (1 if cast.seoul > cast.nairobi else -1))
    events = await AuditEvent.select(AuditEvent.actor, AuditEvent.after).where(
        AuditEvent.verb == "give"
    )
    by_mail = {each["actor"]: '"by_mail"' in each["after"] for each in events}
    assert by_mail == {cast[MAYOR].person_id: True, cast.seoul_mayor.person_id: False}
    coordinator = await signed_in("nairobi_coordinator")
    await coordinator.open(f"/decisions/{decision.id}")
    assert "Nairobi: mayor (through the link of a mail)" in coordinator.text


async def test_mail_says_that_whoever_has_it_can_answer(cast: Cast, outbox: Outbox) -> None:
    decision, path = await asked(cast, outbox)
    [mail] = mails(outbox, MAYOR)
    for part in mail.iter_parts():
        said = str(part.get_content())
        assert "whoever has this mail can answer in your name" in said
        assert f"https://tracker.example.org/decisions/{decision.id}" in said, "and signed in"
        assert "See the whole decision" in said
        assert "Read and decide" not in said
    assert links_of(mail) == [path]


async def test_refusal_wants_a_reason_and_a_question_an_answer(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    decision, path = await asked(cast, outbox)
    await browser.open(path)
    await browser.post("/answers", **form_of(browser, path), do="refuse", reason="")
    assert browser.page.status_code == 422
    await browser.post("/answers", **form_of(browser, path), do="answer", answer="Yes.")
    assert browser.page.status_code == 422, "nothing is asked"
    await decision.refresh()
    assert decision.state == "pending", "the link still counts"
    await browser.post("/answers", **form_of(browser, path), do="refuse", reason="No money.")
    await decision.refresh()
    assert (decision.state, decision.reason) == ("refused", "No money.")


async def test_question_is_answered_from_the_mail(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    project = await joint_project(cast, "active")
    question = Escalation(question="Who pays for the hall?", city_id=cast.nairobi)
    decision = await raising.escalate(cast.seoul_coordinator, project.id, question)
    await outbox.drain()
    [path] = links(outbox, MAYOR)
    await browser.open(path)
    assert "Who pays for the hall?" in browser.text
    assert "Seoul: coordinator asks the mayor of Nairobi for this" in browser.text
    await browser.submit("/answers", do="answer", answer="We do.")
    await decision.refresh()
    assert (decision.state, decision.answer) == ("given", "We do.")


async def test_what_was_brought_about_is_shown_before_it_is_accepted(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    project = await joint_project(cast, "finalising")
    await advance(cast, project, "approve")
    await outbox.drain()
    [mail] = [each for each in mails(outbox, MAYOR) if "Accept what was" in str(each["Subject"])]
    [path] = links_of(mail)
    await browser.open(path)
    assert "Milestones accepted 1 of 1" in browser.text
    for words in ("Baseline 40 days", "Actual 12 days", "Target 10 days by ", "93% of the way"):
        assert words in browser.text, words
    assert "Neither city's evaluation can be read yet." in browser.text
    await browser.submit("/answers")
    [state] = await fetch(
        "SELECT state FROM decision WHERE project = $1 AND kind = 'accept' AND city = $2",
        *(project.id, cast.nairobi),
    )
    assert state["state"] == "given"


async def test_what_was_brought_about_is_not_shown_where_something_else_is_asked(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    _, path = await asked(cast, outbox)
    await browser.open(path)
    assert "What was brought about" not in browser.text


async def test_secretariat_answers_signed_in(cast: Cast, outbox: Outbox) -> None:
    project = await joint_project(cast, "active")
    await raising.escalate(cast.seoul_coordinator, project.id, Escalation(question="Who pays?"))
    await outbox.drain()
    [mail] = mails(outbox, "officer")
    assert "/decisions/" in text_of(mail)
    assert links_of(mail) == []


@pytest.mark.parametrize("box", [None, "Tracker <reply@tracker.example.org>"])
async def test_mail_says_that_a_reply_decides_nothing(
    cast: Cast, outbox: Outbox, box: str | None
) -> None:
    outbox = Outbox(replace(outbox.settings, reply_address=box))
    await asked(cast, outbox)
    [mail] = mails(outbox, MAYOR)
    for part in mail.iter_parts():
        said = str(part.get_content())
        assert "A reply decides nothing" in said
        assert ("You can reply to this mail" in said) == (box is not None)


async def test_answer_that_comes_too_often_keeps_what_was_typed(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    decision, path = await asked(cast, outbox)
    await browser.open(path)
    await spend("sign_in", Address("127.0.0.1"), times=100)
    await browser.submit("/answers", do="refuse", reason="Long thought-out words.")
    assert browser.page.status_code == 429
    assert "Long thought-out words." in browser.text
    assert "try it again after" in browser.text
    await decision.refresh()
    assert decision.state == "pending"


@pytest.mark.parametrize("do", ["", "Refuse", "nonsense"])
async def test_answer_that_is_none_of_those_asked_settles_nothing(
    browser: Browser, cast: Cast, outbox: Outbox, do: str
) -> None:
    decision, path = await asked(cast, outbox)
    await browser.open(path)
    await browser.post("/answers", **form_of(browser, path) | {"do": do})
    await decision.refresh()
    assert decision.state == "pending"
    await browser.submit("/answers")
    await decision.refresh()
    assert decision.state == "given"


async def test_reason_is_in_sight_when_somebody_was_faster(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    decision, path = await asked(cast, outbox)
    await browser.open(path)
    await fetch("UPDATE decision SET version = version + 1 WHERE id = $1", decision.id)
    await browser.submit("/answers", do="refuse", reason="Too dear.")
    assert browser.page.status_code == 409
    opened = re.compile(r"<details[^>]* open[^>]*>(?:(?!</details>).)*Too dear\.", re.DOTALL)
    assert opened.search(browser.page.text)
    await decision.refresh()
    assert decision.state == "pending"
