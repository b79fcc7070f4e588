"""A slice of who does what in every run of the tests; all of it in `make conformance`."""

import pytest

from tests.matrix.attempts import Attempts
from tests.matrix.cells import Asking
from tests.matrix.tally import Tally
from tests.matrix.world import World

pytestmark = pytest.mark.long


@pytest.mark.parametrize("who", ["public", "lima_coordinator", "seoul_approver", "auditor"])
async def test_what_a_viewer_changes_is_what_was_decided(world: World, who: str) -> None:
    tally = Tally()
    await Attempts(Asking(world, who, tally), most=3).everything()
    assert (tally.leaks[:40], tally.hidden[:40]) == ([], [])


async def test_tokens_and_keys_of_others_change_nothing(world: World) -> None:
    tally = Tally()
    for who in ("nairobi_coordinator", "nairobi_mayor", "administrator"):
        await Attempts(Asking(world, who, tally), most=6).by_token()
        other = Attempts(Asking(world, "lima_coordinator", tally), most=6)
        await other.with_key_of(Asking(world, who, Tally()))
    assert (tally.leaks[:40], tally.hidden[:40]) == ([], [])
    assert tally.cells > 200
