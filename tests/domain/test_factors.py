"""The second factor: set up, asked for, used once, lost."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from tests.cast import Cast
from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import AuditEvent
from tracker.domain.database import fetch
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.installation import choosing
from tracker.domain.people import (
    addresses,
    factors,
    passwords,
    queries,
    second_step,
    sessions,
)
from tracker.domain.people.everywhere import sign_out_everywhere
from tracker.domain.people.proofs import Method
from tracker.domain.people.second_step import TRIES_MOST, Done, Over
from tracker.domain.people.sessions import Stale
from tracker.domain.people.tables import SecondFactor, Session
from tracker.settings import Settings

NOW = datetime.now(UTC).replace(second=5, microsecond=0)


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    """A clock that stands still, five seconds into a step."""
    with clock.at(NOW):
        yield


def _code(secret: str, at: datetime = NOW) -> str:
    return pyotp.TOTP(secret).at(at)


async def _enrolled(actor: Actor) -> tuple[str, list[str]]:
    """A person's shared secret and recovery codes; the code of the step before is used up."""
    enrolment = await factors.begin(actor)
    codes, _ = await factors.confirm(actor, _code(enrolment.secret, NOW - timedelta(seconds=30)))
    return enrolment.secret, codes


async def _half(actor: Actor, method: Method = Method.PASSWORD) -> str:
    assert actor.person_id
    entry = await sessions.admit(actor.person_id, method)
    assert entry.half
    return entry.secret


async def test_second_factor_is_asked_after_every_first_proof(cast: Cast) -> None:
    secret, _ = await _enrolled(cast.officer)
    half = await _half(cast.officer)
    assert await queries.actor_by_session(half) is None, "half is no session"
    done = await second_step.complete(half, _code(secret))
    assert await queries.actor_by_session(done.secret) == cast.officer
    [row] = await Session.select().where(Session.ended_at.is_null())
    assert (row["second_factor"], row["method"]) == (True, "password")


async def test_second_factor_that_was_never_confirmed_is_not_asked(cast: Cast) -> None:
    await factors.begin(cast.officer)
    assert cast.officer.person_id
    assert not (await sessions.admit(cast.officer.person_id, Method.LINK)).half


async def test_enrolment_wants_a_code_that_works(cast: Cast) -> None:
    first = await factors.begin(cast.officer)
    second = await factors.begin(cast.officer)
    with pytest.raises(Invalid, match="wrong"):
        await factors.confirm(cast.officer, _code(first.secret))
    assert await factors.begun(cast.officer) == second
    codes, _ = await factors.confirm(cast.officer, _code(second.secret))
    assert len(set(codes)) == factors.RECOVERY_CODES
    with pytest.raises(Invalid, match="already"):
        await factors.begin(cast.officer)


async def test_code_counts_once_of_many_at_the_same_time(cast: Cast) -> None:
    secret, _ = await _enrolled(cast.officer)
    halves = [await _half(cast.officer) for _ in range(20)]
    tries = [second_step.complete(half, _code(secret)) for half in halves]
    ends = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(end, Done) for end in ends) == 1
    assert sum(isinstance(end, Invalid) for end in ends) == 19


async def test_recovery_code_counts_once_of_many_at_the_same_time(cast: Cast) -> None:
    _, codes = await _enrolled(cast.officer)
    halves = [await _half(cast.officer) for _ in range(20)]
    typed = codes[3].lower().replace("-", " ")
    tries = [second_step.complete(half, typed) for half in halves]
    ends = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(end, Done) for end in ends) == 1
    assert await second_step.complete(await _half(cast.officer), codes[4])


async def test_half_sign_in_counts_once_of_many_codes(cast: Cast) -> None:
    _, codes = await _enrolled(cast.officer)
    half = await _half(cast.officer)
    tries = [second_step.complete(half, code) for code in codes]
    ends = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(end, Done) for end in ends) == 1


