"""Mails that are owed: written in the transaction of what they tell, so that there is none without
the other, and taken up by a worker under a lease, by the database's clock only. One that dies after
the relay's answer has its mail sent twice, which is better than never."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from piccolo.table import Table

from tracker.domain import clock
from tracker.domain.database import fetch

TRIES_MOST = 5
"""Times that a worker takes one up; then it stays for an operator to look at."""


@dataclass(frozen=True)
class Owed:
    """A mail to be sent now: to whom, and what was done by whom when. The subject is its global
    id, such as Membership:12."""

    id: int
    email: str
    name: str
    language: str
    time_zone: str
    person_id: int
    subject_type: str
    subject: str
    verb: str
    doer_id: int
    at: datetime
    until: datetime
    """When the lease ends, by which it is told from a later one."""


async def owe(people: Iterable[int], subject: Table, verb: str, doer_id: int | None) -> None:
    """Have each of the people told, in the caller's transaction. Nobody is told what the tracker
    itself does, such as filling a new installation."""
    if doer_id is None:
        return
    kind, number = subject._meta.tablename, subject.id  # type: ignore[attr-defined]
    for person_id in dict.fromkeys(people):
        await fetch(_OWE, person_id, kind, number, verb, doer_id, clock.now())


async def claim(lease_seconds: float) -> Owed | None:
    """Take the oldest up that nobody has, for so long; `settle` or `give_back` it then."""
    rows = await fetch(_CLAIM, float(lease_seconds), TRIES_MOST)
    if not rows:
        return None
    row = dict(rows[0])
    kind = "".join(part.capitalize() for part in row["subject_type"].split("_"))
    return Owed(subject=f"{kind}:{row.pop('subject_id')}", **row)


async def settle(owed: Owed) -> None:
    """The mail is out, or there is nothing to send any more."""
    await fetch("DELETE FROM notice WHERE id = $1", owed.id)


async def give_back(owed: Owed) -> None:
    """It could not be tried at all, and waits for the next run, unless another worker has it."""
    await fetch(
        "UPDATE notice SET claimed_until = NULL, tries = tries - 1"
        " WHERE id = $1 AND claimed_until = $2",
        owed.id,
        owed.until,
    )


_OWE = """INSERT INTO notice (person, subject_type, subject_id, verb, doer, created_at)
VALUES ($1, $2, $3, $4, $5, $6)"""

_CLAIM = """
UPDATE notice n SET claimed_until = now() + make_interval(secs => $1), tries = n.tries + 1
FROM person p
WHERE p.id = n.person AND n.id = (
    SELECT o.id FROM notice o
    WHERE (o.claimed_until IS NULL OR o.claimed_until <= now()) AND o.tries < $2
    ORDER BY o.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING n.id, p.email, p.name, p.language, p.time_zone, n.person AS person_id, n.subject_type,
    n.subject_id, n.verb, n.doer AS doer_id, n.created_at AS at, n.claimed_until AS until
"""
