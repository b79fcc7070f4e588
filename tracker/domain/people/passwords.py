"""Passwords, for whoever wants one beside the mailed links. The house keeps Argon2id hashes only.

Whatever changes a password ends the person's other sessions and gives this one another secret.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create
from tracker.domain.database import fetch, transaction
from tracker.domain.errors import Invalid
from tracker.domain.messages import say
from tracker.domain.people import hashing, links, queries
from tracker.domain.people.account_mails import tell_account
from tracker.domain.people.links import lasting
from tracker.domain.people.proofs import Method, Purpose
from tracker.domain.people.refusals import Refused, refused
from tracker.domain.people.rules import token_visible
from tracker.domain.people.sessions import (
    Entry,
    admit,
    end_others,
    exchanged,
    is_fresh,
    require_fresh,
    require_own_proof,
)
from tracker.domain.people.strength import normal, weakness
from tracker.domain.people.tables import Password
from tracker.domain.problems import UNSTORABLE

RESET_MINUTES = 20

SIGN_IN_SECONDS = 0.15
"""An answer to a password takes this long whether the account, or its password, exists or not; the
hash, which all of them wait for, takes a third of it."""

WRONG = say(
    "This address and this password do not belong together. You can ask for a link instead."
)


async def sign_in(
    email: str, password: str, *, source: str = "", request_id: str | None = None
) -> Entry:
    """What the right password opens. `source` is where the try comes from: each has as many turns
    as any other.

    Raises Invalid, in the same words and after the same time for an unknown address, a person
    without a password and a wrong one.
    """
    async with lasting(SIGN_IN_SECONDS):
        found = await _found(email.strip().lower())
        right = await hashing.is_right(found.hash, normal(password), source)
        if found.person is not None and not right:
            why = Refused.PASSWORD
            await refused(found.person, Method.PASSWORD, why, request_id, "refuse_sign_in")
    if not right or found.person is None:
        raise Invalid({"password": [WRONG]})
    if found.hash and hashing.is_outdated(found.hash):
        await _rehash(found.person, found.hash, normal(password), source)
    async with transaction():
        await _require_unchanged(found)
        return await admit(found.person, Method.PASSWORD, request_id=request_id)


async def choose(actor: Actor, new: str, present: str = "", session: str = "") -> str:
    """Set or change the actor's password, and end their other sessions; the secret that the
    `session` has from now on.

    Raises Invalid; Stale unless the person has just signed in or gives the present password.
    """
    assert actor.person_id is not None
    require_own_proof(actor)
    await _require_proof(actor, present)
    kept = await _checked(actor.person_id, new)
    async with transaction():
        had = await has_password(actor)
        await _keep(actor, kept, "choose_password")
        await tell_account(actor.person_id, "password_changed" if had else "password_set")
        await end_others(actor, session)
        return await exchanged(session)


async def remove(actor: Actor, session: str = "") -> str:
    """Have no password any more; the secret that the `session` has from now on.

    Raises Invalid where there is none, or Stale.
    """
    require_fresh(actor)
    async with transaction():
        if not await has_password(actor):
            raise Invalid({"": [say("There is no password to remove.")]})
        await _keep(actor, None, "remove_password")
        await tell_account(actor.person_id, "password_removed")
        await end_others(actor, session)
        return await exchanged(session)


async def reset(secret: str, browser: str, new: str, *, request_id: str | None = None) -> int:
    """Choose a password with a mailed link, once, and end all sessions; whose it is.

    Raises Invalid, also for a link that is used up, old or another browser's. A password that is
    not taken leaves the link as it is.
    """
    async with links.telling_refusals(secret, Purpose.RESET, request_id):
        person_id = await links.owner(secret, Purpose.RESET, browser)
    kept = await _checked(person_id, new)
    async with links.telling_refusals(secret, Purpose.RESET, request_id), transaction():
        await links.use_link(secret, Purpose.RESET, browser)
        actor = Actor(person_id=person_id, request_id=request_id)
        await _keep(actor, kept, "reset_password")
        await tell_account(person_id, "password_reset")
        await links.void(person_id)
        await end_others(actor)
    return person_id


async def has_password(actor: Actor) -> bool:
    """Whether there is one."""
    rows = await fetch(
        "SELECT 1 FROM password WHERE person = $1 AND hash IS NOT NULL", actor.person_id
    )
    return bool(rows)


@dataclass(frozen=True)
class _Found:
    person: int | None = None
    hash: str | None = None
    set_at: datetime | None = None


async def _found(email: str) -> _Found:
    if UNSTORABLE.search(email):
        return _Found()
    rows = await fetch(
        "SELECT p.id, w.hash, w.set_at FROM person p LEFT JOIN password w ON w.person = p.id"
        " WHERE p.email = $1",
        email,
    )
    return _Found(rows[0]["id"], rows[0]["hash"], rows[0]["set_at"]) if rows else _Found()


async def _require_unchanged(found: _Found) -> None:
    """Whoever changes the password waits until this one's session is there to be ended, or was
    faster: raises Invalid then."""
    rows = await fetch(
        "SELECT 1 FROM password WHERE person = $1 AND set_at = $2 FOR SHARE",
        found.person,
        found.set_at,
    )
    if not rows:
        raise Invalid({"password": [WRONG]})


async def _require_proof(actor: Actor, present: str) -> None:
    """Raises Invalid for a wrong present password, Stale where there is neither proof."""
    if not present:
        require_fresh(actor)
        return
    rows = await fetch("SELECT hash FROM password WHERE person = $1", actor.person_id)
    kept = rows[0]["hash"] if rows else None
    if await hashing.is_right(kept, normal(present), _of(actor.person_id)):
        return
    if not rows and is_fresh(actor):
        return
    raise Invalid({"present": [say("This is not your present password.")]})


async def _checked(person_id: int, new: str) -> str:
    """The hash of a new password. Raises Invalid for one that is not taken."""
    own = await queries.own_words(person_id)
    wrong = await asyncio.to_thread(weakness, new, own)
    if wrong:
        raise Invalid({"password": [wrong]})
    return await hashing.hashed(normal(new), _of(person_id))


async def _keep(actor: Actor, kept: str | None, verb: str) -> None:
    """Write the hash, which the trail never sees, and that it was set."""
    now = clock.now() if kept else None
    row = await Password.objects().where(Password.person == actor.person_id).first()
    if row is None:
        row = Password(person=actor.person_id, hash=kept, set_at=now)
        await create(actor, row, verb)
        return
    async with change(actor, Password, row.id, token_visible, verb) as row:
        await fetch("UPDATE password SET hash = $2, set_at = $3 WHERE id = $1", row.id, kept, now)
        row.set_at = now


def _of(person_id: int | None) -> str:
    return f"person {person_id}"


async def _rehash(person_id: int, before: str, password: str, source: str) -> None:
    """Hash with what is asked for now, unless the password was changed meanwhile."""
    await fetch(
        "UPDATE password SET hash = $3 WHERE person = $1 AND hash = $2",
        person_id,
        before,
        await hashing.hashed(password, source),
    )
