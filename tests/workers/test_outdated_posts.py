"""Posts to channels of digests that were written when their readers saw more: none tells what its
reader may not see any more, none is lost, and none comes twice."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.cast import Cast
from tests.relay import Relay
from tests.workers.channels import Channel, posts, set_up
from tests.workers.conftest import Outbox
from tests.workers.test_outdated import TITLE, text_of, told_of_a_secret
from tracker.domain.database import fetch
from tracker.domain.deliveries.tables import DeliveryState, Lane
from tracker.domain.leaving.actions import end_membership
from tracker.domain.resending import actions as resending
from tracker.workers import freezing
from tracker.workers.deliveries import deliver_batch

pytestmark = pytest.mark.usefixtures("reads")


async def _put_off(cast: Cast, posting: Outbox, relay: Relay, channel: Channel) -> int:
    """A digest that its relay put off, and whose post is owed: the role that lets its reader see
    what it tells."""
    await set_up(cast, channel, who="lima_mayor")
    _, role = await told_of_a_secret(cast)
    with relay.deferring():
        await deliver_batch(posting.settings, Lane.BULK)
    return role


async def _leave(cast: Cast, role: int) -> None:
    await end_membership(cast.administrator, role, left_to_city=True)


async def _go_on(posting: Outbox) -> None:
    """Work, without the ledger's pauses and leases."""
    await fetch("UPDATE delivery SET next_try_at = now()")
    await fetch("UPDATE delivery SET lease_until = now() WHERE lease_until IS NOT NULL")
    await posting.drain()


async def test_post_that_was_refused_is_written_anew_with_its_digest(
    cast: Cast, posting: Outbox, relay: Relay, channel: Channel
) -> None:
    role = await _put_off(cast, posting, relay, channel)
    channel.statuses[:] = [500]
    await deliver_batch(posting.settings, Lane.HOOKS)
    await _leave(cast, role)
    await _go_on(posting)
    assert [TITLE in json.dumps(said) for said in channel.said] == [True, False]
    first, second = (headers["webhook-id"] for headers, _ in channel.taken)
    assert first != second, "it says something else"
    assert TITLE not in "".join(map(text_of, posting.mails()))
    [post] = await posts()
    assert post.state == DeliveryState.SENT


async def test_post_that_may_have_arrived_ends_when_its_digest_is_written_anew(
    cast: Cast, posting: Outbox, relay: Relay, channel: Channel
) -> None:
    role = await _put_off(cast, posting, relay, channel)
    channel.statuses[:] = [0]
    await deliver_batch(posting.settings, Lane.HOOKS)
    await _leave(cast, role)
    await _go_on(posting)
    assert len(channel.taken) == 1
    assert TITLE not in "".join(map(text_of, posting.mails()))
    [post] = await posts()
    assert post.state == DeliveryState.CANCELLED
    assert "may have arrived already" in str(post.last_error)


async def test_post_waits_for_its_digest_to_be_written_anew(
    cast: Cast, posting: Outbox, relay: Relay, channel: Channel
) -> None:
    role = await _put_off(cast, posting, relay, channel)
    await _leave(cast, role)
    await deliver_batch(posting.settings, Lane.HOOKS)
    assert channel.taken == []
    await posting.drain()
    [said] = channel.said
    assert TITLE not in json.dumps(said)
    [post] = await posts()
    assert (post.state, post.attempts) == (DeliveryState.SENT, 1)


async def test_post_of_a_digest_that_is_sent_once_more_says_what_that_says(
    cast: Cast, posting: Outbox, channel: Channel
) -> None:
    await set_up(cast, channel, who="lima_mayor")
    number, role = await told_of_a_secret(cast)
    channel.statuses[:] = [500]
    await deliver_batch(posting.settings, Lane.BULK)
    await deliver_batch(posting.settings, Lane.HOOKS)
    await _leave(cast, role)
    await resending.resend(cast.administrator, number, "It never came.")
    await _go_on(posting)
    assert [TITLE in json.dumps(said) for said in channel.said] == [True, False]
    [post] = await posts()
    assert post.state == DeliveryState.SENT


async def test_post_that_is_sent_once_more_is_written_anew_with_its_digest(
    cast: Cast, posting: Outbox, relay: Relay, channel: Channel
) -> None:
    role = await _put_off(cast, posting, relay, channel)
    await deliver_batch(posting.settings, Lane.HOOKS)
    [first] = await posts()
    await resending.resend(cast.administrator, first.id, "Nobody saw it there.")
    channel.statuses[:] = [500]
    await deliver_batch(posting.settings, Lane.HOOKS)
    await _leave(cast, role)
    await _go_on(posting)
    assert [TITLE in json.dumps(said) for said in channel.said] == [True, True, False]
    assert [each.state for each in await posts()] == [DeliveryState.SENT] * 2


async def test_what_was_read_before_a_role_ended_is_not_posted_after_it(
    cast: Cast, posting: Outbox, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends between the reading and the freezing."""
    await set_up(cast, channel, who="lima_mayor")
    _, role = await told_of_a_secret(cast)
    compose = freezing._composed

    async def slowly(*given: Any) -> Mapping[int, Any]:
        found = await compose(*given)
        await _leave(cast, role)
        return found

    monkeypatch.setattr(freezing, "_composed", slowly)
    await deliver_batch(posting.settings, Lane.BULK)
    await deliver_batch(posting.settings, Lane.HOOKS)
    [mail] = posting.mails()
    assert TITLE in text_of(mail)
    assert channel.taken == []
    [post] = await posts()
    assert post.state == DeliveryState.CANCELLED


@pytest.mark.parametrize("status", [500, 0])
async def test_post_that_was_called_off_comes_with_its_digest_that_is_sent_once_more(
    cast: Cast, posting: Outbox, channel: Channel, status: int
) -> None:
    """Unless it may have arrived."""
    await set_up(cast, channel, who="lima_mayor")
    number, role = await told_of_a_secret(cast)
    channel.statuses[:] = [status]
    await deliver_batch(posting.settings, Lane.BULK)
    await deliver_batch(posting.settings, Lane.HOOKS)
    await _leave(cast, role)
    await _go_on(posting)
    [post] = await posts()
    assert post.state == DeliveryState.CANCELLED
    await resending.resend(cast.administrator, number, "It never came.")
    await _go_on(posting)
    await _go_on(posting)
    said = [TITLE in json.dumps(each) for each in channel.said]
    assert said == ([True, False] if status else [True])
    [post] = await posts()
    assert post.state == (DeliveryState.SENT if status else DeliveryState.CANCELLED)


async def test_post_that_was_called_off_and_sent_once_more_comes_once(
    cast: Cast, posting: Outbox, channel: Channel
) -> None:
    await set_up(cast, channel, who="lima_mayor")
    number, role = await told_of_a_secret(cast)
    await deliver_batch(posting.settings, Lane.BULK)
    await _leave(cast, role)
    await _go_on(posting)
    [post] = await posts()
    assert post.state == DeliveryState.CANCELLED
    await resending.resend(cast.administrator, number, "It never came.")
    await deliver_batch(posting.settings, Lane.BULK)
    [owed] = await posts()
    assert owed.state == DeliveryState.DUE
    assert not owed.last_error
    await _go_on(posting)
    await resending.resend(cast.administrator, owed.id, "Nobody saw it there.")
    await _go_on(posting)
    assert [TITLE in json.dumps(each) for each in channel.said] == [False, False]
    assert [each.state for each in await posts()] == [DeliveryState.SENT] * 2
