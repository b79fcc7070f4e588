"""What people are reminded of: for each kind of thing, what is open, and who should act.

Each is a SELECT of `subject_id`, `project`, `city`, `due_on` and `person`, who should act if it is
one in particular (else null: all who hold `roles` in the city, or where `office` is true, the
secretariat). Add the next kind here, and its mail as
`frontend_templates/emails/reminder/<subject_type>.graphql`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.domain.outcomes.rules import unmeasured
from tracker.domain.roles import Permission, Role, in_sql, roles_with


@dataclass(frozen=True)
class Subject:
    """A kind of thing to be reminded of."""

    open: str
    roles: tuple[Role, ...]
    """Who acts, in the city: the first of them that anybody holds there."""
    deputies: bool = False
    """Whether who decides for the mayor at present is reminded as well."""


SUBJECTS: Mapping[str, Subject] = {
    "status_report": Subject(
        "SELECT r.id AS subject_id, r.project, r.city, r.due_on, r.author AS person,"
        " false AS office"
        " FROM status_report r JOIN project p ON p.id = r.project"
        " WHERE r.state = 'draft' AND p.state IN ('active', 'suspended', 'finalising')",
        (Role.COORDINATOR, Role.CIO),
    ),
    "decision": Subject(
        "SELECT d.id AS subject_id, d.project, d.city, d.deadline_on AS due_on,"
        " NULL::integer AS person, d.role = 'officer' AS office"
        " FROM decision d JOIN project p ON p.id = d.project"
        " WHERE d.state = 'pending' AND p.ended_at IS NULL",
        tuple(roles_with(Permission.DECIDE)),
        deputies=True,
    ),
    # A city's part in a closed project: what lasted is to be measured, by whichever city can.
    "participation": Subject(
        "SELECT x.id AS subject_id, x.project, x.city, min(q.ends_on) AS due_on,"  # noqa: S608
        " NULL::integer AS person, false AS office"
        " FROM participation x JOIN project p ON p.id = x.project"
        " JOIN period q ON q.project = p.id"
        f" WHERE p.state = 'closed' AND {unmeasured('q')} GROUP BY x.id",
        (Role.COORDINATOR, Role.CIO),
    ),
}

OPEN = " UNION ALL ".join(
    f"SELECT '{name}' AS subject_type, o.* FROM ({subject.open}) o"  # noqa: S608 - our own names
    for name, subject in SUBJECTS.items()
)
"""Everything that is open, as SQL."""

SECRETARIAT = in_sql(roles_with(Permission.REVIEW))
"""Roles of those who hear of silence in the end."""
