"""Who is asking: a secret or an address -> the person's rights at this moment, in one statement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor, Limit, Mandate, Role
from tracker.domain.database import fetch
from tracker.domain.installation import chosen
from tracker.domain.people.rules import fingerprint
from tracker.domain.people.tables import Person, SignInLink
from tracker.domain.roles import Permission, in_sql, roles_with

_DELEGATING = in_sql(roles_with(Permission.DELEGATE))

# The roles are read afresh with each request: a membership that ended counts no longer.
_ACTOR = """
SELECT p.id, p.name, p.rights,
       array_agg(m.role) FILTER (WHERE m.id IS NOT NULL) AS roles,
       array_agg(m.city) FILTER (WHERE m.id IS NOT NULL) AS cities,
       d.mandates,
       ARRAY(SELECT DISTINCT a.city FROM membership a
             WHERE a.person = p.id AND a.city IS NOT NULL AND a.ended_at IS NULL) AS affiliated
       {extra}
FROM person p
{proof}
LEFT JOIN membership m ON m.person = p.id AND m.ended_at IS NULL {scope}
LEFT JOIN LATERAL (
    SELECT array_agg(ARRAY[e.city::text, e.mayor::text, to_json(e.starts_at) #>> ARRAY[]::text[],
                           to_json(e.expires_at) #>> ARRAY[]::text[]] ORDER BY e.id) AS mandates
    FROM delegation e
    WHERE e.deputy = p.id AND e.ended_at IS NULL AND EXISTS (
        SELECT 1 FROM membership h WHERE h.person = e.mayor AND h.city = e.city
        AND h.role IN {delegating} AND h.ended_at IS NULL)) d ON true
WHERE {condition}
GROUP BY p.id, d.mandates {extra}
"""

STANDS = """s.ended_at IS NULL AND s.expires_at > $2
    AND coalesce(u.last_used_at, s.created_at) > $2 - $3::interval
    AND (s.city IS NULL OR NOT EXISTS (
        SELECT 1 FROM membership o WHERE o.person = s.person AND o.ended_at IS NULL
        AND o.city IS DISTINCT FROM s.city))"""
"""A session counts until it ends, for so many days in all, and for so many hours unused; one that
a city's sign-on opened, while its person holds no role for which the city does not speak."""

RENEWS = """(s.renews OR EXISTS (
    SELECT 1 FROM delegation t, unnest(ARRAY[t.starts_at, t.expires_at]) AS turn
    WHERE t.deputy = s.person AND t.ended_at IS NULL
    AND turn > coalesce(s.secret_at, s.created_at) AND turn <= $2))"""
"""A session's secret is due to change: roles changed, which triggers mark; or a delegation to its
person has begun or run out since there is this secret, at which no row changes."""

_BY_SESSION = _ACTOR.format(
    delegating=_DELEGATING,
    scope="AND (s.city IS NULL OR m.city = s.city)",
    extra=", s.token_hash, s.former_until, s.expires_at, s.created_at, s.proved_at, w.renews,"
    " s.second_factor, u.last_used_at, s.city",
    proof="JOIN session s ON s.person = p.id LEFT JOIN session_use u ON u.session = s.id"
    f" CROSS JOIN LATERAL (SELECT {RENEWS} AS renews) w",
    condition=f"(s.token_hash = $1 OR (s.former_hash = $1 AND s.former_until > $2)) AND {STANDS}",
)
_BY_TOKEN = _ACTOR.format(
    delegating=_DELEGATING,
    extra=", k.expires_at, k.read_only, k.city, k.second_factor",
    proof="JOIN api_token k ON k.person = p.id",
    scope="AND (k.city IS NULL OR m.city = k.city)"
    " AND m.role || ':' || coalesce(m.city::text, '') = ANY(string_to_array(k.covers, ' '))",
    condition="k.token_hash = {} AND k.revoked_at IS NULL AND k.expires_at > {}",
)
_BY_NUMBER = _ACTOR.format(
    delegating=_DELEGATING, extra="", scope="", proof="", condition="p.id = {}"
)
_BY_EMAIL = _ACTOR.format(
    delegating=_DELEGATING, extra="", scope="", proof="", condition="p.email = {}"
)

_BY_NUMBERS = _ACTOR.format(
    delegating=_DELEGATING,
    extra="",
    scope="",
    proof="",
    condition="p.id = ANY($1) AND p.erased_at IS NULL",
)

_STILL_GOOD = f"""
SELECT s.token_hash FROM session s LEFT JOIN session_use u ON u.session = s.id
WHERE s.token_hash = ANY($1) AND {STANDS}
UNION
SELECT token_hash FROM api_token
WHERE token_hash = ANY($1) AND revoked_at IS NULL AND expires_at > $2
"""  # noqa: S608 - composed from constants
Found = tuple[Actor, bool, datetime]
"""Who it is, whether they may only read, and until when the secret counts."""


@dataclass(frozen=True)
class Standing:
    """A session as it is now: who is signed in, until when it counts if nothing happens, and
    whether its secret is due to change."""

    actor: Actor
    until: datetime
    renews: bool


async def actor_by_session(secret: str) -> Actor | None:
    """Who is signed in with this browser; None when nobody is, or no longer."""
    standing = await session_standing(secret)
    return standing.actor if standing else None


async def session_standing(secret: str) -> Standing | None:
    """The session with this secret, for a page; None when there is none, or no longer."""
    found = await _standing(fingerprint(secret))
    return found and replace(found, actor=replace(found.actor, rights=None))


async def actor_by_token(secret: str) -> tuple[Actor, bool] | None:
    """On whose behalf the program acts, and whether it may only read; None for a bad token."""
    found = await by_token(fingerprint(secret))
    return found and (replace(found[0], rights=None), found[1])


async def by_session(token_hash: str) -> Found | None:
    """The session with this hash, with the stamp of its person's rights."""
    found = await _standing(token_hash)
    return (found.actor, False, found.until) if found else None


async def by_token(token_hash: str) -> Found | None:
    """The token with this hash, with the stamp of its person's rights."""
    rows = await Person.raw(_BY_TOKEN, token_hash, clock.now())
    if not rows:
        return None
    row = rows[0]
    limit = Limit(row["city"], row["expires_at"], row["read_only"])
    actor = replace(_stamped(row), limit=limit, second_factor=row["second_factor"])
    if must_have_factor(actor) and not actor.second_factor:
        return None
    return actor, row["read_only"], row["expires_at"]


async def rights_are(person_id: int | None, stamp: int) -> bool:
    """Whether the person's rights are those of this stamp."""
    rows = await Person.raw("SELECT 1 FROM person WHERE id = {} AND rights = {}", person_id, stamp)
    return bool(rows)


async def actor_by_email(email: str) -> Actor | None:
    """The person with this address, in any case: for the command line, which needs no proof."""
    rows = await Person.raw(_BY_EMAIL, email.strip().lower())
    return _actor(rows[0]) if rows else None


async def readers(numbers: Iterable[int | None]) -> dict[int | None, Actor]:
    """The people with these numbers who were not forgotten: as whom mails to them are read, at
    whatever address they are reached by now."""
    rows = await fetch(_BY_NUMBERS, [each for each in numbers if each is not None])
    return {row["id"]: _actor(row) for row in rows}


async def still_good(fingerprints: Iterable[str]) -> set[str]:
    """Those of the sessions and tokens that have neither ended nor expired."""
    rows = await fetch(_STILL_GOOD, list(fingerprints), clock.now(), _idle())
    return {row["token_hash"] for row in rows}


async def holds(person_id: int, city_id: int | None, role: Role) -> bool:
    """Whether the person holds the role there today."""
    rows = await Person.raw(
        "SELECT 1 FROM membership WHERE person = {} AND role = {} AND ended_at IS NULL"
        " AND city IS NOT DISTINCT FROM {}::integer",
        person_id,
        role.value,
        city_id,
    )
    return bool(rows)


async def open_invitation(email: str, city_id: int | None, role: Role) -> int | None:
    """The number of the invitation to take up this role there: also when it has expired, because
    then it is to be sent again. None when nobody with this address is asked."""
    rows = await Person.raw(
        "SELECT id FROM invitation WHERE email = {} AND role = {} AND accepted_at IS NULL"
        " AND withdrawn_at IS NULL AND city IS NOT DISTINCT FROM {}::integer",
        email,
        role.value,
        city_id,
    )
    return rows[0]["id"] if rows else None


async def everybody() -> list[tuple[str, str, str]]:
    """Address, name and roles of all people, such as "mayor of Nairobi, auditor": for the command
    line, which shows it to whoever runs the installation."""
    rows = await fetch(
        "SELECT p.email, p.name, coalesce(string_agg(m.role || coalesce(' of ' || c.name, ''),"
        " ', ' ORDER BY m.id), '') AS roles FROM person p"
        " LEFT JOIN membership m ON m.person = p.id AND m.ended_at IS NULL"
        " LEFT JOIN city c ON c.id = m.city GROUP BY p.id ORDER BY p.email"
    )
    return [(row["email"], row["name"], row["roles"]) for row in rows]


async def delegates(
    person_id: int | None, city_id: int, starts_at: datetime, expires_at: datetime
) -> bool:
    """Whether the mayor has a deputy at any time in between."""
    rows = await fetch(
        "SELECT 1 FROM delegation WHERE mayor = $1 AND city = $2 AND ended_at IS NULL"
        " AND starts_at < $4 AND expires_at > $3",
        person_id,
        city_id,
        starts_at,
        expires_at,
    )
    return bool(rows)


async def open_links(person_id: int) -> int:
    """How many links would sign the person in at this moment."""
    count: int = await SignInLink.count().where(
        SignInLink.person == person_id,
        SignInLink.used_at.is_null(),
        SignInLink.expires_at > clock.now(),
    )
    return count


async def session_with(token_hash: str) -> tuple[int, int] | None:
    """The numbers of the session of this secret, unless it has ended, and of its person."""
    rows = await fetch(
        "SELECT id, person FROM session WHERE ended_at IS NULL"
        " AND (token_hash = $1 OR (former_hash = $1 AND former_until > $2))",
        token_hash,
        clock.now(),
    )
    return (rows[0]["id"], rows[0]["person"]) if rows else None


async def password_set_at(person_id: int) -> datetime | None:
    """Since when there is the person's present password; None without one."""
    rows = await fetch("SELECT set_at FROM password WHERE person = $1", person_id)
    return rows[0]["set_at"] if rows else None


async def has_factor(person_id: int) -> bool:
    """Whether the person has a second factor, which is then always asked for."""
    rows = await fetch(
        "SELECT 1 FROM second_factor WHERE person = $1 AND ended_at IS NULL"
        " AND confirmed_at IS NOT NULL",
        person_id,
    )
    return bool(rows)


def must_have_factor(actor: Actor) -> bool:
    """Whether a role of the actor's needs a second factor, by the installation's choice."""
    needed = {
        "administrators": actor.may(Permission.MANAGE_PEOPLE),
        "secretariat": actor.secretariat,
    }
    return needed.get(chosen().second_factor_for or "", False)


async def owes_factor(person_id: int) -> bool:
    """Whether a first proof is not enough for this person."""
    if await has_factor(person_id):
        return True
    rows = await Person.raw(_BY_NUMBER, person_id)
    return bool(rows) and must_have_factor(_actor(rows[0]))


async def owing_factor(people: Sequence[Actor]) -> set[int]:
    """The numbers of those of the people for whom a first proof is not enough."""
    numbers = [each.person_id for each in people]
    rows = await fetch(
        "SELECT person FROM second_factor WHERE person = ANY($1::int[]) AND ended_at IS NULL"
        " AND confirmed_at IS NOT NULL",
        numbers,
    )
    needed = {each.person_id for each in people if each.person_id and must_have_factor(each)}
    return needed | {row["person"] for row in rows}


async def person(person_id: int) -> Person:
    """The person, to write to."""
    found = await Person.objects().get(Person.id == person_id)
    assert found
    return found


async def people_with(permission: Permission) -> list[Person]:
    """Who may do something everywhere, to write to."""
    rows = await fetch(
        "SELECT DISTINCT person FROM membership WHERE city IS NULL AND ended_at IS NULL"
        " AND role = ANY($1) ORDER BY person",
        [role.value for role in roles_with(permission)],
    )
    return [await person(row["person"]) for row in rows]


async def administrators(city_id: int | None) -> list[int]:
    """The numbers of those who look after the people of the city, or of the secretariat, today."""
    rows = await fetch(
        "SELECT DISTINCT person FROM membership"
        " WHERE city IS NOT DISTINCT FROM $1 AND ended_at IS NULL"
        " AND role = ANY($2) ORDER BY person",
        city_id,
        [role.value for role in roles_with(Permission.MANAGE_MEMBERS)],
    )
    return [row["person"] for row in rows]


async def own_words(person_id: int) -> list[str]:
    """What a person is known by: name, address, cities."""
    rows = await fetch(
        "SELECT p.name, p.email, c.name AS city, c.local_name FROM person p"
        " LEFT JOIN membership m ON m.person = p.id LEFT JOIN city c ON c.id = m.city"
        " WHERE p.id = $1",
        person_id,
    )
    return [text for row in rows for text in row.values() if text]


async def _standing(token_hash: str) -> Standing | None:
    rows = await fetch(_BY_SESSION, token_hash, clock.now(), _idle())
    if not rows:
        return None
    row = rows[0]
    proof = {"proved_at": row["proved_at"], "second_factor": row["second_factor"]}
    actor = replace(_stamped(row), **proof, sign_on_city=row["city"])
    if must_have_factor(actor) and not actor.second_factor:
        return None
    until = min(row["expires_at"], (row["last_used_at"] or row["created_at"]) + _idle())
    if row["token_hash"] != token_hash:
        until = min(until, row["former_until"])
    return Standing(actor, until, row["renews"])


def _idle() -> timedelta:
    return timedelta(hours=chosen().session_idle_hours)


def _stamped(row: Mapping[str, Any]) -> Actor:
    return replace(_actor(row), rights=row["rights"])


def _actor(row: Mapping[str, Any]) -> Actor:
    roles = [Role(role) for role in row["roles"] or ()]
    return Actor(
        person_id=row["id"],
        name=row["name"],
        memberships=frozenset(zip(roles, row["cities"] or (), strict=True)),
        affiliated=frozenset(row["affiliated"]),
        mandates=tuple(_mandate(*each) for each in row["mandates"] or ()),
    )


def _mandate(city: str, mayor: str, starts_at: str, expires_at: str) -> Mandate:
    begin, end = (datetime.fromisoformat(each) for each in (starts_at, expires_at))
    return Mandate(int(city), int(mayor), begin, end)
