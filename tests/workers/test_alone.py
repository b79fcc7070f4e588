"""What goes wrong with one mail, and the others of its batch: they go, once each."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.cast import Cast
from tests.workers.conftest import Outbox
from tests.workers.test_slow_relays import behind, wait
from tests.workers.test_stopping import Slow
from tracker.domain.deliveries import ledger
from tracker.domain.deliveries.tables import Delivery, Lane
from tracker.mail import Connection
from tracker.workers.deliveries import deliver_batch

pytestmark = pytest.mark.usefixtures("database", "reads")


@dataclass
class Odd(Slow):
    """A relay that says these words of the second of its readers."""

    seconds: float = 0.05
    words: str = ""
    asked: int = 0

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        self.asked += 1
        if self.words and self.asked == 2:
            return self.words
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 somebody"


@contextmanager
def broken(owner: Any, name: str) -> Iterator[None]:
    """Nobody foresaw that the second call ends so."""
    step, calls = getattr(owner, name), 0

    async def breaking(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise RuntimeError("a fault \0 of ours")
        return await step(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, breaking)
        yield


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("450 4.2.0 later\0", "ready"),
        ("550 5.7.1 no\0", "failed"),
        ("550 5.1.1 nobody\0", "bounced"),
    ],
)
async def test_relay_that_answers_with_what_no_row_takes(
    cast: Cast, outbox: Outbox, words: str, state: str
) -> None:
    relay = Odd(outbox.folder, words=words)
    await wait(4)
    async with behind(outbox, relay) as slow:
        await deliver_batch(replace(slow, delivery_lease_seconds=60), Lane.BULK)
    [other] = await Delivery.objects().where(Delivery.state != "sent")
    assert (other.state, other.attempts, other.doubts) == (state, 1, 0)
    assert words.replace("\0", "\ufffd") in str(other.last_error)
    assert len(relay.taken) == len(set(relay.taken)) == 3


@pytest.mark.parametrize(
    ("owner", "step", "state"),
    [
        (Connection, "begin", "ready"),
        (ledger, "doubt", "ready"),
        (Connection, "finish", "in_doubt"),
        (ledger, "sent", "in_doubt"),
    ],
)
async def test_mail_that_goes_wrong_is_postponed_or_in_doubt_and_the_others_go(
    cast: Cast, outbox: Outbox, owner: Any, step: str, state: str
) -> None:
    """A relay may have it once the doubt is kept; until then it surely has not."""
    relay = Odd(outbox.folder)
    await wait(4)
    async with behind(outbox, relay) as settings:
        with broken(owner, step):
            await deliver_batch(settings, Lane.BULK)
        left = await Delivery.objects().where(Delivery.state != "sent")
        assert {each.state for each in left} == {state}
        if state == "ready":
            assert {each.last_error for each in left} == {"RuntimeError('a fault \\x00 of ours')"}
            assert not [each for each in left if each.lease_token]
        else:
            assert all(each.lease_until and each.lease_token for each in left)
    assert len(relay.taken) == len(set(relay.taken)) >= 4 - len(left)


async def test_batch_that_cannot_go_on_finishes_what_is_at_the_relay(
    cast: Cast, outbox: Outbox
) -> None:
    async def away() -> None:
        async with asyncio.timeout(5):
            while not relay.taken:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0.01)
        raise OSError("away")

    relay = Odd(outbox.folder)
    await wait(4)
    async with behind(outbox, relay) as settings:
        with pytest.raises(OSError, match="away"):
            await deliver_batch(settings, Lane.BULK, go_on=away)
    assert await Delivery.count().where(Delivery.state == "sent") == len(relay.taken) == 4
