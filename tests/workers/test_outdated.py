"""Mails that were written when their readers saw more: none tells what its reader may not see any
more, none is lost, and none comes twice."""

from dataclasses import replace
from email.message import EmailMessage
from typing import cast as cast_to

import pytest

from tests import factories
from tests.cast import Cast, email
from tests.domain.test_delegations import delegate
from tests.relay import Relay
from tests.workers.conftest import Outbox, owe
from tests.workers.test_crashes import crash, deliveries
from tracker.domain.actor import Actor, Role
from tracker.domain.database import fetch
from tracker.domain.deliveries import suppressing
from tracker.domain.deliveries.tables import DeliveryKind, Lane
from tracker.domain.digests.actions import subscribe
from tracker.domain.digests.rules import Schedule
from tracker.domain.errors import Invalid
from tracker.domain.installation import choosing, chosen
from tracker.domain.leaving.actions import end_membership
from tracker.domain.leaving.export import everything
from tracker.domain.people import delegations
from tracker.domain.people.actions import grant
from tracker.domain.preferences.actions import choose_mails
from tracker.domain.resending import actions as resending
from tracker.graphql import execute
from tracker.workers.deliveries import deliver_batch

pytestmark = pytest.mark.usefixtures("reads")

TITLE = "Bus lanes"


def text_of(mail: EmailMessage) -> str:
    """What it says, in both ways."""
    return "".join(cast_to(EmailMessage, part).get_content() for part in mail.iter_parts())


async def told_of_a_secret(cast: Cast) -> tuple[int, int]:
    """A digest for somebody who sees a confidential project by one of their roles: its delivery,
    and the role."""
    await factories.joint_project(cast, "active", title=TITLE, confidential=True)
    mayor = cast.lima_mayor.person_id or 0
    held = await grant(cast.system, mayor, cast.nairobi, Role.COORDINATOR)
    [number] = await owe(cast, "lima_mayor")
    return number, held.id


async def tried_again() -> None:
    """As a relay leaves it that took nothing of a mail in doubt when it went again."""
    await fetch("UPDATE delivery SET state = 'ready', doubts = 1 WHERE state = 'in_doubt'")


def blind(outbox: Outbox) -> Outbox:
    """The same without a witness."""
    return replace(outbox, settings=replace(outbox.settings, outbox_dir=None))


@pytest.mark.parametrize("again", [False, True])
async def test_mail_that_surely_did_not_arrive_is_written_anew_for_whoever_left_a_city(
    cast: Cast, outbox: Outbox, again: bool
) -> None:
    number, role = await told_of_a_secret(cast)
    await crash(outbox, {"before the dot": number})
    [before] = await deliveries()
    assert TITLE.encode() in before["message"]
    if again:
        await tried_again()
    await end_membership(cast.administrator, role, left_to_city=True)
    await outbox.drain(lapsed=True)
    [after] = await deliveries()
    [mail] = [each for each in outbox.mails() if each["Message-ID"] == after["message_id"]]
    assert TITLE not in text_of(mail)
    assert outbox.copies(before["message_id"]) == 0
    assert (after["state"], after["doubts"]) == ("sent", 0)


@pytest.mark.parametrize("again", [False, True])
async def test_mail_that_may_have_arrived_neither_goes_again_nor_changes_for_whoever_left_a_city(
    cast: Cast, outbox: Outbox, again: bool
) -> None:
    number, role = await told_of_a_secret(cast)
    await crash(outbox, {"before the dot": number})
    [before] = await deliveries()
    if again:
        await tried_again()
    await end_membership(cast.administrator, role, left_to_city=True)
    await blind(outbox).drain(lapsed=True)
    [after] = await deliveries()
    assert (after["state"], after["message"]) == ("cancelled", before["message"])
    assert "may have arrived already" in after["last_error"]
    assert outbox.copies(before["message_id"]) == 0
    await resending.resend(cast.administrator, number, "It never came.")
    await outbox.drain()
    [last] = [each for each in await deliveries() if each["resends"]]
    [mail] = [each for each in outbox.mails() if each["Message-ID"] == last["message_id"]]
    assert last["state"] == "sent"
    assert TITLE not in text_of(mail)


