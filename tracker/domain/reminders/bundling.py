"""One mail of a kind a day for each person: what a morning's reminders go into, however many there
are and from however many cities."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from tracker.domain.database import fetch
from tracker.domain.deliveries.owing import Mailing, owe
from tracker.domain.deliveries.tables import DeliveryKind
from tracker.domain.reminders.rules import HOUR
from tracker.zones import first_shown, known_zone

DAY = timedelta(days=1)


async def bundles(kind: DeliveryKind, people: Sequence[int], now: datetime) -> dict[int, int]:
    """For each of the people the mail that they get next, in the caller's transaction: that of
    their day by their own clock or, where it has been taken up, that of the next. It goes out in
    the morning, or at once where that is over. No worker takes one up until the transaction ends.
    """
    zones = {
        row["id"]: known_zone(row["time_zone"])
        for row in await fetch(_ZONES, list(dict.fromkeys(people)))
    }
    days = {person: now.astimezone(zone).date() for person, zone in zones.items()}
    known = {(row["person"], row["key"]): row for row in await fetch(_KNOWN, list(days), kind)}
    found: dict[int, int] = {}
    for person, day in days.items():
        while (row := known.get((person, _key(day)))) and not row["free"]:
            day += DAY
        wait = first_shown(day, HOUR, zones[person]) - now
        found[person] = row["id"] if row else await _owe(kind, person, day, wait)
    return found


async def _owe(kind: DeliveryKind, person: int, day: date, wait: timedelta) -> int:
    mailing = Mailing(kind=kind, person_id=person, key=_key(day), wait=max(timedelta(), wait))
    [number] = (await owe([mailing])).values()
    return number


def _key(day: date) -> str:
    return f"day:{day}"


_ZONES = "SELECT id, time_zone FROM person WHERE id = ANY($1::int[])"

_KNOWN = """
SELECT person, key, id, state = 'due' AND lease_token IS NULL AS free FROM delivery
WHERE person = ANY($1::int[]) AND kind = $2 AND key LIKE 'day:%' AND created_at > now() - interval
    '1 month' FOR UPDATE
"""
