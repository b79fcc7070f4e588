"""What the role that the application connects as may do: add to the trail, and take nothing
from it."""

from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from tests import factories
from tests.cast import Cast
from tracker.domain import clock
from tracker.domain.database import connected, fetch
from tracker.domain.privileges import DATING, over_trail
from tracker.settings import Settings

REFUSED = (
    "UPDATE audit_event SET verb = 'x'",
    "UPDATE audit_event SET at = at WHERE false",
    "DELETE FROM audit_event",
    "TRUNCATE audit_event CASCADE",
    "INSERT INTO audit_event (id, at, verb, subject_type, subject_id, before, after)"
    " VALUES (1, now(), 'x', 'x', 1, '{}', '{}')",
    "INSERT INTO audit_event (xact, at, verb, subject_type, subject_id, before, after)"
    " VALUES ('3', now(), 'x', 'x', 1, '{}', '{}')",
    "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    "ALTER TABLE audit_event ADD COLUMN more text",
    "DROP TABLE audit_event CASCADE",
    "CREATE TRIGGER t BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TABLE more (id integer)",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$"
    " BEGIN RETURN NEW; END $$",
    "SET session_replication_role = replica",
    "SET ROLE tracker",
    "SELECT setval('audit_event_id_seq', 1)",
    "DELETE FROM project_past",
    "UPDATE milestone_past SET until = now()",
    "SELECT past_rebuild()",
    "DELETE FROM migration",
)


@pytest.mark.parametrize("statement", REFUSED)
async def test_application_is_refused(cast: Cast, statement: str) -> None:
    await factories.joint_project(cast, "active")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch(statement)


async def test_application_has_nothing_over_the_trail(dated: None) -> None:
    assert await over_trail() == []


ADD = """
INSERT INTO audit_event (at, verb, subject_type, subject_id, before, after)
VALUES ({at}, 'sign', 'city', 1, '{{}}', '{{}}')
RETURNING at = now() + interval '1 second' AS kept, abs(extract(epoch FROM at - now())) < 5 AS now
"""


@pytest.mark.parametrize(
    "at",
    [
        *("'2020-01-01'", "'-infinity'", "'infinity'", "now() - interval '10 seconds'"),
        *("now() + interval '10 years'", "NULL", "transaction_timestamp() - interval '1 day'"),
    ],
)
async def test_application_cannot_say_that_something_happened_at_another_time(
    dated: None, at: str
) -> None:
    """So neither the trail nor what is kept of the past can be written anew behind the present."""
    [told] = await fetch(ADD.format(at=at))
    assert told["now"]


async def test_clock_a_little_off_is_kept(dated: None) -> None:
    """So an event and the row that it is about tell the same instant."""
    [told] = await fetch(ADD.format(at="now() + interval '1 second'"))
    assert told["kept"]


async def test_action_with_a_wrong_clock_is_of_now(cast: Cast, dated: None) -> None:
    with clock.at(clock.now() - timedelta(days=400)):
        await factories.joint_project(cast, "active")
    [told] = await fetch("SELECT min(at) > now() - interval '1 minute' AS now FROM audit_event")
    assert told["now"]


async def test_only_the_owner_lets_a_role_travel(dated: None) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch(DATING.format(role="tracker_app"))


async def test_owner_is_told_of(settings: Settings, cast: Cast) -> None:
    async with connected(replace(settings, database_url=settings.database_owner_url)):
        found = await over_trail()
    assert "is a superuser" in found
    assert "is, or may become, the owner of audit_event" in found


@pytest.mark.parametrize(
    ("granted", "says"),
    [
        ("UPDATE ON audit_event", "may update audit_event"),
        ("UPDATE (verb) ON audit_event", "may update audit_event"),
        ("DELETE ON audit_event", "may delete audit_event"),
        ("TRUNCATE ON audit_event", "may truncate audit_event"),
        ("TRIGGER ON audit_event", "may make triggers on audit_event"),
        ("EXECUTE ON FUNCTION audit_dating()", "may say when an audit event happened"),
        ("INSERT ON audit_event", "may add to audit_event with ids of its choice"),
        ("CREATE ON SCHEMA public", "may create tables and functions beside audit_event"),
        (
            "SET ON PARAMETER session_replication_role",
            "may switch triggers off (session_replication_role)",
        ),
    ],
)
async def test_each_way_over_the_trail_is_told_of(
    dated: None, connection: asyncpg.Connection, granted: str, says: str
) -> None:
    await connection.execute(f"GRANT {granted} TO tracker_app")
    try:
        assert says in await over_trail()
    finally:
        await connection.execute(f"REVOKE {granted} FROM tracker_app")
        if granted == "INSERT ON audit_event":
            names = await connection.fetchval(
                "SELECT string_agg(quote_ident(column_name), ', ')"
                " FROM information_schema.columns"
                " WHERE table_name = 'audit_event' AND column_name NOT IN ('id', 'xact')"
            )
            await connection.execute(f"GRANT INSERT ({names}) ON audit_event TO tracker_app")


async def test_role_with_another_roles_rights_is_told_of(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    await connection.execute("GRANT pg_write_all_data TO tracker_app")
    try:
        assert "may update audit_event" in await over_trail()
    finally:
        await connection.execute("REVOKE pg_write_all_data FROM tracker_app")
