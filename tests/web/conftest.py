"""The real application over the run's database, and browsers that look at it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from litestar import Litestar
from redis import Redis
from uvicorn import Config, Server

from tests.cast import Cast
from tests.graphql.conftest import reads
from tests.relay import Relay
from tests.web.browser import HOST, Browser
from tracker.app import create_app
from tracker.graphql import READS, serving
from tracker.graphql.live import live
from tracker.settings import Settings
from tracker.throttle import throttling
from tracker.web.admission import watching
from tracker.web.wire import wire

__all__ = ["reads"]

SignedIn = Callable[[str], Awaitable[Browser]]
"""Name in the cast -> their browser."""


@pytest.fixture(scope="session")
async def app(settings: Settings, played: Cast) -> AsyncIterator[Litestar]:
    """An installation for real use. Its connections are those of the run."""
    async with serving(settings), throttling(settings):
        yield create_app(replace(settings, base_url=HOST))


@pytest.fixture(scope="session")
async def served(settings: Settings, app: Litestar) -> AsyncIterator[str]:
    """The address of the API's sockets, on a real server, with everything that runs beside it."""
    config = Config(app, port=0, lifespan="off", log_level="error", **wire(settings))
    server, listening = Server(config), config.bind_socket()
    async with live(settings), watching(replace(settings, socket_check_seconds=1)):
        task = asyncio.create_task(server.serve([listening]))
        yield f"ws://127.0.0.1:{listening.getsockname()[1]}/graphql"
        server.should_exit = True
        await task


@pytest.fixture
async def served_cast(served: str, cast: Cast) -> str:
    """The same, over a database that holds the cast."""
    return served


@pytest.fixture(scope="session")
def demonstrating(settings: Settings, app: Litestar) -> Litestar:
    """A demonstration."""
    return create_app(replace(settings, base_url=HOST, demonstration=True))


@pytest.fixture
def demonstration(demonstrating: Litestar, cast: Cast) -> Browser:
    """A browser at a demonstration."""
    return Browser(demonstrating)


@pytest.fixture(autouse=True)
def uncounted(request: pytest.FixtureRequest) -> None:
    """What other tests did is not counted against this one."""
    if "app" in request.fixturenames:
        counts: Redis = request.getfixturevalue("counts")
        for key in counts.scan_iter("throttle:*"):
            counts.delete(key)


@pytest.fixture(scope="session")
def counts(settings: Settings) -> Iterator[Redis]:
    """Where tries are counted."""
    assert settings.redis_url
    with Redis.from_url(settings.redis_url) as redis:
        yield redis


@pytest.fixture
def browser(app: Litestar, cast: Cast) -> Browser:
    """Somebody from the street."""
    return Browser(app)


@pytest.fixture
def signed_in(app: Litestar, cast: Cast) -> SignedIn:
    """Browsers of members of the cast."""

    async def sign_in(name: str) -> Browser:
        return await Browser(app).sign_in(cast, name)

    return sign_in


@pytest.fixture
def statements(app: Litestar) -> Iterator[list[str]]:
    """The SQL of every document that is executed."""
    heard: list[str] = []
    READS.listeners.append(heard.append)
    yield heard
    READS.listeners.remove(heard.append)


@pytest.fixture(scope="session")
def posting(settings: Settings, app: Litestar, relay: Relay) -> Litestar:
    """An installation that mails."""
    return create_app(replace(settings, base_url=HOST, smtp_url=relay.url))


@pytest.fixture
def mailing(posting: Litestar, cast: Cast, relay: Relay, tmp_path: Path) -> Iterator[Litestar]:
    """The same; its mails end up in `tmp_path`."""
    with relay.keeping(tmp_path):
        yield posting
