"""Signing in by a mailed link, and the session that it opens."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.cast import Cast, email
from tracker.domain import clock
from tracker.domain.actor import Role
from tracker.domain.errors import Invalid
from tracker.domain.people import links, queries, sessions
from tracker.domain.people.actions import grant
from tracker.domain.people.identities import session
from tracker.domain.people.sessions import Entry
from tracker.domain.people.tables import Session, SignInLink
from tracker.domain.people.uses import note_use


async def _link(name: str = "officer") -> str:
    sent = await links.send_link(email(name))
    assert sent
    return sent[1]


async def test_link_opens_a_session(cast: Cast) -> None:
    sent = await links.send_link(" Officer@Example.org")
    assert sent
    person, link = sent
    assert person.id == cast.officer.person_id
    secret = (await links.redeem_link(link)).secret
    assert await queries.actor_by_session(secret) == cast.officer
    assert secret != link


@pytest.mark.usefixtures("unhurried")
async def test_link_for_an_unknown_address_takes_as_long(cast: Cast) -> None:
    started = time.monotonic()
    assert await links.send_link("nobody@example.org") is None
    assert time.monotonic() - started >= links.LINK_SECONDS
    started = time.monotonic()
    assert await links.send_link(email("officer"))
    assert time.monotonic() - started >= links.LINK_SECONDS


async def test_link_is_used_once_of_fifty_at_the_same_time(cast: Cast) -> None:
    link = await _link()
    uses = [links.redeem_link(link) for _ in range(50)]
    ends = await asyncio.gather(*uses, return_exceptions=True)
    assert sum(isinstance(end, Entry) for end in ends) == 1
    assert sum(isinstance(end, Invalid) for end in ends) == 49
    assert await Session.count() == 1


async def test_link_after_ten_minutes(cast: Cast) -> None:
    link = await _link()
    with (
        clock.at(datetime.now(UTC) + timedelta(minutes=10, seconds=1)),
        pytest.raises(Invalid, match="too old"),
    ):
        await links.redeem_link(link)


async def test_link_that_was_never_sent(cast: Cast) -> None:
    with pytest.raises(Invalid, match="ask for another"):
        await links.redeem_link("x" * 43)


async def test_session_ends(cast: Cast) -> None:
    assert cast.officer.person_id
    secret = await sessions.open_session(cast.officer.person_id)
    other = await sessions.open_session(cast.officer.person_id)
    await sessions.end_session(secret)
    await sessions.end_session(secret)
    await sessions.end_session("x")
    assert await queries.actor_by_session(secret) is None
    assert await queries.actor_by_session(other) == cast.officer


async def test_session_after_fourteen_days(cast: Cast) -> None:
    assert cast.officer.person_id
    secret = await sessions.open_session(cast.officer.person_id)
    for day in range(2, 14, 2):
        with clock.at(datetime.now(UTC) + timedelta(days=day)):
            assert await queries.actor_by_session(secret)
            await note_use(session(secret))
    with clock.at(datetime.now(UTC) + timedelta(days=14, seconds=1)):
        assert await queries.actor_by_session(secret) is None


async def test_session_that_nobody_used_for_three_days(cast: Cast) -> None:
    assert cast.officer.person_id
    secret = await sessions.open_session(cast.officer.person_id)
    credential = session(secret)
    assert await credential.identify()
    with clock.at(datetime.now(UTC) + timedelta(hours=71)):
        assert credential.remembered()
    with clock.at(datetime.now(UTC) + timedelta(hours=72, seconds=1)):
        assert credential.remembered() is None
        assert await queries.actor_by_session(secret) is None
        assert not await queries.still_good([credential.hash])


async def test_secret_of_a_session_changes_with_the_roles_of_its_person(cast: Cast) -> None:
    person_id = cast.lima_coordinator.person_id
    assert person_id
    secret = await sessions.open_session(person_id)
    assert await sessions.renewed(secret) == "", "nothing has changed"
    await grant(cast.administrator, person_id, cast.lima, Role.CIO)
    asked = await asyncio.gather(*(sessions.renewed(secret) for _ in range(10)))
    [fresh] = filter(None, asked)
    assert await queries.actor_by_session(fresh)
    assert await queries.actor_by_session(secret), "requests under way"
    former = session(secret)
    assert await former.identify()
    assert former.remembered()
    with clock.at(datetime.now(UTC) + timedelta(seconds=61)):
        assert await queries.actor_by_session(fresh)
        assert former.remembered() is None
        assert await queries.actor_by_session(secret) is None


async def test_secrets_are_kept_as_hashes_only(cast: Cast) -> None:
    link = await _link()
    secret = (await links.redeem_link(link)).secret
    rows = [*(await SignInLink.select()), *(await Session.select())]
    assert link not in str(rows)
    assert secret not in str(rows)


@pytest.mark.usefixtures("unhurried")
async def test_fourth_link_while_three_are_open(cast: Cast) -> None:
    asked = await asyncio.gather(*(links.send_link(email("officer")) for _ in range(8)))
    assert sum(sent is not None for sent in asked) == await SignInLink.count() == 3
    started = time.monotonic()
    assert await links.send_link(email("officer")) is None
    assert time.monotonic() - started >= links.LINK_SECONDS
    assert await _link("auditor")
    used = next(sent[1] for sent in asked if sent)
    await links.redeem_link(used)
    assert await _link()
    with clock.at(datetime.now(UTC) + timedelta(minutes=10, seconds=1)):
        assert await _link()


@pytest.mark.parametrize("address", ["officer\x00@example.org", "officer\ud800@example.org"])
async def test_link_for_an_address_that_cannot_be_stored(cast: Cast, address: str) -> None:
    assert await links.send_link(address) is None
