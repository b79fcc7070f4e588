"""Which mails wait for which, for how long they are tried, and who sees that there are any."""

from collections.abc import Mapping

from tracker.domain.deliveries.tables import OPEN, DeliveryKind, Lane
from tracker.domain.messages import say

BACKOFF_MOST_SECONDS = 6 * 3600
GIVE_UP_DAYS = 5
"""RFC 5321, 4.5.4.1: at least 4 to 5 days."""

GIVE_UP_ERRORS = 28
"""As many as there are in that time, by the backoff from a minute on, of a mail that never comes to
a try: one that waited through an outage for longer is not given up at the first of them."""

ADDRESSED = ("invitation", "sign_in", "account", "hook")
"""Kinds that are owed with an address; all others go to where their reader is reached on the day
on which they are written."""

KEPT_DAYS = 30
"""How long the bytes of a mail are kept that went out, or did not."""

UNWANTED = say("Its reader does without mails of this kind.")

LEFT = say("Its reader has left.")

ERASED = "@erased.invalid"
"""How addresses end that belonged to people who were forgotten."""

LANES: Mapping[DeliveryKind, Lane] = {
    DeliveryKind.SIGN_IN: Lane.FAST,
    DeliveryKind.ACCOUNT: Lane.FAST,
    DeliveryKind.INVITATION: Lane.USUAL,
    DeliveryKind.NOTICE: Lane.USUAL,
    DeliveryKind.MENTION: Lane.USUAL,
    DeliveryKind.DECISION: Lane.USUAL,
    DeliveryKind.MILESTONE: Lane.USUAL,
    DeliveryKind.REMINDER: Lane.USUAL,
    DeliveryKind.DIGEST: Lane.BULK,
    DeliveryKind.HOOK: Lane.HOOKS,
}


def awaited(d: str) -> str:
    """Whether the mail was handed to the relay, whose answer may still come. In SQL. Its row says
    that it is in doubt before the final dot, for what a crash leaves behind; people are told so
    only where no answer came in time."""
    return f"({d}.state = 'in_doubt' AND coalesce({d}.lease_until > now(), false))"


def keeps_order(d: str) -> str:
    """Whether the mail waits for older ones of its kind to the same person. In SQL. Whoever sits
    and waits for a link gets the newest at once; what is sent once more says what an earlier mail
    said, so that it waits for none, nor is waited for."""
    return f"({d}.lane <> 'fast' AND {d}.resends IS NULL)"


def goes_before(o: str, d: str) -> str:
    """Whether `o` goes out, or ends, before `d` is taken up, which `keeps_order`. In SQL."""
    return (
        f"({o}.person = {d}.person AND {o}.kind = {d}.kind AND {o}.id < {d}.id"
        f" AND {o}.state IN {OPEN} AND {o}.resends IS NULL)"
    )


def first_before(d: str) -> str:
    """The number of the mail that goes first of those that the mail waits for; NULL where it waits
    for none. In SQL."""
    return (
        f"(SELECT min(o.id) FROM delivery o WHERE {d}.state IN {OPEN}"
        f" AND {keeps_order(d)} AND {goes_before('o', d)})"
    )


def visible(t: str) -> str:
    """That there is a mail and how far it is: to its recipient and the secretariat."""
    return f"(({t}.person = :person AND :only_city IS NULL) OR :secretariat)"


def suppression_visible(t: str) -> str:
    """Which addresses get no mail: to the secretariat."""
    return ":secretariat"


def content_visible(t: str) -> str:
    """A mail holds what its reader was allowed to see, so nobody else reads it."""
    return f"({t}.person = :person AND :only_city IS NULL)"


def has_left(person: str) -> str:
    """Whether the person has no role any more. In SQL."""
    return (
        f"(NOT EXISTS (SELECT FROM membership m WHERE m.person = {person} AND m.ended_at IS NULL))"
    )


def rights_ended(person: str, since: str, now: str) -> str:
    """Whether a role of the person, or a delegation to them that had begun, has ended since then,
    as of now. In SQL."""
    return (
        "(EXISTS (SELECT FROM membership m"
        f" WHERE m.person = {person} AND m.ended_at >= {since})"
        f" OR EXISTS (SELECT FROM delegation g WHERE g.deputy = {person}"
        f" AND least(g.ended_at, g.expires_at) BETWEEN greatest({since}, g.starts_at) AND {now}))"
    )
