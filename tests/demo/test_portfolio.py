"""The demonstration portfolio: complete, lawful, made once or not at all, whatever the date."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from tests.starting import Begun
from tracker.demo.data import NOTE
from tracker.demo.data.cities import MEMBERS
from tracker.demo.portfolio import PROJECTS, accounts, plant, seed
from tracker.domain import clock
from tracker.domain.actor import Actor, Role
from tracker.domain.cities.tables import City
from tracker.domain.milestones.tables import MilestoneState
from tracker.domain.projects.tables import ProjectState
from tracker.graphql import execute, serving
from tracker.migrations import migrate
from tracker.settings import Settings

pytestmark = pytest.mark.long

LEAP_DAY = datetime(2028, 2, 29, 0, 5, tzinfo=UTC)
"""When the portfolio is made that the tests share; the story's is made today."""

PORTFOLIO = """
query Portfolio($today: Date!, $soon: Date!) {
  projects(first: 100) {
    nodes {
      code summary state health reportedHealth lateMilestones
      donorCity { name } recipientCity { name }
      milestones(first: 100) { nodes { state moves moveReason } }
    }
  }
  milestones(filter: {state: {in: [PLANNED, IN_PROGRESS]}, dueOn: {gte: $today, lte: $soon}}) {
    totalCount
  }
  practices(first: 100) { nodes { state summary } }
  requests(first: 100) { nodes { state need } }
  values(first: 100) { nodes { state } }
}
"""

TRAILED = (
    "city", "person", "membership", "digest_subscription", "practice", "request", "project",
    "milestone", "evidence", "decision", "result", "indicator", "period", "value", "evaluation",
    "budget_line", "rate_import", "risk", "transaction",
)  # fmt: skip
"""Tables whose every row an action made, so that the trail tells of it."""


@dataclass(frozen=True)
class Portfolio:
    """What was in the database after a killed seeding, a whole one, and another."""

    after_kill: dict[str, tuple[int, int]]
    after_whole: dict[str, tuple[int, int]]
    after_again: dict[str, tuple[int, int]]
    data: dict[str, Any]
    latest_at: datetime
    out_of_order: int

    def states(self, noun: str) -> set[str]:
        """The states that the rows of a connection are in."""
        return {each["state"] for each in self.data[noun]["nodes"]}

    def projects(self) -> list[dict[str, Any]]:
        """All projects, drafts included."""
        found: list[dict[str, Any]] = self.data["projects"]["nodes"]
        return found

    def milestones(self) -> list[dict[str, Any]]:
        """The milestones of all projects."""
        return [each for project in self.projects() for each in project["milestones"]["nodes"]]


@pytest.fixture(scope="module")
async def portfolio(settings: Settings) -> Portfolio:
    """Seeded on a leap day as `tracker demo` seeds, in a database of its own, and read at once: the
    tests share what was read."""
    name = "portfolio"
    connection = await asyncpg.connect(settings.database_owner_url)
    # Where other modules' tests came in between, this is not the first time.
    await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    elsewhere = replace(
        settings,
        database_url=_named(settings.database_url or "", name),
        database_owner_url=_named(settings.database_owner_url or "", name),
    )
    await migrate(elsewhere)
    connection = await asyncpg.connect(elsewhere.database_owner_url)
    try:
        await _kill_in_the_middle(connection, elsewhere)
        after_kill = await _counts(connection)
        with clock.at(LEAP_DAY):
            await seed(elsewhere)
            after_whole = await _counts(connection)
            await seed(elsewhere)
            after_again = await _counts(connection)
            async with serving(elsewhere):
                data = await execute(PORTFOLIO, _days(), await _everybody(connection))
        history = await connection.fetchrow(HISTORY)
        return Portfolio(after_kill, after_whole, after_again, data, *history)
    finally:
        await connection.close()


HISTORY = """
SELECT max(at) AS latest_at, count(*) FILTER (WHERE at < before) AS out_of_order
FROM (SELECT at, lag(at) OVER (ORDER BY id) AS before FROM audit_event)
"""


async def _kill_in_the_middle(connection: asyncpg.Connection, settings: Settings) -> None:
    """SIGKILL once the seeding has written for a while."""
    process = Begun("tests.demo.seeding", settings=settings)
    for _ in range(1000):
        if await connection.fetchval(WRITING):
            break
        await asyncio.sleep(0.02)
    assert process.lives, "it was through before it could be killed"
    process.kill()
    await asyncio.to_thread(process.wait, 30)


WRITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
AND pid <> pg_backend_pid() AND now() - xact_start > interval '0.4 s'
"""


async def _counts(connection: asyncpg.Connection) -> dict[str, tuple[int, int]]:
    """Table -> how many rows it has, and of how many the trail tells."""
    found = {}
    for name in TRAILED:
        row = await connection.fetchrow(
            "SELECT count(*) AS rows, count(*) FILTER (WHERE EXISTS (SELECT 1 FROM audit_event e"
            f" WHERE e.subject_type = $1 AND e.subject_id = t.id)) AS trailed FROM {name} t",
            name,
        )
        found[name] = (row["rows"], row["trailed"])
    return found


async def _everybody(connection: asyncpg.Connection) -> Actor:
    """Somebody of every city, who also sees the drafts of each."""
    rows = await connection.fetch("SELECT id FROM city")
    memberships = frozenset((Role.COORDINATOR, row["id"]) for row in rows)
    return Actor(memberships=memberships, system=True)


def _named(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _days() -> dict[str, str]:
    today = clock.today("UTC")
    return {"today": today.isoformat(), "soon": (today + timedelta(days=30)).isoformat()}


def test_portfolio_shows_every_state(portfolio: Portfolio) -> None:
    assert portfolio.states("projects") == {state.name for state in ProjectState}
    assert portfolio.states("practices") == {"DRAFT", "PUBLISHED", "ARCHIVED"}
    assert portfolio.states("requests") == {"OPEN", "MATCHED", "WITHDRAWN", "EXPIRED"}
    assert portfolio.states("values") == {"SUBMITTED", "RETURNED", "APPROVED", "SUPERSEDED"}
    states = {each["state"] for each in portfolio.milestones()}
    assert states == {state.name for state in MilestoneState}


def test_portfolio_gives_every_city_both_sides(portfolio: Portfolio) -> None:
    projects = portfolio.projects()
    names = {member.name for member in MEMBERS}
    assert len(projects) == len(PROJECTS)
    assert {each["donorCity"]["name"] for each in projects} == names
    assert {each["recipientCity"]["name"] for each in projects} == names


def test_portfolio_looks_current(portfolio: Portfolio) -> None:
    under_way = [each for each in portfolio.projects() if each["state"] == "ACTIVE"]
    assert {each["health"] for each in under_way} == {"GREEN", "AMBER", "RED", "UNKNOWN"}
    assert any(each["reportedHealth"] not in (None, each["health"]) for each in under_way)
    assert portfolio.data["milestones"]["totalCount"] >= 5


def test_portfolio_gives_a_reason_for_every_slip(portfolio: Portfolio) -> None:
    moved = [each for each in portfolio.milestones() if each["moves"]]
    assert any(each["moves"] > 1 for each in moved)
    assert all(each["moveReason"] for each in moved)


def test_portfolio_says_that_it_is_made_up(portfolio: Portfolio) -> None:
    for noun, text in (("projects", "summary"), ("practices", "summary"), ("requests", "need")):
        assert all(NOTE in each[text] for each in portfolio.data[noun]["nodes"])


def test_portfolio_is_made_by_actions_alone(portfolio: Portfolio) -> None:
    assert all(rows and rows == trailed for rows, trailed in portfolio.after_whole.values())


def test_portfolio_history_runs_forward_and_ends_before_now(portfolio: Portfolio) -> None:
    assert portfolio.out_of_order == 0
    assert portfolio.latest_at < LEAP_DAY - timedelta(days=1)


def test_seed_killed_in_the_middle_leaves_nothing(portfolio: Portfolio) -> None:
    assert set(portfolio.after_kill.values()) == {(0, 0)}


def test_seed_run_again_changes_nothing(portfolio: Portfolio) -> None:
    assert portfolio.after_again == portfolio.after_whole


async def test_portfolio_keeps_the_rules_on_a_saturday_after_new_year(database: None) -> None:
    with clock.at(datetime(2027, 1, 2, 23, 55, tzinfo=UTC)):
        assert await plant()
    rows = await City.raw("SELECT count(DISTINCT state) AS states FROM project")
    assert rows[0]["states"] == len(ProjectState)


def test_accounts_are_roles_with_addresses_that_nobody_owns() -> None:
    emails = [account.email for account in accounts()]
    assert len(emails) == len(set(emails)) == 5 * len(MEMBERS) + 3
    assert all(email.endswith(".example") for email in emails)
    assert {account.city for account in accounts()} == {each.name for each in MEMBERS} | {None}
