"""Who sees people: those signed in see names and roles, the public sees nobody."""

from hashlib import sha256

from tracker.domain.actor import Actor
from tracker.domain.messages import Message, say, word
from tracker.domain.roles import SECRETARIAT, Permission, Role, in_sql, roles_with

_MANAGING = in_sql(roles_with(Permission.MANAGE_MEMBERS))


def visible(t: str) -> str:
    """A person, to anybody who is signed in."""
    return "(:person IS NOT NULL OR :secretariat)"


def membership_visible(t: str) -> str:
    """A membership, to anybody who is signed in."""
    return "(:person IS NOT NULL OR :secretariat)"


def delegation_visible(t: str) -> str:
    """Who decides in whose place: people of the city, and the secretariat."""
    return f"({t}.city = ANY(:cities) OR :secretariat)"


def contact_visible(t: str) -> str:
    """A person's address: to the person, the secretariat, and people of the same city today."""
    return (
        f"({t}.id = :person OR :secretariat OR EXISTS (SELECT 1 FROM membership v"
        f" WHERE v.person = {t}.id AND v.city = ANY(:cities)"
        " AND v.ended_at IS NULL))"
    )


def own_visible(t: str) -> str:
    """What is nobody else's: to the person, save by a token for one city."""
    return f"({t}.id = :person AND :only_city IS NULL)"


def proofs_visible(t: str) -> str:
    """By what a person signs in, to the person, save by a token for one city, and to the
    secretariat; the proofs themselves, to nobody."""
    return f"(({t}.id = :person AND :only_city IS NULL) OR :secretariat)"


def looked_after_visible(t: str) -> str:
    """Whether and how safely a person comes here: to whom their proofs are told, and to the
    administrators of a city in which they hold a role today."""
    return (
        f"({proofs_visible(t)} OR EXISTS (SELECT 1 FROM membership v"
        f" JOIN membership va ON va.city = v.city WHERE v.person = {t}.id"
        " AND v.city = ANY(:cities) AND v.ended_at IS NULL AND va.person = :person"
        f" AND va.role IN {_MANAGING} AND va.ended_at IS NULL))"
    )


def token_visible(t: str) -> str:
    """An API token, to the person on whose behalf it acts and to the secretariat; not to a
    program whose own token is for one city or for reading: one that leaked tells of no other."""
    return f"(:whole AND ({t}.person = :person OR :secretariat))"


def invitation_visible(t: str) -> str:
    """An invitation, to the secretariat and to the administrators of its city."""
    return (
        f"(:secretariat OR {t}.city = ANY(:cities) AND EXISTS (SELECT 1 FROM membership v"
        f" WHERE v.person = :person AND v.city = {t}.city AND v.role IN {_MANAGING}"
        " AND v.ended_at IS NULL))"
    )


def sign_on_visible(t: str) -> str:
    """How a city's sign-on is set up, to the secretariat and to the city's administrators."""
    return invitation_visible(t)


def may_set_up_sign_on(actor: Actor, city_id: int) -> bool:
    """Whether the actor says with which provider the city's people sign in."""
    return actor.may(Permission.MANAGE_MEMBERS, city_id)


def may_invite(actor: Actor, city_id: int | None) -> bool:
    """Whether the actor asks people into roles there: the secretariat's administrator anywhere, a
    city's administrator in their city."""
    return actor.may(Permission.MANAGE_MEMBERS, city_id)


def place_wanted(role: Role) -> Message:
    """What to say to somebody who named a city for a role in the secretariat, or none for one in a
    city."""
    if role in SECRETARIAT:
        return say("{role} is a role in the secretariat; name no city.", role=word(role.words))
    return say("{role} is a role in a city; name the city.", role=word(role.words))


def session_visible(t: str) -> str:
    """A session, to the person who is signed in with it, and to nobody else; as with tokens, not
    to a program whose token leaves some of the person's rights out."""
    return f"(:whole AND {t}.person = :person)"


def may_manage(actor: Actor, person_id: int) -> bool:
    """Whether the actor looks after this person's profile and tokens: everybody their own, the
    administrator everybody's."""
    return actor.may(Permission.MANAGE_PEOPLE) or actor.owns(person_id)


def fingerprint(secret: str) -> str:
    """What is kept of a secret: its SHA-256. Secrets are random and long, so no salt is needed."""
    return sha256(secret.encode()).hexdigest()


def notification_visible(t: str) -> str:
    """Everybody's own notifications, of all their cities: not by a token for one of them."""
    return f"({t}.person = :person AND :only_city IS NULL)"
