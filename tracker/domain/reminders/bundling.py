"""One mail of a kind a day for each person: what a morning's reminders go into, however many there
are and from however many cities."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from tracker.domain.database import fetch
from tracker.domain.deliveries.owing import Mailing, owe
from tracker.domain.deliveries.tables import DeliveryKind, DeliveryWait
from tracker.domain.reminders.rules import HOUR
from tracker.zones import first_shown, known_zone

DAY = timedelta(days=1)

HELD = timedelta(minutes=2)
"""For so long a mail waits for what else the same sweep puts into it; longer than a sweep takes.
One that a crash left behind goes out then."""


class Bundles:
    """The mails that one sweep puts reminders into, kept back until it is over, or else those of
    its last portions would have to wait for the mail of the next day."""

    def __init__(self) -> None:
        self.held: list[int] = []

    async def of(self, kind: DeliveryKind, people: Sequence[int], now: datetime) -> dict[int, int]:
        """For each of the people the mail that they get next, in the caller's transaction: that of
        their day by their own clock or, where it has been taken up, that of the next. It goes out
        in the morning, or once the sweep is over where that is past. No worker takes one up until
        the transaction ends."""
        numbers = list(dict.fromkeys(people))
        zones = {row["id"]: known_zone(row["time_zone"]) for row in await fetch(_ZONES, numbers)}
        free = {row["id"] for row in await fetch(_FREE, numbers, kind)}
        known = {
            (row["person"], row["key"]): row["id"] for row in await fetch(_KNOWN, numbers, kind)
        }
        found: dict[int, int] = {}
        new: list[Mailing] = []
        for person, zone in zones.items():
            day = now.astimezone(zone).date()
            while (number := known.get((person, _key(day)))) and number not in free:
                day += DAY
            if number:
                found[person] = number
            else:
                new.append(_morning(kind, person, day, first_shown(day, HOUR, zone) - now))
        return found | await self._owe(new)

    async def _owe(self, mailings: Sequence[Mailing]) -> dict[int, int]:
        made = await owe([replace(each, wait=max(HELD, each.wait)) for each in mailings])
        waiting = {each.person_id for each in mailings if each.wait > timedelta()}
        self.held += [number for (person, _), number in made.items() if person not in waiting]
        return {person: number for (person, _), number in made.items() if person}

    async def let_go(self) -> None:
        """Have those go out whose morning is past."""
        if self.held:
            await fetch(_LET_GO, self.held)


def _morning(kind: DeliveryKind, person: int, day: date, wait: timedelta) -> Mailing:
    for_ = DeliveryWait.MORNING if wait > timedelta() else None
    return Mailing(kind=kind, person_id=person, key=_key(day), wait=wait, waits_for=for_)


def _key(day: date) -> str:
    return f"day:{day}"


_ZONES = "SELECT id, time_zone FROM person WHERE id = ANY($1::int[])"

_KNOWN = """
SELECT person, key, id FROM delivery
WHERE person = ANY($1::int[]) AND kind = $2 AND key LIKE 'day:%' AND created_at > now() - interval
    '1 month'
"""

# What a worker holds is not waited for: it has many in its hands, and may wait for us.
_FREE = f"{_KNOWN} AND state = 'due' AND lease_token IS NULL ORDER BY id FOR UPDATE"

_LET_GO = """
UPDATE delivery SET next_try_at = now()
WHERE id = ANY($1::int[]) AND state = 'due' AND lease_token IS NULL
"""
