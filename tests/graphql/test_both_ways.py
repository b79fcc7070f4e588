"""Whatever document is asked: the planner's one statement answers it as graphql-core does, and as
an executor does that reads one column at a time."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import pytest
from asyncpg import Connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import Cast
from tests.conftest import empty
from tests.graphql import both_ways, portfolio
from tests.graphql import documents as everything
from tests.graphql.both_ways import VIEWERS, Outcome
from tests.graphql.drawing import Drawn, Seeds, declared_part, documents
from tests.graphql.reference import Columns, Reference
from tests.graphql.test_portfolio import EVERYTHING
from tests.graphql.test_search import SEARCH
from tracker.domain import clock
from tracker.graphql import graphql_schema
from tracker.graphql.registry import registry
from tracker.settings import Settings

pytestmark = pytest.mark.long

PROFILE = settings(
    max_examples=40,
    derandomize=True,  # the same documents on every machine; make conformance draws new ones
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

FEW = 30
"""Connections of one document: fewer than the conditions that one operation may have."""

MAYOR, OFFICER = "nairobi_mayor", "officer"

FOUND = "nodes { id }"

PAGE = """pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  edges { cursor node { id } }"""

WORDS = (
    SEARCH,
    """query($query: String!) {
      cities(search: $query) { totalCount edges { cursor node { id name } } }
      practices(filter: {text: {matches: $query}}) { totalCount nodes { id title } }
      projects(filter: {not: {text: {matches: $query}}}, last: 2) { totalCount nodes { id } }
    }""",
)
"""Documents that find by words; the reference does not know how words are compared."""


@dataclass(frozen=True, repr=False)
class Ground:
    """A portfolio, what is known of it, documents about it, and a reference for every viewer."""

    cast: Cast
    seeds: Seeds
    documents: st.SearchStrategy[Drawn]
    references: dict[str, Reference]
    now: datetime

    async def compared(
        self, drawn: Drawn, viewer: str, *, referred: bool = True, core: bool = True
    ) -> Outcome:
        """The document answered every way as this viewer. Fails where the ways differ."""
        reference = self.references[viewer] if referred else None
        with clock.at(self.now):
            outcome = await both_ways.compare(drawn, self.cast[viewer], reference, core=core)
        assert not outcome.differences, "\n".join([f"as {viewer}", *outcome.differences])
        return outcome


@pytest.fixture(scope="module")
async def ground(
    settings: Settings, played: Cast, cleaner: Connection, reads: None
) -> AsyncIterator[Ground]:
    await empty(cleaner)
    await portfolio.make(played)
    await cleaner.execute("ANALYZE")  # else plans for tables thought empty outlast the time given
    connection = await asyncpg.connect(settings.database_url, server_settings={"timezone": "UTC"})
    schema, now = declared_part(graphql_schema, registry), clock.now()
    with clock.at(now):
        witnesses = [played.system, *(played[name] for name in VIEWERS)]
        seeds = await portfolio.seeds(registry, witnesses)
        columns = Columns(connection)
        references = {name: Reference(schema, registry, columns, played[name]) for name in VIEWERS}
        yield Ground(played, seeds, documents(schema, registry, seeds), references, now)
    await connection.close()


@PROFILE
@given(data=st.data())
async def test_drawn_document_is_answered_alike_by_every_way(
    ground: Ground, data: st.DataObject
) -> None:
    await ground.compared(data.draw(ground.documents), data.draw(st.sampled_from(VIEWERS)))


@pytest.mark.parametrize("name", everything.names())
async def test_type_with_all_its_relations_is_answered_alike_by_every_way(
    ground: Ground, name: str
) -> None:
    """What is drawn meets some hidden row now and then; this meets all of them."""
    drawn = Drawn(everything.everything(registry.declarations[name]), {})
    for viewer in ("public", "lima_coordinator", "nairobi_mayor"):
        await ground.compared(drawn, viewer)


@pytest.mark.parametrize("name", everything.names())
async def test_type_every_filter_is_answered_alike_by_every_way(
    ground: Ground, name: str, whole: bool
) -> None:
    declaration = registry.declarations[name]
    given_ = [f"filter: {each}" for each in everything.filters(declaration, ground.seeds)]
    await _all_alike(ground, name, given_, FOUND, whole)


@pytest.mark.parametrize("name", everything.names())
async def test_type_every_order_is_answered_alike_by_every_way(
    ground: Ground, name: str, whole: bool
) -> None:
    declaration = registry.declarations[name]
    given_ = list(everything.pages(declaration, ground.seeds))
    await _all_alike(ground, name, given_, PAGE, whole)


async def _all_alike(
    ground: Ground, name: str, given_: Sequence[str], selection: str, whole: bool
) -> None:
    """A connection for each of the arguments, the first in a document with how many rows there are,
    or where everything is tried each: asked by an officer and by the others in turn, and
    by everybody, a mayor first, until something was found; where everything is tried, by the mayor
    always. graphql-core, which finds rows as the planner does and differs in how it shows them, is
    asked as well until something was found, or always."""
    others, found = [OFFICER, *(each for each in VIEWERS if each not in (MAYOR, OFFICER))], False
    for turn, at in enumerate(range(0, len(given_), FEW)):
        few = given_[at : at + FEW]
        counted = len(few) if whole else 1
        text = everything.together(registry.declarations[name], few, selection, counted)
        first = [others[turn % len(others)], *([MAYOR] if whole else [])]
        for viewer in (*first, *(each for each in (MAYOR, *others) if each not in first)):
            if viewer in first or not found:
                drawn = Drawn(text, {})
                outcome = await ground.compared(drawn, viewer, core=whole or not found)
                assert not outcome.has_errors
                found = found or outcome.has_rows
    assert found


@pytest.mark.parametrize("query", ["permits", "Nairobi -draft", "permts"])
async def test_words_find_alike_by_both_ways(ground: Ground, query: str) -> None:
    for viewer in VIEWERS:
        for text in WORDS:
            outcome = await ground.compared(Drawn(text, {"query": query}), viewer, referred=False)
            assert not outcome.has_errors


@pytest.mark.parametrize("key", [["STATE"], ["THEME", "DONOR_CITY"], ["QUARTER", "SDG_GOAL"]])
async def test_figures_are_answered_alike_by_both_ways(ground: Ground, key: list[str]) -> None:
    for viewer in VIEWERS:
        drawn = Drawn(EVERYTHING, {"by": key, "first": 3})
        outcome = await ground.compared(drawn, viewer, referred=False)
        assert not outcome.has_errors
