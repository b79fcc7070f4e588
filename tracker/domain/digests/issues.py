"""Digest issues on their way: owed with their delivery, looked at again before they are written,
and kept as they were written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracker.domain.database import fetch, transaction
from tracker.domain.deliveries.claims import Claim
from tracker.domain.deliveries.owing import Mailing, owe
from tracker.domain.deliveries.rules import LEFT, has_left
from tracker.domain.deliveries.tables import DeliveryKind
from tracker.domain.digests.queries import last_received
from tracker.domain.digests.rules import Period
from tracker.domain.digests.tables import DigestKind
from tracker.domain.messages import Message, say


@dataclass(frozen=True)
class Owed:
    """A digest that somebody is to get."""

    person_id: int
    period: Period
    kind: DigestKind = DigestKind.PERIODIC
    project_id: int | None = None

    @property
    def key(self) -> str:
        """Its name among the person's digests."""
        return f"{self.kind.value}:{self.period.key}"


@dataclass(frozen=True)
class Issue:
    """A digest to be written: its period, when its reader received the last one (never: None),
    whether they wish its briefing with it and, of a closing one, the project."""

    id: int
    kind: DigestKind
    project_id: int | None
    period: Period
    received_at: datetime | None
    briefing: bool = False


@dataclass(frozen=True)
class Written:
    """What a digest says, as it is sent, and since when that was read; `sheet` is what its briefing
    was made of, or none."""

    delivery_id: int
    language: str
    subject: str
    html: str
    text: str
    sheet: str | None
    composed_at: datetime


async def owe_issues(owed: Sequence[Owed]) -> list[int]:
    """Have each of these digests sent that is not in the ledger yet. Returns the numbers of the
    new issues."""
    async with transaction():
        made = await owe([
            Mailing(kind=DeliveryKind.DIGEST, person_id=each.person_id, key=each.key)
            for each in owed
        ])  # fmt: skip
        new = [each for each in owed if (each.person_id, each.key) in made]
        rows = await fetch(
            _OWE,
            [each.person_id for each in new],
            [each.kind.value for each in new],
            [each.project_id for each in new],
            [each.period.key for each in new],
            [each.period.from_ for each in new],
            [each.period.to for each in new],
            [made[each.person_id, each.key] for each in new],
        )
    return [row["id"] for row in rows]


async def issues(claims: Sequence[Claim]) -> dict[int, Issue]:
    """What each of the deliveries is a digest of, by the delivery's number. From here on a period
    begins where the last one that its reader received ended, whatever became of those between."""
    rows = await fetch(_ISSUES, [each.id for each in claims])
    return {row["delivery"]: _issue(row) for row in rows}


async def unwanted(claims: Sequence[Claim]) -> dict[int, str]:
    """The deliveries that are not to be sent any more, and why."""
    return dict(await needless([each.id for each in claims]))


async def needless(deliveries: Sequence[int]) -> dict[int, Message]:
    """Those of the deliveries whose readers have no role any more, or take no digest, and why they
    are not sent."""
    rows = await fetch(_NEEDLESS, list(deliveries))
    return {row["delivery"]: LEFT if row["has_left"] else UNSUBSCRIBED for row in rows}


async def keep(written: Sequence[Written]) -> None:
    """Keep what digests say, in the transaction in which their mails are frozen."""
    await fetch(
        _KEEP,
        [each.delivery_id for each in written],
        [each.language for each in written],
        [each.subject for each in written],
        [each.html for each in written],
        [each.text for each in written],
        [each.sheet for each in written],
        [each.composed_at for each in written],
    )


async def void(deliveries: Sequence[int]) -> None:
    """Let go of what digests said that are written anew, whose mails nobody has got, in the
    transaction in which those are thawed."""
    await fetch(_VOID, list(deliveries))


async def copies(deliveries: Sequence[int]) -> dict[int, Written]:
    """What the digests of these deliveries said, by the delivery's number; nothing of those that
    were not written, or whose readers were forgotten."""
    rows = await fetch(_COPIES, list(deliveries))
    return {row["delivery_id"]: Written(**dict(row)) for row in rows}


_OWE = """
INSERT INTO digest_issue (person, kind, project, period_key, period_from, period_to, delivery,
                          created_at)
SELECT o.*, now()
FROM unnest($1::int[], $2::text[], $3::int[], $4::text[], $5::timestamptz[], $6::timestamptz[],
            $7::int[]) o
RETURNING id
"""

_ISSUES = f"""
UPDATE digest_issue i
SET period_from = CASE WHEN i.kind = 'periodic' THEN coalesce(r.until, i.period_from)
                       ELSE i.period_from END
FROM digest_issue t LEFT JOIN digest_subscription s ON s.person = t.person LEFT JOIN LATERAL (
    {last_received("t.person", "t.period_to")}
) r ON true
WHERE i.id = t.id AND t.delivery = ANY($1::int[])
RETURNING i.delivery, i.id, i.kind, i.project, i.period_key, i.period_from, i.period_to, r.sent_at,
    coalesce(s.briefing, false) AS briefing
"""  # noqa: S608 - our own text

UNSUBSCRIBED = say("The reader unsubscribed before it was sent.")

_NEEDLESS = f"""
SELECT i.delivery, r.has_left FROM digest_issue i
CROSS JOIN LATERAL (SELECT {has_left("i.person")} AS has_left) r
LEFT JOIN digest_subscription s ON s.person = i.person
WHERE i.delivery = ANY($1::int[]) AND (r.has_left OR NOT s.active)
"""  # noqa: S608 - our own text

_KEEP = """
UPDATE digest_issue i SET composed_at = w.composed_at, language = w.language, subject = w.subject,
    html = w.html, text = w.text, sheet = w.sheet
FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
            $7::timestamptz[])
     AS w (delivery, language, subject, html, text, sheet, composed_at)
WHERE i.delivery = w.delivery
"""

_VOID = """
UPDATE digest_issue SET composed_at = NULL, subject = NULL, html = NULL, text = NULL, sheet = NULL
WHERE delivery = ANY($1::int[])
"""

_COPIES = """
SELECT delivery AS delivery_id, language, subject, html, text, sheet, composed_at FROM digest_issue
WHERE delivery = ANY($1::int[]) AND html IS NOT NULL
"""


def _issue(row: Any) -> Issue:
    period = Period(row["period_key"], row["period_from"], row["period_to"])
    return Issue(
        row["id"],
        DigestKind(row["kind"]),
        row["project"],
        period,
        row["sent_at"],
        row["briefing"],
    )
