"""Several relays, one that is away, and how many mails a domain gets in a minute."""

import asyncio
import re
import socket
import threading
from dataclasses import replace
from typing import Any

import pytest

from tests.cast import Cast, email
from tests.workers.conftest import Outbox, owe
from tracker.demo.catcher import Keeper
from tracker.domain.deliveries import queries, relays
from tracker.domain.deliveries.tables import Delivery, DeliveryState, DomainMinute, Lane
from tracker.domain.deliveries.tables import RelayBreaker as Breaker
from tracker.settings.parse import MailRate
from tracker.workers import freezing, sending
from tracker.workers.deliveries import deliver_batch

pytestmark = pytest.mark.usefixtures("database", "reads")


def nobody() -> str:
    """A relay where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


async def sent() -> int:
    return (await queries.counts()).get(DeliveryState.SENT, 0)


async def test_next_relay_takes_over_and_the_first_is_left_alone_by_all(
    cast: Cast, outbox: Outbox
) -> None:
    away = nobody()
    both = replace(outbox.settings, smtp_url=f"smtp://{away} {outbox.settings.smtp_url}?order=2")
    await owe(cast, "seoul_mayor", "nairobi_mayor")
    assert await deliver_batch(both, Lane.BULK) == 2
    assert await sent() == 2
    names = {row["relay"] for row in await Delivery.select(Delivery.relay)}
    assert names == {str(outbox.settings.smtp_url).removeprefix("smtp://")}
    [breaker] = await Breaker.select()
    assert (breaker["name"], breaker["failures"]) == (away, 1)
    await owe(cast, "lima_mayor")
    await deliver_batch(both, Lane.BULK)
    assert await sent() == 3
    assert [row["failures"] for row in await Breaker.select()] == [1]


@pytest.mark.parametrize(
    ("bounces", "sender"),
    [
        (None, r"<mails@tracker\.example\.org>"),
        ("b@tracker.example.org", r"<b\+\d+-\w+@tracker\.example\.org>"),
    ],
)
async def test_mails_stand_with_their_sender_on_the_envelope_or_an_address_for_what_comes_back(
    cast: Cast, outbox: Outbox, bounces: str | None, sender: str
) -> None:
    box = "Tracker <mails@tracker.example.org>"
    await owe(cast, "seoul_mayor")
    there = replace(outbox.settings, mail_from=box, bounce_address=bounces)
    await deliver_batch(there, Lane.BULK)
    [mail] = outbox.mails()
    assert re.fullmatch(sender, mail["Return-Path"])


async def test_mails_wait_untried_while_no_relay_can_be_reached(cast: Cast, outbox: Outbox) -> None:
    alone = replace(outbox.settings, smtp_url=f"smtp://{nobody()}")
    await owe(cast, "seoul_mayor")
    await deliver_batch(alone, Lane.BULK)
    [found] = await Delivery.select()
    assert (found["state"], found["attempts"]) == ("due", 0)
    assert found["next_try_at"] is not None


async def test_relay_is_tried_again_by_one_at_a_time_and_welcomed_back(outbox: Outbox) -> None:
    await relays.failed("a:25", "refused")
    assert await relays.usable(["a:25", "b:25"]) == {"b:25": False}
    await Breaker.raw(
        "UPDATE relay_breaker SET open_until = now(), failed_at = now() - '1m'::interval"
    )
    tries = await asyncio.gather(*(relays.usable(["a:25"]) for _ in range(8)))
    assert sorted(map(bool, tries)) == [False] * 7 + [True]
    await relays.failed("a:25", "refused")
    [breaker] = await Breaker.raw(
        "SELECT failures, extract(epoch FROM open_until - now())::int AS pause FROM relay_breaker"
    )
    assert breaker == {"failures": 2, "pause": 2 * relays.PAUSE_SECONDS}
    await relays.recovered("a:25")
    assert await relays.usable(["a:25"]) == {"a:25": False}


async def test_domain_gets_so_many_mails_a_minute_and_the_rest_waits(
    cast: Cast, outbox: Outbox
) -> None:
    domain = email("seoul_mayor").rpartition("@")[2]
    slow = replace(outbox.settings, mail_rates=(MailRate(domain, 2), MailRate("*", 600)))
    await owe(cast, "seoul_mayor", "nairobi_mayor", "lima_mayor")
    await deliver_batch(slow, Lane.BULK)
    assert await sent() == 2
    [waiting] = await Delivery.raw(
        "SELECT attempts, next_try_at = date_trunc('minute', next_try_at) AS on_the_minute,"
        " next_try_at > now() - interval '1 minute' AS later FROM delivery WHERE state <> 'sent'"
    )
    assert waiting == {"attempts": 0, "on_the_minute": True, "later": True}


async def test_workers_take_from_the_same_minute(outbox: Outbox) -> None:
    grants = await asyncio.gather(*(relays.grant({"a.org": 30}, {"a.org": 100}) for _ in range(8)))
    minutes = await DomainMinute.select()
    granted = sum(each["a.org"].mails for each in grants)
    assert granted == sum(each["mails"] for each in minutes)
    assert len(minutes) > 1 or granted == 100
    assert await relays.grant({"b.org": 30}, {}) == {}


@pytest.mark.parametrize("chunk", [freezing.CHUNK, 1])
async def test_no_other_batch_is_begun_while_a_relay_is_slow(
    cast: Cast, outbox: Outbox, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    answering, begun, keep = threading.Event(), asyncio.Queue[str](), Keeper.handle_DATA

    async def slowly(keeper: Keeper, *given: Any) -> str:
        await asyncio.to_thread(answering.wait, 30)
        return await keep(keeper, *given)

    async def go_on() -> None:
        begun.put_nowait("another")

    monkeypatch.setattr(Keeper, "handle_DATA", slowly)
    monkeypatch.setattr(sending, "WAITING_MOST", 1)
    monkeypatch.setattr(freezing, "CHUNK", chunk)
    narrow = replace(outbox.settings, smtp_connections=1, delivery_lease_seconds=60)
    names = "seoul_mayor", "nairobi_mayor", "lima_mayor", "seoul_coordinator", "nairobi_coordinator"
    await owe(cast, *names, "nairobi_cio", "officer")
    sends = asyncio.create_task(deliver_batch(narrow, Lane.BULK, go_on=go_on))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(begun.get(), 1)
    answering.set()
    assert await sends == 7
    assert begun.qsize() == 1
    assert await sent() == 7


async def test_batch_is_written_whole_though_the_next_cannot_be_called_for(
    cast: Cast, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def go_on() -> None:
        raise ConnectionError("the queue is away")

    monkeypatch.setattr(freezing, "CHUNK", 1)
    names = "seoul_mayor", "nairobi_mayor", "lima_mayor", "seoul_coordinator", "nairobi_coordinator"
    await owe(cast, *names, "nairobi_cio", "officer")
    with pytest.raises(ConnectionError):
        await deliver_batch(outbox.settings, Lane.BULK, go_on=go_on)
    assert await sent() == 7
