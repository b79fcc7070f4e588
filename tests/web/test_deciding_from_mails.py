"""A decision, from a mail as a relay took it to the answer, without a password or a session."""

import asyncio
import logging
import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest

from tests.cast import Cast, email
from tests.domain.test_delegations import delegate
from tests.factories.projects import JointProject, advance, joint_project
from tests.web.browser import Browser, client
from tests.web.conftest import SignedIn
from tests.workers.conftest import Outbox, outbox
from tracker.domain import clock
from tracker.domain.answers.links import ANSWER_DAYS
from tracker.domain.answers.tables import AnswerLink
from tracker.domain.audit import AuditEvent
from tracker.domain.database import fetch
from tracker.domain.deliveries.tables import Delivery
from tracker.domain.leaving.actions import end_membership
from tracker.domain.leaving.erasure import erase
from tracker.domain.people import delegations
from tracker.domain.people.tables import Session
from tracker.domain.projects import decisions, raising
from tracker.domain.projects.raising import Escalation
from tracker.domain.projects.tables import Decision
from tracker.domain.resending import actions as resending
from tracker.inbound import receive
from tracker.throttle import Address, spend

__all__ = ["outbox"]

pytestmark = pytest.mark.usefixtures("app")

LINK = re.compile(r"https://tracker\.example\.org(/answers/[\w-]{43})")
MAYOR = "nairobi_mayor"


