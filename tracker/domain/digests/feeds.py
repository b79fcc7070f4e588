"""The address of one's digests as a feed: made, replaced and revoked by its person alone.

Whoever knows the address reads on for as long as it counts, also where they are signed out by now.
So it takes a fresh proof to make one, no program makes any, and only its hash is kept.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, load
from tracker.domain.database import fetch, transaction
from tracker.domain.digests.rules import subscription_visible
from tracker.domain.digests.tables import DigestFeed
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.messages import say
from tracker.domain.people import queries
from tracker.domain.people import rules as people
from tracker.domain.people.rules import fingerprint, may_manage
from tracker.domain.people.sessions import require_fresh
from tracker.domain.people.tables import Person

PREFIX = "esf_"
"""Lets secret scanners recognise an address that leaked."""

SECRET_BYTES = 32

USE_EVERY = timedelta(minutes=10)
"""How exactly it is known when a feed was last read."""


class Ended(Exception):
    """The feed was there, and is no more: programs need not ask again."""


@dataclass(frozen=True)
class Feed:
    """An address that counts, since when, and who reads there."""

    since: datetime
    reader: Actor


async def issue_feed(actor: Actor, person_id: int) -> tuple[DigestFeed, str]:
    """An address for one's own digests, and its secret, which is never shown again. A former one is
    revoked.

    Raises NotFound, Stale, or Forbidden for another's.
    """
    require_fresh(actor)
    async with transaction():
        await load(actor, Person, person_id, people.visible)
        if not actor.owns(person_id):
            raise Forbidden(say("Everybody makes the addresses of their own digests."))
        for former in await _standing(person_id):
            await revoke_feed(actor, former)
        secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        feed = DigestFeed(person=person_id, token_hash=fingerprint(secret), created_at=clock.now())
        return await create(actor, feed, "issue"), secret


async def revoke_feed(actor: Actor, digest_feed_id: int) -> DigestFeed:
    """Have the address lead nowhere from now on.

    Raises Invalid when it was revoked before, NotFound, or Forbidden for another's.
    """
    async with change(actor, DigestFeed, digest_feed_id, subscription_visible, "revoke") as feed:
        if not may_manage(actor, feed.person):
            raise Forbidden(say("Everybody decides on their own digest; the administrator on any."))
        if feed.revoked_at:
            raise Invalid({"digest_feed_id": [say("This address is already revoked.")]})
        feed.revoked_at = clock.now()
    return feed


async def feed_of(secret: str) -> Feed:
    """The feed at the address with this secret, with its reader's rights of this moment.

    Raises NotFound for an address that never was, Ended for one that was revoked, or whose person
    has left.
    """
    rows = await fetch(_FIND, fingerprint(secret))
    if not rows:
        raise NotFound(say("There is nothing at this address."))
    reader = await queries.actor_by_email(rows[0]["email"])
    if rows[0]["revoked_at"] or reader is None or not reader.memberships:
        raise Ended
    await fetch(_USE, rows[0]["id"], USE_EVERY)
    return Feed(rows[0]["created_at"], reader)


async def _standing(person_id: int) -> list[int]:
    """The numbers of the addresses that count, locked."""
    rows = await fetch(_STANDING, person_id)
    return [row["id"] for row in rows]


_STANDING = "SELECT id FROM digest_feed WHERE person = $1 AND revoked_at IS NULL FOR UPDATE"

_FIND = """SELECT f.id, f.created_at, f.revoked_at, p.email
FROM digest_feed f JOIN person p ON p.id = f.person
WHERE f.token_hash = $1"""

_USE = """UPDATE digest_feed SET read_at = now()
WHERE id = $1 AND (read_at IS NULL OR read_at < now() - $2::interval)"""
