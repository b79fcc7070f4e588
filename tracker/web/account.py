"""The pages about oneself and about the people whom one looks after: what leads from each of them
to all others."""

from tracker.domain.actor import Actor
from tracker.domain.roles import Permission
from tracker.locale import Reader
from tracker.web.words import N_

Item = tuple[str, str, str, None]
"""Key, words and address of a tab, as components/navigation.html draws it, without a count."""

OWN = (
    ("/preferences", N_("Preferences")),
    ("/account/security", N_("Signing in")),
    ("/account/sessions", N_("Your sessions")),
    ("/tokens", N_("API tokens")),
    ("/account/roles", N_("Your roles")),
    ("/account/history", N_("Your history")),
    ("/account/data", N_("Your data")),
)
PEOPLE = (("/invitations", N_("Invitations")), ("/sign-ons", N_("Sign-ons of cities")))
ACCOUNTS = (("/account/lost-factor", N_("Accounts")), ("/erasures", N_("People to be forgotten")))


def account_pages(actor: Actor, reader: Reader) -> list[Item]:
    """What this person finds there."""
    pages = list(OWN)
    if manages_people(actor):
        pages += PEOPLE
    if actor.may(Permission.MANAGE_PEOPLE):
        pages += ACCOUNTS
    return [(path, reader.gettext(words), path, None) for path, words in pages]


def manages_people(actor: Actor) -> bool:
    """Whether they invite people, to the secretariat or to a city of theirs."""
    return actor.may_in(Permission.MANAGE_MEMBERS, [None, *actor.city_ids])
