"""The database's own rules, past ours: every constraint is broken once, by name.

A constraint that is added without a statement in `tests/domain/constraints/` fails the test.
"""

import asyncpg

from tests import factories
from tests.cast import Cast
from tests.domain.constraints import mails, outcomes, people, plans, projects, reports

SUBJECTS = (people, projects, outcomes, plans, reports, mails)

BREAKS = {rule: statement for each in SUBJECTS for rule, statement in each.BREAKS.items()}
"""Constraint -> a statement that breaks it, in the world that `_world` makes."""

UNBREAKABLE = ["%_project_key", "%_is_searched"]
"""Uniques that only serve composite foreign keys (they contain the primary key), and triggers
that wait for the end of a transaction but refuse nothing."""

RULES = """
SELECT conname AS name FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    AND (contype IN ('c', 'u', 'x', 't') OR (contype = 'f' AND cardinality(conkey) > 1))
UNION
SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid
    WHERE indisunique AND NOT indisprimary AND relnamespace = 'public'::regnamespace
"""
"""Every rule that the database holds but single foreign keys and primary keys."""


async def _world(cast: Cast) -> None:
    """A closed project with a corrected value, a draft, a practice and a request."""
    project = await factories.joint_project(cast, "finalising")
    await factories.value(cast, project, "superseded")
    await factories.advance(cast, project, "evaluate", "close")
    await factories.joint_project(cast, "draft", planned=False)
    await factories.practice(cast)
    await factories.request(cast)


async def test_every_constraint_holds(cast: Cast, connection: asyncpg.Connection) -> None:
    await _world(cast)
    broken = {}
    for rule, statement in BREAKS.items():
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(statement)
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            broken[rule] = "nothing"
        except asyncpg.IntegrityConstraintViolationError as error:
            broken[rule] = getattr(error, "constraint_name", "")
        finally:
            await transaction.rollback()
    assert broken == {rule: rule for rule in BREAKS}


async def test_every_constraint_is_tried(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        f"SELECT name FROM ({RULES}) r WHERE name NOT LIKE ALL ($1)", UNBREAKABLE
    )
    assert {row["name"] for row in rows} == set(BREAKS)
