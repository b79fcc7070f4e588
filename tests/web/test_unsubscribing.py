"""Doing without mails by the link that each of them carries (RFC 8058)."""

import re
from urllib.parse import urlencode

import httpx
import pytest

from tests import factories
from tests.cast import Cast, email
from tests.domain.test_comments import draft
from tests.web.browser import Browser
from tests.workers.conftest import Outbox, outbox, owe
from tracker.domain import sealing
from tracker.domain.audit import AuditEvent
from tracker.domain.comments import actions as comments
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.deliveries.tables import Delivery, DeliveryKind
from tracker.domain.digests import actions
from tracker.domain.digests.rules import Schedule
from tracker.domain.digests.tables import DigestIssue, DigestSubscription
from tracker.domain.people.tables import Person
from tracker.domain.preferences.links import ABOUT, token
from tracker.settings import Settings

__all__ = ["outbox"]

ONE_CLICK = "List-Unsubscribe=One-Click"


async def test_mail_program_unsubscribes_by_what_the_mail_says(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    """No cookie, no page that it comes from, no redirect; the digest alone ends."""
    person = cast.nairobi_mayor.person_id or 0
    await actions.subscribe(cast.nairobi_mayor, person, Schedule())
    await owe(cast, "nairobi_mayor")
    await outbox.drain()
    [mail] = outbox.mails()
    assert mail["List-Unsubscribe-Post"] == ONE_CLICK
    address = re.fullmatch("<(https://tracker.example.org/unsubscribe/[^>]+)>",
                           mail["List-Unsubscribe"])  # fmt: skip
    assert address
    path = address[1].removeprefix("https://tracker.example.org")
    for _ in range(2):
        answer = await posted(browser, path, ONE_CLICK)
        assert answer.status_code == 200
    [taken] = await DigestSubscription.select()
    assert taken["active"] is False
    assert (await unwanted(person)) == []
    event = await AuditEvent.objects().order_by(AuditEvent.id, ascending=False).first()
    assert event
    assert (event.actor, event.verb) == (person, "unsubscribe")
    assert [each["state"] for each in await Delivery.select()] == ["sent"]


@pytest.mark.parametrize("language", ["en", "he"])
async def test_words_of_a_mail_lead_to_the_link_and_copies_do_not(
    browser: Browser, cast: Cast, outbox: Outbox, language: str
) -> None:
    """In both forms of the mail; who reads a copy of it finds the page that asks to sign in."""
    whose = Person.id == (cast.nairobi_mayor.person_id or 0)
    await Person.update({Person.language: language}).where(whose)
    await owe(cast, "nairobi_mayor")
    await outbox.drain()
    [mail] = outbox.mails()
    link = mail["List-Unsubscribe"].strip("<>")
    for words in outbox.bodies(mail["To"].addresses[0].addr_spec):
        assert link in words
        assert "/preferences" not in words
    [issue] = await DigestIssue.select()
    for words in (issue["html"], issue["text"]):
        assert "https://tracker.example.org/preferences" in words
        assert "/unsubscribe/" not in words
    await browser.open(link.removeprefix("https://tracker.example.org"))
    assert "/preferences" in browser.links


async def posted(browser: Browser, path: str, body: str) -> httpx.Response:
    """As a mail program does it."""
    browser.client.cookies.clear()
    return await browser.client.post(
        path, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )


async def unwanted(person: int) -> list[str]:
    found = await Person.objects().get(Person.id == person)
    assert found
    return list(found.unwanted_mails)


async def test_opening_the_link_changes_nothing_and_saving_does(
    browser: Browser, cast: Cast
) -> None:
    person = cast.nairobi_coordinator.person_id or 0
    link = f"/unsubscribe/{token(person, DeliveryKind.MENTION)}"
    for _ in range(3):  # mail scanners
        await browser.open(link)
        assert browser.page.status_code == 200
    assert "Opening this page has changed nothing" in browser.text
    assert await unwanted(person) == []
    answer = await posted(browser, link, "choose=1&kinds=decision&kinds=milestone&kinds=notice")
    assert answer.status_code == 200
    assert "What is not ticked is not sent any more" in answer.text
    assert await unwanted(person) == ["mention", "reminder"]
    await posted(browser, link, "choose=1&kinds=mention&kinds=decision")
    assert await unwanted(person) == ["milestone", "reminder"]


async def test_link_ends_mails_of_its_kind_and_person_alone(browser: Browser, cast: Cast) -> None:
    person = cast.nairobi_coordinator.person_id or 0
    await posted(browser, f"/unsubscribe/{token(person, DeliveryKind.REMINDER)}", ONE_CLICK)
    assert await unwanted(person) == ["reminder"]
    assert await unwanted(cast.seoul_coordinator.person_id or 0) == []


async def test_made_up_link_leads_nowhere(browser: Browser, cast: Cast) -> None:
    person = cast.seoul_mayor.person_id or 0
    real = token(person, DeliveryKind.MENTION) or ""
    forged = [
        *("x", f"{person}", real[:-2], real.swapcase()),
        *(real + more for more in ("a", "!", "AAAA", "=", "%20")),
        sealing.sealed(f"{person} mention", "another purpose"),
        sealing.sealed("999999 mention", ABOUT),
    ]
    for each in forged:
        for answer in (
            await browser.open(f"/unsubscribe/{each}"),
            await posted(browser, f"/unsubscribe/{each}", ONE_CLICK),
        ):
            assert answer.status_code == 410
            assert "Nothing was changed." in answer.text
            assert "choose in your preferences which mails you are sent" in answer.text
            assert "/sign-in?next=/preferences" in answer.text
    assert await unwanted(person) == []


async def test_form_that_is_none_is_refused_and_changes_nothing(
    browser: Browser, cast: Cast, settings: Settings
) -> None:
    person = cast.nairobi_mayor.person_id or 0
    crowd = "&".join(f"a{number}=1" for number in range(settings.form_fields + 1))
    for secret in (token(person, DeliveryKind.MENTION), "nothing"):
        link = f"/unsubscribe/{secret}"
        assert (await posted(browser, link, crowd)).status_code == 413
        assert (await browser.client.post(link, json={})).status_code == 415
    assert await unwanted(person) == []


async def test_words_of_people_never_get_the_readers_link(cast: Cast, outbox: Outbox) -> None:
    """A reply may quote the mail to everybody who reads the project."""
    project = await factories.joint_project(cast, "active")
    await outbox.drain()
    address = "https://tracker.example.org/preferences#mails"
    markup = f'<a href="{address}">'
    said = f"See {address} {markup} and\n-- \n{address}"
    about = draft(CommentSubject.PROJECT, project.id, said, cast.nairobi_mayor)
    await comments.add(cast.seoul_coordinator, about)
    await outbox.drain()
    mail = outbox.mails()[-1]
    link = mail["List-Unsubscribe"].strip("<>")
    for words in outbox.bodies(email("nairobi_mayor")):
        assert (words.count(link), words.count(address)) == (1, 3)


async def test_mails_that_always_come_carry_no_link(cast: Cast) -> None:
    assert token(cast.seoul_mayor.person_id, DeliveryKind.ACCOUNT) is None
    assert token(None, DeliveryKind.DIGEST) is None


async def test_digest_comes_less_often_by_the_link_instead_of_no_more(
    browser: Browser, cast: Cast
) -> None:
    person = cast.nairobi_mayor.person_id or 0
    await actions.subscribe(cast.nairobi_mayor, person, Schedule(weekday=3, briefing=True))
    link = f"/unsubscribe/{token(person, DeliveryKind.DIGEST)}"
    await browser.open(link)
    assert re.search(r'value="weekly"\s+checked', browser.page.text)
    assert re.search(r'value="digest"\s+checked', browser.page.text)
    await posted(browser, link, "choose=1&kinds=mention&kinds=digest&cadence=monthly")
    [taken] = await DigestSubscription.select()
    assert (taken["active"], taken["cadence"]) == (True, "monthly")
    assert (taken["weekday"], taken["briefing"]) == (3, True)
    for none in ("weekly", "monthly", "hourly", ""):
        await posted(browser, link, f"choose=1&cadence={none}")
        [taken] = await DigestSubscription.select()
        assert (taken["active"], taken["cadence"]) == (False, "monthly")
    await posted(browser, link, "choose=1&cadence=quarterly")
    [taken] = await DigestSubscription.select()
    assert (taken["active"], taken["cadence"]) == (True, "quarterly"), (
        "it goes on, as the page says"
    )


@pytest.mark.parametrize("kind", [DeliveryKind.DIGEST, DeliveryKind.MENTION])
async def test_page_of_the_link_saved_as_it_is_changes_nothing_and_its_button_ends_the_kind(
    browser: Browser, cast: Cast, kind: DeliveryKind
) -> None:
    person = cast.nairobi_mayor.person_id or 0
    await actions.subscribe(cast.nairobi_mayor, person, Schedule())
    link = f"/unsubscribe/{token(person, kind)}"
    shown = (await browser.open(link)).text
    ticked = re.findall(r'name="(kinds|cadence)" value="(\w+)"\s+checked', shown)
    await posted(browser, link, urlencode([("choose", "1"), *ticked]))
    [taken] = await DigestSubscription.select()
    assert (taken["active"], await unwanted(person)) == (True, [])
    words = "Stop the digest" if kind is DeliveryKind.DIGEST else "Stop these mails"
    assert re.search(rf'<form[^>]*method="post">\s*<div[^>]*>\s*<button[^>]*>{words}<', shown)
    gone = (await posted(browser, link, "")).text
    [taken] = await DigestSubscription.select()
    assert taken["active"] == (kind is not DeliveryKind.DIGEST)
    assert await unwanted(person) == ([] if kind is DeliveryKind.DIGEST else ["mention"])
    assert words not in gone
