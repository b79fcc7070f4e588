"""Signing in by a mailed link, and the session that it opens."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.cast import Cast, email
from tracker.domain import clock
from tracker.domain.errors import Invalid
from tracker.domain.people import actions, queries
from tracker.domain.people.tables import Session, SignInLink


async def _link(name: str = "officer") -> str:
    sent = await actions.send_link(email(name))
    assert sent
    return sent[1]


async def test_link_opens_a_session(cast: Cast) -> None:
    sent = await actions.send_link(" Officer@Example.org")
    assert sent
    person, link = sent
    assert person.id == cast.officer.person_id
    secret = await actions.redeem_link(link)
    assert await queries.actor_by_session(secret) == cast.officer
    assert secret != link


async def test_link_for_an_unknown_address_takes_as_long(cast: Cast) -> None:
    started = time.monotonic()
    assert await actions.send_link("nobody@example.org") is None
    assert time.monotonic() - started >= actions.LINK_SECONDS
    started = time.monotonic()
    assert await actions.send_link(email("officer"))
    assert time.monotonic() - started >= actions.LINK_SECONDS


async def test_link_is_used_once_of_fifty_at_the_same_time(cast: Cast) -> None:
    link = await _link()
    uses = [actions.redeem_link(link) for _ in range(50)]
    ends = await asyncio.gather(*uses, return_exceptions=True)
    assert sum(isinstance(end, str) for end in ends) == 1
    assert sum(isinstance(end, Invalid) for end in ends) == 49
    assert await Session.count() == 1


async def test_link_after_ten_minutes(cast: Cast) -> None:
    link = await _link()
    with (
        clock.at(datetime.now(UTC) + timedelta(minutes=10, seconds=1)),
        pytest.raises(Invalid, match="too old"),
    ):
        await actions.redeem_link(link)


async def test_link_that_was_never_sent(cast: Cast) -> None:
    with pytest.raises(Invalid, match="ask for another"):
        await actions.redeem_link("x" * 43)


async def test_session_ends(cast: Cast) -> None:
    assert cast.officer.person_id
    secret = await actions.open_session(cast.officer.person_id)
    other = await actions.open_session(cast.officer.person_id)
    await actions.end_session(secret)
    await actions.end_session(secret)
    await actions.end_session("x")
    assert await queries.actor_by_session(secret) is None
    assert await queries.actor_by_session(other) == cast.officer


async def test_session_after_fourteen_days(cast: Cast) -> None:
    assert cast.officer.person_id
    secret = await actions.open_session(cast.officer.person_id)
    with clock.at(datetime.now(UTC) + timedelta(days=13, hours=23)):
        assert await queries.actor_by_session(secret)
    with clock.at(datetime.now(UTC) + timedelta(days=14, seconds=1)):
        assert await queries.actor_by_session(secret) is None


async def test_secrets_are_kept_as_hashes_only(cast: Cast) -> None:
    link = await _link()
    secret = await actions.redeem_link(link)
    rows = [*(await SignInLink.select()), *(await Session.select())]
    assert link not in str(rows)
    assert secret not in str(rows)


async def test_fourth_link_while_three_are_open(cast: Cast) -> None:
    asked = await asyncio.gather(*(actions.send_link(email("officer")) for _ in range(8)))
    assert sum(sent is not None for sent in asked) == await SignInLink.count() == 3
    started = time.monotonic()
    assert await actions.send_link(email("officer")) is None
    assert time.monotonic() - started >= actions.LINK_SECONDS
    assert await _link("auditor")
    used = next(sent[1] for sent in asked if sent)
    await actions.redeem_link(used)
    assert await _link()
    with clock.at(datetime.now(UTC) + timedelta(minutes=10, seconds=1)):
        assert await _link()


@pytest.mark.parametrize("address", ["officer\x00@example.org", "officer\ud800@example.org"])
async def test_link_for_an_address_that_cannot_be_stored(cast: Cast, address: str) -> None:
    assert await actions.send_link(address) is None
