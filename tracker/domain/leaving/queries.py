"""What somebody who leaves a role has under way, and what hangs on the role."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

from piccolo.columns.combination import WhereRaw
from piccolo.table import Table

from tracker.domain.actor import Actor, Role
from tracker.domain.database import fetch
from tracker.domain.outcomes.rules import value_visible
from tracker.domain.outcomes.tables import Value
from tracker.domain.people.tables import Membership
from tracker.domain.practices import rules as practices
from tracker.domain.practices.tables import Practice
from tracker.domain.projects import rules as projects
from tracker.domain.projects.tables import Project
from tracker.domain.references import Reference
from tracker.domain.roles import DECIDING, ROLES, Permission
from tracker.domain.visibility import Predicate, bound

LAST_WARNED = (Role.MAYOR, Role.CITY_ADMINISTRATOR, Role.ADMINISTRATOR)
"""Roles whose last holder is told so before they go."""


@dataclass(frozen=True)
class OpenWork:
    """A piece of open work, by its kind, number and title. Drafts of a city have no title for
    whoever may not read them: the secretariat can end a role there all the same."""

    kind: str
    number: int
    title: str

    @property
    def reference(self) -> Reference:
        """Which row it is."""
        return Reference(self.kind, self.number)


@dataclass(frozen=True)
class Handed(OpenWork):
    """Open work, and who had it before."""

    before: str


@dataclass(frozen=True)
class Consequences:
    """What the end of a role brings with it: work to hand over; the numbers of delegations, keys
    and digests that end; whether nobody else holds the role there; who could take over."""

    work: list[OpenWork]
    delegations: list[int]
    tokens: list[int]
    digests: list[int]
    last: bool
    colleagues: dict[int, str]
    able: dict[str, frozenset[int]]
    """Kind of work -> the colleagues whose roles there let them do it."""

    def successors(self, kind: str) -> dict[int, str]:
        """Who could take over work of this kind, by number and name."""
        able = self.able.get(kind, frozenset())
        return {person: name for person, name in self.colleagues.items() if person in able}


async def consequences(actor: Actor, membership: Membership) -> Consequences:
    """What ending the role brings with it, as the actor may know it."""
    person, city, role = membership.person, membership.city, Role(membership.role)
    held = await fetch(
        "SELECT id, role, city FROM membership WHERE person = $1 AND ended_at IS NULL", person
    )
    others = [row for row in held if row["id"] != membership.id]
    kept = {
        permission
        for row in others
        if row["city"] == city
        for permission in ROLES[Role(row["role"])]
    }
    lost = ROLES[role] - kept
    holders = await fetch(
        "SELECT 1 FROM membership WHERE role = $1 AND city IS NOT DISTINCT FROM $2::integer"
        " AND ended_at IS NULL AND id <> $3",
        role,
        city,
        membership.id,
    )
    last = not holders and role in LAST_WARNED
    leaves_city = city is not None and not any(row["city"] == city for row in others)
    return Consequences(
        work=await _told(actor, await _work(person, city, lost, last)) if city else [],
        delegations=await _numbers(_DELEGATIONS, person, city) if role in DECIDING else [],
        tokens=await _numbers(_TOKENS, person, city) if leaves_city else [],
        digests=[] if others else await _numbers(_DIGESTS, person, None),
        last=last,
        colleagues=await _colleagues(person, city),
        able=await _able(person, city),
    )


NEEDED = {
    "project": Permission.PLAN,
    "milestone": Permission.REPORT,
    "value": Permission.REPORT,
    "practice": Permission.WRITE,
    "request": Permission.WRITE,
    "decision": Permission.DECIDE,
    "risk": Permission.PLAN,
}
"""Kind of work -> what its successor must be permitted in the city."""


_DELEGATIONS = """
SELECT id FROM delegation WHERE $1 IN (mayor, deputy) AND city = $2 AND ended_at IS NULL
"""

_DIGESTS = """
SELECT id FROM digest_subscription WHERE person = $1 AND active AND $2::integer IS NULL
"""

_TOKENS = "SELECT id FROM api_token WHERE person = $1 AND city = $2 AND revoked_at IS NULL"

# Over the cities $2.
_OPEN = """
open AS (
    SELECT 'project' AS kind, p.id, p.code || ' ' || p.title AS title, 'plan' AS permission
    FROM project p WHERE p.lead_city = ANY($2) AND p.state IN ('draft', 'returned')
    UNION ALL
    SELECT 'milestone', m.id, m.title, 'report' FROM milestone m JOIN project p ON p.id = m.project
    WHERE m.city = ANY($2) AND m.state NOT IN ('accepted', 'waived')
      AND p.state IN ('agreed', 'active', 'suspended', 'finalising')
    UNION ALL
    SELECT 'value', v.id, i.title, 'report' FROM value v JOIN period q ON q.id = v.period
    JOIN indicator i ON i.id = q.indicator
    WHERE v.city = ANY($2) AND v.state IN ('draft', 'submitted', 'returned')
    UNION ALL
    SELECT 'practice', c.id, c.title, 'write' FROM practice c
    WHERE c.city = ANY($2) AND c.state = 'draft'
    UNION ALL
    SELECT 'request', r.id, r.title, 'write' FROM request r
    WHERE r.city = ANY($2) AND r.state = 'open'
    UNION ALL
    SELECT 'decision', d.id, d.kind || ': ' || p.title, 'decide' FROM decision d
    JOIN project p ON p.id = d.project
    WHERE d.city = ANY($2) AND d.state = 'pending'
    UNION ALL
    SELECT 'risk', k.id, k.title, 'plan' FROM risk k
    WHERE k.city = ANY($2) AND k.state IN ('open', 'occurred')
)
"""

_HANDED = f"""
WITH {_OPEN}
SELECT DISTINCT ON (kind, open.id) kind, open.id, title, p.name
FROM open JOIN handover h ON h.subject_type = kind AND h.subject_id = open.id
JOIN membership m ON m.id = h.membership JOIN person p ON p.id = m.person
WHERE h.successor = $1 ORDER BY kind, open.id, h.id DESC
"""  # noqa: S608 - our own text

_WORK = f"""
WITH {_OPEN}, touched AS (
    SELECT DISTINCT subject_type, subject_id FROM audit_event WHERE actor = $1
    UNION SELECT subject_type, subject_id FROM handover WHERE successor = $1
    UNION SELECT 'risk', id FROM risk WHERE person = $1
)
SELECT kind, id, title FROM open JOIN touched ON subject_type = kind AND subject_id = id
WHERE permission = ANY($3) AND kind <> 'decision'
UNION ALL
SELECT kind, id, title FROM open WHERE $4 AND kind = 'decision'
ORDER BY 1, 2
"""  # noqa: S608 - our own text


async def _work(person: int, city: int, lost: Set[Permission], last: bool) -> list[OpenWork]:
    decides = last and Permission.DECIDE in lost
    rows = await fetch(_WORK, person, [city], [each.value for each in lost], decides)
    return [OpenWork(row["kind"], row["id"], row["title"]) for row in rows]


DRAFTED: Mapping[str, tuple[type[Table], Predicate]] = {
    "project": (Project, projects.visible),
    "practice": (Practice, practices.visible),
    "value": (Value, value_visible),
}
"""Kinds of work that begin as drafts of a city -> who sees them."""


async def _told(actor: Actor, work: list[OpenWork]) -> list[OpenWork]:
    """The same work, without the titles of drafts that are not for the actor."""
    seen = set()
    for kind, (table, visible) in DRAFTED.items():
        numbers = [each.number for each in work if each.kind == kind]
        if not numbers:
            continue
        condition, values = bound(visible(kind), actor)
        key = table._meta.primary_key
        rows = await table.select(key).where(key.is_in(numbers), WhereRaw(condition, *values))
        seen |= {(kind, row["id"]) for row in rows}
    return [
        each
        if each.kind not in DRAFTED or (each.kind, each.number) in seen
        else replace(each, title="")
        for each in work
    ]


async def handed_over(person: int, cities: list[int]) -> list[Handed]:
    """Work in these cities that was handed over to the person and is still open."""
    rows = await fetch(_HANDED, person, cities)
    return [Handed(row["kind"], row["id"], row["title"], row["name"]) for row in rows]


async def _numbers(statement: str, person: int, city: int | None) -> list[int]:
    return [row["id"] for row in await fetch(statement, person, city)]


async def _able(person: int, city: int | None) -> dict[str, frozenset[int]]:
    held = await fetch(
        "SELECT person, role FROM membership WHERE city = $2 AND ended_at IS NULL AND person <> $1",
        person,
        city,
    )
    return {
        kind: frozenset(row["person"] for row in held if needed in ROLES[Role(row["role"])])
        for kind, needed in NEEDED.items()
    }


async def _colleagues(person: int, city: int | None) -> dict[int, str]:
    rows = await fetch(
        "SELECT DISTINCT p.id, p.name FROM membership m JOIN person p ON p.id = m.person"
        " WHERE m.city IS NOT DISTINCT FROM $2::integer AND m.ended_at IS NULL AND p.id <> $1"
        " ORDER BY p.name",
        person,
        city,
    )
    return {row["id"]: row["name"] for row in rows}
