"""From a mail, as a relay took it, to the answer: by the link of a milestone, by a decision's."""

import logging
import re
from dataclasses import replace
from datetime import date, timedelta
from email.message import EmailMessage
from unittest.mock import AsyncMock

import pytest

from tests.cast import Cast, email
from tests.domain.test_reminders import nothing_else_due
from tests.factories import noon
from tests.factories.projects import add_milestone, joint_project, today
from tests.web.browser import Browser
from tests.workers.conftest import Outbox, outbox
from tracker.domain import clock
from tracker.domain.actor import Role
from tracker.domain.answers.links import ANSWER_DAYS
from tracker.domain.answers.tables import AnswerLink, InboundOutcome
from tracker.domain.comments.tables import Comment
from tracker.domain.database import fetch
from tracker.domain.deliveries.tables import Delivery, Lane
from tracker.domain.installation import choosing, chosen
from tracker.domain.leaving.actions import end_membership
from tracker.domain.milestones.tables import Milestone
from tracker.domain.people.actions import grant
from tracker.domain.people.tables import Person
from tracker.domain.projects.tables import Decision
from tracker.domain.reminders import mailing
from tracker.domain.reminders.rules import GRACE_DAYS, STEP_DAYS
from tracker.domain.resending import actions as resending
from tracker.inbound import receive
from tracker.workers.deliveries import deliver_batch
from tracker.workers.sending import Sender

__all__ = ["outbox"]

LINK = re.compile(r"https://tracker\.example\.org(/answers/[\w-]{43})")
COORDINATOR = "nairobi_coordinator"


