"""The benchmark's generator and competitors, on a handful of projects and without a clock: what is
compared must be the same answer."""

import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from benchmarks import chart, competitors, figures
from benchmarks.compare import require_equal
from benchmarks.competitors import Competitor
from benchmarks.generate import portfolio
from benchmarks.load import Round
from benchmarks.operations import OPERATIONS, requests
from tracker.settings import Settings

pytestmark = pytest.mark.long

PROJECTS = 40


@pytest.fixture(scope="module")
async def made(settings: Settings) -> Settings:
    """A database of its own beside the other tests'."""
    return await portfolio(settings, PROJECTS, cities=40)


async def test_portfolio_has_what_was_asked_for(made: Settings) -> None:
    connection = await asyncpg.connect(made.database_url)
    counts = {
        name: await connection.fetchval(f"SELECT count(*) FROM {name}")
        for name in ("project", "milestone", "indicator", "value", "participation")
    }
    broken = await connection.fetchval(
        "SELECT count(*) FROM project p WHERE 2 <> (SELECT count(*) FROM participation x"
        " WHERE x.project = p.id AND x.city IN (p.donor_city, p.recipient_city))"
    )
    await connection.close()
    n = PROJECTS
    assert counts == {
        "project": n,
        "milestone": 8 * n,
        "indicator": 4 * n,
        "value": 40 * n,
        "participation": 2 * n,
    }
    assert broken == 0


async def test_competitors_give_the_same_answers(made: Settings) -> None:
    rivals = [
        competitors.written(made),
        competitors.tracker(made),
        competitors.postgraphile(made),
        competitors.strawberry(made),
    ]
    asked = {name: await requests(str(made.database_url), name, 3) for name in OPERATIONS}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for each in rivals:
            stack.enter_context(competitors.running(each, folder))
        require_equal(rivals, asked)
        _cut(rivals[1])
        with pytest.raises(RuntimeError, match="tracker answers"):
            require_equal(rivals[:2], asked)


def _cut(competitor: Competitor) -> None:
    """A page that is one project short: the comparison must see it."""
    documents = competitor.documents
    competitor.documents = documents | {
        "search": documents["search"].replace("first: 20", "first: 1"),
        "portfolio": documents["portfolio"].replace("first: 100", "first: 1"),
    }


def test_figures_are_ratios_of_rates() -> None:
    fast, slow = (
        figures.medians([replace(ROUND, rate=rate), replace(ROUND, rate=rate)])
        for rate in (300.0, 100.0)
    )
    cells = {("project", 16, "tracker"): fast, ("project", 16, "postgraphile"): slow}
    found = figures.ratios(cells)
    [verdict] = figures.verdicts(found)
    assert found == {"graphql.project.c16.vs_postgraphile": 3.0}
    assert verdict.met
    assert "300/s" in chart.svg(cells, 16, "Requests a second")


ROUND = Round(
    rate=1.0, p50=1.0, p99=2.0, server_cpu=0.1, postgres_cpu=0.2, requests=10, bytes=100.0
)