async def test_decision_is_given_by_one_click_and_its_person_is_told(
    browser: Browser, cast: Cast, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    decision, path = await _asked(cast, outbox)
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
    [told] = _told(outbox, MAYOR, "Your answer is recorded: Endorse the proposal: ")
    text = _text_of(told)
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
    _, path = await _asked(cast, outbox)
    await browser.open(path)
    await browser.submit("/answers")
    await outbox.drain()
    [told] = _told(outbox, MAYOR, "Your answer is recorded: Endorse the proposal: ")
    for part in told.iter_parts():
        said = re.sub(r"<[^>]+>", "", str(part.get_content()))
        assert "Replies to this mail go to the secretariat: office@example.org" in said


async def test_trail_says_that_it_was_through_the_link_of_a_mail(
    browser: Browser, signed_in: SignedIn, cast: Cast, outbox: Outbox
) -> None:
    decision, path = await _asked(cast, outbox)
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
    decision, path = await _asked(cast, outbox)
    [mail] = _mails(outbox, MAYOR)
    for part in mail.iter_parts():
        said = str(part.get_content())
        assert "whoever has this mail can answer in your name" in said
        assert f"https://tracker.example.org/decisions/{decision.id}" in said, "and signed in"
        assert "See the whole decision" in said
        assert "Read and decide" not in said
    assert _links_of(mail) == [path]


async def test_of_parallel_clicks_one_settles(browser: Browser, cast: Cast, outbox: Outbox) -> None:
    decision, path = await _asked(cast, outbox)
    await browser.open(path)
    sent = _sent(browser, path)
    answers = await asyncio.gather(
        *(browser.client.post("/answers", data=sent | {"do": "give"}) for _ in range(4)),
        *(
            browser.client.post("/answers", data=sent | {"do": "refuse", "reason": "No."})
            for _ in range(4)
        ),
    )
    assert sorted(each.status_code for each in answers) == [200, *[410] * 7]
    settled = AuditEvent.count().where(
        AuditEvent.subject_type == "decision",
        AuditEvent.subject_id == decision.id,
        AuditEvent.verb.is_in(["give", "refuse"]),
    )
    assert await settled == 1
    told = await Delivery.count().where(Delivery.key.like("decided:%"))
    assert told == 1


async def test_used_link_says_who_decided_what_and_when(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    decision, path = await _asked(cast, outbox)
    await browser.open(path)
    sent = _sent(browser, path)
    await browser.submit("/answers")
    for answer in (await browser.open(path), await browser.post("/answers", **sent)):
        assert answer.status_code == 410
        assert "What it asked is settled" in browser.text
        assert "Decided by Nairobi: mayor" in browser.text
        assert f"/sign-in?next=/decisions/{decision.id}" in browser.links


async def test_link_of_what_a_deputy_has_settled_says_so(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    await delegate(cast)
    decision, path = await _asked(cast, outbox)
    [other] = _links(outbox, "nairobi_cio")
    await browser.open(other)
    assert "You decide on behalf of the mayor of Nairobi" in browser.text
    await browser.open(path)
    sent = _sent(browser, path)
    await browser.open(other)
    await browser.submit("/answers", do="refuse", reason="The council said no.")
    await decision.refresh()
    assert (decision.state, decision.on_behalf_of) == ("refused", cast[MAYOR].person_id)
    for answer in (await browser.open(path), await browser.post("/answers", **sent)):
        assert answer.status_code == 410
        assert "Decided by Nairobi: cio, for Nairobi: mayor" in browser.text
        assert "The council said no." in browser.text
    await outbox.drain()
    [told] = _told(outbox, MAYOR, "Decided in your name: Endorse the proposal: ")
    assert "as your deputy in Nairobi" in _text_of(told)
    [told] = _told(outbox, "nairobi_cio", "You answered for the mayor: Endorse the proposal: ")
    assert "as the deputy of Nairobi: mayor, for the mayor of Nairobi, through" in _text_of(told)
    for who, words in ((MAYOR, "Your answer"), ("nairobi_cio", "Your answer is recorded")):
        assert not _told(outbox, who, words), words
    await decision.refresh()
    assert decision.state == "refused"


async def test_refusal_wants_a_reason_and_a_question_an_answer(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    decision, path = await _asked(cast, outbox)
    await browser.open(path)
    await browser.post("/answers", **_sent(browser, path), do="refuse", reason="")
    assert browser.page.status_code == 422
    await browser.post("/answers", **_sent(browser, path), do="answer", answer="Yes.")
    assert browser.page.status_code == 422, "nothing is asked"
    await decision.refresh()
    assert decision.state == "pending", "the link still counts"
    await browser.post("/answers", **_sent(browser, path), do="refuse", reason="No money.")
    await decision.refresh()
    assert (decision.state, decision.reason) == ("refused", "No money.")


async def test_question_is_answered_from_the_mail(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    project = await joint_project(cast, "active")
    question = Escalation(question="Who pays for the hall?", city_id=cast.nairobi)
    decision = await raising.escalate(cast.seoul_coordinator, project.id, question)
    await outbox.drain()
    [path] = _links(outbox, MAYOR)
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
    [mail] = [each for each in _mails(outbox, MAYOR) if "Accept what was" in str(each["Subject"])]
    [path] = _links_of(mail)
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
    _, path = await _asked(cast, outbox)
    await browser.open(path)
    assert "What was brought about" not in browser.text


async def test_secretariat_answers_signed_in(cast: Cast, outbox: Outbox) -> None:
    project = await joint_project(cast, "active")
    await raising.escalate(cast.seoul_coordinator, project.id, Escalation(question="Who pays?"))
    await outbox.drain()
    [mail] = _mails(outbox, "officer")
    assert "/decisions/" in _text_of(mail)
    assert _links_of(mail) == []


async def test_link_expires(browser: Browser, cast: Cast, outbox: Outbox) -> None:
    decision, path = await _asked(cast, outbox)
    await browser.open(path)
    sent = _sent(browser, path)
    await decisions.give(cast[MAYOR], decision.id)
    with clock.at(clock.now() + timedelta(days=ANSWER_DAYS, seconds=1)):
        for answer in (await browser.open(path), await browser.post("/answers", **sent)):
            assert answer.status_code == 410
            assert "it is too old" in browser.text
            assert '<html lang="en"' in browser.page.text
            assert "Decided by" not in browser.text, "an old link tells nothing"


async def test_link_does_not_answer_where_somebody_else_is_signed_in(
    browser: Browser, signed_in: SignedIn, cast: Cast, outbox: Outbox
) -> None:
    decision, path = await _asked(cast, outbox)
    await browser.open(path)
    sent = _sent(browser, path)
    other = await signed_in("nairobi_coordinator")
    for answer in (
        await other.open(path),
        await other.post("/answers", **sent | {"csrf_token": other.token}),
    ):
        assert answer.status_code == 403
        assert "It answers in the name of Nairobi: mayor" in other.text
        assert "signed in here as Nairobi: coordinator" in other.text
    await decision.refresh()
    assert decision.state == "pending"
    await other.submit("/sign-out")
    await other.open(path)
    await other.submit("/answers")
    await decision.refresh()
    assert decision.decided_by == cast[MAYOR].person_id


async def test_link_answers_where_its_person_is_signed_in(
    signed_in: SignedIn, cast: Cast, outbox: Outbox
) -> None:
    decision, path = await _asked(cast, outbox)
    mayor = await signed_in(MAYOR)
    await mayor.open(path)
    await mayor.submit("/answers")
    await decision.refresh()
    assert decision.state == "given"


@pytest.mark.parametrize("how", ["role", "delegation", "expired", "withdrawn", "factor", "sign-on",
                                 "address", "unwanted", "erased"])  # fmt: skip
async def test_link_is_void_since(browser: Browser, cast: Cast, outbox: Outbox, how: str) -> None:
    deputy = how in ("delegation", "expired")
    delegation = await delegate(cast) if deputy else None
    who = "nairobi_cio" if deputy else MAYOR
    decision, path = await _asked(cast, outbox, who)
    person = cast[who].person_id or 0
    await browser.open(path)
    assert browser.page.status_code == 200
    await fetch("UPDATE person SET language = 'de' WHERE id = $1", person)
    sent = _sent(browser, path)
    if delegation and how == "delegation":
        await delegations.end_delegation(cast[MAYOR], delegation.id)
    elif how == "role":
        [held] = await fetch("SELECT id FROM membership WHERE person = $1", person)
        await end_membership(cast.administrator, held["id"], left_to_city=True)
    elif how == "withdrawn":
        await advance(cast, JointProject(decision.project), "return")
    elif how == "erased":
        await erase(replace(cast.administrator, proved_at=clock.now()), person)
    elif how != "delegation":
        await fetch(_SINCE[how], *([] if how in ("sign-on", "expired") else [person]))
    for answer in (await browser.open(path), await browser.post("/answers", **sent)):
        assert answer.status_code == 410
        told = "ist entschieden" if how == "withdrawn" else "mit einem zweiten Faktor"
        known = how != "erased"
        assert ('<html lang="de"' in browser.page.text) == known
        assert (told if known else "with a second factor") in browser.text
        leads = "/sign-in" if how == "erased" else f"/sign-in?next=/decisions/{decision.id}"
        assert leads in browser.links
    await decision.refresh()
    assert decision.state == ("lapsed" if how == "withdrawn" else "pending")


@pytest.mark.parametrize("how", ["factor", "sign-on"])
async def test_where_a_mailbox_is_not_enough_mails_lead_to_the_sign_in(
    browser: Browser, cast: Cast, outbox: Outbox, how: str
) -> None:
    if how == "sign-on":
        await fetch(_SINCE[how])
    else:
        await fetch(_SINCE[how], cast[MAYOR].person_id)
    await joint_project(cast, "under_review")
    await outbox.drain()
    [mail] = _mails(outbox, MAYOR)
    assert _links_of(mail) == []
    assert "whoever has this mail" not in _text_of(mail)
    [path] = set(re.findall(r"example\.org(/decisions/\d+)", _text_of(mail)))
    await browser.open(path)
    assert browser.page.headers["location"] == f"/sign-in?next={path}"
    [row] = await Delivery.objects().where(
        Delivery.kind == "decision", Delivery.person == cast[MAYOR].person_id
    )
    assert not row.sealed


async def test_mail_that_is_sent_once_more_has_a_link_of_its_own(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    decision, first = await _asked(cast, outbox)
    [mail] = await Delivery.objects().where(
        Delivery.kind == "decision", Delivery.person == cast[MAYOR].person_id
    )
    await resending.resend(cast.administrator, mail.id, "It was lost.")
    await outbox.drain()
    [second] = {*_links(outbox, MAYOR)} - {first}
    assert await AnswerLink.count().where(AnswerLink.decision == decision.id) == 2
    await browser.open(first)
    sent = _sent(browser, first)
    await browser.open(second)
    await browser.submit("/answers")
    assert (await browser.post("/answers", **sent)).status_code == 410
    await decision.refresh()
    assert decision.state == "given"


@pytest.mark.parametrize("box", [None, "Tracker <reply@tracker.example.org>"])
async def test_mail_says_that_a_reply_decides_nothing(
    cast: Cast, outbox: Outbox, box: str | None
) -> None:
    outbox = Outbox(replace(outbox.settings, reply_address=box))
    await _asked(cast, outbox)
    [mail] = _mails(outbox, MAYOR)
    for part in mail.iter_parts():
        said = str(part.get_content())
        assert "A reply decides nothing" in said
        assert ("You can reply to this mail" in said) == (box is not None)


async def test_link_that_a_reply_quotes_is_cut_out(cast: Cast, outbox: Outbox) -> None:
    settings = outbox.settings
    answering = Outbox(replace(settings, reply_address="Tracker <reply@tracker.example.org>"))
    _, path = await _asked(cast, answering)
    [mail] = _mails(answering, MAYOR)
    reply = EmailMessage()
    reply["From"], reply["To"] = email(MAYOR), str(mail["Reply-To"])
    reply.set_content(f"Soon, see https://tracker.example.org{path}\n")
    await receive(answering.settings, reply.as_bytes())
    [comment] = await fetch("SELECT text FROM comment")
    assert comment["text"] == "Soon, see https://tracker.example.org/answers/…"


async def test_answers_are_counted_by_address(browser: Browser, cast: Cast) -> None:
    made_up = {"secret": "x" * 43, "csrf_token": ""}
    await browser.open("/sign-in")
    made_up["csrf_token"] = browser.token
    many = client(browser.app, dict(browser.client.headers))
    many.cookies = browser.client.cookies
    statuses = {(await many.post("/answers", data=made_up)).status_code for _ in range(101)}
    assert statuses == {410, 429}


async def test_answer_that_comes_too_often_keeps_what_was_typed(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    decision, path = await _asked(cast, outbox)
    await browser.open(path)
    await spend("sign_in", Address("127.0.0.1"), times=100)
    await browser.submit("/answers", do="refuse", reason="Long thought-out words.")
    assert browser.page.status_code == 429
    assert "Long thought-out words." in browser.text
    assert "try it again after" in browser.text
    await decision.refresh()
    assert decision.state == "pending"


_SINCE = {
    "expired": "UPDATE delegation SET expires_at = now()",
    "factor": "INSERT INTO second_factor (person, sealed, last_step, recovery_hashes, created_at,"
    " confirmed_at) VALUES ($1, '', 0, '{}', now(), now())",
    "sign-on": "INSERT INTO sign_on (city, issuer, client_id, active, confirmed_at, created_at)"
    " SELECT id, 'https://sign-on.example.org', 'x', true, now(), now() FROM city"
    " WHERE name = 'Nairobi'",
    "address": "UPDATE person SET email = 'new@example.org' WHERE id = $1",
    "unwanted": "UPDATE person SET unwanted_mails = ARRAY['decision'] WHERE id = $1",
}
"""What makes a link void."""


async def _asked(cast: Cast, outbox: Outbox, who: str = MAYOR) -> tuple[Decision, str]:
    """A decision that waits in Nairobi, and where the mail of it leads."""
    await joint_project(cast, "under_review")
    [decision] = await Decision.objects().where(Decision.city == cast.nairobi)
    await outbox.drain()
    [path] = _links(outbox, who)
    return decision, path


def _mails(outbox: Outbox, who: str) -> list[EmailMessage]:
    return [each for each in outbox.mails() if email(who) in str(each["To"])]


def _told(outbox: Outbox, who: str, begins: str) -> list[EmailMessage]:
    """Those whose subject begins so; a long one begins with the blank it is folded at."""
    return [
        each for each in _mails(outbox, who) if str(each["Subject"]).lstrip().startswith(begins)
    ]


def _links(outbox: Outbox, who: str) -> list[str]:
    return list(dict.fromkeys(link for each in _mails(outbox, who) for link in _links_of(each)))


def _links_of(mail: EmailMessage) -> list[str]:
    """The same in its text and in its HTML."""
    text, html = (LINK.findall(str(part.get_content())) for part in mail.iter_parts())
    assert text == html
    return list(text)


def _text_of(mail: EmailMessage) -> str:
    text, _ = mail.iter_parts()
    return str(text.get_content())


def _sent(browser: Browser, path: str) -> dict[str, str]:
    """What the form of the page sends."""
    return {"secret": path.rpartition("/")[2], "csrf_token": browser.token}


@pytest.mark.parametrize("do", ["", "Refuse", "nonsense"])
async def test_answer_that_is_none_of_those_asked_settles_nothing(
    browser: Browser, cast: Cast, outbox: Outbox, do: str
) -> None:
    decision, path = await _asked(cast, outbox)
    await browser.open(path)
    await browser.post("/answers", **_sent(browser, path) | {"do": do})
    await decision.refresh()
    assert decision.state == "pending"
    await browser.submit("/answers")
    await decision.refresh()
    assert decision.state == "given"


async def test_used_link_tells_strangers_who_are_signed_in_what_they_may_see(
    browser: Browser, signed_in: SignedIn, cast: Cast, outbox: Outbox
) -> None:
    _, path = await _asked(cast, outbox)
    await browser.open(path)
    await browser.submit("/answers", do="refuse", reason="A private reason.")
    stranger = await signed_in("lima_coordinator")
    await stranger.open(path)
    assert stranger.page.status_code == 410
    assert "A private reason." not in stranger.text
    await browser.open(path)
    assert "A private reason." in browser.text


async def test_reason_is_in_sight_when_somebody_was_faster(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    decision, path = await _asked(cast, outbox)
    await browser.open(path)
    await fetch("UPDATE decision SET version = version + 1 WHERE id = $1", decision.id)
    await browser.submit("/answers", do="refuse", reason="Too dear.")
    assert browser.page.status_code == 409
    opened = re.compile(r"<details[^>]* open[^>]*>(?:(?!</details>).)*Too dear\.", re.DOTALL)
    assert opened.search(browser.page.text)
    await decision.refresh()
    assert decision.state == "pending"


async def test_used_link_speaks_its_persons_language(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    _, path = await _asked(cast, outbox)
    await browser.open(path)
    await browser.submit("/answers")
    await fetch("UPDATE person SET language = 'he' WHERE id = $1", cast[MAYOR].person_id)
    await browser.open(path)
    assert 'lang="he"' in browser.page.text
