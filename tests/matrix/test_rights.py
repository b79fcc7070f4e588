"""That the attempts notice a rule that is broken; all of them in turn in `make conformance`."""

from tests.matrix.rights import noticed, rights
from tests.matrix.world import World

FEW = ("auditor with review", "mayor without decide", "independent whatever they made")


async def test_broken_rights_are_noticed(world: World) -> None:
    broken = [each for each in rights() if each[0].name in FEW]
    assert len(broken) == len(FEW)
    assert [m.name for m, role, asked in broken if not await noticed(world, m, role, asked)] == []
