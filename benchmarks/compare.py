"""All competitors must give the same answers before any of them is measured."""

from collections.abc import Sequence

from benchmarks.competitors import Competitor
from benchmarks.operations import Request
from benchmarks.rival_documents import PG_AGGREGATES

COMPARED = 5
"""Requests of each operation."""


def require_equal(competitors: Sequence[Competitor], asked: dict[str, list[Request]]) -> None:
    """Raises RuntimeError naming the first answer that differs from the written statement's."""
    [written] = [each for each in competitors if each.name == "written"]
    for operation, requests in asked.items():
        for request in requests[:COMPARED]:
            for day, each in enumerate(competitors, 1):
                if operation in each.operations:
                    _require_same(written, each, operation, request, f"2031-05-{day:02}")


def _require_same(
    written: Competitor, other: Competitor, operation: str, request: Request, day: str
) -> None:
    """An update goes to another day each time, or it would change nothing."""
    for document in _documents(other, operation):
        other.documents[operation] = document
        found = other.answer(operation, request, day)
        wanted = written.answer(operation, request, day)
        if not found:
            raise RuntimeError(f"{operation} {request.variables}: {other.name} found nothing")
        if found != wanted:
            raise RuntimeError(
                f"{operation} {request.variables}: {other.name} answers\n{str(found)[:1500]}\n"
                f"and {written.name}\n{str(wanted)[:1500]}"
            )


def _documents(competitor: Competitor, operation: str) -> list[str]:
    """PostGraphile's aggregate is written both ways."""
    if competitor.name == "postgraphile" and operation == "aggregate":
        return list(PG_AGGREGATES)
    return [competitor.documents[operation]]
