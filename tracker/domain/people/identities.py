"""Who is asking, remembered between requests, and how a statement makes sure that it still holds.

A secret's owner and rights are read once and remembered with the *stamp* of the person's rights,
which the database changes whenever a membership, a token, a session or the person changes (see
the migration). An actor that carries its stamp is only a claim: whoever uses it puts `GUARD` into
the statement that it acts with, or awaits `confirmed`. So a revocation takes effect with the very
next statement, in every process, at the price of one look-up by primary key.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.people import queries
from tracker.domain.people.rules import fingerprint

GUARD = "(SELECT g.rights FROM person g WHERE g.id = {person}) = {stamp}"
"""SQL that holds while the actor's rights are what they were: fill in two bind parameters, of
types integer and bigint, for `actor.person_id` and `actor.rights`."""

REMEMBERED_MOST = 10_000

Find = Callable[[str], Awaitable[queries.Found | None]]


class RightsChanged(Exception):
    """The actor's rights are not what they were when they were read; read them anew."""


@dataclass(frozen=True)
class Identity:
    """Who a secret stands for, whether it may only read, and until when it counts."""

    actor: Actor
    read_only: bool
    expires_at: datetime

    @classmethod
    def of(cls, actor: Actor) -> "Identity":
        """Somebody who needs no secret, such as the public."""
        return cls(actor, False, datetime.max.replace(tzinfo=UTC))


_remembered: OrderedDict[tuple[str, str], Identity] = OrderedDict()
"""(kind of credential, hash of its secret) -> whose it is. A token is no session."""


class Credential:
    """A session's or a token's secret, of which only the hash is kept here."""

    def __init__(self, kind: str, secret: str, find: Find) -> None:
        self.key = kind, fingerprint(secret)
        self.is_empty = not secret
        """Whether a credential was announced and none sent."""
        self._find = find

    @property
    def hash(self) -> str:
        """What is kept of the secret."""
        return self.key[1]

    @property
    def is_token(self) -> bool:
        """Whether a program shows it, rather than a browser by itself."""
        return self.key[0] == "token"

    def remembered(self) -> Identity | None:
        """As it was when it was last read: a claim, to be used with `GUARD`. None when it is not
        remembered, or has expired since."""
        found = _remembered.get(self.key)
        if found is None or found.expires_at <= clock.now():
            return None
        _remembered.move_to_end(self.key)
        return found

    async def identify(self) -> Identity | None:
        """As it is now, in one statement; None for a secret that counts no longer."""
        found = await self._find(self.key[1])
        if found is None:
            _remembered.pop(self.key, None)
            return None
        identity = _remembered[self.key] = Identity(*found)
        if len(_remembered) > REMEMBERED_MOST:
            _remembered.popitem(last=False)
        return identity


def session(secret: str) -> Credential:
    """The credential in a browser's cookie."""
    return Credential("session", secret, queries.by_session)


def token(secret: str) -> Credential:
    """The credential of a program."""
    return Credential("token", secret, queries.by_token)


async def confirmed(actor: Actor) -> Actor:
    """The actor, whose claim has been checked in a statement of its own, for actions.

    Raises RightsChanged.
    """
    if actor.rights is None:
        return actor
    if not await queries.rights_are(actor.person_id, actor.rights):
        raise RightsChanged
    return replace(actor, rights=None)
