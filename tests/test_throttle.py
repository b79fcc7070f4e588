"""How often anybody may do something: counted for all processes together, come what may."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network

import pytest
from redis.asyncio import Redis

from tracker.settings import Limit, Limits, Settings
from tracker.throttle import Address, TooOften, forget, require_room, shared, spend, throttling
from tracker.throttle import alone as counting
from tracker.throttle.shared import REDIS_SECONDS
from tracker.web.proxies import address_of, seen_through

EMAIL = "nairobi_coordinator@example.org"
HOST = Address("203.0.113.7")


def limited(settings: Settings, account: Limit, address: Limit = Limit(0, 1)) -> Settings:  # noqa: B008
    """With that limit on sign-in."""
    return replace(settings, limit_sign_in=Limits(account, address))


@pytest.fixture
async def ten(
    settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Settings]:
    """Ten an hour for an account, fifteen for an address. Redis is there, so a machine that is busy
    for half a second must not count as if it were not."""
    monkeypatch.setattr(shared, "REDIS_SECONDS", 10)
    chosen = limited(settings, Limit(10, 3600), Limit(15, 3600))
    async with throttling(chosen):
        yield chosen


async def test_limit_holds_for_calls_at_once(ten: Settings) -> None:
    waits = await asyncio.gather(*(spend("sign_in", EMAIL) for _ in range(50)))
    assert sum(wait == 0 for wait in waits) == 10
    assert all(3600 <= wait <= 3600 * 17 / 16 for wait in waits if wait)


async def test_every_key_counts_and_a_refusal_counts_for_none(ten: Settings) -> None:
    for _ in range(10):
        await require_room("sign_in", EMAIL, HOST)
    for _ in range(10):
        with pytest.raises(TooOften):
            await require_room("sign_in", EMAIL, HOST)
    for number in range(5):
        assert await spend("sign_in", f"{number}@example.org", HOST) == 0
    assert await spend("sign_in", "another@example.org", HOST) > 0
    assert await spend("sign_in", "another@example.org", Address("203.0.113.8")) == 0
    assert await spend("upload", EMAIL, HOST) == 0


async def test_one_account_however_it_is_written(ten: Settings) -> None:
    for number in range(10):
        await require_room("sign_in", EMAIL.upper() if number % 2 else f" {EMAIL} ")
    assert await spend("sign_in", EMAIL) > 0


async def test_addresses_of_one_network_count_as_one(ten: Settings) -> None:
    for number in range(15):
        await require_room("sign_in", Address(f"2001:db8:1:2::{number:x}"))
    assert await spend("sign_in", Address("2001:db8:1:2:ffff::1")) > 0
    assert await spend("sign_in", Address("2001:db8:1:3::1")) == 0
    for _ in range(15):
        await require_room("sign_in", Address("::ffff:203.0.113.9"))
    assert await spend("sign_in", Address("203.0.113.9")) > 0


async def test_who_has_shown_who_they_are_begins_anew(ten: Settings) -> None:
    for _ in range(10):
        await require_room("sign_in", EMAIL)
    await forget("sign_in", EMAIL)
    assert await spend("sign_in", EMAIL) == 0


async def test_room_comes_back(settings: Settings, redis: Redis) -> None:
    async with throttling(limited(settings, Limit(2, 1))):
        waits = [await spend("sign_in", EMAIL) for _ in range(3)]
        assert waits[:2] == [0, 0]
        assert 0 < waits[2] <= 17 / 16
        await asyncio.sleep(waits[2] + 0.01)
        assert await spend("sign_in", EMAIL) == 0


async def test_several_at_once_need_room_for_all(ten: Settings) -> None:
    assert await spend("sign_in", EMAIL, times=8) == 0
    assert await spend("sign_in", EMAIL, times=3) > 0
    assert await spend("sign_in", EMAIL, times=2) == 0


PROGRAM = """
import asyncio
from tracker.settings import Settings
from tracker.throttle import spend, throttling

async def main():
    async with throttling(Settings.from_environment()):
        print(sum([await spend("sign_in", "a@example.org") == 0 for _ in range(40)]))

