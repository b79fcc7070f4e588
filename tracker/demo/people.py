"""Who plays in the demonstration: roles in place of people's names, one of each in every city."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tracker.demo.data.cities import MEMBERS
from tracker.demo.data.shapes import Member
from tracker.domain.actor import SYSTEM, Actor, Role
from tracker.domain.cities.actions import CityRow, import_cities
from tracker.domain.cities.tables import City
from tracker.domain.people.actions import add_person, grant
from tracker.domain.people.profiles import PersonDraft

LEADERS = {Role.MAYOR: "Mayor of {}", Role.CIO: "Chief information officer of {}"}
STAFF = {
    Role.COORDINATOR: "Coordinator, {}",
    Role.APPROVER: "Approver, {}",
    Role.CITY_ADMINISTRATOR: "Administrator, {}",
}
OFFICE = {
    Role.OFFICER: "Officer of the secretariat",
    Role.ADMINISTRATOR: "Administrator of the secretariat",
    Role.AUDITOR: "Auditor of the secretariat",
}
SECRETARIAT = "secretariat"
SECRETARIAT_ZONE = "Asia/Seoul"


class Account(NamedTuple):
    """Somebody who may sign in: `label` is a role's name, `city` an English one, or none."""

    label: str
    email: str
    role: Role
    city: str | None
    language: str


class Cast(NamedTuple):
    """The cities by slug and the actors by slug and role."""

    cities: Mapping[str, City]
    actors: Mapping[tuple[str, Role], Actor]

    @property
    def officer(self) -> Actor:
        """Who acts for the secretariat."""
        return self.actors[SECRETARIAT, Role.OFFICER]


def accounts() -> list[Account]:
    """Everybody who may sign in, the secretariat first."""
    office = [
        Account(label, address(SECRETARIAT, role), role, None, "en")
        for role, label in OFFICE.items()
    ]
    return office + [account for member in MEMBERS for account in _accounts(member)]


def address(slug: str, role: Role) -> str:
    """An e-mail address that can never be anybody's (RFC 2606)."""
    return f"{role.value}@{slug}.example"


async def appoint() -> Cast:
    """Import the cities, add the people and grant their roles, as the system does at set-up."""
    rows = [
        CityRow(number=number, name=each.name, country=each.country, local_name=each.local_name)
        for number, each in enumerate(MEMBERS, start=1)
    ]
    imported = await import_cities(SYSTEM, rows)
    cities = {member.slug: city for member, city in zip(MEMBERS, imported, strict=True)}
    actors = {}
    for member in MEMBERS:
        for account in _accounts(member):
            actors[member.slug, account.role] = await _join(account, cities[member.slug])
    for account in accounts()[: len(OFFICE)]:
        actors[SECRETARIAT, account.role] = await _join(account, None)
    return Cast(cities, actors)


def _accounts(member: Member) -> Iterator[Account]:
    for titles, language in ((LEADERS, member.leaders), (STAFF, member.staff)):
        for role, title in titles.items():
            label, email = title.format(member.name), address(member.slug, role)
            yield Account(label, email, role, member.name, language)


async def _join(account: Account, city: City | None) -> Actor:
    draft = PersonDraft(
        email=account.email,
        name=account.label,
        language=account.language,
        time_zone=city.time_zone if city else SECRETARIAT_ZONE,
    )
    person = await add_person(SYSTEM, draft)
    city_id = city.id if city else None
    await grant(SYSTEM, person.id, city_id, account.role)
    return Actor(person.id, person.name, frozenset({(account.role, city_id)}))
