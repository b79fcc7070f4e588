"""One's browsers and programs: ending one of them, or all at once."""

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change
from tracker.domain.database import fetch, transaction
from tracker.domain.deliveries import posting
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.messages import say
from tracker.domain.people import queries
from tracker.domain.people.rules import fingerprint, session_visible, token_visible
from tracker.domain.people.sessions import void_halves
from tracker.domain.people.tables import ApiToken, Session


async def end_one(actor: Actor, session_id: int) -> Session:
    """Sign a browser of the actor's out.

    Raises Invalid when it has ended before, NotFound for another's, or Forbidden for programs.
    """
    _require_person(actor)
    async with change(actor, Session, session_id, session_visible, "end") as session:
        if session.ended_at:
            raise Invalid({"session_id": [say("This browser is signed out already.")]})
        session.ended_at = clock.now()
    return session


async def sign_out_everywhere(actor: Actor, *, tokens: bool) -> None:
    """Sign all browsers of the actor's out, this one and those half signed in too; with `tokens`,
    no program goes on either. Sockets that live by any of them are closed. Raises Forbidden for
    programs."""
    _require_person(actor)
    async with transaction():
        await void_halves(actor.person_id)
        for number in await _numbers("session", actor):
            async with change(actor, Session, number, session_visible, "end") as session:
                session.ended_at = clock.now()
        if tokens:
            for number in await _numbers("api_token", actor):
                async with change(actor, ApiToken, number, token_visible, "revoke") as token:
                    token.revoked_at = clock.now()


async def recognise(secret: str, device: str, address: str, known_by: str) -> bool:
    """Keep of a new session in which browser and from where it was begun; whether the person had
    never signed in with this browser before, though with another one. They are then told by mail.

    `device` and `address` are for the person to read, `known_by` is what the browser is known by.
    """
    told = {"device": device, "network": address, "at": clock.now()}
    async with transaction():
        rows = await fetch(
            _RECOGNISE, fingerprint(secret), device[:100], address[:60], fingerprint(known_by)
        )
        new = bool(rows) and rows[0]["others"] and not rows[0]["known"]
        if new:
            await posting.post(await queries.person(rows[0]["person"]), "new_device", context=told)
    return new


_RECOGNISE = """
WITH these AS (UPDATE session SET device = $2, address = $3, device_hash = $4
               WHERE token_hash = $1 RETURNING id, person)
SELECT min(these.person) AS person, count(*) > 0 AS others,
    coalesce(bool_or(s.device_hash = $4), false) AS known
FROM these JOIN session s ON s.person = these.person AND s.id <> these.id
"""

_LIVING = {
    "session": "SELECT id FROM session WHERE person = $1 AND ended_at IS NULL ORDER BY id",
    "api_token": "SELECT id FROM api_token WHERE person = $1 AND revoked_at IS NULL ORDER BY id",
}


async def _numbers(table: str, actor: Actor) -> list[int]:
    return [row["id"] for row in await fetch(_LIVING[table], actor.person_id)]


def _require_person(actor: Actor) -> None:
    """A token that leaked signs nobody out."""
    if actor.limit is not None or actor.person_id is None:
        raise Forbidden(say("People end their sessions themselves, in a browser."))
