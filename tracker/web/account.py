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
PEOPLE = (
    ("/people", N_("People")),
    ("/invitations", N_("Invitations")),
    ("/sign-ons", N_("Sign-ons of cities")),
)
MAILS = (("/deliveries", N_("Mails")),)
ACCOUNTS = (
    ("/account/lost-factor", N_("Help with accounts")),
    ("/erasures", N_("People to be forgotten")),
)

ELSEWHERE = {"/suppressions": "/deliveries"}
"""Beginnings of addresses of pages that stand with a tab's, and not below its address."""


def account_pages(actor: Actor, reader: Reader, path: str) -> list[Item]:
    """What stands beside the page at `path`: the others about people, or those about oneself."""
    pages = _of_people(actor) if about_people(path) else OWN
    return [(each, reader.gettext(words), each, None) for each, words in pages]


def tab_of(path: str) -> str:
    """The tab of a page, which may lie below it."""
    if tab := ELSEWHERE.get("/" + path.split("/")[1]):
        return tab
    tabs = (each for each, _ in (*PEOPLE, *MAILS, *ACCOUNTS) if path.startswith(f"{each}/"))
    return next(tabs, path)


def about_people(path: str) -> bool:
    """Whether the page is about people whom one looks after."""
    return any(tab_of(path) == each for each, _ in (*PEOPLE, *MAILS, *ACCOUNTS))


def _of_people(actor: Actor) -> list[tuple[str, str]]:
    """The secretariat reads all that is about people; administrators of cities, their part."""
    pages = list(PEOPLE) if manages_people(actor) or actor.secretariat else []
    pages += MAILS if actor.secretariat else ()
    return pages + list(ACCOUNTS) if actor.may(Permission.MANAGE_PEOPLE) else pages


def manages_people(actor: Actor) -> bool:
    """Whether they invite people, to the secretariat or to a city of theirs."""
    return actor.may_in(Permission.MANAGE_MEMBERS, [None, *actor.city_ids])
