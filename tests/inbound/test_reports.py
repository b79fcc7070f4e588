"""What comes back: mails that could not be delivered, complaints, and what nobody may make up."""

import logging
import os
import re
from dataclasses import replace

import pytest

from tests.boxes import Box, imap, maildir
from tests.cast import Cast, email
from tests.inbound.reports import NOTIFICATIONS, complaint, notification
from tests.workers.conftest import Outbox, owe
from tracker.domain.answers.tables import InboundMail, InboundOutcome, StuckMail
from tracker.domain.database import fetch
from tracker.domain.deliveries import suppressing
from tracker.domain.deliveries.tables import Delivery, Suppression
from tracker.domain.deliveries.tokens import Purpose, token_of
from tracker.inbound import collecting, receive
from tracker.inbound.collecting import collect
from tracker.mail.boxes import BoxAway, opened, shown
from tracker.settings import Settings

pytestmark = pytest.mark.usefixtures("reads")

DOMAIN = "tracker.example.org"
BOX, JOURNAL = f"bounces@{DOMAIN}", f"journal@{DOMAIN}"
READER = email("seoul_mayor")


@pytest.fixture
def settings_there(outbox: Outbox) -> Settings:
    """An installation that reads what comes back."""
    return replace(outbox.settings, bounce_address=f"Bounces <{BOX}>", journal_address=JOURNAL)


async def sent(cast: Cast, outbox: Outbox) -> int:
    """A digest that the relay took."""
    [number] = await owe(cast, "seoul_mayor")
    await outbox.drain()
    return number


def sender(number: int) -> str:
    return f"bounces+{token_of(Purpose.BOUNCE, number)}@{DOMAIN}"


async def state(number: int) -> str:
    found = await Delivery.objects().get(Delivery.id == number)
    assert found
    return str(found.state)


async def stopped() -> list[tuple[str, str]]:
    """Addresses that get no mail now, and why."""
    rows = await Suppression.select().where(Suppression.lifted_at.is_null())
    return [(row["address"], row["reason"]) for row in rows]