async def test_milestone_is_handed_in_from_the_mail_once(
    browser: Browser, cast: Cast, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    day, [number] = await _due(cast)
    with clock.at(noon(day)):
        [path] = await _mailed(outbox)
        for _ in range(3):  # gateways look at what links lead to
            assert (await browser.client.head(path)).status_code in (200, 405)
            assert (await browser.open(path)).status_code == 200
        assert browser.page.headers["cache-control"].startswith("no-store")
        assert await _state(number) == "planned"
        evidence = {"evidence.title": ["Photo"], "evidence.url": ["https://example.org/photo"]}
        await browser.submit("/answers", completed_on=str(day), **evidence)
        assert "Your answer is recorded" in browser.text
        assert await _state(number) == "submitted"
        assert (await browser.open(path)).status_code == 410
        assert (await browser.open("/preferences")).status_code == 303, "nobody is signed in"
    [mail] = await Delivery.objects().where(Delivery.kind == "milestone")
    assert (mail.state, mail.sealed) == ("sent", True)
    assert not mail.message, "no link lies about"
    said = [each.getMessage() for each in caplog.records if each.name != "httpx"]  # the browser's
    assert any("answered from a mail" in each for each in said)
    assert not any(path.rpartition("/")[2] in each for each in said)


async def test_each_link_opens_its_own_milestone_until_it_expires(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    day, numbers = await _due(cast, "Train the desk", "Open the desk")
    with clock.at(noon(day)):
        first, second = await _mailed(outbox)
        await browser.open(f"{first}?do=start")
        await browser.submit("/answers", milestone=str(numbers[1]))
        assert sorted([await _state(each) for each in numbers]) == ["in_progress", "planned"]
        assert (await browser.open(first)).status_code == 410
        assert (await browser.open(second)).status_code == 200
    with clock.at(noon(day) + timedelta(days=ANSWER_DAYS, minutes=1)):
        assert (await browser.open(second)).status_code == 410


async def test_link_in_a_mailbox_that_its_person_has_left_opens_nothing(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    day, [number] = await _due(cast)
    with clock.at(noon(day)):
        [path] = await _mailed(outbox)
        await browser.open(f"{path}?do=start")
        person = cast[COORDINATOR].person_id
        await fetch("UPDATE person SET email = 'new@example.org' WHERE id = $1", person)
        await browser.submit("/answers")
        assert browser.page.status_code == 410
        assert (await browser.open(path)).status_code == 410
        assert await _state(number) == "planned"


async def test_link_is_for_who_may_report_and_needs_no_second_factor(
    cast: Cast, outbox: Outbox
) -> None:
    day, [number] = await _due(cast)
    await fetch(
        "INSERT INTO second_factor (person, sealed, last_step, recovery_hashes, created_at,"
        " confirmed_at) VALUES ($1, '', 0, '{}', now(), now())",
        cast[COORDINATOR].person_id,
    )
    late = day + timedelta(days=3 * GRACE_DAYS + 7)
    for instant in (noon(late), noon(late + timedelta(days=3 * STEP_DAYS + 7))):
        with clock.at(instant):
            await mailing.sweep()
            await outbox.drain()
    told = {"nairobi_mayor": 0, "nairobi_cio": 1, COORDINATOR: 0}
    for who, many in told.items():
        mails = [each for each in outbox.mails() if email(who) in str(each["To"])]
        about = [each for each in mails if f"/milestones/{number}" in _text_of(each)]
        assert [len(_links_of(each)) for each in about] == [many], who


async def test_link_waits_unreadable_and_is_made_anew_when_the_mail_is_sent_once_more(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    day, [number] = await _due(cast)
    with clock.at(noon(day)):
        mail = await _frozen(outbox, cast[COORDINATOR].person_id or 0)
        assert (mail.state, mail.sealed) == ("ready", True)
        assert b"answers" not in (mail.message or b"answers")
        await outbox.drain()
        [first] = _links(outbox)
        again = await resending.resend(cast.administrator, mail.id, "It was lost.")
        assert again.sealed
        await outbox.drain()
        [second] = {*_links(outbox)} - {first}
        await browser.open(f"{second}?do=start")
        await browser.submit("/answers")
        assert await _state(number) == "in_progress"


async def test_mail_that_was_frozen_with_a_lost_key_is_written_anew(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    day, [number] = await _due(cast)
    with clock.at(noon(day)), choosing(replace(chosen(), secret_key=b"n" * 32)):
        with choosing(replace(chosen(), secret_key=b"o" * 32)):
            mail = await _frozen(outbox, cast[COORDINATOR].person_id or 0)
        await outbox.drain()
        [path] = _links(outbox)
        await browser.open(f"{path}?do=start")
        await browser.submit("/answers")
        assert await _state(number) == "in_progress"
        assert await AnswerLink.count() == 1, "those of the lost mail are let go"
    await mail.refresh()
    assert mail.state == "sent"


async def test_mail_that_waits_tells_and_opens_nothing_of_a_city_that_its_reader_left(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    person = cast[COORDINATOR].person_id or 0
    held = await grant(cast.system, person, cast.seoul, Role.COORDINATOR)
    day, [theirs, own] = await _due(cast, "Buy servers", "Train the desk")
    await fetch("UPDATE milestone SET city = $2 WHERE id = $1", theirs, cast.seoul)
    with clock.at(noon(day)):
        mail = await _frozen(outbox, person)
        assert await AnswerLink.count() == 2
        await end_membership(cast.administrator, held.id, left_to_city=True)
        frozen = clock.now() + timedelta(minutes=1)  # read before, and frozen hardly after it
        await fetch("UPDATE delivery SET composed_at = $2 WHERE id = $1", mail.id, frozen)
        await outbox.drain()
        [sent] = [each for each in outbox.mails() if email(COORDINATOR) in str(each["To"])
                  and _links_of(each)]  # fmt: skip
        for part in sent.iter_parts():
            assert "Train the desk" in part.get_content()
            assert "Buy servers" not in part.get_content()
        [path] = _links_of(sent)
        links = await AnswerLink.objects().where(AnswerLink.person == person)
        assert [each.milestone for each in links] == [own], "of those that waited, none is left"
        await browser.open(f"{path}?do=start")
        await browser.submit("/answers")
        assert await _state(own) == "in_progress"
    await mail.refresh()
    assert mail.state == "sent"
    assert not mail.message


async def test_mail_that_waits_is_called_off_where_all_of_it_is_of_a_city_that_its_reader_left(
    cast: Cast, outbox: Outbox
) -> None:
    person = cast[COORDINATOR].person_id or 0
    day, _ = await _due(cast)
    with clock.at(noon(day)):
        mail = await _frozen(outbox, person)
        await fetch("UPDATE membership SET ended_at = now() WHERE person = $1", person)
        await outbox.drain()
    await mail.refresh()
    assert mail.state == "cancelled"
    assert not mail.message


async def test_link_of_a_mail_that_is_sent_once_more_opens_at_its_person_s_new_address(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    day, [number] = await _due(cast)
    with clock.at(noon(day)):
        [former] = await _mailed(outbox)
        [mail] = await Delivery.objects().where(Delivery.kind == "milestone")
        person = cast[COORDINATOR].person_id
        await fetch("UPDATE person SET email = 'new@example.org' WHERE id = $1", person)
        await resending.resend(cast.administrator, mail.id, "It went to the old address.")
        await outbox.drain()
        [path] = {*_links(outbox)} - {former}
        assert (await browser.open(former)).status_code == 410
        await browser.open(f"{path}?do=start")
        await browser.submit("/answers")
        assert await _state(number) == "in_progress"


async def test_mail_that_is_not_kept_is_replied_to_and_done_without_like_others(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    box = "Tracker <reply@tracker.example.org>"
    answering = replace(outbox, settings=replace(outbox.settings, reply_address=box))
    day, [number] = await _due(cast)
    with clock.at(noon(day)):
        await mailing.sweep()
        await answering.drain()
        [mail] = [each for each in answering.mails() if _links_of(each)]
        reply = EmailMessage()
        reply["From"], reply["To"] = email(COORDINATOR), str(mail["Reply-To"])
        reply.set_content(f"Soon, see https://tracker.example.org{_links_of(mail)[0]}\n")
        assert await receive(answering.settings, reply.as_bytes()) == InboundOutcome.RECORDED
    [comment] = await Comment.objects()
    assert (comment.subject_type, comment.subject_id) == ("milestone", number)
    assert comment.text == "Soon, see https://tracker.example.org/answers/…"
    leave = str(mail["List-Unsubscribe"]).strip("<>").removeprefix("https://tracker.example.org")
    await browser.client.post(leave, data={"List-Unsubscribe": "One-Click"})
    [person] = await Person.objects().where(Person.id == cast[COORDINATOR].person_id)
    assert person.unwanted_mails == ["milestone"]


async def test_decision_is_given_from_the_mail_by_one_click(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    await joint_project(cast, "under_review")
    [decision] = await Decision.objects().where(Decision.city == cast.nairobi)
    await outbox.drain()
    text, _ = outbox.bodies("nairobi_mayor")
    [path] = re.findall(r"https://tracker\.example\.org(/decisions/\d+)", text)
    await browser.open(path)
    assert browser.page.headers["location"] == f"/sign-in?next={path}"
    await browser.sign_in(cast, "nairobi_mayor")
    await browser.open(path)
    await decision.refresh()
    assert decision.state == "pending"
    await browser.submit(f"{path}/give")
    await decision.refresh()
    assert (decision.state, decision.decided_by) == ("given", cast.nairobi_mayor.person_id)


async def _due(cast: Cast, *titles: str) -> tuple[date, list[int]]:
    """The day on which milestones of Nairobi's fall due, and nothing else does; their numbers."""
    project = await joint_project(cast, "active")
    await nothing_else_due(project.id)
    day = today(40)
    made = [await add_milestone(cast, project.id, title=each) for each in titles or ("Go live",)]
    numbers = [each.id for each in made]
    await fetch("UPDATE milestone SET due_on = $2 WHERE id = ANY($1::int[])", numbers, day)
    return day, numbers


async def _frozen(outbox: Outbox, person: int) -> Delivery:
    """The day's mail to that person, which was written and not handed to the relay."""
    await mailing.sweep()
    [mail] = await Delivery.objects().where(Delivery.kind == "milestone", Delivery.person == person)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sender, "put", AsyncMock())  # the worker dies here
        await deliver_batch(outbox.settings, Lane.USUAL, only=[mail.id])
    await mail.refresh()
    return mail


async def _mailed(outbox: Outbox) -> list[str]:
    """What the links of the day's mails open."""
    await mailing.sweep()
    await outbox.drain()
    return _links(outbox)


def _links(outbox: Outbox) -> list[str]:
    """Each once, in the order of the mails."""
    return list(dict.fromkeys(link for each in outbox.mails() for link in _links_of(each)))


def _text_of(mail: EmailMessage) -> str:
    text, _ = mail.iter_parts()
    return str(text.get_content())


def _links_of(mail: EmailMessage) -> list[str]:
    """The same in its text and in its HTML."""
    text, html = (LINK.findall(part.get_content()) for part in mail.iter_parts())
    assert text == html
    return list(text)


async def _state(number: int) -> str:
    [row] = await Milestone.select(Milestone.state).where(Milestone.id == number)
    return str(row["state"])