asyncio.run(main())
"""


async def test_limit_holds_for_several_processes(settings: Settings, redis: Redis) -> None:
    chosen = limited(settings, Limit(50, 3600))
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            PROGRAM,
            env=chosen.to_environment(),
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(2)
    ]
    said = [(await process.communicate())[0] for process in processes]
    assert sum(int(text) for text in said) == 50


async def test_nobody_is_to_be_read_in_redis(ten: Settings, redis: Redis) -> None:
    await require_room("sign_in", EMAIL, HOST)
    kept = await redis.keys()
    assert len(kept) == 2
    everything = repr([kept, *[await redis.dump(key) for key in kept]])
    assert "nairobi" not in everything
    assert "203.0.113" not in everything
    assert min([await redis.ttl(key) for key in kept]) > 0


async def test_limit_holds_while_redis_is_away(settings: Settings) -> None:
    nowhere = "unix:///nowhere/valkey.sock"
    chosen = limited(replace(settings, redis_url=nowhere), Limit(10, 3600), Limit(15, 3600))
    async with throttling(chosen):
        waits = await asyncio.gather(*(spend("sign_in", EMAIL, HOST) for _ in range(30)))
        assert sum(wait == 0 for wait in waits) == 10
        assert all(3600 <= wait <= 3600 * 17 / 16 for wait in waits if wait)
        await forget("sign_in", EMAIL)
        waits = [await spend("sign_in", EMAIL, HOST) for _ in range(10)]
        assert sum(wait == 0 for wait in waits) == 5


async def test_limit_holds_when_redis_goes_in_the_middle(settings: Settings, redis: Redis) -> None:
    """A way to Redis that can be cut, and comes back."""
    path = f"{settings.data_dir}/cut.sock"
    chosen = limited(replace(settings, redis_url=f"unix://{path}"), Limit(10, 3600))
    async with throttling(chosen):
        async with passing(path, settings):
            assert [await spend("sign_in", EMAIL) == 0 for _ in range(4)] == [True] * 4
        waits = [await spend("sign_in", EMAIL) for _ in range(20)]
        assert sum(wait == 0 for wait in waits) == 10
        async with passing(path, settings):
            await asyncio.sleep(REDIS_SECONDS + 0.01)
            waits = [await spend("sign_in", EMAIL) for _ in range(20)]
            assert sum(wait == 0 for wait in waits) == 6


@asynccontextmanager
async def passing(path: str, settings: Settings) -> AsyncIterator[None]:
    """A socket that leads to Redis for as long as the block lasts."""
    assert settings.redis_url
    real = settings.redis_url.removeprefix("unix://").partition("?")[0]
    writers: list[asyncio.StreamWriter] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_unix_connection(real)
        writers.extend([writer, outer])
        await asyncio.gather(pump(reader, outer), pump(inner, writer), return_exceptions=True)

    server = await asyncio.start_unix_server(meet, path)
    try:
        yield
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.sleep(0.01)
        os.unlink(path)


async def test_process_alone_keeps_within_its_memory(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "KEYS_MOST", 20)
    alone = counting.Alone()
    waits = [alone.spend([(f"key {number}", Limit(1, 3600))], 1) for number in range(30)]
    assert [wait == 0 for wait in waits] == [True] * 20 + [False] * 10


PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("198.51.100.1", ["203.0.113.7"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
        ("10.0.0.1", ["6.6.6.6", "203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["6.6.6.6, rubbish"], "10.0.0.1"),
        ("10.0.0.1", ["rubbish, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["203.0.113.7:4711"], "203.0.113.7"),
        ("10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.1", ["::ffff:203.0.113.7"], "203.0.113.7"),
        ("::ffff:10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("fd00::1", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
    ],
)
def test_address_is_the_last_that_is_no_proxy(
    peer: str, forwarded: list[str], expected: str
) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope = {"type": "http", "client": (peer, 1), "headers": headers}
    seen_through(scope, PROXIES)
    assert address_of(scope) == expected
