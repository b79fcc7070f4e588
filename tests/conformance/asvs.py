"""How much of OWASP ASVS 5.0.0 is met, by the register in docs/asvs.md."""

from tests.asvs import items, problems
from tests.conformance.rows import Row
from tests.conformance.server import Server

CLOSED_LEAST = 0.95


async def check(_: Server) -> list[Row]:
    """Count."""
    found = items()
    second = [each for each in found if each.level == 2]
    closed = sum(not each.is_open for each in second) / len(second)
    first = sum(each.is_open for each in found if each.level == 1)
    return [
        Row("asvs.items", len(found), at_least=253),
        Row("asvs.wrong", len(list(problems(found))), at_most=0),
        Row("asvs.level1_open", first, at_most=0),
        Row("asvs.level2_closed", closed, at_least=CLOSED_LEAST),
    ]
