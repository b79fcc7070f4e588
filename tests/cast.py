"""The cast: named people who play in every permission test.

Seoul (donor) and Nairobi (recipient) carry the joint projects, Lima looks on from outside, and
the secretariat watches over all. Each is an `Actor`, as the doors hand them to the actions.
"""

from dataclasses import dataclass, fields

from tracker.domain.actor import PUBLIC, SECRETARIAT, SYSTEM, Actor, Role
from tracker.domain.cities.actions import import_cities, read_rows
from tracker.domain.people import queries
from tracker.domain.people.actions import add_person, grant
from tracker.domain.people.profiles import PersonDraft

CITIES = """name,country,membership,local_name
Seoul,KR,member,서울
Nairobi,KE,member,
Lima,PE,observer,
"""

PEOPLE = {
    "seoul_coordinator": ("Seoul", Role.COORDINATOR, "ko", "Asia/Seoul"),
    "seoul_approver": ("Seoul", Role.APPROVER, "ko", "Asia/Seoul"),
    "seoul_mayor": ("Seoul", Role.MAYOR, "ko", "Asia/Seoul"),
    "nairobi_coordinator": ("Nairobi", Role.COORDINATOR, "en", "Africa/Nairobi"),
    "nairobi_approver": ("Nairobi", Role.APPROVER, "en", "Africa/Nairobi"),
    "nairobi_mayor": ("Nairobi", Role.MAYOR, "en", "Africa/Nairobi"),
    "nairobi_cio": ("Nairobi", Role.CIO, "en", "Africa/Nairobi"),
    "nairobi_administrator": ("Nairobi", Role.CITY_ADMINISTRATOR, "en", "Africa/Nairobi"),
    "lima_coordinator": ("Lima", Role.COORDINATOR, "qu", "America/Lima"),
    "lima_mayor": ("Lima", Role.MAYOR, "qu", "America/Lima"),
    "officer": (None, Role.OFFICER, "en", "Asia/Seoul"),
    "administrator": (None, Role.ADMINISTRATOR, "en", "Asia/Seoul"),
    "auditor": (None, Role.AUDITOR, "en", "UTC"),
}
"""Name -> city (none: the secretariat), role, language, time zone."""


@dataclass(frozen=True, kw_only=True)
class Cast:
    """The people, and the numbers of their cities. Addresses are `<field name>@example.org`."""

    seoul: int
    nairobi: int
    lima: int

    seoul_coordinator: Actor
    seoul_approver: Actor
    seoul_mayor: Actor
    nairobi_coordinator: Actor
    nairobi_approver: Actor
    nairobi_mayor: Actor
    nairobi_cio: Actor
    nairobi_administrator: Actor
    lima_coordinator: Actor
    lima_mayor: Actor
    officer: Actor
    administrator: Actor
    auditor: Actor
    public: Actor = PUBLIC
    system: Actor = SYSTEM

    def __getitem__(self, name: str) -> Actor:
        """The actor of that name, for tests that are parametrised by who acts."""
        actor = getattr(self, name)
        assert isinstance(actor, Actor), f"{name} is a place, not a person"
        return actor


ACTORS = [field.name for field in fields(Cast) if field.type is Actor]
"""Every name that `Cast.__getitem__` takes, the public and the system included."""


def email(name: str) -> str:
    """The address of a member of the cast."""
    return f"{name}@example.org"


async def make() -> Cast:
    """Import the cities, add the people and grant their roles, as the system does at set-up."""
    cities = await import_cities(SYSTEM, read_rows(CITIES))
    ids = {city.name: city.id for city in cities}
    actors = {name: await _join(name, ids) for name in PEOPLE}
    return Cast(seoul=ids["Seoul"], nairobi=ids["Nairobi"], lima=ids["Lima"], **actors)


async def _join(name: str, city_ids: dict[str, int]) -> Actor:
    city, role, language, time_zone = PEOPLE[name]
    title = f"{city or 'Secretariat'}: {role.value}"
    draft = PersonDraft(email=email(name), name=title, language=language, time_zone=time_zone)
    person = await add_person(SYSTEM, draft)
    assert (role in SECRETARIAT) == (city is None)
    await grant(SYSTEM, person.id, city_ids[city] if city else None, role)
    actor = await queries.actor_by_email(email(name))
    assert actor
    return actor
