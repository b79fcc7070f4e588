"""A short slice of `make conformance ARGS=live`, and peers that fall asleep."""

import asyncio
from typing import Any

import pytest

from tests.cast import Cast
from tests.conformance import live
from tests.web.talk import talking
from tracker.web.wire import Wire


async def test_stock_client_sees_each_change_once(served_cast: str, cast: Cast) -> None:
    rows = await live.play(cast, [served_cast], 60, 3, {})
    assert all(row.holds for row in rows), "\n".join(map(str, rows))


async def test_peer_that_slept_is_told_to_come_back(
    served_cast: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hasty(wire: Wire) -> None:
        wire.ping_interval = wire.ping_timeout = 0.1
        wire.schedule_ping()

    monkeypatch.setattr(Wire, "start_keepalive", hasty)
    async with talking(served_cast) as talk:
        await talk.begin()
        transport: Any = talk.connection.transport
        transport.pause_reading()
        await asyncio.sleep(1)
        transport.resume_reading()
        assert await talk.closed() == 1001
