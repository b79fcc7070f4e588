"""The ledger of mails: who may take which step, and what each leaves behind."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cast import Cast, email
from tracker.domain import clock
from tracker.domain.database import fetch
from tracker.domain.deliveries import ledger
from tracker.domain.deliveries.claims import Claim, Frozen, Try, Verdict
from tracker.domain.deliveries.owing import Mailing, owe
from tracker.domain.deliveries.rules import GIVE_UP_ERRORS
from tracker.domain.deliveries.tables import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Lane,
    Suppression,
)

NAMES = ("seoul_mayor", "nairobi_mayor", "lima_mayor")


def digest(cast: Cast, name: str, key: str = "periodic:2026-W48") -> Mailing:
    return Mailing(kind=DeliveryKind.DIGEST, person_id=cast[name].person_id, key=key)


@pytest.fixture
async def due(cast: Cast) -> int:
    """A mail that is due."""
    [number] = (await owe([digest(cast, "seoul_mayor")])).values()
    return number


async def row(number: int) -> dict[str, Any]:
    [found] = await Delivery.select().where(Delivery.id == number)
    return found


async def claimed(lease_seconds: float = 60, lane: Lane = Lane.BULK) -> Claim:
    [claim] = await ledger.claim(lane, 10, lease_seconds)
    return claim


def frozen(claim: Claim) -> Frozen:
    return Frozen(claim, b"mail\r\n.\xff", f"<{claim.id}@example.org>")


async def handed_over(claim: Claim, settling_seconds: float = 60) -> None:
    """Up to the final dot."""
    await ledger.freeze([frozen(claim)])
    await ledger.start([Try(claim, "relay:25")], 60)
    await ledger.doubt([claim], settling_seconds)


STEPS: list[Callable[[Sequence[Claim]], Awaitable[list[Claim]]]] = [
    lambda claims: ledger.freeze([frozen(each) for each in claims]),
    lambda claims: ledger.start([Try(each, "relay:25") for each in claims], 60),
    lambda claims: ledger.doubt(claims, 60),
    lambda claims: ledger.sent(claims),
    lambda claims: ledger.postpone([Verdict(each, "busy") for each in claims], 60),
    lambda claims: ledger.put_back(claims, 60),
    lambda claims: ledger.end([Verdict(each, "no") for each in claims], DeliveryState.FAILED),
    lambda claims: ledger.bounce([Verdict(each, "no such user") for each in claims]),
]


async def test_mail_that_is_owed_twice_is_one(cast: Cast) -> None:
    mailing = digest(cast, "seoul_mayor")
    assert len(await owe([mailing, digest(cast, "nairobi_mayor")])) == 2
    assert await owe([mailing]) == {}
    assert len(await owe([digest(cast, "seoul_mayor", "another")])) == 1


async def test_claimed_mail_is_held_alone(due: int) -> None:
    await claimed()
    assert await ledger.claim(Lane.BULK, 10, 60) == []


async def test_mail_is_free_again_when_the_lease_runs_out(due: int) -> None:
    first = await claimed(lease_seconds=-1)
    second = await claimed()
    assert first.token != second.token


@pytest.mark.parametrize("seconds", [-3600, -70, 70, 3600])
async def test_lease_and_pause_go_by_the_database_s_clock_whatever_a_worker_s_says(
    due: int, seconds: int
) -> None:
    wrong = clock.now() + timedelta(seconds=seconds)
    with clock.at(wrong):
        assert await ledger.claim(Lane.BULK, 10, 60), "what is due is due, if a clock is slow"
    for instant in (clock.now(), wrong):
        with clock.at(instant):
            assert not await ledger.claim(Lane.BULK, 10, 60), "nobody takes it from its holder"
    await _later(61)
    with clock.at(wrong):
        await ledger.postpone([Verdict(await claimed(), "busy")], 60)
        assert not await ledger.claim(Lane.BULK, 10, 60), "a pause is as long for everybody"
    await _later(121)
    await claimed()


async def _later(seconds: float) -> None:
    """So much time passes for the database, whose clock nobody sets."""
    await fetch(
        "UPDATE delivery SET lease_until = lease_until - make_interval(secs => $1),"
        " next_try_at = next_try_at - make_interval(secs => $1)",
        float(seconds),
    )


async def test_late_writer_is_fenced_off_at_every_step(due: int) -> None:
    late = await claimed(lease_seconds=-1)
    holder = await claimed()
    before = await row(due)
    for step in STEPS:
        assert await step([late]) == []
        assert await row(due) == before
    assert await Suppression.count() == 0
    assert await ledger.freeze([frozen(holder)]) == [holder]


async def test_batch_takes_each_step_for_those_that_are_still_held(cast: Cast) -> None:
    await owe([digest(cast, name) for name in NAMES])
    late = await ledger.claim(Lane.BULK, 1, -1)
    holders = await ledger.claim(Lane.BULK, 10, 60)
    assert len(holders) == len(NAMES)
    mixed = [*late, *holders[1:]]
    for step in STEPS[:4]:
        assert await step(mixed) == holders[1:]
    states = [each["state"] for each in await Delivery.select(Delivery.state).order_by(Delivery.id)]
    assert states == ["due", "sent", "sent"]


async def test_sent_mail_keeps_what_was_sent(due: int) -> None:
    claim = await claimed()
    await handed_over(claim)
    assert (await row(due))["state"] == "in_doubt"
    await ledger.sent([claim])
    found = await row(due)
    assert (found["state"], found["attempts"], found["doubts"]) == ("sent", 1, 0)
    assert (found["message"], found["lease_until"]) == (b"mail\r\n.\xff", None)
    assert (found["address"], found["relay"]) == (email("seoul_mayor"), "relay:25")
    assert found["created_at"] <= found["composed_at"] <= found["tried_at"] <= found["sent_at"]
    assert await ledger.claim(Lane.BULK, 10, 60) == []


async def test_doubt_outlives_further_crashes(due: int) -> None:
    await handed_over(await claimed(), -1)
    second = await claimed()
    assert second.doubtful
    await ledger.start([Try(second, "relay:25")], -1)
    third = await claimed()
    assert third.doubtful
    assert (await row(due))["doubts"] == 1


async def test_mail_put_back_untried_stays_in_doubt(due: int) -> None:
    await handed_over(await claimed(), -1)
    await ledger.put_back([await claimed()], -1)
    assert (await row(due))["state"] == "in_doubt"
    assert (await claimed()).doubtful


async def test_pauses_grow_from_the_first_to_six_hours(due: int) -> None:
    pauses = []
    for _ in range(12):
        claim = await claimed()
        if claim.message is None:
            await ledger.freeze([frozen(claim)])
        await ledger.start([Try(claim, "relay:25")], 60)
        await ledger.postpone([Verdict(claim, "451 busy")], 60)
        found = await row(due)
        pauses.append((found["next_try_at"] - datetime.now(UTC)).total_seconds())
        await fetch("UPDATE delivery SET next_try_at = now()")
    for tries, pause in enumerate(pauses):
        usual = min(60 * 2**tries, 6 * 3600)
        assert 0.79 * usual <= pause <= 1.21 * usual
    assert (await row(due))["last_error"] == "451 busy"


@pytest.mark.parametrize(
    "past", ["tried_at = now() - interval '5 days 1 hour'", f"attempts = {GIVE_UP_ERRORS}"]
)
async def test_mail_is_given_up_after_five_days_of_tries_or_of_errors_before_any(
    due: int, past: str
) -> None:
    await fetch(f"UPDATE delivery SET {past}")
    await ledger.postpone([Verdict(await claimed(), "no connection")], 60)
    assert (await row(due))["state"] == "failed"
    assert await ledger.claim(Lane.BULK, 10, 60) == []


async def test_claims_take_the_longest_waiting_first(cast: Cast) -> None:
    for name in NAMES:
        await owe([digest(cast, name)])
    first = await ledger.claim(Lane.BULK, 2, 60)
    rest = await ledger.claim(Lane.BULK, 2, 60)
    found = [claim.address for claim in first + rest]
    assert found == [email(name) for name in NAMES]


async def test_person_s_mails_of_a_kind_go_out_in_order(cast: Cast) -> None:
    for key in ("first", "second"):
        await owe([digest(cast, "seoul_mayor", key)])
    await owe([digest(cast, "lima_mayor", "second")])
    held = await ledger.claim(Lane.BULK, 10, 60)
    assert [each.key for each in held] == ["first", "second"]
    assert held[1].address == email("lima_mayor")
    assert await ledger.claim(Lane.BULK, 10, 60) == []
    await handed_over(held[0])
    await ledger.sent(held[:1])
    assert (await claimed()).key == "second"


async def test_lanes_do_not_wait_for_each_other(cast: Cast) -> None:
    await owe([digest(cast, name) for name in NAMES])
    fast = Mailing(kind=DeliveryKind.ACCOUNT, person_id=cast.seoul_mayor.person_id, key="1")
    await owe([fast])
    assert (await claimed(lane=Lane.FAST)).kind == DeliveryKind.ACCOUNT
    assert len(await ledger.claim(Lane.BULK, 10, 60)) == len(NAMES)
    assert await ledger.claim(Lane.USUAL, 10, 60) == []


async def test_secrets_lie_encrypted_and_are_gone_when_the_mail_is(cast: Cast) -> None:
    link = Mailing(
        kind=DeliveryKind.SIGN_IN,
        key="1",
        person_id=cast.seoul_mayor.person_id,
        content="https://example.org/sign-in/secret",
    )
    [number] = (await owe([link])).values()
    assert "secret" not in str(await row(number))
    claim = await claimed(lane=Lane.FAST)
    assert claim.told() == link.content
    mail = Frozen(claim, b"secret\r\n\xe9", "<1@example.org>")
    await ledger.freeze([mail])
    found = await row(number)
    assert b"secret" not in found["message"]
    assert found["content"] is None
    await fetch("UPDATE delivery SET lease_until = now()")
    again = await claimed(lane=Lane.FAST)
    assert again.frozen() == mail.message
    await ledger.start([Try(again, "relay:25")], 60)
    await ledger.doubt([again], 60)
    await ledger.sent([again])
    found = await row(number)
    assert (found["message"], found["content"], found["state"]) == (None, None, "sent")


@pytest.mark.parametrize("days", [0, 6])
async def test_link_that_is_given_up_or_cancelled_leaves_no_secret(cast: Cast, days: int) -> None:
    link = Mailing(kind=DeliveryKind.SIGN_IN, key="1", address="a@example.org", content="secret")
    [number] = (await owe([link])).values()
    await fetch("UPDATE delivery SET tried_at = now() - make_interval(days => $1)", days)
    claim = await claimed(lane=Lane.FAST)
    await ledger.freeze([Frozen(claim, b"secret", "<1@example.org>")])
    if days:
        await ledger.postpone([Verdict(claim, "busy")], 60)
    else:
        await ledger.end([Verdict(claim, "too old")], DeliveryState.CANCELLED)
    found = await row(number)
    assert found["state"] == ("failed" if days else "cancelled")
    assert (found["content"], found["message"]) == (None, None)


async def test_what_expires_is_told_so_at_once_whatever_pause_it_was_in(cast: Cast) -> None:
    link = Mailing(
        kind=DeliveryKind.SIGN_IN,
        key="1",
        address="a@example.org",
        expires_at=datetime.now(UTC) + timedelta(minutes=10),
    )
    await owe([link])
    claim = await claimed(lane=Lane.FAST)
    assert not claim.expired
    await ledger.postpone([Verdict(claim, "busy")], 3600)
    assert await ledger.claim(Lane.FAST, 10, 60) == []
    await fetch("UPDATE delivery SET expires_at = now()")
    assert (await claimed(lane=Lane.FAST)).expired


async def test_address_without_a_mailbox_gets_nothing_more_but_links(cast: Cast, due: int) -> None:
    claim = await claimed()
    await ledger.freeze([frozen(claim)])
    assert await ledger.bounce([Verdict(claim, "550 5.1.1 unknown")]) == [claim]
    assert (await row(due))["state"] == "bounced"
    [found] = await Suppression.select()
    assert (found["address"], found["reason"]) == (email("seoul_mayor"), "bounced")
    assert (found["detail"], found["delivery"]) == ("550 5.1.1 unknown", due)
    again = [
        digest(cast, "seoul_mayor", "another"),
        Mailing(kind=DeliveryKind.SIGN_IN, key="1", person_id=cast.seoul_mayor.person_id),
    ]
    await owe(again)
    assert (await claimed()).suppressed
    assert not (await claimed(lane=Lane.FAST)).suppressed
