"""Mails of somebody who is reached at another address by the time they go, and mails that waited
through an outage."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests import factories
from tests.cast import Cast, email
from tests.domain.test_comments import draft
from tests.relay import Relay
from tests.workers.conftest import Outbox, owe
from tests.workers.test_crashes import deliveries
from tests.workers.test_outdated import TITLE, text_of
from tracker.domain import clock
from tracker.domain.actor import Role
from tracker.domain.comments import actions as comments
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.database import fetch
from tracker.domain.deliveries.rules import GIVE_UP_ERRORS
from tracker.domain.deliveries.tables import Lane
from tracker.domain.leaving.actions import end_membership
from tracker.domain.people import addresses
from tracker.domain.people.actions import add_person, grant
from tracker.domain.people.profiles import PersonDraft
from tracker.graphql import execute
from tracker.settings import DkimKey
from tracker.workers.deliveries import deliver_batch

pytestmark = pytest.mark.usefixtures("reads")


async def _moves(cast: Cast, name: str, to: str) -> None:
    actor = replace(cast[name], proved_at=clock.now())
    asked = await addresses.ask_change(actor, to, "browser")
    assert asked
    await addresses.confirm_change(actor, asked[2], "browser", "")


async def _succeeded(cast: Cast, name: str) -> None:
    """Somebody else has their former address, and sees what they do not."""
    plan = PersonDraft(email=email(name), name="Successor", language="en", time_zone="UTC")
    successor = await add_person(cast.system, plan)
    await grant(cast.system, successor.id, cast.nairobi, Role.COORDINATOR)


async def _again(outbox: Outbox, lane: Lane) -> None:
    await fetch("UPDATE delivery SET next_try_at = now() WHERE state IN ('due', 'ready')")
    await deliver_batch(outbox.settings, lane)


async def test_digest_written_anew_is_its_reader_s_wherever_they_are_reached(
    cast: Cast, outbox: Outbox, relay: Relay
) -> None:
    await factories.joint_project(cast, "active", title=TITLE, confidential=True)
    assert cast.lima_mayor.person_id
    second = await grant(cast.system, cast.lima_mayor.person_id, cast.lima, Role.COORDINATOR)
    await owe(cast, "lima_mayor")
    with relay.deferring():
        await deliver_batch(outbox.settings, Lane.BULK)
    await end_membership(cast.administrator, second.id, left_to_city=True)
    await _moves(cast, "lima_mayor", "former.mayor@private.example")
    await _succeeded(cast, "lima_mayor")
    await _again(outbox, Lane.BULK)
    [mail] = outbox.mails()
    assert "former.mayor@private.example" in mail["To"]
    assert "Dear Lima: mayor" in text_of(mail)
    assert TITLE not in text_of(mail)
    copies = await execute("{digestIssues {nodes {text}}}", {}, cast.lima_mayor)
    assert TITLE not in copies["digestIssues"]["nodes"][0]["text"]


async def test_digest_is_written_for_somebody_whose_address_is_nobody_s_by_now(
    cast: Cast, outbox: Outbox, relay: Relay
) -> None:
    assert cast.nairobi_mayor.person_id
    second = await grant(cast.system, cast.nairobi_mayor.person_id, cast.lima, Role.COORDINATOR)
    await owe(cast, "nairobi_mayor")
    with relay.deferring():
        await deliver_batch(outbox.settings, Lane.BULK)
    await end_membership(cast.administrator, second.id, left_to_city=True)
    await _moves(cast, "nairobi_mayor", "mayor@nairobi.example")
    await _again(outbox, Lane.BULK)
    [mail] = outbox.mails()
    assert "mayor@nairobi.example" in mail["To"]


async def test_frozen_words_do_not_go_where_their_reader_was_reached(
    cast: Cast, outbox: Outbox, relay: Relay
) -> None:
    await factories.joint_project(cast, "active", title=TITLE, confidential=True)
    await owe(cast, "nairobi_mayor")
    with relay.deferring():
        await deliver_batch(outbox.settings, Lane.BULK)
    await _moves(cast, "nairobi_mayor", "mayor@nairobi.example")
    await _again(outbox, Lane.BULK)
    [mail] = outbox.mails()
    assert "mayor@nairobi.example" in mail["To"]
    assert TITLE in text_of(mail)


async def test_mention_follows_its_reader(cast: Cast, outbox: Outbox, relay: Relay) -> None:
    project = await factories.joint_project(cast, "active")
    about = draft(CommentSubject.MILESTONE, project.milestone_id, "When?", cast.nairobi_coordinator)
    await comments.add(cast.seoul_coordinator, about)
    with relay.deferring():
        await _again(outbox, Lane.USUAL)
    await _moves(cast, "nairobi_coordinator", "coordinator@nairobi.example")
    await _again(outbox, Lane.USUAL)
    [mail] = outbox.mails()
    assert "coordinator@nairobi.example" in mail["To"]


@pytest.mark.parametrize("errors", [0, GIVE_UP_ERRORS])
async def test_mail_that_waited_through_an_outage_is_not_given_up_at_the_first_error(
    cast: Cast, outbox: Outbox, tmp_path: Path, errors: int
) -> None:
    await owe(cast, "nairobi_mayor")
    await fetch("UPDATE delivery SET created_at = now() - interval '6 days', attempts = $1", errors)
    unsigned = replace(outbox.settings, dkim_keys=(DkimKey("lost", tmp_path / "no.pem"),))
    await deliver_batch(unsigned, Lane.BULK)
    [row] = await deliveries()
    assert row["state"] == ("failed" if errors else "due")
    assert "no.pem" in row["last_error"]
    await _again(outbox, Lane.BULK)
    assert len(outbox.mails()) == (0 if errors else 1)
