"""That the attempts notice a rule that is broken; all of them in turn in `make conformance`."""

import pytest

from tests.matrix.rights import noticed, rights
from tests.matrix.world import World

pytestmark = pytest.mark.long

FEW = (
    *("auditor with review", "deputy at any time"),
    "independent whatever the mayor made for whom they decide",
)


async def test_broken_rights_are_noticed(world: World) -> None:
    broken = [each for each in rights() if each.mutant.name in FEW]
    assert len(broken) == len(FEW)
    assert [each.mutant.name for each in broken if not await noticed(world, each)] == []
