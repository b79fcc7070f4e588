"""The matrix's own world, once for all of its tests."""

from collections.abc import AsyncIterator

import pytest
from asyncpg import Connection

from tests.cast import Cast
from tests.conftest import empty
from tests.matrix import world as worlds
from tests.matrix.world import World
from tracker.graphql import serving
from tracker.settings import Settings


@pytest.fixture(scope="module")
async def world(settings: Settings, played: Cast, owner: Connection) -> AsyncIterator[World]:
    """Rows of every type in every state, for reading only."""
    await empty(owner)
    async with serving(settings):
        yield await worlds.make(played, owner)
