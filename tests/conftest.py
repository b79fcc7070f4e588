"""Real servers for the whole run, and a database that starts every test with nothing but the cast.

A test that asks for `cast` (or `database`) gets a clean database; one that asks for neither pays
for nothing.
"""

import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

import asyncpg
import pytest
from asyncpg import Connection
from redis.asyncio import Redis

from tests import cast as casting
from tests.cast import Cast
from tests.compiling import keep_compiled
from tests.factories import keeping
from tests.relay import Relay, relaying
from tests.starting import fork_from_here
from tracker.__main__ import GARBAGE_AFTER
from tracker.domain.database import connected
from tracker.domain.people import addresses, links, passwords, sign_on_claims
from tracker.domain.privileges import DATING
from tracker.embedded import servers
from tracker.migrations import TABLES, migrate
from tracker.settings import Settings

KEPT = ("city", "person", "membership")
"""Tables that hold the cast; each test finds them as casting left them."""

KEPT_BY_TRIGGERS = (
    *("practice_search", "request_search", "project_search", "search_word"),
    *("project_past", "milestone_past", "project_figures", "portfolio_row"),
    *("project_roll_up", "roll_up", "indicator_figures"),
)
"""Tables that only PostgreSQL writes."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--whole`: what `make test` takes a slice of is tried whole, as `make conformance` does."""
    parser.addoption("--whole", action="store_true", help="all of what is tried by a slice")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process more than there are cores: each waits for servers a good part of its time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long, or reads what takes long to make, comes first: no process is left with it
    in the end. xdist gives each process as many tests, in their order, so each share of them
    begins with some of the long ones."""
    if not config.getoption("--whole"):
        items[:] = [each for each in items if not each.get_closest_marker("whole")]
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    rest = iter([each for each in items if not each.get_closest_marker("long")])
    dealt: list[pytest.Item] = []
    for number, first in enumerate(_long(items, processes)):
        share = (len(items) - len(dealt)) // (processes - number)
        dealt += [*first, *islice(rest, max(0, share - len(first)))]
    items[:] = [*dealt, *rest]


def _long(items: list[pytest.Item], processes: int) -> list[list[pytest.Item]]:
    """Those that take long, by their place, for each of the processes: of one folder for one of
    them, so that none makes anew what another has made."""
    found = sorted((each for each in items if each.get_closest_marker("long")), key=_place)
    folders = list(dict.fromkeys(each.path.parent for each in found))
    turns = [folders.index(each.path.parent) % processes for each in found]
    return [
        [each for each, turn in zip(found, turns, strict=True) if turn == number]
        for number in range(processes)
    ]


def _place(item: pytest.Item) -> tuple[Path, Path]:
    return item.path.parent, item.path


def pytest_configure() -> None:
    """Nothing that is loaded is garbage."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Modules, the schema and the tests stay: as in production, nobody walks through them for
    garbage again and again. Not even once: what little there is may stay as well."""
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """In the end pytest looks for garbage twice: the second time there is none."""
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Where tests run, which is not in the process that shares them out, their processes begin."""
    if session.items:
        if cache := getattr(session.config, "cache", None):
            keep_compiled(cache.mkdir("templates"))
        fork_from_here()


@pytest.fixture(scope="session")
def whole(request: pytest.FixtureRequest) -> bool:
    """Whether everything is tried, and no slice of it."""
    return bool(request.config.getoption("--whole"))


@pytest.fixture(scope="session")
def settings() -> Iterator[Settings]:
    """PostgreSQL and Valkey of this run alone, on sockets in a folder that goes with it."""
    # Not pytest's tmp_path: the servers' account cannot enter that when the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="tracker-tests-"))
    folder.chmod(0o711)
    try:
        environment = {"DATA_DIR": str(folder), "LOG_LEVEL": "warning"}
        with servers(Settings.from_environment(environment), durable=False) as started:
            yield started
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def unhurried() -> None:
    """For tests of how long an answer takes."""


