"""A slice of the real doors in every run of the tests, after all others of the matrix: who comes in
leaves traces in the world that others would see. All of it in `make conformance`."""

from collections.abc import AsyncIterator

import pytest
from asyncpg import Connection

from tests.cast import Cast
from tests.matrix.cells import Asking
from tests.matrix.conftest import given_away
from tests.matrix.doors import knock
from tests.matrix.exports import take
from tests.matrix.following import follow
from tests.matrix.installation import installed, unlimited
from tests.matrix.lapses import lapse
from tests.matrix.tally import Tally
from tests.matrix.ways import Ways
from tests.matrix.world import World
from tracker.app import create_app
from tracker.settings import Settings

pytestmark = pytest.mark.long

ROWS_MOST = 8
"""Rows that an address is tried with, of the first and of the last each."""

FEW = ("mixed", "public", "deputy", "lima_coordinator")


@pytest.fixture(scope="module")
async def world(played: Cast, owner: Connection, cleaner: Connection, reads: None) -> World:
    """One for these tests alone, from now on."""
    return await given_away(played, owner, cleaner)


@pytest.fixture(scope="module")
async def address(world: World, settings: Settings) -> AsyncIterator[str]:
    """Of a real server over the world."""
    async with installed(settings) as found:
        yield found


@pytest.mark.parametrize("who", ["public", "lima_mayor"])
async def test_addresses_answer_those_who_were_decided(
    world: World, settings: Settings, address: str, who: str
) -> None:
    tally = Tally()
    await knock(Asking(world, who, tally), create_app(unlimited(settings)), settings, ROWS_MOST)
    assert (tally.leaks[:20], tally.hidden[:20]) == ([], [])


async def test_every_door_answers_what_the_planner_does(world: World, address: str) -> None:
    ways = Ways(world, address, tally := Tally(), FEW)
    await ways.over_http(["Project", "AuditEvent"])
    await ways.over_sockets(["Project", "ApiToken"])
    await Ways(world, address, tally, ["deputy"]).from_shells()
    assert (tally.leaks[:20], tally.hidden[:20]) == ([], [])
    assert tally.cells > 100


async def test_followers_and_exports_are_told_what_the_trail_shows(
    world: World, address: str
) -> None:
    await follow(world, address, tally := Tally(), FEW)
    await take(world, address, tally, FEW)
    assert (tally.leaks[:20], tally.hidden[:20]) == ([], [])
    assert tally.cells > 1000


async def test_answers_end_with_the_right_that_led_to_them(world: World, address: str) -> None:
    await lapse(world, address, tally := Tally())
    assert (tally.leaks[:20], tally.hidden[:20]) == ([], [])
    assert tally.cells > 100
