"""How long a socket lives, how many there may be, and how much of one."""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from itertools import chain, count, repeat
from typing import Any

import pytest
from litestar import Litestar
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.cast import Cast
from tests.web.talk import CITIES, Talk, answer, page_of, talking, token
from tracker.domain.people.sessions import end_session
from tracker.domain.people.tokens import revoke_token
from tracker.settings import Limit, Limits, Settings
from tracker.throttle import throttling
from tracker.web import admission, sockets, wire


async def test_revoked_token_closes_its_socket(served_cast: str, cast: Cast) -> None:
    number, bearer = await token(cast, "officer")
    _, other = await token(cast, "officer")
    async with talking(served_cast) as talk, talking(served_cast) as stays:
        await talk.begin(Authorization=bearer)
        await stays.begin(Authorization=other)
        await revoke_token(cast.officer, number)
        assert await talk.closed() == 4403
        await answer(stays, CITIES)


async def test_ended_session_closes_its_socket(served_cast: str, cast: Cast) -> None:
    secret, headers = await page_of(cast, "officer")
    async with talking(served_cast, headers) as talk:
        await talk.begin()
        await end_session(secret)
        assert await talk.closed() == 4403


async def test_sockets_of_a_person_are_bounded(
    served_cast: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, bearer = await token(cast, "officer")
    talks = [talking(served_cast) for _ in range(21)]
    opened = [await talk.__aenter__() for talk in talks]
    try:
        for talk in opened[:20]:
            await talk.begin(Authorization=bearer)
        await opened[20].say(type="connection_init", payload={"Authorization": bearer})
        assert await opened[20].closed() == 1013
        await opened[0].connection.close()
        async with talking(served_cast) as again:
            await again.begin(Authorization=bearer)
    finally:
        for each in talks:
            await each.__aexit__(None, None, None)


async def test_sockets_of_an_address_are_bounded(
    served_cast: str, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(app.state.settings, sockets_per_address=1)
    monkeypatch.setattr(app.state, "settings", few)
    async with talking(served_cast):
        with pytest.raises(InvalidStatus) as refused:
            async with talking(served_cast):
                pass
        assert refused.value.response.status_code == 503
    for _ in range(100):
        if not admission.ADMISSION._counts.total():
            break
        await asyncio.sleep(0.05)
    async with talking(served_cast) as talk:
        await talk.begin()


async def test_client_that_does_not_read_is_dropped(
    served_cast: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it is sent waits in bounded buffers, and only for a while."""
    monkeypatch.setattr(sockets, "SEND_SECONDS", 0.2)
    monkeypatch.setattr(wire, "ABORT_SECONDS", 0.2)
    async with talking(served_cast) as talk:
        await talk.begin()
        transport: Any = talk.connection.transport
        transport.pause_reading()
        monkeypatch.setattr(transport, "resume_reading", lambda: None)
        # The answers fill the system's buffers, then the server's, which then stops reading.
        message = json.dumps({"type": "ping", "payload": {"filler": "x" * 90_000}})
        with pytest.raises(ConnectionClosed):
            await _send_for_ever(talk, message)


async def test_client_that_pings_and_does_not_read_is_dropped(served_cast: str) -> None:
    """Answers to pings below the protocol wait for nobody."""
    async with talking(served_cast) as talk:
        await talk.begin()
        transport: Any = talk.connection.transport
        transport.pause_reading()
        with pytest.raises(ConnectionClosed):
            await _ping_for_ever(talk)


async def _ping_for_ever(talk: Talk) -> None:
    async with asyncio.timeout(30):
        for number in count():
            await talk.connection.ping(f"{number:0120}")


async def test_message_of_countless_frames_closes(served_cast: str) -> None:
    async with talking(served_cast) as talk:
        await talk.begin()
        with suppress(ConnectionClosed):
            await talk.connection.send(chain(['{"type"'], repeat("", 5_000), [': "ping"}']))
        assert await talk.closed() == 1009


async def _send_for_ever(talk: Talk, message: str) -> None:
    async with asyncio.timeout(30):
        while True:
            await talk.connection.send(message)


async def test_operations_on_a_socket_count_like_requests(
    served_cast: str, settings: Settings
) -> None:
    few = Limits(Limit(9, 3600), Limit(2, 3600))
    async with throttling(replace(settings, limit_api=few)), talking(served_cast) as talk:
        await talk.begin()
        heard = []
        for key in ("1", "2", "3"):
            await talk.ask("{ __typename }", key)
            heard.append(await talk.hear())
            if heard[-1]["type"] == "next":
                await talk.hear()
        assert [each["type"] for each in heard] == ["next", "next", "error"]
        assert heard[2]["payload"][0]["extensions"]["code"] == "TOO_OFTEN"
