"""What people are reminded of: for each kind of thing, what is open, and who should act.

Each is a SELECT of `subject_id`, `project`, `city`, `due_on` and `person`, who should act if it is
one in particular (else null: all who hold `roles` in the city, or where `office` is true, the
secretariat). Add the next kind here, and its mail as
`frontend_templates/emails/reminder/<subject_type>.graphql`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.domain.deliveries.tables import DeliveryKind
from tracker.domain.outcomes.rules import unmeasured, unreported
from tracker.domain.roles import Permission, Role, in_sql, roles_with
from tracker.domain.status_reports.rules import DUE_DAYS


@dataclass(frozen=True)
class Subject:
    """A kind of thing to be reminded of."""

    open: str
    roles: tuple[Role, ...]
    """Who acts, in the city: the first of them that anybody holds there."""
    mail: DeliveryKind = DeliveryKind.REMINDER
    """What reminds of it. Mails of decisions are one each; of others, one for all of a day."""
    told: str = "NULL::timestamptz"
    """When its people first heard of it by another mail, as SQL over an open one, `o`: they are not
    reminded on that day of the city."""
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
        DeliveryKind.DECISION,
        "(SELECT d.created_at FROM decision d WHERE d.id = o.subject_id)",
        deputies=True,
    ),
    "milestone": Subject(
        "SELECT m.id AS subject_id, m.project, m.city, m.due_on,"
        " (SELECT h.successor FROM handover h WHERE h.subject_type = 'milestone'"
        " AND h.subject_id = m.id ORDER BY h.id DESC LIMIT 1)"
        " AS person, false AS office"
        " FROM milestone m JOIN project p ON p.id = m.project"
        " WHERE m.state IN ('planned', 'in_progress') AND p.state IN ('active', 'finalising')",
        (Role.COORDINATOR, Role.CIO),
        DeliveryKind.MILESTONE,
    ),
    # A period without a value: for the city that its result benefits, of both the one that takes
    # the practice over.
    "period": Subject(
        "SELECT q.id AS subject_id, q.project,"  # noqa: S608
        " CASE r.benefit WHEN 'donor' THEN p.donor_city ELSE p.recipient_city END AS city,"
        f" q.ends_on + {DUE_DAYS} AS due_on, NULL::integer AS person, false AS office"
        " FROM period q JOIN indicator i ON i.id = q.indicator JOIN result r ON r.id = i.result"
        " JOIN project p ON p.id = q.project"
        " WHERE p.state IN ('active', 'finalising') AND NOT q.follow_up AND q.locked_at IS NULL"
        f" AND {unreported('q')}",
        (Role.COORDINATOR, Role.CIO),
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
    f"SELECT '{name}' AS subject_type, o.*, {subject.told} AS told_at"  # noqa: S608 - our own names
    f" FROM ({subject.open}) o"
    for name, subject in SUBJECTS.items()
)
"""Everything that is open, as SQL."""

SECRETARIAT = in_sql(roles_with(Permission.REVIEW))
"""Roles of those who hear of silence in the end."""
