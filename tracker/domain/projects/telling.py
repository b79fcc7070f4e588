"""Who is told by mail that a decision waits for them, as soon as it is asked for (reminders follow
by the calendar), and that it was settled in their name."""

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.database import fetch
from tracker.domain.notices.mailing import tell
from tracker.domain.projects.rules import asked_by, proposed_by
from tracker.domain.projects.tables import Decision
from tracker.domain.roles import DEPUTY, Permission, in_sql, roles_with


async def tell_of_decision(by: Actor, decision: Decision, verb: str) -> None:
    """Everybody who may settle it today, and never who asks."""
    rows = await fetch(_SETTLERS, decision.id, clock.now())
    people = (row["person"] for row in rows)
    await tell((each for each in people if each != by.person_id), decision, verb, by.person_id)


async def tell_of_mandate(deputy: Actor, decision: Decision, verb: str) -> None:
    """The mayor in whose name it was settled, if it was by a deputy."""
    if deputy.on_behalf_of is not None:
        await tell([deputy.on_behalf_of], decision, verb, deputy.person_id)


def _own(person: str) -> str:
    """Whether the person made what is to be decided on, so that somebody else decides it."""
    return f"({asked_by('d', person)} OR d.kind <> 'escalate' AND {proposed_by('p', person)})"


# As `decisions` lets it be settled: a city's mayors and whom they let decide, or officers who have
# no role in a partner city.
_SETTLERS = f"""
SELECT DISTINCT w.person FROM decision d JOIN project p ON p.id = d.project, LATERAL (
    SELECT m.person, NULL::integer AS mayor FROM membership m
    WHERE d.role = 'mayor' AND m.city = d.city AND m.ended_at IS NULL
        AND m.role IN {in_sql(roles_with(Permission.DECIDE))}
    UNION ALL
    SELECT g.deputy, g.mayor FROM delegation g
    JOIN membership m ON m.person = g.deputy AND m.city = g.city AND m.ended_at IS NULL
        AND m.role = '{DEPUTY.value}'
    WHERE d.role = 'mayor' AND g.city = d.city AND g.ended_at IS NULL
        AND g.starts_at <= $2 AND g.expires_at > $2
    UNION ALL
    SELECT m.person, NULL FROM membership m
    WHERE d.role = 'officer' AND m.city IS NULL AND m.ended_at IS NULL
        AND m.role IN {in_sql(roles_with(Permission.REVIEW))}
        AND NOT EXISTS (SELECT 1 FROM membership o JOIN participation x ON x.city = o.city
            WHERE x.project = d.project AND o.person = m.person AND o.ended_at IS NULL)) w
WHERE d.id = $1 AND NOT {_own("w.person")} AND NOT {_own("w.mayor")}
ORDER BY w.person
"""  # noqa: S608 - composed from constants
