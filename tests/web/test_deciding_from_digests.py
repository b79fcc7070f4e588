"""A decision, from the digest that asks for it: its mail answers, its copies lead to the page."""

import re
from email.message import EmailMessage
from typing import Any

import pytest

from tests.cast import Cast, email
from tests.domain.test_delegations import delegate
from tests.factories.projects import joint_project, move_milestone, today
from tests.papers import pages
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tests.workers.conftest import Outbox, outbox, owe
from tracker.digests import answering
from tracker.domain.answers import links
from tracker.domain.answers.links import ANSWER_DAYS
from tracker.domain.answers.tables import AnswerLink
from tracker.domain.database import fetch
from tracker.domain.deliveries.tables import Delivery, Lane
from tracker.domain.digests.actions import subscribe, unsubscribe
from tracker.domain.digests.rules import Schedule
from tracker.domain.digests.tables import DigestIssue
from tracker.domain.projects.tables import Decision
from tracker.domain.resending import actions as resending
from tracker.locale import Reader
from tracker.mail import Mail
from tracker.workers.deliveries import deliver_batch

__all__ = ["outbox"]

pytestmark = pytest.mark.usefixtures("app")

LINK = re.compile(r"https://tracker\.example\.org(/answers/[\w-]{43})")
PAGE = re.compile(r"https://tracker\.example\.org(/decisions/\d+)")
MAYOR, PARTNER = "nairobi_mayor", "seoul_mayor"


async def test_digest_leads_to_one_click_and_its_copies_to_the_page(
    browser: Browser, signed_in: SignedIn, cast: Cast, outbox: Outbox
) -> None:
    decision = await _decision(cast)
    await _briefed(cast, MAYOR)
    mail = await _sent(cast, outbox, MAYOR)
    text, html = (_body(mail, kind) for kind in ("plain", "html"))
    [path] = LINK.findall(text)
    assert LINK.findall(html) == [path]
    assert not PAGE.search(text + html)
    until = Reader("en").day(today(ANSWER_DAYS, "Africa/Nairobi"))
    for body in (text, html):
        said = body.replace("\u00a0", " ")
        assert f"Until {until}, whoever has this mail can answer as you" in said
        assert answering.MARK not in body
    [paper] = mail.iter_attachments()
    [issue] = await DigestIssue.objects()
    mayor = await signed_in(MAYOR)
    shown = await mayor.open(f"/digests/{issue.id}/mail")
    printed = " ".join(pages(paper.get_content()))
    for copy in (str(issue.html), str(issue.text), shown.text, printed):
        assert f"tracker.example.org/decisions/{decision.id}" in copy
        assert "/answers/" not in copy
        assert "whoever has this mail" not in copy
        assert answering.MARK not in copy
    for page in ("preview/mail", "preview/whole", f"{issue.id}/whole"):
        await mayor.open(f"/digests/{page}")
        assert f"/decisions/{decision.id}" in mayor.page.text
        assert not re.search(f"{answering.MARK}|/answers/", mayor.page.text), page
    [row] = await Delivery.objects().where(Delivery.kind == "digest")
    assert (row.state, row.sealed) == ("sent", True)
    assert not row.message
    await browser.open(path)
    await browser.submit("/answers")
    await decision.refresh()
    assert (decision.state, decision.decided_by) == ("given", cast[MAYOR].person_id)


