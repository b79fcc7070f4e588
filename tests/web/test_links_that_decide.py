"""For whom, how long and how often the link of a mail settles a decision, and what it says then."""

import asyncio
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
from tests.web.deciding import MAYOR, asked, form_of, links, links_of, mails, telling, text_of
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
from tracker.domain.projects import decisions
from tracker.domain.resending import actions as resending
from tracker.inbound import receive

__all__ = ["outbox"]

pytestmark = pytest.mark.usefixtures("app")


async def test_of_parallel_clicks_one_settles(browser: Browser, cast: Cast, outbox: Outbox) -> None:
    decision, path = await asked(cast, outbox)
    await browser.open(path)
    sent = form_of(browser, path)
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
    decision, path = await asked(cast, outbox)
    await browser.open(path)
    sent = form_of(browser, path)
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
    decision, path = await asked(cast, outbox)
    [other] = links(outbox, "nairobi_cio")
    await browser.open(other)
    assert "You decide on behalf of the mayor of Nairobi" in browser.text
    await browser.open(path)
    sent = form_of(browser, path)
    await browser.open(other)
    await browser.submit("/answers", do="refuse", reason="The council said no.")
    await decision.refresh()
    assert (decision.state, decision.on_behalf_of) == ("refused", cast[MAYOR].person_id)
    for answer in (await browser.open(path), await browser.post("/answers", **sent)):
        assert answer.status_code == 410
        assert "Decided by Nairobi: cio, for Nairobi: mayor" in browser.text
        assert "The council said no." in browser.text
    await outbox.drain()
    [told] = telling(outbox, MAYOR, "Decided in your name: Endorse the proposal: ")
    assert "as your deputy in Nairobi" in text_of(told)
    [told] = telling(outbox, "nairobi_cio", "You answered for the mayor: Endorse the proposal: ")
    assert "as the deputy of Nairobi: mayor, for the mayor of Nairobi, through" in text_of(told)
    for who, words in ((MAYOR, "Your answer"), ("nairobi_cio", "Your answer is recorded")):
        assert not telling(outbox, who, words), words
    await decision.refresh()
    assert decision.state == "refused"


async def test_link_expires(browser: Browser, cast: Cast, outbox: Outbox) -> None:
    decision, path = await asked(cast, outbox)
    await browser.open(path)
    sent = form_of(browser, path)
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
    decision, path = await asked(cast, outbox)
    await browser.open(path)
    sent = form_of(browser, path)
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
    decision, path = await asked(cast, outbox)
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
    decision, path = await asked(cast, outbox, who)
    person = cast[who].person_id or 0
    await browser.open(path)
    assert browser.page.status_code == 200
    await fetch("UPDATE person SET language = 'de' WHERE id = $1", person)
    sent = form_of(browser, path)
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
    [mail] = mails(outbox, MAYOR)
    assert links_of(mail) == []
    assert "whoever has this mail" not in text_of(mail)
    [path] = set(re.findall(r"example\.org(/decisions/\d+)", text_of(mail)))
    await browser.open(path)
    assert browser.page.headers["location"] == f"/sign-in?next={path}"
    [row] = await Delivery.objects().where(
        Delivery.kind == "decision", Delivery.person == cast[MAYOR].person_id
    )
    assert not row.sealed


async def test_mail_that_is_sent_once_more_has_a_link_of_its_own(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    decision, first = await asked(cast, outbox)
    [mail] = await Delivery.objects().where(
        Delivery.kind == "decision", Delivery.person == cast[MAYOR].person_id
    )
    await resending.resend(cast.administrator, mail.id, "It was lost.")
    await outbox.drain()
    [second] = {*links(outbox, MAYOR)} - {first}
    assert await AnswerLink.count().where(AnswerLink.decision == decision.id) == 2
    await browser.open(first)
    sent = form_of(browser, first)
    await browser.open(second)
    await browser.submit("/answers")
    assert (await browser.post("/answers", **sent)).status_code == 410
    await decision.refresh()
    assert decision.state == "given"


async def test_link_that_a_reply_quotes_is_cut_out(cast: Cast, outbox: Outbox) -> None:
    settings = outbox.settings
    answering = Outbox(replace(settings, reply_address="Tracker <reply@tracker.example.org>"))
    _, path = await asked(cast, answering)
    [mail] = mails(answering, MAYOR)
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


async def test_used_link_tells_strangers_who_are_signed_in_what_they_may_see(
    browser: Browser, signed_in: SignedIn, cast: Cast, outbox: Outbox
) -> None:
    _, path = await asked(cast, outbox)
    await browser.open(path)
    await browser.submit("/answers", do="refuse", reason="A private reason.")
    stranger = await signed_in("lima_coordinator")
    await stranger.open(path)
    assert stranger.page.status_code == 410
    assert "A private reason." not in stranger.text
    await browser.open(path)
    assert "A private reason." in browser.text


async def test_used_link_speaks_its_persons_language(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    _, path = await asked(cast, outbox)
    await browser.open(path)
    await browser.submit("/answers")
    await fetch("UPDATE person SET language = 'he' WHERE id = $1", cast[MAYOR].person_id)
    await browser.open(path)
    assert 'lang="he"' in browser.page.text
