"""The ledger of deliveries: who may take which step, and what each leaves behind."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cast import Cast
from tracker.domain.digests import actions, ledger
from tracker.domain.digests.ledger import Claim, Frozen, LeaseLost
from tracker.domain.digests.tables import DigestIssue

FROZEN = Frozen("en", "1 project on track", "<p>", "text", b"mail", "<1@example.org>")


@pytest.fixture
async def issue(cast: Cast) -> int:
    """A digest that is due."""
    made = await actions.send_now(cast.administrator, cast.seoul_mayor.person_id or 0)
    return made.id


async def row(number: int) -> dict[str, Any]:
    [found] = await DigestIssue.select().where(DigestIssue.id == number)
    return found


async def claimed(lease_seconds: float = 60) -> Claim:
    [claim] = await ledger.claim(10, lease_seconds)
    return claim


async def test_claimed_issue_is_held_alone(issue: int) -> None:
    await claimed()
    assert await ledger.claim(10, 60) == []


async def test_issue_is_free_again_when_the_lease_runs_out(issue: int) -> None:
    first = await claimed(lease_seconds=-1)
    second = await claimed()
    assert first.token != second.token


async def test_late_writer_is_fenced_off_at_every_step(issue: int) -> None:
    late = await claimed(lease_seconds=-1)
    holder = await claimed()
    before = await row(issue)
    with pytest.raises(LeaseLost):
        await ledger.freeze(late, FROZEN)
    with pytest.raises(LeaseLost):
        await ledger.start(late, 60)
    with pytest.raises(LeaseLost):
        await ledger.doubt(late, 60)
    with pytest.raises(LeaseLost):
        await ledger.sent(late)
    with pytest.raises(LeaseLost):
        await ledger.postpone(late, "busy", 60)
    with pytest.raises(LeaseLost):
        await ledger.put_back(late, 60)
    with pytest.raises(LeaseLost):
        await ledger.fail(late, "no such user")
    assert await row(issue) == before
    await ledger.freeze(holder, FROZEN)


async def test_sent_issue_keeps_what_was_sent(issue: int) -> None:
    claim = await claimed()
    await ledger.freeze(claim, FROZEN)
    await ledger.start(claim, 60)
    await ledger.doubt(claim, 60)
    assert (await row(issue))["state"] == "in_doubt"
    await ledger.sent(claim)
    found = await row(issue)
    assert (found["state"], found["attempts"], found["doubts"]) == ("sent", 1, 0)
    assert (found["message"], found["lease_until"]) == (b"mail", None)
    assert found["sent_at"] >= found["composed_at"]
    assert await ledger.claim(10, 60) == []


async def test_doubt_outlives_further_crashes(issue: int) -> None:
    claim = await claimed()
    await ledger.freeze(claim, FROZEN)
    await ledger.start(claim, 60)
    await ledger.doubt(claim, -1)
    second = await claimed()
    assert second.doubtful
    await ledger.start(second, -1)
    third = await claimed()
    assert third.doubtful
    assert (await row(issue))["doubts"] == 1


async def test_issue_put_back_untried_stays_in_doubt(issue: int) -> None:
    claim = await claimed()
    await ledger.freeze(claim, FROZEN)
    await ledger.start(claim, 60)
    await ledger.doubt(claim, -1)
    await ledger.put_back(await claimed(), -1)
    assert (await row(issue))["state"] == "in_doubt"
    assert (await claimed()).doubtful


async def test_pauses_grow_from_the_first_to_six_hours(issue: int) -> None:
    pauses = []
    for _ in range(12):
        claim = await claimed()
        if claim.message is None:
            await ledger.freeze(claim, FROZEN)
        await ledger.start(claim, 60)
        await ledger.postpone(claim, "451 busy", 60)
        found = await row(issue)
        pauses.append((found["next_try_at"] - datetime.now(UTC)).total_seconds())
        await DigestIssue.raw("UPDATE digest_issue SET next_try_at = now()")
    for tries, pause in enumerate(pauses):
        usual = min(60 * 2**tries, 6 * 3600)
        assert 0.79 * usual <= pause <= 1.21 * usual
    assert (await row(issue))["last_error"] == "451 busy"


async def test_issue_is_given_up_after_five_days(issue: int) -> None:
    started = datetime.now(UTC) - timedelta(days=5, hours=1)
    await DigestIssue.raw("UPDATE digest_issue SET created_at = {}", started)
    await ledger.postpone(await claimed(), "no connection", 60)
    assert (await row(issue))["state"] == "failed"
    assert await ledger.claim(10, 60) == []


async def test_claims_take_the_longest_waiting_first(cast: Cast) -> None:
    numbers = []
    for name in ("seoul_mayor", "nairobi_mayor", "lima_mayor"):
        made = await actions.send_now(cast.administrator, cast[name].person_id or 0)
        numbers.append(made.id)
    first = await ledger.claim(2, 60)
    rest = await ledger.claim(2, 60)
    assert [claim.id for claim in first + rest] == numbers
