"""What an administrator does about mails on their way, and what becomes of it."""

import asyncio

import pytest

from tests import factories
from tests.cast import Cast, email
from tests.domain.test_comments import draft as comment_on
from tests.workers.conftest import Outbox, owe
from tracker.domain.audit import AuditEvent
from tracker.domain.comments import actions as comments
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.database import fetch
from tracker.domain.deliveries import operating, suppressing
from tracker.domain.deliveries.posting import post
from tracker.domain.deliveries.tables import Delivery, DeliveryKind, Lane, Suppression
from tracker.domain.digests.tables import DigestIssue
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.people.tables import Person
from tracker.domain.preferences.actions import choose_mails
from tracker.domain.projects import decisions
from tracker.domain.projects.raising import Escalation, escalate
from tracker.domain.resending import actions as resending
from tracker.workers.deliveries import deliver_batch

pytestmark = pytest.mark.usefixtures("reads")

WHY = "The reader's filter ate it."

MENTION = "SELECT delivery FROM notice WHERE subject_type = 'comment' AND subject_id = $1"

DIGEST, DECISION = DeliveryKind.DIGEST, DeliveryKind.DECISION


async def row(number: int) -> Delivery:
    found = await Delivery.objects().get(Delivery.id == number)
    assert found
    return found


async def test_mail_that_is_sent_once_more_says_the_same_in_a_new_mail(
    cast: Cast, outbox: Outbox
) -> None:
    [number] = await owe(cast, "seoul_mayor")
    with pytest.raises(Invalid) as waits:
        await resending.resend(cast.administrator, number, WHY)
    [why] = waits.value.fields.values()
    assert why == ["This mail is still on its way; wait for its end."]
    await outbox.drain()
    [first] = outbox.mails()
    issue = await DigestIssue.objects().get(DigestIssue.delivery == number)
    assert issue
    made = await resending.resend(cast.administrator, number, WHY)
    assert (made.resends, made.state) == (number, "due")
    await outbox.drain()
    new = next(each for each in outbox.mails() if each["Message-ID"] != first["Message-ID"])
    assert len(outbox.mails()) == 2
    for name in ("Subject", "To", "Content-Language"):
        assert str(new[name]) == str(first[name])
    for one, other in zip(new.iter_parts(), first.iter_parts(), strict=True):
        assert one.get_content() == other.get_content()
    await issue.refresh()
    assert issue.delivery == number, "what was received stays told by the first"
    [event] = await AuditEvent.select().where(AuditEvent.verb == "resend")
    assert WHY in event["after"]
    assert "@" not in event["after"], "no address in the trail"


async def test_mail_is_sent_once_more_once_at_a_time(cast: Cast, outbox: Outbox) -> None:
    [number] = await owe(cast, "seoul_mayor")
    await outbox.drain()
    asked = (resending.resend(cast.administrator, number, WHY) for _ in range(3))
    told = await asyncio.gather(*asked, return_exceptions=True)
    [made] = [each for each in told if isinstance(each, Delivery)]
    refused = [each for each in told if isinstance(each, Invalid)]
    assert ["being sent once more already" in str(each) for each in refused] == [True, True]
    assert await Delivery.count() == 2
    await outbox.drain()
    assert (await resending.resend(cast.administrator, made.id, WHY)).resends == number


WAITING = "next_try_at = now() + interval '1 hour', waits_for = 'quiet_hours'"


async def owe_another(cast: Cast) -> int:
    """A digest to the same reader, within the second in which the one before was owed."""
    await fetch("UPDATE digest_issue SET period_key = id")
    await fetch("UPDATE delivery SET key = id")
    [number] = await owe(cast, "seoul_mayor")
    return number


