"""A slice of the matrix in every run of the tests; all of it in `make conformance`."""

import pytest

from tests.matrix.cells import Asking
from tests.matrix.classified import missing
from tests.matrix.pages import PAGE, text
from tests.matrix.tally import Tally
from tests.matrix.world import World
from tracker.graphql.registry import registry

pytestmark = pytest.mark.long


def test_everything_is_classified_and_the_page_says_so() -> None:
    assert missing() == []
    assert PAGE.read_text(encoding="utf-8") == text()


@pytest.mark.parametrize("who", ["public", "lima_coordinator"])
async def test_what_a_viewer_sees_is_what_was_decided(world: World, who: str) -> None:
    tally = Tally()
    await Asking(world, who, tally).everything()
    assert (tally.leaks[:20], tally.hidden[:20]) == ([], [])
    assert tally.cells > 1000


def test_world_has_rows_of_every_type(world: World) -> None:
    assert {name for name in registry.declarations if not world.rows[name]} == set()
