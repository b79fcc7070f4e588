"""Who is asking: a secret or an address -> the person's rights at this moment, in one statement."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor, Role
from tracker.domain.people.rules import fingerprint
from tracker.domain.people.tables import Person, SignInLink

# The roles are read afresh with each request: a membership that ended counts no longer.
_ACTOR = """
SELECT p.id, p.name, p.rights,
       array_agg(m.role) FILTER (WHERE m.id IS NOT NULL) AS roles,
       array_agg(m.city) FILTER (WHERE m.id IS NOT NULL) AS cities
       {extra}
FROM person p
{proof}
LEFT JOIN membership m ON m.person = p.id AND m.ended_at IS NULL
WHERE {condition}
GROUP BY p.id {extra}
"""

_BY_SESSION = _ACTOR.format(
    extra=", s.expires_at",
    proof="JOIN session s ON s.person = p.id",
    condition="s.token_hash = {} AND s.ended_at IS NULL AND s.expires_at > {}",
)
_BY_TOKEN = _ACTOR.format(
    extra=", k.expires_at, k.read_only",
    proof="JOIN api_token k ON k.person = p.id",
    condition="k.token_hash = {} AND k.revoked_at IS NULL AND k.expires_at > {}",
)
_BY_EMAIL = _ACTOR.format(extra="", proof="", condition="p.email = {}")

_STILL_GOOD = """
WITH asked AS (SELECT {}::text[] AS hashes, {}::timestamptz AS moment)
SELECT token_hash FROM asked, session
WHERE token_hash = ANY(hashes) AND ended_at IS NULL AND expires_at > moment
UNION
SELECT token_hash FROM asked, api_token
WHERE token_hash = ANY(hashes) AND revoked_at IS NULL AND expires_at > moment
"""
Found = tuple[Actor, bool, datetime]
"""Who it is, whether they may only read, and until when the secret counts."""


async def actor_by_session(secret: str) -> Actor | None:
    """Who is signed in with this browser; None when nobody is, or no longer."""
    found = await by_session(fingerprint(secret))
    return found and replace(found[0], rights=None)


async def actor_by_token(secret: str) -> tuple[Actor, bool] | None:
    """On whose behalf the program acts, and whether it may only read; None for a bad token."""
    found = await by_token(fingerprint(secret))
    return found and (replace(found[0], rights=None), found[1])


async def by_session(token_hash: str) -> Found | None:
    """The session with this hash, with the stamp of its person's rights."""
    rows = await Person.raw(_BY_SESSION, token_hash, clock.now())
    return (_stamped(rows[0]), False, rows[0]["expires_at"]) if rows else None


async def by_token(token_hash: str) -> Found | None:
    """The token with this hash, with the stamp of its person's rights."""
    rows = await Person.raw(_BY_TOKEN, token_hash, clock.now())
    return (_stamped(rows[0]), rows[0]["read_only"], rows[0]["expires_at"]) if rows else None


async def rights_are(person_id: int | None, stamp: int) -> bool:
    """Whether the person's rights are those of this stamp."""
    rows = await Person.raw("SELECT 1 FROM person WHERE id = {} AND rights = {}", person_id, stamp)
    return bool(rows)


async def actor_by_email(email: str) -> Actor | None:
    """The person with this address, in any case: for the command line, which needs no proof."""
    rows = await Person.raw(_BY_EMAIL, email.strip().lower())
    return _actor(rows[0]) if rows else None


async def still_good(fingerprints: Iterable[str]) -> set[str]:
    """Those of the sessions and tokens that have neither ended nor expired."""
    rows = await Person.raw(_STILL_GOOD, list(fingerprints), clock.now())
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


async def open_links(person_id: int) -> int:
    """How many links would sign the person in at this moment."""
    count: int = await SignInLink.count().where(
        SignInLink.person == person_id,
        SignInLink.used_at.is_null(),
        SignInLink.expires_at > clock.now(),
    )
    return count


def _stamped(row: dict[str, Any]) -> Actor:
    return replace(_actor(row), rights=row["rights"])


def _actor(row: dict[str, Any]) -> Actor:
    roles = [Role(role) for role in row["roles"] or ()]
    return Actor(
        person_id=row["id"],
        name=row["name"],
        memberships=frozenset(zip(roles, row["cities"] or (), strict=True)),
    )