async def test_readers_of_a_city_have_links_of_their_own_made_together(
    browser: Browser, cast: Cast, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = await _decision(cast)
    await delegate(cast)
    statements: list[str] = []

    async def counted(text: str, *values: Any) -> Any:
        statements.append(text)
        return await fetch(text, *values)

    monkeypatch.setattr(links, "fetch", counted)
    numbers = await owe(cast, MAYOR, PARTNER, "nairobi_cio", "nairobi_coordinator")
    await deliver_batch(outbox.settings, Lane.BULK, only=numbers)
    assert len(statements) == 2, "what stands against them, and keeping them"
    people = {cast[name].person_id for name in (MAYOR, PARTNER, "nairobi_cio")}
    rows = await AnswerLink.objects()
    assert {each.person for each in rows} == people
    assert len({each.token_hash for each in rows}) == len(rows) == 3
    [mine], [theirs] = (_links(outbox, name) for name in (MAYOR, "nairobi_cio"))
    assert _links(outbox, "nairobi_coordinator") == []
    await browser.open(theirs)
    assert "You answer as Nairobi: cio" in browser.text
    await browser.submit("/answers")
    await decision.refresh()
    assert (decision.decided_by, decision.on_behalf_of) == (
        cast.nairobi_cio.person_id,
        cast[MAYOR].person_id,
    )
    await browser.open(mine)
    assert browser.page.status_code == 410
    assert "Decided by Nairobi: cio, for Nairobi: mayor" in browser.text


def test_decision_that_has_no_link_leads_to_its_page_beside_others_that_have() -> None:
    text = "A link.".join(answering.ALONE) + f" {answering.PLACE}12 {answering.PLACE}123"
    mail = Mail("en", "Decide", text, text)
    assert answering.asked(mail) == [12, 123]
    assert answering.mail(mail, {12: "/answers/x"}).html == "A link. /answers/x /decisions/123"
    assert answering.copy(mail).text == " /decisions/12 /decisions/123"


async def test_digest_without_decisions_is_as_it_was(cast: Cast, outbox: Outbox) -> None:
    await joint_project(cast, "active")
    mail = await _sent(cast, outbox, MAYOR)
    [issue] = await DigestIssue.objects()
    for said in (_body(mail, "plain"), _body(mail, "html"), str(issue.text), str(issue.html)):
        assert not re.search(f"/answers/|whoever has this mail|{answering.MARK}", said)
    [row] = await Delivery.objects().where(Delivery.kind == "digest")
    assert not row.sealed, "the journal has a copy"
    assert await AnswerLink.count() == 0


async def test_whoever_has_a_second_factor_is_led_to_the_page(cast: Cast, outbox: Outbox) -> None:
    decision = await _decision(cast)
    await fetch(
        "INSERT INTO second_factor (person, sealed, last_step, recovery_hashes, created_at,"
        " confirmed_at) VALUES ($1, '', 0, '{}', now(), now())",
        cast[MAYOR].person_id,
    )
    mail = await _sent(cast, outbox, MAYOR)
    for kind in ("plain", "html"):
        assert PAGE.findall(_body(mail, kind)) == [f"/decisions/{decision.id}"]
        assert not re.search(f"/answers/|whoever has this mail|{answering.MARK}", _body(mail, kind))


async def test_link_of_a_digest_is_void_once_its_reader_takes_none(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    await _decision(cast)
    person = cast[MAYOR].person_id or 0
    taken = await subscribe(cast[MAYOR], person, Schedule())
    await _sent(cast, outbox, MAYOR)
    [path] = _links(outbox, MAYOR)
    assert (await browser.open(path)).status_code == 200
    await unsubscribe(cast[MAYOR], taken.id)
    assert (await browser.open(path)).status_code == 410


async def test_digest_that_is_sent_once_more_says_what_its_copy_says(
    cast: Cast, outbox: Outbox
) -> None:
    decision = await _decision(cast)
    await _briefed(cast, MAYOR)
    first = await _sent(cast, outbox, MAYOR)
    [before] = await DigestIssue.objects()
    await fetch("UPDATE project SET title = 'Another title'")
    [row] = await Delivery.objects().where(Delivery.kind == "digest")
    await resending.resend(cast.administrator, row.id, "It was lost.")
    await outbox.drain()
    [again] = [
        each
        for each in _mails(outbox, MAYOR)
        if each["Subject"] == first["Subject"] and each["Message-ID"] != first["Message-ID"]
    ]
    assert "Another title" not in _body(again, "plain")
    assert f"/decisions/{decision.id}" in _body(again, "html")
    assert len([*again.iter_attachments()]) == 1
    [after] = await DigestIssue.objects()
    assert after.html == before.html
    assert await AnswerLink.count().where(AnswerLink.delivery == row.id) == 1


async def _decision(cast: Cast) -> Decision:
    """One that waits in Nairobi; the mail that asks for it is not sent."""
    await joint_project(cast, "under_review")
    await fetch("UPDATE delivery SET state = 'cancelled' WHERE kind = 'decision'")
    [decision] = await Decision.objects().where(Decision.city == cast.nairobi)
    return decision


async def _briefed(cast: Cast, who: str) -> None:
    await subscribe(cast[who], cast[who].person_id or 0, Schedule(briefing=True))


async def _sent(cast: Cast, outbox: Outbox, who: str) -> EmailMessage:
    await owe(cast, who)
    await outbox.drain()
    [mail] = _mails(outbox, who)
    return mail


def _mails(outbox: Outbox, who: str) -> list[EmailMessage]:
    return [each for each in outbox.mails() if email(who) in str(each["To"])]


def _links(outbox: Outbox, who: str) -> list[str]:
    bodies = [_body(each, "plain") for each in _mails(outbox, who)]
    return [link for body in bodies for link in LINK.findall(body)]


def _body(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body
    return str(body.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize("number", ["{id}", "999999", "99999999999"])
async def test_people_cannot_write_a_place_for_a_link(
    cast: Cast, outbox: Outbox, number: str
) -> None:
    decision = await _decision(cast)
    place = f"https://evil.example/decisions/\x02{number.format(id=decision.id)}"
    project = await joint_project(cast, "active", anew=True, title="Another project")
    await move_milestone(cast, project.milestone_id, today(40), f"{place} \x03 rain \x04")
    mail = await _sent(cast, outbox, MAYOR)
    for kind in ("plain", "html"):
        [told] = re.findall(r"evil\.example/\S*", _body(mail, kind))
        assert told.startswith("evil.example/decisions/")
        assert "rain" in _body(mail, kind)
    assert len(_links(outbox, MAYOR)) == 1
