"""Reminders on their way: owed by a sweep, each with its delivery, and looked at again when its
turn comes: what was done meanwhile is not reminded of, nor whoever has left. What falls due is
judged by the calendars of cities.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tracker.domain import clock
from tracker.domain.database import fetch
from tracker.domain.deliveries.claims import Claim
from tracker.domain.deliveries.tables import OPEN as UNDER_WAY
from tracker.domain.messages import say
from tracker.domain.reminders.bundling import Bundles
from tracker.domain.reminders.owing import owe_of, portions
from tracker.domain.reminders.subjects import OPEN
from tracker.domain.reminders.tables import ReminderKind

SECONDS = 40
"""For so long a sweep goes on with the next portion."""


@dataclass(frozen=True)
class Reminded:
    """What a mail reminds of."""

    kind: ReminderKind
    subject_type: str
    subject_id: int
    due_on: date
    project_id: int
    city_id: int
    city: Mapping[str, Any] = field(hash=False)
    """The one that is to act, by its names."""
    needed: bool
    """Whether it is still open, and its reader still has to do with it; and of a decision, was
    asked for it a day before, at the least: the mail that asks may itself be late."""


async def sweep(seconds: float = SECONDS) -> list[int]:
    """Owe the reminders that have fallen due by the calendars of the cities that are to act, each
    once, however often this runs; of those before the due day only the newest, of the escalation
    each in its turn. Portion by portion, each kept at once, until nothing is left, the `seconds`
    are over, or another sweep is at it: the next one goes on. Returns the numbers of the new ones.
    """
    until = time.monotonic() + seconds
    now, bundles = clock.now(), Bundles()
    made: list[int] = []
    try:
        async for things in portions(now):
            owed = await owe_of(things, now, bundles)
            made += owed or []
            if owed is None or time.monotonic() >= until:
                break
    finally:
        await bundles.let_go()
    return made


async def reminded(claims: Sequence[Claim]) -> dict[int, list[Reminded]]:
    """What each of the deliveries reminds of, by the delivery's number, the earliest first."""
    return await _reminded([each.id for each in claims])


async def needless(claims: Sequence[Claim]) -> dict[int, str]:
    """The deliveries that need not be sent any more, and why."""
    return dict.fromkeys(await done([each.id for each in claims]), DONE)


async def done(deliveries: Sequence[int]) -> list[int]:
    """Those of the deliveries that remind of nothing that is still to be done by their readers."""
    of = await _reminded(deliveries)
    return [number for number, told in of.items() if not any(each.needed for each in told)]


async def _reminded(deliveries: Sequence[int]) -> dict[int, list[Reminded]]:
    found: dict[int, list[Reminded]] = {}
    for row in await fetch(_REMINDED, list(deliveries)):
        told = {**row, "kind": ReminderKind(row["kind"]), "city": json.loads(row["city"])}
        found.setdefault(told.pop("delivery"), []).append(Reminded(**told))
    return found


DONE = say("It was done, or its reader has left or was asked less than a day before.")

_REMINDED = f"""
SELECT r.delivery, r.kind, r.subject_type, r.subject_id, r.due_on, r.project AS project_id,
    r.city AS city_id,
    json_build_object('name', c.name, 'localName', c.local_name, 'languages', c.languages)
    AS city,
    EXISTS (SELECT FROM ({OPEN}) o WHERE o.subject_type = r.subject_type
            AND o.subject_id = r.subject_id AND o.due_on = r.due_on)
    AND EXISTS (SELECT FROM membership m WHERE m.person = r.person AND m.ended_at IS NULL
                AND (m.city = r.city OR m.city IS NULL))
    AND NOT EXISTS (SELECT FROM notice n JOIN delivery d ON d.id = n.delivery
                    WHERE r.subject_type = 'decision' AND n.subject_type = 'decision'
                      AND n.subject_id = r.subject_id AND n.person = r.person
                      AND (d.state IN {UNDER_WAY} OR d.sent_at > now() - interval '1 day'))
    AS needed
FROM reminder r JOIN city c ON c.id = r.city WHERE r.delivery = ANY($1::int[])
ORDER BY r.due_on, r.id
"""  # noqa: S608 - our own text