@pytest.mark.parametrize("got", [False, True])
async def test_export_says_of_digests_what_their_reader_got_or_sees(
    cast: Cast, outbox: Outbox, relay: Relay, got: bool
) -> None:
    _, role = await told_of_a_secret(cast)

    async def said() -> bool:
        data = await everything(cast.lima_mayor, cast.lima_mayor.person_id or 0)
        [issue] = data["digest_issue"]
        return TITLE in str(issue["text"])

    if got:
        await outbox.drain()
    else:
        with relay.deferring():
            await deliver_batch(outbox.settings, Lane.BULK)
    assert await said()
    await end_membership(cast.administrator, role, left_to_city=True)
    assert await said() == got


@pytest.mark.parametrize("ends", [False, True])
async def test_digest_that_was_written_once_it_was_sent_once_more_is_written_anew_for_whoever_left(
    cast: Cast, outbox: Outbox, ends: bool
) -> None:
    number, role = await told_of_a_secret(cast)
    held = await suppressing.add(cast.administrator, email("lima_mayor"), "It came back.")
    await outbox.drain()
    await suppressing.lift(cast.administrator, held.id, "It exists again.")
    await resending.resend(cast.administrator, number, "It can come now.")
    await outbox.drain()
    if ends:
        await end_membership(cast.administrator, role, left_to_city=True)
    coming = await resending.prospect(cast.administrator, number)
    await resending.resend(cast.administrator, number, "It never came.")
    await outbox.drain()
    never, first, second = await deliveries()
    assert (never["state"], never["composed_at"]) == ("suppressed", None)
    said = {each["Message-ID"]: text_of(each) for each in outbox.mails()}
    assert TITLE in said[first["message_id"]]
    assert (TITLE in said[second["message_id"]]) != ends
    assert (coming.worded_at is None) == ends


@pytest.mark.parametrize("point", ["composed", "before the dot"])
async def test_mail_that_a_lost_key_sealed_is_written_anew_unless_it_may_have_arrived(
    cast: Cast, outbox: Outbox, point: str
) -> None:
    await factories.joint_project(cast, "under_review")
    [number] = await owe(cast, "nairobi_mayor")
    await crash(outbox, {point: number})
    with choosing(replace(chosen(), secret_key=b"n" * 32)):
        await blind(outbox).drain(lapsed=True)
    [after] = await deliveries()
    lost = point == "before the dot"
    assert after["sealed"]
    assert after["state"] == ("failed" if lost else "sent")
    assert outbox.copies(after["message_id"]) == (not lost)
    links = await fetch("SELECT FROM answer_link WHERE delivery = $1", number)
    assert len(links) == 1


@pytest.mark.parametrize("point", ["claimed", "composed", "before the dot"])
async def test_whoever_has_no_role_left_gets_no_digest(
    cast: Cast, outbox: Outbox, point: str
) -> None:
    [number] = await owe(cast, "nairobi_mayor")
    await crash(outbox, {point: number})
    [held] = await fetch(
        "SELECT id FROM membership WHERE person = $1 AND ended_at IS NULL",
        cast.nairobi_mayor.person_id,
    )
    await end_membership(cast.administrator, held["id"], left_to_city=True)
    await outbox.drain(lapsed=True)
    [after] = await deliveries()
    assert (after["state"], after["last_error"]) == ("cancelled", "Its reader has left.")
    with pytest.raises(Invalid, match="Its reader has left"):
        await resending.resend(cast.administrator, number, "It never came.")


