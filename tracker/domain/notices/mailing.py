"""Notices: mails that are owed in the transaction of what they tell, so that there is none without
the other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from piccolo.table import Table

from tracker.domain import clock
from tracker.domain.database import fetch
from tracker.domain.deliveries.claims import Claim
from tracker.domain.deliveries.owing import Mailing, owe
from tracker.domain.deliveries.tables import DeliveryKind

KINDS: Mapping[str, DeliveryKind] = {
    "comment": DeliveryKind.MENTION,
    "decision": DeliveryKind.DECISION,
}
"""Kind of the object -> the kind of mail, where it is not simply a notice."""

SETTLING = ("give", "answer", "refuse")
"""What is told of a decision once it is settled, to whom it was settled for: simply a notice, which
nobody does without, and which its deputy has no part in."""


@dataclass(frozen=True)
class Noticed:
    """What was done by whom when. The subject is its global id, such as Membership:12."""

    subject_type: str
    subject_id: int
    subject: str
    verb: str
    doer_id: int
    at: datetime


async def tell(people: Iterable[int], subject: Table, verb: str, doer_id: int | None) -> None:
    """Have each of the people told, in the caller's transaction. Nobody is told what the tracker
    itself does, such as filling a new installation."""
    if doer_id is None:
        return
    name, number = subject._meta.tablename, subject.id  # type: ignore[attr-defined]
    now = clock.now()
    kind = DeliveryKind.NOTICE if verb in SETTLING else KINDS.get(name, DeliveryKind.NOTICE)
    key = f"{name}:{number}:{verb}:{now:%Y-%m-%dT%H:%M:%S.%fZ}"
    made = await owe([
        Mailing(kind=kind, person_id=each, key=key) for each in dict.fromkeys(people)
    ])  # fmt: skip
    readers = [person for person, _ in made]
    await fetch(_TELL, readers, list(made.values()), name, number, verb, doer_id, now)


async def noticed(claims: Sequence[Claim]) -> dict[int, Noticed]:
    """What each of the deliveries tells, by the delivery's number; of whom was forgotten, or what
    is gone, nothing."""
    rows = await fetch(_NOTICED, [each.id for each in claims])
    return {
        row["delivery"]: Noticed(
            row["subject_type"],
            row["subject_id"],
            f"{_type_name(row['subject_type'])}:{row['subject_id']}",
            row["verb"],
            row["doer"],
            row["created_at"],
        )
        for row in rows
    }


def _type_name(subject_type: str) -> str:
    return "".join(part.capitalize() for part in subject_type.split("_"))


_TELL = """
INSERT INTO notice (person, delivery, subject_type, subject_id, verb, doer, created_at)
SELECT n.person, n.delivery, $3, $4, $5, $6, $7
FROM unnest($1::int[], $2::int[]) AS n (person, delivery)
"""

_NOTICED = """SELECT delivery, subject_type, subject_id, verb, doer, created_at FROM notice
WHERE delivery = ANY($1::int[])"""
