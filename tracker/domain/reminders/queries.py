"""Who gets a reminder."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracker.domain.database import fetch
from tracker.domain.reminders.subjects import SECRETARIAT, SUBJECTS, Subject
from tracker.domain.reminders.tables import ReminderKind


@dataclass(frozen=True)
class Posts:
    """Who holds which role in some cities, and in the secretariat (the city None), and who decides
    for mayors, at one moment: by people's numbers."""

    held: Mapping[int | None, Mapping[str, list[int]]]
    deputies: Mapping[int, list[int]]

    def recipients(self, kind: ReminderKind, row: Any) -> list[int]:
        """The numbers of the people who get this reminder of what `row` says is open; none where
        nobody holds the roles."""
        if kind is ReminderKind.LATE_SECRETARIAT or row["office"]:
            return self._all(None)
        acting = self._acting(SUBJECTS[row["subject_type"]], row)
        if kind is not ReminderKind.LATE_CITY:
            return acting
        return [person for person in self._all(row["city"]) if person not in acting]

    def _acting(self, subject: Subject, row: Any) -> list[int]:
        """Who should act: one person in particular, as long as they may; else whoever holds the
        first of the roles that anybody holds there, and their running deputies."""
        city = row["city"]
        roles = [held for role in subject.roles if (held := self._held(city).get(role.value))]
        found = [row["person"]] if any(row["person"] in held for held in roles) else []
        found = found or (roles[0] if roles else [])
        if subject.deputies:
            found = sorted({*found, *self.deputies.get(city, ())})
        return found

    def _all(self, city: int | None) -> list[int]:
        return sorted({person for held in self._held(city).values() for person in held})

    def _held(self, city: int | None) -> Mapping[str, list[int]]:
        return self.held.get(city, {})


async def posts(cities: Collection[int], now: datetime) -> Posts:
    """Those of these cities, and of the secretariat."""
    held: dict[int | None, dict[str, list[int]]] = {}
    for row in await fetch(_HELD, list(cities)):
        held.setdefault(row["city"], {}).setdefault(row["role"], []).append(row["person"])
    deputies: dict[int, list[int]] = {}
    for row in await fetch(_DEPUTIES, list(cities), now):
        deputies.setdefault(row["city"], []).append(row["deputy"])
    return Posts(held, deputies)


_HELD = f"""SELECT DISTINCT city, role, person FROM membership
WHERE ended_at IS NULL AND (city = ANY($1::int[]) OR (city IS NULL AND role IN {SECRETARIAT}))
ORDER BY person"""  # noqa: S608 - our own names

_DEPUTIES = """SELECT DISTINCT d.city, d.deputy FROM delegation d
JOIN membership m ON m.person = d.deputy AND m.city = d.city AND m.role = 'cio'
    AND m.ended_at IS NULL
WHERE d.city = ANY($1::int[]) AND d.ended_at IS NULL AND d.starts_at <= $2 AND d.expires_at > $2"""
