"""Addresses in a world of their own, because who signs in leaves traces that others see."""

from dataclasses import replace

import pytest

from tests.matrix.cells import Asking, Tally
from tests.matrix.doors import knock
from tests.matrix.world import World
from tests.web.browser import HOST
from tracker.app import create_app
from tracker.settings import Settings


@pytest.mark.parametrize("who", ["public", "lima_mayor"])
async def test_addresses_answer_those_who_were_decided(
    world: World, settings: Settings, who: str
) -> None:
    app = create_app(replace(settings, base_url=HOST))
    tally = Tally()
    await knock(Asking(world, who, tally), app, settings)
    assert (tally.leaks[:20], tally.hidden[:20]) == ([], [])
