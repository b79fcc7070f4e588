"""Passwords: which are taken, what they open, and what changing one ends."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from tests.cast import Cast, email
from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import AuditEvent
from tracker.domain.errors import Invalid
from tracker.domain.people import hashing, links, passwords, queries, sessions
from tracker.domain.people.links import AskedElsewhere
from tracker.domain.people.proofs import Purpose
from tracker.domain.people.sessions import Stale
from tracker.domain.people.strength import weakness
from tracker.domain.people.tables import Password, Session, SignInLink

GOOD = "marmot unzips 7 quiet kettles"
OTHER = "대나무 우산 일곱 개 조용히"


async def _signed_in(actor: Actor) -> tuple[Actor, str]:
    """The actor as their browser shows them, and its secret."""
    assert actor.person_id
    secret = await sessions.open_session(actor.person_id)
    found = await queries.actor_by_session(secret)
    assert found
    return found, secret


def _later(minutes: int) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes, seconds=1)


async def test_password_opens_a_session(cast: Cast) -> None:
    await passwords.choose(cast.officer, GOOD)
    entry = await passwords.sign_in(" Officer@Example.org ", GOOD)
    assert await queries.actor_by_session(entry.secret) == cast.officer
    assert not entry.half


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("who", ["officer", "auditor", "nobody", "a\x00b"])
async def test_wrong_password_is_refused_alike_for_everybody(cast: Cast, who: str) -> None:
    await passwords.choose(cast.officer, GOOD)
    started = time.monotonic()
    with pytest.raises(Invalid) as refusal:
        await passwords.sign_in(email(who), OTHER)
    assert refusal.value.fields == {"password": [passwords.WRONG]}
    assert time.monotonic() - started >= passwords.SIGN_IN_SECONDS
    assert await Session.count() == 0


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("x7$kQ2!bZ9m", "11 characters"),
        ("marmot " * 200, "characters"),
        ("password12345", "first passwords"),
        ("qwertyuiop[]", "first passwords"),
        ("P@$$w0rd12345", "first passwords"),
        ("aaaaaaaaaaaaaaaaaaaa", "first passwords"),
        ("Seoul seoul SEOUL", "mostly your name"),
        ("seoul-mayor-seoul", "mostly your name"),
        ("seoul_mayor@example.org", "mostly your name"),
    ],
)
async def test_password_that_is_not_taken(cast: Cast, password: str, says: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await passwords.choose(cast.seoul_mayor, password)
    assert says in refusal.value.fields["password"][0]
    assert not await passwords.has_password(cast.seoul_mayor)


def test_judging_a_password_takes_no_longer_than_hashing_some() -> None:
    signs = "4@8({[<3690!1|$5+7%2"
    began = time.process_time()
    for hostile in (signs * 50, "@4" * 500, "20012002" * 100, "a1b2c3d4e5" * 100, "(c)(a)" * 100):
        weakness(hostile, [])
    assert time.process_time() - began < 5, "a second each; it was half a minute"


async def test_password_of_any_characters_is_compared_as_a_whole(cast: Cast) -> None:
    long = " 큰 나무 😀 " + "x y\tz" * 30
    await passwords.choose(cast.officer, long)
    assert await passwords.sign_in(email("officer"), long)
    for wrong in (long.strip(), long[:-1], long.upper()):
        with pytest.raises(Invalid):
            await passwords.sign_in(email("officer"), wrong)


async def test_choosing_a_password_ends_other_sessions_and_changes_this_ones_secret(
    cast: Cast,
) -> None:
    actor, secret = await _signed_in(cast.officer)
    _, other = await _signed_in(cast.officer)
    _, somebody = await _signed_in(cast.auditor)
    fresh = await passwords.choose(actor, GOOD, session=secret)
    assert await queries.actor_by_session(fresh)
    assert await queries.actor_by_session(secret) is None
    assert await queries.actor_by_session(other) is None
    assert await queries.actor_by_session(somebody)


async def test_changing_a_password_needs_the_present_one_or_a_fresh_sign_in(cast: Cast) -> None:
    actor, secret = await _signed_in(cast.officer)
    await passwords.choose(actor, GOOD, session=secret)
    with clock.at(_later(10)):
        with pytest.raises(Stale):
            await passwords.choose(actor, OTHER)
        with pytest.raises(Stale):
            await passwords.remove(actor)
        with pytest.raises(Invalid, match="not your present"):
            await passwords.choose(actor, OTHER, OTHER)
        await passwords.choose(actor, OTHER, GOOD)
    assert await passwords.sign_in(email("officer"), OTHER)


async def test_removed_password_opens_nothing(cast: Cast) -> None:
    await passwords.choose(cast.officer, GOOD)
    await passwords.remove(cast.officer)
    with pytest.raises(Invalid):
        await passwords.sign_in(email("officer"), GOOD)
    with pytest.raises(Invalid, match="no password"):
        await passwords.remove(cast.officer)
    await passwords.choose(cast.officer, OTHER)
    assert await passwords.sign_in(email("officer"), OTHER)


async def test_password_is_hashed_anew_when_more_is_asked_for(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with monkeypatch.context() as before:
        before.setattr(hashing, "HASHER", weak)
        await passwords.choose(cast.officer, GOOD)
    await passwords.sign_in(email("officer"), GOOD)
    [row] = await Password.select()
    assert row["hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.sign_in(email("officer"), GOOD)


async def test_reset_by_a_link_ends_everything_that_was_open(cast: Cast) -> None:
    await passwords.choose(cast.officer, GOOD)
    _, session = await _signed_in(cast.officer)
    sent = await links.send_link(email("officer"), "browser", Purpose.RESET)
    other = await links.send_link(email("officer"))
    assert sent
    assert other
    with pytest.raises(AskedElsewhere):
        await passwords.reset(sent[1], "another", OTHER)
    with pytest.raises(Invalid, match="characters"):
        await passwords.reset(sent[1], "browser", "short")
    assert await passwords.reset(sent[1], "browser", OTHER) == cast.officer.person_id
    assert await queries.actor_by_session(session) is None
    with pytest.raises(Invalid):
        await links.redeem_link(other[1])
    with pytest.raises(Invalid):
        await passwords.sign_in(email("officer"), GOOD)
    assert await passwords.sign_in(email("officer"), OTHER)


async def test_reset_link_is_used_once_of_many_at_the_same_time(cast: Cast) -> None:
    sent = await links.send_link(email("officer"), purpose=Purpose.RESET)
    assert sent
    uses = [passwords.reset(sent[1], "", f"{GOOD} {at}") for at in range(8)]
    ends = await asyncio.gather(*uses, return_exceptions=True)
    assert sum(isinstance(end, int) for end in ends) == 1


async def test_reset_link_opens_no_session_and_a_sign_in_link_resets_nothing(cast: Cast) -> None:
    reset = await links.send_link(email("officer"), purpose=Purpose.RESET)
    sign_in = await links.send_link(email("officer"))
    assert reset
    assert sign_in
    with pytest.raises(Invalid):
        await links.redeem_link(reset[1])
    with pytest.raises(Invalid):
        await passwords.reset(sign_in[1], "", GOOD)


async def test_link_opens_in_the_browser_that_asked_only(cast: Cast) -> None:
    sent = await links.send_link(email("officer"), "mine")
    assert sent
    for browser in ("", "another"):
        with pytest.raises(AskedElsewhere):
            await links.redeem_link(sent[1], browser)
    assert await links.redeem_link(sent[1], "mine")


async def test_link_of_another_browser_is_traded_for_one_of_this(cast: Cast) -> None:
    for _ in range(3):
        sent = await links.send_link(email("officer"), "a stranger's")
    assert sent
    assert await links.send_link(email("officer"), "mine") is None, "three are open"
    person, fresh, purpose = await links.send_here(sent[1], "mine")
    assert (person.id, purpose) == (cast.officer.person_id, Purpose.SIGN_IN)
    with pytest.raises(Invalid):
        await links.redeem_link(sent[1], "a stranger's")
    assert await links.redeem_link(fresh, "mine")


async def test_passwords_and_their_hashes_are_not_in_the_trail(cast: Cast) -> None:
    await passwords.choose(cast.officer, GOOD)
    await passwords.choose(cast.officer, OTHER)
    await passwords.remove(cast.officer)
    trail = AuditEvent.select().where(AuditEvent.subject_type == "password")
    events = await trail.order_by(AuditEvent.id)
    assert [each["verb"] for each in events] == ["choose_password"] * 2 + ["remove_password"]
    assert "argon2" not in str(events)
    assert all(word not in str(events) for word in ("marmot", "대나무"))
    assert await SignInLink.count() == 0