@pytest.mark.parametrize(("seconds", "good"), [(-60, False), (0, True), (30, True), (60, False)])
async def test_clock_of_an_app_may_differ_by_half_a_minute(
    cast: Cast, seconds: int, good: bool
) -> None:
    secret, _ = await _enrolled(cast.officer)
    assert cast.officer.person_id
    code = _code(secret, NOW + timedelta(seconds=seconds))
    assert await factors.take(cast.officer.person_id, code) is good


async def test_code_before_the_newest_used_one_is_refused(cast: Cast) -> None:
    secret, _ = await _enrolled(cast.officer)
    assert cast.officer.person_id
    assert await factors.take(cast.officer.person_id, _code(secret, NOW + timedelta(seconds=30)))
    assert not await factors.take(cast.officer.person_id, _code(secret))


@pytest.mark.parametrize("what", ["change", "remove", "everywhere", "others", "address", "hash"])
async def test_half_sign_in_ends_with_the_password_and_with_the_sessions(
    cast: Cast, what: str
) -> None:
    await passwords.choose(cast.officer, "marmot unzips 7 quiet kettles")
    secret, _ = await _enrolled(cast.officer)
    half = await _half(cast.officer)
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "change": lambda: passwords.choose(cast.officer, "seven kettles of quiet marmots"),
        "remove": lambda: passwords.remove(cast.officer),
        "everywhere": lambda: sign_out_everywhere(cast.officer, tokens=False),
        "others": lambda: sessions.end_others(cast.officer),
        "address": lambda: _new_address(cast.officer),
        "hash": lambda: fetch("UPDATE password SET set_at = set_at + interval '1 second'"),
    }
    await acts[what]()
    with pytest.raises(Over):
        await second_step.complete(half, _code(secret))
    assert not await Session.exists().where(Session.ended_at.is_null())


async def _new_address(actor: Actor) -> None:
    asked = await addresses.ask_change(actor, "other@example.org", "browser")
    assert asked
    await addresses.confirm_change(actor, asked[2], "browser", "")


async def test_sessions_end_whether_a_half_completes_before_or_after(cast: Cast) -> None:
    secret, _ = await _enrolled(cast.officer)
    half = await _half(cast.officer)
    await asyncio.gather(
        second_step.complete(half, _code(secret)),
        sign_out_everywhere(cast.officer, tokens=False),
        return_exceptions=True,
    )
    assert not await Session.exists().where(Session.ended_at.is_null())


async def test_first_factor_is_set_up_behind_a_mailed_link_only(
    cast: Cast, settings: Settings
) -> None:
    with choosing(replace(settings, second_factor_for="secretariat")):
        for method in (Method.PASSWORD, Method.OPENID):
            half = await _half(cast.officer, method)
            with pytest.raises(Invalid, match="mail"):
                await second_step.begin(await second_step.half_of(half))
        mailed = await second_step.half_of(await _half(cast.officer, Method.LINK))
        enrolment = await second_step.begin(mailed)
        with pytest.raises(Invalid, match="mail"):
            await second_step.complete(half, _code(enrolment.secret))


async def test_half_sign_in_ends_after_five_tries(cast: Cast) -> None:
    secret, _ = await _enrolled(cast.officer)
    half = await _half(cast.officer)
    tries = [second_step.complete(half, "000000") for _ in range(20)]
    ends = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(type(end) is Invalid for end in ends) == TRIES_MOST
    with pytest.raises(Over):
        await second_step.complete(half, _code(secret))
    assert await second_step.complete(await _half(cast.officer), _code(secret))


async def test_half_sign_in_ends_after_ten_minutes(cast: Cast) -> None:
    secret, _ = await _enrolled(cast.officer)
    half = await _half(cast.officer)
    with clock.at(NOW + timedelta(minutes=10, seconds=1)), pytest.raises(Over):
        await second_step.complete(half, _code(secret))


