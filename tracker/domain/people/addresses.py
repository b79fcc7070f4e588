"""The e-mail address that a person signs in with, and how it changes: confirmed at the new one,
told to the old one."""

from collections.abc import Callable

from tracker.domain.actor import Actor
from tracker.domain.audit import change
from tracker.domain.database import transaction
from tracker.domain.errors import Invalid
from tracker.domain.messages import say
from tracker.domain.people import links
from tracker.domain.people.account_mails import Tell, tell_account, tell_nobody
from tracker.domain.people.links import LINK_SECONDS, lasting
from tracker.domain.people.profiles import checked_email
from tracker.domain.people.proofs import Purpose
from tracker.domain.people.rules import visible
from tracker.domain.people.sessions import end_others, exchanged, require_fresh, require_own_proof
from tracker.domain.people.tables import Person
from tracker.domain.problems import Problems

CONFIRM_MINUTES = 30


async def ask_change(
    actor: Actor, email: str, browser: str, tell: Callable[[str], Tell] = lambda _: tell_nobody
) -> tuple[Person, str, str] | None:
    """Begin to change the actor's address: the person as they are, the new address, and the secret
    of a link, mailed there by what `tell` gives for the address. None after as long where somebody
    has that address, which nobody is told.

    Raises Invalid for what is no address, or Stale.
    """
    require_fresh(actor)
    problems = Problems()
    email = checked_email(email, problems)
    async with lasting(LINK_SECONDS), transaction():
        person = await Person.objects().get(Person.id == actor.person_id)
        assert person
        problems.unless(email != person.email, "email", say("This is your address already."))
        problems.raise_any()
        if await Person.exists().where(Person.email == email):
            return None
        await links.void(person.id, Purpose.ADDRESS)
        secret = await links.new_link(person, Purpose.ADDRESS, browser, CONFIRM_MINUTES, email)
        await tell(email)(person, secret)
        return person, email, secret


async def confirm_change(
    actor: Actor, secret: str, browser: str, session: str
) -> tuple[Person, str, str]:
    """Use the new address from now on, once: the person, their address before, and the secret that
    the `session` has from now on. Links mailed to the old address, and other sessions, end.

    Raises Invalid, or Forbidden for who came by a city's sign-on.
    """
    require_own_proof(actor)
    async with transaction():
        link = await links.use_link(secret, Purpose.ADDRESS, browser)
        if link.person != actor.person_id or not link.email:
            raise Invalid(
                {"link": [say("This link belongs to another account; sign in there first.")]}
            )
        async with change(actor, Person, link.person, visible, "change_email") as person:
            before, person.email = person.email, link.email
        await links.void(link.person)
        await end_others(actor, session)
        await tell_account(person.id, "address_changed", to=before)
        return person, before, await exchanged(session)