async def test_mail_that_is_sent_once_more_waits_for_no_other_and_holds_none_up(
    cast: Cast, outbox: Outbox
) -> None:
    [number] = await owe(cast, "seoul_mayor")
    await outbox.drain()
    older = await owe_another(cast)
    await fetch(f"UPDATE delivery SET {WAITING} WHERE id = $1", older)
    made = await resending.resend(cast.administrator, number, WHY)
    await deliver_batch(outbox.settings, Lane.BULK)
    states = [(await row(each)).state for each in (older, made.id)]
    assert states == ["due", "sent"]
    again = await resending.resend(cast.administrator, number, WHY)
    await fetch(f"UPDATE delivery SET {WAITING} WHERE id = $1", again.id)
    await fetch("UPDATE delivery SET next_try_at = now() WHERE id = $1", older)
    newer = await owe_another(cast)
    await deliver_batch(outbox.settings, Lane.BULK)
    await deliver_batch(outbox.settings, Lane.BULK)
    states = [(await row(each)).state for each in (again.id, newer)]
    assert states == ["due", "sent"]


async def test_mail_that_was_never_written_is_written_when_it_is_sent_once_more(
    cast: Cast, outbox: Outbox
) -> None:
    [number] = await owe(cast, "seoul_mayor")
    await fetch("UPDATE delivery SET state = 'failed', last_error = 'E' WHERE id = $1", number)
    await resending.resend(cast.administrator, number, WHY)
    await outbox.drain()
    assert len(outbox.mails()) == 1
    issue = await DigestIssue.objects().get(DigestIssue.delivery == number)
    assert issue
    assert issue.subject == outbox.mails()[0]["Subject"]


async def test_what_cannot_be_sent_once_more_is_told(cast: Cast, outbox: Outbox) -> None:
    [number] = await owe(cast, "seoul_mayor")
    await outbox.drain()
    with pytest.raises(Forbidden):
        await resending.resend(cast.officer, number, WHY)
    with pytest.raises(Invalid, match="Write something"):
        await resending.resend(cast.administrator, number, " ")
    await suppressing.add(cast.administrator, f" {email('seoul_mayor').upper()} ", WHY)
    with pytest.raises(Invalid, match="Nothing goes to its address"):
        await resending.resend(cast.administrator, number, WHY)
    [held] = await Suppression.objects()
    assert (held.address, held.reason) == (email("seoul_mayor"), "asked")
    with pytest.raises(Forbidden):
        await suppressing.lift(cast.officer, held.id, WHY)
    await suppressing.lift(cast.administrator, held.id, WHY)
    with pytest.raises(Invalid, match="to this address again"):
        await suppressing.lift(cast.administrator, held.id, WHY)
    await resending.resend(cast.administrator, number, WHY)
    person = await Person.objects().get(Person.id == cast.seoul_mayor.person_id)
    assert person
    link = await post(person, "sign_in", context={"link": "https://x", "minutes": 9})
    await fetch("UPDATE delivery SET state = 'cancelled', content = NULL WHERE id = $1", link)
    with pytest.raises(Invalid, match="Links are sent once"):
        await resending.resend(cast.administrator, link, WHY)
    assert (await row(link)).kind == DeliveryKind.SIGN_IN


