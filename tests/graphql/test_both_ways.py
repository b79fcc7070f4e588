"""Whatever document is drawn from the schema: the planner's one statement answers it as
graphql-core does, and as an executor does that reads one value at a time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import Cast
from tests.conftest import empty
from tests.graphql import both_ways, portfolio
from tests.graphql import documents as everything
from tests.graphql.drawing import Drawn, declared_part, documents
from tests.graphql.reference import Reference
from tracker.domain import clock
from tracker.graphql import graphql_schema
from tracker.graphql.registry import registry
from tracker.settings import Settings

SCHEMA = declared_part(graphql_schema, registry)

PROFILE = settings(
    max_examples=100,
    derandomize=True,  # the same documents on every machine; make conformance draws new ones
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Ground:
    """A portfolio, documents about it, and a reference for every viewer."""

    cast: Cast
    documents: st.SearchStrategy[Drawn]
    references: dict[str, Reference]
    now: datetime


@pytest.fixture(scope="module")
async def ground(settings: Settings, played: Cast, _reads: None) -> AsyncIterator[Ground]:
    await empty()
    await portfolio.make(played)
    connection = await asyncpg.connect(settings.database_url, server_settings={"timezone": "UTC"})
    now = clock.now()
    with clock.at(now):
        drawn = documents(SCHEMA, registry, await portfolio.seeds(registry))
        references = {
            name: Reference(SCHEMA, registry, connection, played[name])
            for name in both_ways.VIEWERS
        }
        yield Ground(played, drawn, references, now)
    await connection.close()


@PROFILE
@given(data=st.data())
async def test_drawn_document_is_answered_alike_by_every_way(
    ground: Ground, data: st.DataObject
) -> None:
    drawn = data.draw(ground.documents)
    viewer = data.draw(st.sampled_from(both_ways.VIEWERS))
    with clock.at(ground.now):
        outcome = await both_ways.compare(drawn, ground.cast[viewer], ground.references[viewer])
    assert not outcome.differences, "\n".join([f"as {viewer}", *outcome.differences])


@pytest.mark.parametrize("name", everything.names())
async def test_type_with_all_its_relations_is_answered_alike_by_every_way(
    ground: Ground, name: str
) -> None:
    """What is drawn meets some hidden row now and then; this meets all of them."""
    drawn = Drawn(everything.everything(registry.declarations[name]), {})
    for viewer in ("public", "lima_coordinator", "nairobi_mayor"):
        with clock.at(ground.now):
            outcome = await both_ways.compare(drawn, ground.cast[viewer], ground.references[viewer])
        assert not outcome.differences, "\n".join([f"as {viewer}", *outcome.differences])
