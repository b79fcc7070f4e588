"""What the role that the application connects as may do in the database: everything that actions
need, and nothing by which the audit trail could be altered.

Two roles share an installation. The *owner* has made the tables and migrates them; the
*application* reads and writes rows. Whoever gets hold of the application, or finds a hole for
statements of their own, can add to the trail that something happens now, and cannot take from it.
"""

from tracker.domain.audit import AuditEvent
from tracker.domain.database import fetch

READ_ONLY = (
    *("audit_event", "audit_seal", "audit_personal"),
    *("project_past", "milestone_past", "migration"),
)
"""Tables that the application reads only. To `audit_event` it may also add, save an event's number
and transaction, which PostgreSQL fills in; functions of the owner's write the others."""

TRAIL = ("audit_event", "audit_seal", "audit_personal")
"""What nobody but the owner could alter."""

_NUMBER = "id"

_GRANTS = """
GRANT USAGE ON SCHEMA {schema} TO {role};
REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role};
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {read_only} FROM PUBLIC, {role};
GRANT INSERT ({columns}) ON audit_event TO {role};
REVOKE EXECUTE ON FUNCTION audit_erase(integer), audit_seal_next(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_erase(integer), audit_seal_next(integer) TO {role};
REVOKE EXECUTE ON FUNCTION audit_dating() FROM PUBLIC, {role}
"""

DATING = "GRANT EXECUTE ON FUNCTION audit_dating() TO {role}"
"""By this the owner lets a role say when an event happened, as tests need that travel in time; it
lasts until the next migration."""


async def grant(role: str) -> None:
    """Let the role do what the application needs. Idempotent; inside the migrating transaction,
    as the owner. Nothing when the application is the owner itself."""
    [found] = await fetch(
        "SELECT quote_ident($1) AS role, quote_ident(current_schema()) AS schema,"
        " current_user = $1 AS owner",
        role,
    )
    if found["owner"]:
        return
    columns = (each._meta.db_column_name for each in AuditEvent._meta.columns)
    text = _GRANTS.format(
        role=found["role"],
        schema=found["schema"],
        read_only=", ".join(READ_ONLY),
        columns=", ".join(f'"{name}"' for name in columns if name != _NUMBER),
    )
    for statement in text.split(";"):
        await fetch(statement)


async def over_trail() -> list[str]:
    """By what the connected role could alter the audit trail, a phrase each that goes on from
    "the role … "; empty when it can only add to it. Needs `connected(settings)`."""
    found = [row["says"] for row in await fetch(_OVER_TRAIL, list(TRAIL))]
    return sorted(set(found))


_OVER_TRAIL = """
WITH trail AS (
    SELECT oid, relname::text AS name, relowner, relnamespace FROM pg_class
    WHERE relname = ANY($1::text[]) AND relnamespace = current_schema()::regnamespace
)
SELECT 'is a superuser' AS says FROM pg_roles WHERE rolname = current_user AND rolsuper
UNION ALL
SELECT 'is, or may become, the owner of ' || name FROM trail
WHERE pg_has_role(current_user, relowner, 'MEMBER')
UNION ALL
SELECT CASE verb WHEN 'TRIGGER' THEN 'may make triggers on ' ELSE 'may ' || lower(verb) || ' ' END
    || name
FROM trail, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) AS verb
WHERE has_table_privilege(oid, verb) OR verb = 'UPDATE' AND has_any_column_privilege(oid, verb)
UNION ALL
SELECT 'may add to ' || t.name || ' with ' || c.attname || 's of its choice'
FROM trail t JOIN pg_attribute c ON c.attrelid = t.oid
WHERE t.name = 'audit_event' AND c.attname IN ('id', 'xact')
  AND has_column_privilege(t.oid, c.attnum, 'INSERT')
UNION ALL
SELECT 'may say when an audit event happened'
WHERE has_function_privilege('audit_dating()', 'EXECUTE')
UNION ALL
SELECT 'may add to ' || name || ' by itself' FROM trail
WHERE name <> 'audit_event'
  AND (has_table_privilege(oid, 'INSERT') OR has_any_column_privilege(oid, 'INSERT'))
UNION ALL
SELECT DISTINCT 'may create tables and functions beside ' || name FROM trail
WHERE has_schema_privilege(relnamespace, 'CREATE')
UNION ALL
SELECT 'may switch triggers off (session_replication_role)'
WHERE has_parameter_privilege('session_replication_role', 'SET')
UNION ALL
SELECT 'may make itself ' || r.rolname FROM pg_roles r
WHERE r.rolname IN ('pg_write_server_files', 'pg_execute_server_program')
  AND pg_has_role(current_user, r.oid, 'MEMBER')
UNION ALL
SELECT 'may make roles' FROM pg_roles WHERE rolname = current_user AND rolcreaterole
"""