async def test_new_recovery_codes_replace_those_before(cast: Cast) -> None:
    _, codes = await _enrolled(cast.officer)
    fresh = await factors.new_codes(cast.officer)
    assert cast.officer.person_id
    assert not await factors.take(cast.officer.person_id, codes[0])
    assert await factors.take(cast.officer.person_id, fresh[0])
    assert not await factors.take(cast.officer.person_id, fresh[0])


async def test_factor_changes_want_a_fresh_sign_in(cast: Cast) -> None:
    await _enrolled(cast.officer)
    stale = replace(cast.officer, proved_at=NOW - timedelta(minutes=11))
    for act in (factors.begin, factors.remove, factors.new_codes):
        with pytest.raises(Stale):
            await act(stale)


async def test_lost_factor_is_reset_by_the_administrator_alone(cast: Cast) -> None:
    await _enrolled(cast.seoul_mayor)
    person_id = cast.seoul_mayor.person_id
    assert person_id
    for name in ("officer", "auditor", "nairobi_mayor", "seoul_mayor", "public"):
        with pytest.raises(Forbidden):
            await factors.reset_factor(cast[name], person_id)
    person = await factors.reset_factor(cast.administrator, person_id)
    assert person.id == person_id
    assert not (await sessions.admit(person_id, Method.LINK)).half
    with pytest.raises(Invalid, match="no second factor"):
        await factors.reset_factor(cast.administrator, person_id)
    [row] = await SecondFactor.select()
    assert (row["sealed"], row["recovery_hashes"]) == ("", [])


async def test_role_that_needs_a_factor_has_no_session_without(
    cast: Cast, settings: Settings
) -> None:
    assert cast.officer.person_id
    assert cast.seoul_mayor.person_id
    before = await sessions.open_session(cast.officer.person_id)
    with choosing(replace(settings, second_factor_for="secretariat")):
        assert await queries.actor_by_session(before) is None
        assert not (await sessions.admit(cast.seoul_mayor.person_id, Method.LINK)).half
        secret = await _half(cast.officer, Method.LINK)
        half = await second_step.half_of(secret)
        assert not half.enrolled
        enrolment = await second_step.begin(half)
        assert await second_step.begin(half) == enrolment
        with pytest.raises(Invalid):
            await second_step.complete(secret, "000000")
        done = await second_step.complete(secret, _code(enrolment.secret))
        assert len(done.codes) == factors.RECOVERY_CODES
        actor = await queries.actor_by_session(done.secret)
        assert actor == cast.officer
        with pytest.raises(Forbidden):
            await factors.remove(actor)


async def test_shared_secret_is_sealed_with_keys_that_change(
    cast: Cast, settings: Settings
) -> None:
    secret, codes = await _enrolled(cast.officer)
    assert cast.officer.person_id
    [before] = await SecondFactor.select(SecondFactor.sealed)
    assert secret not in before["sealed"]
    new = replace(settings, secret_key=b"n" * 32)
    with choosing(new):
        assert not await factors.take(cast.officer.person_id, _code(secret)), "the key is gone"
        assert await factors.take(cast.officer.person_id, codes[0])
    with choosing(replace(new, secret_keys_former=(settings.secret_key,))):
        assert await factors.take(cast.officer.person_id, _code(secret))
    with choosing(new):
        later = NOW + timedelta(seconds=30)
        assert await factors.take(cast.officer.person_id, _code(secret, later)), "sealed anew"


async def test_secrets_of_a_factor_are_not_in_the_trail(cast: Cast) -> None:
    secret, codes = await _enrolled(cast.officer)
    trail = AuditEvent.select().where(AuditEvent.subject_type == "second_factor")
    events = await trail.order_by(AuditEvent.id)
    assert [each["verb"] for each in events] == ["begin_factor", "confirm_factor"]
    assert secret not in str(events)
    assert not any(code in str(events) for code in codes)
    assert "sealed" not in str(events)
