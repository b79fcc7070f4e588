"""The matrix's own world, once for all of its tests."""

import pytest
from asyncpg import Connection

from tests.cast import Cast
from tests.conftest import empty
from tests.graphql.conftest import reads
from tests.matrix import world as worlds
from tests.matrix.world import World

__all__ = ["reads", "world"]

EVENTS = "SELECT count(*), max(id) FROM audit_event"

_made: dict[tuple[int, int], World] = {}
"""The last world by the events that it consists of."""


@pytest.fixture
async def world(played: Cast, owner: Connection, cleaner: Connection, reads: None) -> World:
    """Rows of every type in every state, for reading only: the same for one test after the other,
    unless another in between left something else in the database."""
    return await last(played, owner, cleaner)


async def given_away(played: Cast, owner: Connection, cleaner: Connection) -> World:
    """The same, for tests that change it: nobody gets it after them."""
    found = await last(played, owner, cleaner)
    _made.clear()
    return found


async def last(played: Cast, owner: Connection, cleaner: Connection) -> World:
    """The last world, if it is still in the database, or a new one."""
    found = _made.get(tuple(await owner.fetchrow(EVENTS)))
    if found is None:
        await empty(cleaner)
        found = await worlds.make(played, owner)
        _made.clear()
        _made[tuple(await owner.fetchrow(EVENTS))] = found
    return found
