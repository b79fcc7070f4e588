"""The real application over the run's database, and browsers that look at it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace

import pytest
from litestar import Litestar

from tests.cast import Cast
from tests.web.browser import HOST, Browser
from tracker.app import create_app
from tracker.graphql import READS, serving
from tracker.settings import Settings

SignedIn = Callable[[str], Awaitable[Browser]]
"""Name in the cast -> their browser."""


@pytest.fixture(scope="session")
async def app(settings: Settings, played: Cast) -> AsyncIterator[Litestar]:
    """An installation for real use. Its connections are those of the run."""
    async with serving(settings):
        yield create_app(replace(settings, base_url=HOST))


@pytest.fixture
def demonstration(settings: Settings, app: Litestar, cast: Cast) -> Browser:
    """A browser at a demonstration."""
    return Browser(create_app(replace(settings, base_url=HOST, demonstration=True)))


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
