"""A project names each goal and each theme once: what is named twice would count twice."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.constraints import Check

from tracker.domain.database import DB

ID = "2026-11-26T04:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Goals and themes are named once"

ONCE = {
    "sdg_goals": """
        UPDATE project SET sdg_goals = (SELECT array_agg(DISTINCT g ORDER BY g)
            FROM unnest(sdg_goals) g)
        WHERE length(array_to_tsvector(sdg_goals::text[])) < cardinality(sdg_goals)""",
    "themes": """
        UPDATE project SET themes = (SELECT array_agg(g.theme ORDER BY g.place)
            FROM (SELECT theme, min(place) AS place
                  FROM unnest(themes) WITH ORDINALITY u (theme, place) GROUP BY theme) g)
        WHERE length(array_to_tsvector(themes::text[])) < cardinality(themes)""",
}
"""Column -> what leaves out the second naming, in rows that were loaded past the actions."""


async def forwards() -> MigrationManager:
    """The rows, then the constraints."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in ONCE.values():
            await DB.run_ddl(statement)
        await DB.run_ddl("SET CONSTRAINTS ALL IMMEDIATE")

    manager.add_raw(run)
    for column in ONCE:
        manager.add_constraint(
            table_class_name="Project",
            tablename="project",
            constraint_name=f"project_{column}_are_named_once",
            constraint_class=Check,
            params={
                "condition": f"length(array_to_tsvector({column}::text[])) = cardinality({column})"
            },
            schema=None,
        )
    return manager