@pytest.mark.parametrize("shape", NOTIFICATIONS)
async def test_address_without_a_mailbox_gets_no_more_mail(
    cast: Cast,
    outbox: Outbox,
    settings_there: Settings,
    shape: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    number = await sent(cast, outbox)
    raw = notification(shape, sender(number), READER)
    assert await receive(settings_there, raw) == InboundOutcome.BOUNCED
    assert READER not in caplog.text, "no address in the log"
    assert await state(number) == "bounced"
    [held] = await Suppression.objects()
    assert (held.address, held.reason, held.delivery) == (READER, "bounced", number)
    assert re.match(r"550[ -]5\.1\.1 ", held.detail), "what the status is, it says itself"
    [row] = await Delivery.select(Delivery.answers, Delivery.sent_at, Delivery.last_error)
    assert row["last_error"] == held.detail
    assert held.detail in row["answers"][-1]
    assert row["sent_at"], "that the relay took it stays told"
    [known] = await InboundMail.objects()
    assert (known.outcome, known.delivery) == ("bounced", number)


@pytest.mark.parametrize(
    "said", ["550 No such user", "550 No such user at 10.5.1.1", "550 5.1.10 no"]
)
async def test_status_that_the_server_leaves_out_is_told_beside_what_it_says(
    cast: Cast, outbox: Outbox, settings_there: Settings, said: str
) -> None:
    raw = notification("gmail", sender(await sent(cast, outbox)), READER)
    raw = re.sub(rb"smtp; 550.*", f"smtp; {said}\r".encode(), raw)
    assert await receive(settings_there, raw) == InboundOutcome.BOUNCED
    [held] = await Suppression.objects()
    assert held.detail == f"5.1.1 {said}"


async def test_report_that_comes_twice_or_late_changes_nothing(
    cast: Cast, outbox: Outbox, settings_there: Settings
) -> None:
    number = await sent(cast, outbox)
    first = notification("postfix", sender(number), READER)
    assert await receive(settings_there, first) == InboundOutcome.BOUNCED
    before = await Delivery.select()
    assert await receive(settings_there, first) == InboundOutcome.IGNORED
    [held] = await Suppression.objects()
    await suppressing.lift(cast.administrator, held.id, "The mailbox is there again.")
    again = notification("gmail", sender(number), READER, number=2)
    assert await receive(settings_there, again) == InboundOutcome.BOUNCED
    assert await stopped() == []
    assert await Delivery.select() == before


@pytest.mark.parametrize(
    ("status", "action", "outcome", "becomes"),
    [
        ("4.4.1", "delayed", InboundOutcome.IGNORED, "sent"),
        ("2.0.0", "delivered", InboundOutcome.IGNORED, "sent"),
        ("4.4.7", "failed", InboundOutcome.BOUNCED, "failed"),
        ("5.2.2", "failed", InboundOutcome.BOUNCED, "failed"),
        ("5.7.1", "failed", InboundOutcome.BOUNCED, "failed"),
        ("5.1.8", "failed", InboundOutcome.BOUNCED, "failed"),
        ("5.1.10", "failed", InboundOutcome.BOUNCED, "bounced"),
        ("5.2.1", "failed", InboundOutcome.BOUNCED, "bounced"),
    ],
)
async def test_only_a_mailbox_that_is_not_there_stops_mails(
    cast: Cast, outbox: Outbox, settings_there: Settings, status: str, action: str,
    outcome: InboundOutcome, becomes: str,
) -> None:  # fmt: skip
    number = await sent(cast, outbox)
    raw = notification("exchange", sender(number), READER, status=status, action=action)
    assert await receive(settings_there, raw) == outcome
    assert await state(number) == becomes
    assert len(await stopped()) == (becomes == "bounced")


async def test_what_is_made_up_or_keeps_to_no_standard_is_refused_and_logged(
    cast: Cast, outbox: Outbox, settings_there: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    number = await sent(cast, outbox)
    good = notification("postfix", sender(number), READER).decode()
    token = token_of(Purpose.BOUNCE, number)
    other = f"{token[:-2]}{'aa' if token[-2:] != 'aa' else 'bb'}"
    reply = token_of(Purpose.REPLY, number)
    made_up = [
        good.replace(token, made)
        for made in (other, reply, f"{number + 1}{token.removeprefix(str(number))}", "x")
    ] + [good.replace(sender(number), BOX)]
    with caplog.at_level(logging.INFO):
        for index, text in enumerate(made_up):
            raw = text.replace("<1@mx", f"<forged{index}@mx").encode()
            assert await receive(settings_there, raw) == InboundOutcome.FORGED
    assert caplog.text.count("is forged: It bears no token of ours.") == len(made_up)
    odd = [
        good.replace("message/delivery-status", "text/plain"),
        good.replace("report-type=delivery-status", "report-type=other"),
        good.replace("Status: 5.1.1", "Status: unknown"),
        good.replace("Action: failed", "Action: refused"),
        good.replace("Final-Recipient", "X-Recipient"),
        good.replace(f"rfc822; {READER}", f"rfc822; {JOURNAL}"),
        f"To: {sender(number)}\r\nMessage-ID: <1@mx>\r\n\r\nNo such user, said qmail.\r\n",
    ]
    for index, text in enumerate(odd):
        raw = text.replace("<1@mx", f"<odd{index}@mx").encode()
        assert await receive(settings_there, raw) == InboundOutcome.IGNORED, index
    assert await state(number) == "sent"
    assert await stopped() == []
    assert READER not in caplog.text


async def test_complaint_stops_mails_to_whoever_complained(
    cast: Cast, outbox: Outbox, settings_there: Settings
) -> None:
    number = await sent(cast, outbox)
    spared = complaint(BOX, kind="not-spam", sender=sender(number))
    assert await receive(settings_there, spared) == InboundOutcome.IGNORED
    assert await receive(settings_there, complaint(BOX, number=2)) == InboundOutcome.FORGED
    assert await stopped() == []
    raw = complaint(BOX, sender=sender(number).upper(), number=3)
    assert await receive(settings_there, raw) == InboundOutcome.COMPLAINED
    assert await stopped() == [(READER, "complained")]
    assert await state(number) == "sent"
    [held] = await Suppression.objects()
    await suppressing.lift(cast.administrator, held.id, "It was a slip.")
    more = f"Original-Mail-From: <{sender(number)}>\n"
    raw = complaint(BOX, more=more, number=4)
    assert await receive(settings_there, raw) == InboundOutcome.COMPLAINED
    assert await stopped() == [], "said of the same mail once more"


async def test_mail_in_doubt_that_comes_back_is_in_doubt_no_more(
    cast: Cast, outbox: Outbox, settings_there: Settings
) -> None:
    number = await sent(cast, outbox)
    await fetch("UPDATE delivery SET state = 'in_doubt', sent_at = NULL")
    raw = notification("gmail", sender(number), READER)
    assert await receive(settings_there, raw) == InboundOutcome.BOUNCED
    assert await state(number) == "bounced"
    await outbox.drain()
    assert len(outbox.mails()) == 1


@pytest.mark.parametrize(
    ("action", "state_before", "doubts", "after"),
    [
        ("delayed", "in_doubt", 0, "sent"),
        ("delivered", "in_doubt", 1, "sent"),
        ("relayed", "ready", 1, "sent"),
        ("delayed", "ready", 0, "ready"),
        ("delayed", "sending", 1, "sending"),
        ("delivered", "bounced", 0, "bounced"),
    ],
)
async def test_report_of_a_mail_in_doubt_says_that_it_was_taken(
    cast: Cast, outbox: Outbox, settings_there: Settings, action: str, state_before: str,
    doubts: int, after: str,
) -> None:  # fmt: skip
    number = await sent(cast, outbox)
    await fetch("UPDATE delivery SET state = $1, doubts = $2, sent_at = NULL", state_before, doubts)
    raw = notification("postfix", sender(number), READER, status="4.4.1", action=action)
    assert await receive(settings_there, raw) == InboundOutcome.IGNORED
    assert await state(number) == after


async def test_nothing_is_kept_of_somebody_who_was_forgotten(
    cast: Cast, outbox: Outbox, settings_there: Settings
) -> None:
    number = await sent(cast, outbox)
    await fetch("UPDATE delivery SET address = 'former-' || id || '@erased.invalid'")
    raw = notification("gmail", sender(number), READER)
    assert await receive(settings_there, raw) == InboundOutcome.BOUNCED
    [found] = await Delivery.select()
    assert (found["state"], found["answers"], found["last_error"]) == ("sent", [], None)
    assert await Suppression.count() == 0


@pytest.mark.parametrize("kind", ["maildir", "imap"])
async def test_reports_are_fetched_from_a_mailbox_once(
    cast: Cast, outbox: Outbox, settings_there: Settings, kind: str
) -> None:
    number = await sent(cast, outbox)

    async def fetched(box: Box) -> None:
        box.add(complaint(BOX, kind="virus", sender=sender(number)))
        box.add(notification("postfix", sender(number), READER, number=2))
        assert await collect(settings_there, box.where) == 2
        assert await collect(settings_there, box.where) == 0

    if kind == "maildir":
        await fetched(maildir(outbox.folder.with_name("box")))
    else:
        with imap() as box:
            await fetched(box)
    assert await state(number) == "bounced"
    with pytest.raises(BoxAway):
        await collect(settings_there, "maildir:///nowhere/at/all")


@pytest.mark.parametrize("kind", ["maildir", "imap"])
async def test_mail_that_goes_wrong_keeps_no_other_waiting_and_is_left_to_people(
    cast: Cast, outbox: Outbox, settings_there: Settings, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "MOST", 2)
    number = await sent(cast, outbox)

    async def faulty(settings: Settings, raw: bytes) -> InboundOutcome:
        if b"5.9.9" in raw:
            raise ZeroDivisionError
        return await receive(settings, raw)

    monkeypatch.setattr(collecting, "receive", faulty)

    async def fetched(box: Box) -> None:
        for each in range(3):
            box.add(notification("postfix", sender(number), READER, number=each, status="5.9.9"))
        box.add(notification("postfix", sender(number), READER, number=9))
        taken = [await collect(settings_there, box.where) for _ in range(3)]
        assert taken == [0, 1, 0], "behind three that go wrong"
        stuck = await StuckMail.select()
        assert [(each["tries"], each["error"]) for each in stuck] == [(1, "ZeroDivisionError")] * 3
        assert {each["box"] for each in stuck} == {shown(box.where)}
        await fetch("UPDATE stuck_mail SET next_try_at = now()")
        assert await collect(settings_there, box.where) == 0
        assert sorted([row["tries"] for row in await StuckMail.select()]) == [1, 2, 2]
        await fetch("UPDATE stuck_mail SET next_try_at = now(), since = now() - interval '6 days'")
        for _ in range(2):
            await collect(settings_there, box.where)
        assert await StuckMail.count().where(StuckMail.set_aside_at.is_not_null()) == 3
        with opened(box.where) as looked:
            assert looked.unread() == []

    if kind == "maildir":
        await fetched(folder := maildir(outbox.folder.with_name("box")))
        assert len(list(folder.folder.glob("cur/*:2,F"))) == 3
    else:
        with imap() as box:
            await fetched(box)


async def test_mail_in_a_mailbox_that_counts_anew_is_taken_for_no_other(
    cast: Cast, outbox: Outbox, settings_there: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = notification("postfix", sender(await sent(cast, outbox)), READER)
    with imap() as box, monkeypatch.context() as faulty:
        faulty.setattr(collecting, "receive", None)
        box.add(good)
        assert await collect(settings_there, box.where) == 0
        with opened(box.where) as looked:
            [first] = looked.unread()
    with imap() as box:
        box.add(good)
        with opened(box.where) as looked:
            [second] = looked.unread()
        assert first.rpartition("/")[2] == second.rpartition("/")[2], "the same UID"
        assert await collect(settings_there, box.where) == 1


async def test_mail_that_goes_wrong_in_a_mailbox_of_a_long_name_waits_for_its_turn(
    cast: Cast, outbox: Outbox, settings_there: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = notification("postfix", sender(await sent(cast, outbox)), READER)
    folder = outbox.folder.joinpath("box", *["n" * 200] * 2)
    folder.mkdir(parents=True)
    boxes = [maildir(folder / name) for name in ("one", "other")]
    with monkeypatch.context() as faulty:
        faulty.setattr(collecting, "receive", None)
        for box in boxes:
            box.add(good)
            assert await collect(settings_there, box.where) == 0
    assert await StuckMail.count() == 2, "one in each"
    assert [await collect(settings_there, box.where) for box in boxes] == [0, 0], "not yet"
    await fetch("UPDATE stuck_mail SET next_try_at = now()")
    assert [await collect(settings_there, box.where) for box in boxes] == [1, 1]
    assert await StuckMail.count() == 0


async def test_mail_whose_file_is_named_in_no_utf8_is_taken_as_others_are(
    cast: Cast, outbox: Outbox, settings_there: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = notification("postfix", sender(await sent(cast, outbox)), READER)
    box = maildir(outbox.folder.with_name("box"))
    for name in (b"1\xff.host", b"2\xfe.host"):
        (box.folder / "new" / os.fsdecode(name)).write_bytes(good)
    with monkeypatch.context() as faulty:
        faulty.setattr(collecting, "receive", None)
        assert await collect(settings_there, box.where) == 0
    assert await StuckMail.count() == 2
    await fetch("UPDATE stuck_mail SET next_try_at = now()")
    assert await collect(settings_there, box.where) == 2
    assert await StuckMail.count() == 0
