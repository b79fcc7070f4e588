"""Each project names its donor and its recipient itself: the columns filled, and keys that keep
them true. Indexes that answer the portfolio's pages."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import ForeignKey

from tracker.domain.database import DB

ID = "2026-11-25T13:32:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Donor and recipient of a project are those that take part"

STATEMENTS = """
UPDATE project p SET
    donor_city = (SELECT x.city FROM participation x
                  WHERE x.project = p.id AND x.side = 'donor' ORDER BY x.id LIMIT 1),
    recipient_city = (SELECT x.city FROM participation x
                      WHERE x.project = p.id AND x.side = 'recipient' ORDER BY x.id LIMIT 1);

ALTER TABLE participation ADD CONSTRAINT participation_project_key UNIQUE (project, city, side);

-- The sides as columns, because a key cannot name a constant. The rows of `participation` come
-- after their project, so the keys are looked at when all is there.
ALTER TABLE project
    ADD donor_side varchar(20) GENERATED ALWAYS AS ('donor') STORED,
    ADD recipient_side varchar(20) GENERATED ALWAYS AS ('recipient') STORED,
    ADD CONSTRAINT project_donor_city_takes_part
        FOREIGN KEY (id, donor_city, donor_side)
        REFERENCES participation (project, city, side) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT project_recipient_city_takes_part
        FOREIGN KEY (id, recipient_city, recipient_side)
        REFERENCES participation (project, city, side) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX project_state_created ON project (state, created_at, id);
CREATE INDEX project_created ON project (created_at, id);
CREATE INDEX period_indicator_ends ON period (indicator, ends_on, id);
"""


async def forwards() -> MigrationManager:
    """The rules above, then no project without its two cities."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in _statements(STATEMENTS):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    for name in ("donor_city", "recipient_city"):
        manager.alter_column(
            table_class_name="Project",
            tablename="project",
            column_name=name,
            db_column_name=name,
            params={"null": False},
            old_params={"null": True},
            column_class=ForeignKey,
            old_column_class=ForeignKey,
            schema=None,
        )
    return manager


def _statements(text: str) -> list[str]:
    """Split at line ends: asyncpg prepares one statement each."""
    lines = (line for line in text.strip().splitlines() if not line.startswith("--"))
    return [part for part in "\n".join(lines).split(";\n") if part.strip()]