async def test_mail_that_nobody_needs_any_more_is_not_sent_once_more_and_the_reason_is_told(
    cast: Cast, outbox: Outbox
) -> None:
    project = await factories.joint_project(cast, "active")
    ask = Escalation(question="Who pays?", city_id=cast.nairobi)
    asking = (escalate(cast.nairobi_coordinator, project.id, ask) for _ in range(2))
    settled, open_ = [await each for each in asking]
    about = comment_on(CommentSubject.DECISION, open_.id, "Please.", cast.nairobi_mayor)
    said = await comments.add(cast.nairobi_coordinator, about)
    [digest] = await owe(cast, "seoul_mayor")
    await outbox.drain()
    told = {
        row["subject_id"]: row["delivery"]
        for row in await fetch("SELECT * FROM notice ORDER BY subject_type DESC, id")
        if row["person"] == cast.nairobi_mayor.person_id
    }
    asked = (told[settled.id], told[open_.id])
    [mention] = [row["delivery"] for row in await fetch(MENTION, said.id)]
    await decisions.answer(cast.nairobi_mayor, settled.id, "Both.")
    await comments.withdraw(cast.nairobi_coordinator, said.id)
    await choose_mails(cast.seoul_mayor, cast.seoul_mayor.person_id or 0, DIGEST, True)
    await choose_mails(cast.seoul_mayor, cast.seoul_mayor.person_id or 0, DIGEST, False)
    nothing = "It would not be sent. There is nothing to tell any more"
    for number, why in {
        asked[0]: "It would not be sent. It is decided already.",
        mention: nothing,
        digest: "It would not be sent. Its reader does without mails of this kind.",
    }.items():
        with pytest.raises(Invalid, match=why):
            await resending.resend(cast.administrator, number, WHY)
        [refused] = (await resending.prospect(cast.administrator, number)).refused
        assert refused.startswith(why), "nor is it offered"
    await resending.resend(cast.administrator, asked[1], WHY)
    known = len(outbox.mails())
    await outbox.drain()
    assert len(outbox.mails()) == known + 1, "what is still open goes again"
    await choose_mails(cast.nairobi_mayor, cast.nairobi_mayor.person_id or 0, DECISION, False)
    with pytest.raises(Invalid, match="does without mails of this kind"):
        await resending.resend(cast.administrator, asked[1], WHY)


async def test_address_gets_no_more_mail_once_its_reader_asked(cast: Cast, outbox: Outbox) -> None:
    [number] = await owe(cast, "seoul_mayor")
    address = email("seoul_mayor")
    with pytest.raises(Forbidden):
        await suppressing.add(cast.officer, address, WHY)
    with pytest.raises(Invalid, match=r"no e-mail address.*Write something"):
        await suppressing.add(cast.administrator, "seoul", " ")
    asked = (suppressing.add(cast.administrator, address, WHY) for _ in range(3))
    told = await asyncio.gather(*asked, return_exceptions=True)
    refused = [str(each) for each in told if isinstance(each, Invalid)]
    assert ["goes to this address already" in each for each in refused] == [True, True]
    [held] = await Suppression.objects()
    assert (held.address, held.reason, held.detail) == (address, "asked", WHY)
    await outbox.drain()
    assert (await row(number)).state == "suppressed"
    [event] = await AuditEvent.select().where(AuditEvent.verb == "add")
    assert WHY in event["after"]
    assert "@" not in event["after"], "no address in the trail"
    await suppressing.lift(cast.administrator, held.id, WHY)
    await suppressing.add(cast.administrator, address, WHY)
    assert await Suppression.count() == 2


@pytest.mark.parametrize("arrived", [True, False])
async def test_doubt_ends_by_what_somebody_found_out(
    cast: Cast, outbox: Outbox, arrived: bool
) -> None:
    [number] = await owe(cast, "seoul_mayor")
    with pytest.raises(Invalid, match="not in doubt"):
        await operating.release(cast.administrator, number, arrived, WHY)
    await fetch(
        "UPDATE delivery SET state = 'in_doubt', message_id = '<1@example.org>', address = $2,"
        " message = convert_to(E'Message-ID: <1@example.org>\\r\\n\\r\\nM\\r\\n', 'UTF8'),"
        " lease_until = now() + interval '1 minute',"
        " lease_token = gen_random_uuid() WHERE id = $1",
        number,
        email("seoul_mayor"),
    )
    with pytest.raises(Invalid, match="may still come"):
        await operating.release(cast.administrator, number, arrived, WHY)
    await fetch("UPDATE delivery SET lease_until = now() WHERE id = $1", number)
    with pytest.raises(Forbidden):
        await operating.release(cast.seoul_mayor, number, arrived, WHY)
    found = await operating.release(cast.administrator, number, arrived, WHY)
    assert found.state == ("sent" if arrived else "ready")
    await outbox.drain()
    found = await row(number)
    assert (found.state, found.doubts) == ("sent", 0)
    assert len(outbox.mails()) == (0 if arrived else 1)
    [event] = await AuditEvent.select().where(AuditEvent.verb == "release")
    assert WHY in event["after"]