@pytest.fixture(autouse=True)
def hurried(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers to known and unknown accounts take equally long; nobody waits for it here but those
    who see to it."""
    if "unhurried" not in request.fixturenames:
        for home in (addresses, links, sign_on_claims):
            monkeypatch.setattr(home, "LINK_SECONDS", 0)
        monkeypatch.setattr(passwords, "SIGN_IN_SECONDS", 0)


@pytest.fixture(scope="session")
async def played(settings: Settings) -> AsyncIterator[Cast]:
    """A migrated, connected database in which the cast has been made, once, by actions. What is
    tested connects as the application's role, which here may travel in time."""
    await migrate(settings)
    async with connected(settings), owning(settings) as owner:
        await owner.execute(DATING.format(role="tracker_app"))
        cast = await casting.make()
        copies = (f"CREATE TABLE kept.{name} AS TABLE {name}" for name in KEPT)
        async with owner.transaction():
            await owner.execute(";".join(["CREATE SCHEMA kept", *copies, _emptying()]))
        yield cast


@asynccontextmanager
async def owning(settings: Settings) -> AsyncIterator[Connection]:
    """A connection as the role that owns the tables."""
    connection = await asyncpg.connect(settings.database_owner_url)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def owner(settings: Settings, played: Cast) -> AsyncIterator[Connection]:
    """The run's connection as the owner of the tables."""
    async with owning(settings) as connection:
        yield connection


@pytest.fixture(scope="session")
async def cleaner(settings: Settings, played: Cast) -> AsyncIterator[Connection]:
    """Another one, to clean with: as a replica, so that no trigger or key interferes."""
    async with owning(settings) as connection:
        await connection.execute("SET session_replication_role = replica")
        rest = [name for name in _tables() if name not in KEPT]
        keeping.keeper = keeping.Keeper(connection, settings.database_url or "", rest)
        yield connection
        keeping.keeper = None


@pytest.fixture
async def database(cleaner: Connection) -> None:
    """Nothing in the database but the cast."""
    await empty(cleaner)


async def empty(cleaner: Connection) -> None:
    """Leave nothing in the database but the cast."""
    await cleaner.execute("SELECT kept.empty()")


def _tables() -> list[str]:
    return [*KEPT_BY_TRIGGERS, *(table._meta.tablename for table in TABLES)]


def _emptying() -> str:
    """The function that does it: PostgreSQL plans its statements once in a run."""
    # DELETE takes a fortieth of TRUNCATE's time here.
    statements = [
        *(f"DELETE FROM {name}" for name in _tables()),
        *(f"INSERT INTO {name} TABLE kept.{name}" for name in KEPT),
        "DELETE FROM city_name WHERE city NOT IN (SELECT id FROM city)",
    ]
    return (
        "CREATE FUNCTION kept.empty() RETURNS void LANGUAGE plpgsql"
        f" AS $$ BEGIN {'; '.join(statements)}; END $$"
    )


@pytest.fixture
async def cast(played: Cast, database: None) -> Cast:
    """The people of the play, in a clean database."""
    return played


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    """An empty Valkey."""
    assert settings.redis_url
    async with Redis.from_url(settings.redis_url) as client:
        await client.flushall()
        yield client


@pytest.fixture(scope="session")
def relay() -> Iterator[Relay]:
    """The run's mail relay."""
    with relaying() as relay:
        yield relay


@pytest.fixture
async def connection(settings: Settings, database: None) -> AsyncIterator[Connection]:
    """The database past all rules of ours but its own constraints, as asyncpg gives it to the
    owner of the tables."""
    async with owning(settings) as connection:
        yield connection


@pytest.fixture
async def dated(cast: Cast, connection: Connection) -> AsyncIterator[None]:
    """The application's role as installations have it, without the right that tests travel by: the
    database dates events."""
    await connection.execute("REVOKE EXECUTE ON FUNCTION audit_dating() FROM tracker_app")
    try:
        yield
    finally:
        await connection.execute(DATING.format(role="tracker_app"))
