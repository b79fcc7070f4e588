"""Who is told by mail when roles and sign-ons change. What a person does to their own role, they
know; a city's sign-on opens accounts, so all its administrators hear of it, whoever did it."""

from tracker.domain.actor import Actor
from tracker.domain.notices.mailing import tell
from tracker.domain.people import queries
from tracker.domain.people.sign_on_tables import SignOn
from tracker.domain.people.tables import Delegation, Membership
from tracker.domain.roles import Role

WEIGHTY = (Role.MAYOR, Role.CITY_ADMINISTRATOR)
"""Roles whose coming and going the city's other administrators hear of."""


async def tell_of_role(by: Actor, membership: Membership, verb: str) -> None:
    """The person, and of a mayor's or an administrator's role the city's administrators, all but
    who did it."""
    people = [membership.person]
    if membership.role in WEIGHTY:
        people += await queries.administrators(membership.city)
    told = (each for each in people if each != by.person_id)
    await tell(told, membership, verb, by.person_id)


async def tell_of_delegation(by: Actor, delegation: Delegation, verb: str) -> None:
    """The mayor and the deputy, all but who did it."""
    both = delegation.mayor, delegation.deputy
    await tell((each for each in both if each != by.person_id), delegation, verb, by.person_id)


async def tell_of_sign_on(by: Actor, sign_on: SignOn, verb: str) -> None:
    """The city's administrators, and the secretariat's where it waits for them."""
    people = await queries.administrators(sign_on.city)
    if not (sign_on.confirmed_at or sign_on.ended_at):
        people += await queries.administrators(None)
    await tell(people, sign_on, verb, by.person_id)