@pytest.mark.parametrize("how", ["ended", "expired", "goes on"])
async def test_digest_that_waits_is_written_anew_for_whoever_is_no_deputy_any_more(
    cast: Cast, outbox: Outbox, how: str
) -> None:
    await factories.joint_project(cast, "under_review")
    delegation = await delegate(cast)
    [number] = await owe(cast, "nairobi_cio")
    await crash(outbox, {"composed": number})
    [before] = await deliveries()
    [copy] = await fetch("SELECT text, subject FROM digest_issue")
    assert before["sealed"]
    assert "for the mayor" in copy["text"]
    if how == "ended":
        await delegations.end_delegation(cast.nairobi_mayor, delegation.id)
    if how == "expired":
        await fetch("UPDATE delegation SET expires_at = now()")
    await outbox.drain(lapsed=True)
    [after] = await deliveries()
    [mail] = [each for each in outbox.mails() if each["Message-ID"] == after["message_id"]]
    assert after["state"] == "sent"
    goes_on = how == "goes on"
    assert ("for the mayor" in text_of(mail)) == goes_on
    assert (after["message_id"] == before["message_id"]) == goes_on
    links = await fetch("SELECT FROM answer_link WHERE delivery = $1", number)
    assert len(links) == goes_on, "those of the former mail are let go"
    [kept] = await fetch("SELECT subject FROM digest_issue")
    assert kept["subject"] == mail["Subject"]
    assert (kept["subject"] == copy["subject"]) == goes_on


async def test_digest_that_is_not_sent_once_it_is_written_anew_keeps_no_copy_that_nobody_got(
    cast: Cast, outbox: Outbox
) -> None:
    await factories.joint_project(cast, "under_review")
    delegation = await delegate(cast)
    await owe(cast, "nairobi_cio")
    await outbox.drain()
    await fetch("UPDATE digest_issue SET period_key = 'former'")
    await fetch("UPDATE delivery SET key = 'former' WHERE kind = 'digest'")
    [number] = await owe(cast, "nairobi_cio")
    turn = "UPDATE digest_issue SET period_key = '2026-W48' WHERE delivery = $1"
    await fetch(turn, number)
    await crash(outbox, {"composed": number})
    said = "SELECT subject, html FROM digest_issue WHERE delivery = $1"
    assert [each["subject"] for each in await fetch(said, number)] == [
        "1 project needs your decision"
    ]
    await delegations.end_delegation(cast.nairobi_mayor, delegation.id)
    await outbox.drain(lapsed=True)
    assert [each["state"] for each in await deliveries()] == ["sent", "cancelled"]
    assert [tuple(each) for each in await fetch(said, number)] == [(None, None)]


async def test_digest_that_nobody_got_shows_nothing_that_its_reader_sees_no_longer(
    cast: Cast, outbox: Outbox, relay: Relay
) -> None:
    mayor = cast.lima_mayor
    await subscribe(mayor, mayor.person_id or 0, Schedule())
    _, role = await told_of_a_secret(cast)
    with relay.deferring():
        await deliver_batch(outbox.settings, Lane.BULK)
    assert await _shown(mayor) == ["1 project on track"], "it is on its way"
    await end_membership(cast.administrator, role, left_to_city=True)
    assert await _shown(mayor) == [None]
    await choose_mails(mayor, mayor.person_id or 0, DeliveryKind.DIGEST, False)
    await outbox.drain()
    assert [each["state"] for each in await deliveries()] == ["cancelled"]
    assert await _shown(mayor) == [None]


async def test_digest_that_its_reader_got_stays_as_it_was_sent(cast: Cast, outbox: Outbox) -> None:
    _, role = await told_of_a_secret(cast)
    await outbox.drain()
    await end_membership(cast.administrator, role, left_to_city=True)
    assert await _shown(cast.lima_mayor) == ["1 project on track"]


async def _shown(reader: Actor) -> list[str | None]:
    """The subjects of somebody's digests, where these show what they say, in any way."""
    asked = "{ digestIssues { nodes { subject html text sheet } } }"
    nodes = (await execute(asked, {}, reader))["digestIssues"]["nodes"]
    assert all((node["html"] is None) == (node["subject"] is None) for node in nodes)
    assert all((node["text"] is None) == (node["subject"] is None) for node in nodes)
    return [node["subject"] for node in nodes]
