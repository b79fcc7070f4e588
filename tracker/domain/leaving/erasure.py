"""Forgetting a person who asks for it, without a hole in what the cities did together.

The person's row keeps its number, which the trail and the work refer to, and loses what says who
it was. Roles end and their work is left to the cities; keys, sessions and proofs go; digests stay
as facts without their words. The trail holds salted hashes of personal values, whose salt goes
(`events/personal.py`), so that its chain stays whole. Free text that names somebody is out of
reach: nobody can find it surely, and the page that offers this says so.
"""

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change
from tracker.domain.database import fetch, transaction
from tracker.domain.deliveries import posting
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.events import personal
from tracker.domain.leaving.actions import end_membership
from tracker.domain.messages import say
from tracker.domain.people.queries import people_with
from tracker.domain.people.rules import visible
from tracker.domain.people.sessions import require_fresh
from tracker.domain.people.tables import Person
from tracker.domain.roles import Permission

NAME = "A former member"

_FORGET = (
    "UPDATE session SET ended_at = coalesce(ended_at, now()), device = '', address = '',"
    " device_hash = NULL WHERE person = $1",
    "UPDATE api_token SET revoked_at = coalesce(revoked_at, now()), purpose = '' WHERE person = $1",
    "DELETE FROM sign_in_link WHERE person = $1",
    "DELETE FROM answer_link WHERE person = $1",
    "DELETE FROM notice WHERE person = $1",
    "DELETE FROM half_sign_in WHERE person = $1",
    "DELETE FROM password WHERE person = $1",
    "DELETE FROM second_factor WHERE person = $1",
    "DELETE FROM sign_on_identity WHERE person = $1",
    "UPDATE digest_subscription SET active = false WHERE person = $1",
    "UPDATE digest_feed SET revoked_at = coalesce(revoked_at, now()) WHERE person = $1",
    "UPDATE digest_hook SET ended_at = coalesce(ended_at, now()), address = '', key = '',"
    " host = '', last_error = NULL WHERE person = $1",
    "UPDATE digest_issue SET subject = NULL, html = NULL, text = NULL, sheet = NULL"
    " WHERE person = $1",
    "UPDATE suppression SET address = 'former-' || id || '@erased.invalid', detail = ''"
    " WHERE address = (SELECT email FROM person WHERE id = $1)"
    " OR delivery IN (SELECT id FROM delivery WHERE person = $1)",
    "UPDATE delivery SET content = NULL, message = NULL, last_error = NULL, answers = '{}',"
    " address = 'former-' || id || '@erased.invalid', lease_until = NULL, lease_token = NULL,"
    " state = CASE WHEN state IN ('due', 'ready', 'sending', 'in_doubt') THEN 'cancelled'"
    " ELSE state END"
    " WHERE person = $1 OR address = (SELECT email FROM person WHERE id = $1)",
    "UPDATE invitation SET email = 'former-' || id || '@erased.invalid',"
    " token_hash = NULL, withdrawn_at = CASE WHEN accepted_at IS NULL"
    " THEN coalesce(withdrawn_at, now()) END WHERE person = $1 OR email ="
    " (SELECT email FROM person WHERE id = $1)",
)
"""Over a person's number."""


async def ask_erasure(actor: Actor, person_id: int) -> Person:
    """Ask to be forgotten; an administrator carries it out, and all of them are told. Asking again
    changes nothing.

    Raises NotFound, or Forbidden for anybody but the person.
    """
    async with change(actor, Person, person_id, visible, "ask_erasure") as person:
        if not actor.owns(person_id):
            raise Forbidden(say("Everybody asks for themselves; an administrator carries it out."))
        if not person.erasure_asked_at:
            person.erasure_asked_at = clock.now()
            for each in await people_with(Permission.MANAGE_PEOPLE):
                await posting.post(each, "erasure", context={"asking": person.name})
    return person


async def erase(actor: Actor, person_id: int) -> Person:
    """Forget who the person was, for good.

    Raises Invalid when it was done before, and for the last administrator, NotFound, Stale, or
    Forbidden for all but the administrator.
    """
    async with transaction():
        if not actor.may(Permission.MANAGE_PEOPLE):
            raise Forbidden(say("Only the secretariat's administrator forgets people."))
        require_fresh(actor)
        held = await fetch(
            "SELECT id FROM membership WHERE person = $1 AND ended_at IS NULL ORDER BY id",
            person_id,
        )
        for row in held:
            await end_membership(actor, row["id"], left_to_city=True)
        for statement in _FORGET:
            await fetch(statement, person_id)
        async with change(actor, Person, person_id, visible, "erase") as person:
            if person.erased_at:
                raise Invalid({"person_id": [say("This person was forgotten before.")]})
            person.name, person.email = NAME, f"former-{person_id}@erased.invalid"
            person.language, person.time_zone = "en", "UTC"
            person.unwanted_mails, person.quiet_from, person.quiet_until = [], None, None
            person.erased_at = clock.now()
        await personal.erase(await _event(person_id))
    return person


async def _event(person_id: int) -> int:
    rows = await fetch(
        "SELECT max(id) AS id FROM audit_event WHERE subject_type = 'person' AND subject_id = $1"
        " AND verb = 'erase'",
        person_id,
    )
    number: int = rows[0]["id"]
    return number
