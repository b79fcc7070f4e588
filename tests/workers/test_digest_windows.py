"""What a digest reports on: all since the last one that its reader received; and when it has
nothing to say."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import factories
from tests.cast import Cast, email
from tests.domain.test_digests import subscribe
from tests.workers.conftest import Outbox, owe
from tracker.domain.deliveries.tables import Delivery
from tracker.domain.digests import actions
from tracker.domain.digests.issues import Owed, owe_issues
from tracker.domain.digests.rules import Period
from tracker.domain.digests.tables import DigestIssue
from tracker.locale import Reader

pytestmark = pytest.mark.usefixtures("reads")

WEEK = timedelta(days=7)
MONDAY = datetime(2026, 11, 23, 14, tzinfo=UTC)


async def turn(at: datetime, outbox: Outbox) -> tuple[DigestIssue, Delivery]:
    """The only digest that falls due then, after everything was sent that could be."""
    [number] = await actions.sweep(at)
    await outbox.drain()
    issue = await DigestIssue.objects().get(DigestIssue.id == number)
    assert issue
    delivery = await Delivery.objects().get(Delivery.id == issue.delivery)
    assert delivery
    return issue, delivery


async def test_digest_begins_where_the_last_one_received_ended(cast: Cast, outbox: Outbox) -> None:
    await factories.joint_project(cast, "active")
    await subscribe(cast, "nairobi_mayor", at=MONDAY - 2 * WEEK)
    first, _ = await turn(MONDAY - WEEK, outbox)
    assert first.period_to - first.period_from == WEEK
    assert "This is your first digest" in outbox.bodies(email("nairobi_mayor"))[0]
    lost, delivery = await turn(MONDAY, outbox)
    await Delivery.raw("UPDATE delivery SET state = 'failed', sent_at = NULL WHERE id = {}",
                       delivery.id)  # fmt: skip
    after, _ = await turn(MONDAY + WEEK, outbox)
    assert lost.period_from == after.period_from == first.period_to
    assert "first digest" not in str(after.text)


async def test_digest_that_comes_long_after_its_period_says_so_and_of_when_it_speaks(
    cast: Cast, outbox: Outbox
) -> None:
    mayor = cast.nairobi_mayor.person_id or 0
    for days in (44, 37):  # the first of a reader is never called late
        begin = datetime.now(UTC) - timedelta(days=days)
        await owe_issues([Owed(mayor, Period(begin.isoformat(), begin, begin + WEEK))])
        await outbox.drain()
    reader, now = Reader("en", "Africa/Nairobi"), datetime.now(UTC)
    first, last = (reader.day(now - timedelta(days=days)) for days in (37, 30))
    former, late = await DigestIssue.objects().order_by(DigestIssue.id)
    for body in (late.text, late.html):
        read = str(body).replace("\u00a0", " ")
        assert f"This digest covers {first} to {last} and is late" in read
        assert f"what it says of today is as of {reader.day(now)}." in read
    assert "and is late" not in str(former.text)
    await actions.send_now(cast.system, cast.seoul_mayor.person_id or 0)
    await outbox.drain()
    assert "더 일찍 작성하거나" not in outbox.bodies(email("seoul_mayor"))[0], (
        "one in time says nothing of it"
    )


@pytest.mark.parametrize(("hours", "later"), [(0, False), (25, True)])
async def test_digest_that_is_written_on_a_later_day_than_its_period_ends_says_of_when_it_speaks(
    cast: Cast, outbox: Outbox, hours: int, later: bool
) -> None:
    """What waits for its reader may wait "since" a day after the period."""
    mayor, reader = cast.nairobi_mayor.person_id or 0, Reader("en", "Africa/Nairobi")
    to = datetime.now(UTC) - timedelta(hours=hours)
    await owe_issues([Owed(mayor, Period("2026-W48", to - WEEK, to))])
    await outbox.drain()
    [issue] = await DigestIssue.objects()
    assert issue.composed_at
    said = f"{reader.day(to - WEEK)} to {reader.day(to)}"
    as_of = f" · as of {reader.day(issue.composed_at)}"
    for body in (issue.text, issue.html):
        read = str(body).replace("\u00a0", " ")
        assert said in read
        assert (said + as_of in read) == later


async def test_nothing_to_say_is_said_once_a_month(cast: Cast, outbox: Outbox) -> None:
    await subscribe(cast, "lima_mayor", at=MONDAY - WEEK)
    issue, delivery = await turn(MONDAY, outbox)
    assert delivery.state == "sent"
    assert "A quiet period" in str(issue.text)
    silent, delivery = await turn(MONDAY + WEEK, outbox)
    assert delivery.state == "cancelled"
    assert not silent.text
    assert "nothing to say" in str(delivery.last_error)
    await Delivery.raw("UPDATE delivery SET sent_at = sent_at - interval '29 days'"
                       " WHERE state = 'sent'")  # fmt: skip
    monthly, delivery = await turn(MONDAY + 2 * WEEK, outbox)
    assert delivery.state == "sent"
    assert monthly.period_from == issue.period_to


async def test_digest_that_was_asked_for_comes_although_there_is_nothing_to_say(
    cast: Cast, outbox: Outbox
) -> None:
    await subscribe(cast, "lima_mayor", at=MONDAY - WEEK)
    await turn(MONDAY, outbox)
    await owe(cast, "lima_mayor")
    await outbox.drain()
    assert len(outbox.mails()) == 2
