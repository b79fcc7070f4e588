"""Who acts: a person with roles in cities or in the secretariat, the public, or the system."""

from dataclasses import dataclass, field
from datetime import datetime

from tracker.domain.meaning import Meaning


class Role(Meaning):
    """What a membership lets a person do, in a city or in the secretariat."""

    COORDINATOR = (
        "coordinator",
        "Plans for a city: proposes projects, carries milestones and reports values.",
    )
    APPROVER = (
        "approver",
        "Judges for a city what its partners submit; writes its practices and requests.",
    )
    MAYOR = (
        "mayor",
        "Decides for a city: endorses proposals and signs agreements. Reads the digest.",
    )
    CIO = "cio", "Heads a city's information technology; may do what a coordinator may."
    OFFICER = (
        "officer",
        "Reviews proposals and values for the secretariat, save those of their own city.",
    )
    ADMINISTRATOR = (
        "administrator",
        "Does what an officer does, and looks after people, cities and keys.",
    )
    AUDITOR = "auditor", "Sees what the secretariat sees and changes nothing."


SECRETARIAT = frozenset({Role.OFFICER, Role.ADMINISTRATOR, Role.AUDITOR})
"""Roles held in the secretariat; every other role is held in a city."""


@dataclass(frozen=True)
class Actor:
    """One person's rights at one moment; the default is the public.

    `memberships` holds (role, city id) pairs; the city is None in the secretariat. `rights` is
    set while they are remembered rather than read: a statement then has to check that the stamp
    still holds (see `people/identities.py`). `on_behalf_of` is the person whose right an action
    uses, set by `replace` for that action only; the trail keeps it.
    `proved_at` is when the person behind a browser last proved who they are; None for programs,
    jobs and commands.
    """

    person_id: int | None = None
    name: str = ""
    memberships: frozenset[tuple[Role, int | None]] = frozenset()
    request_id: str | None = None
    system: bool = False
    rights: int | None = field(default=None, compare=False)
    on_behalf_of: int | None = None
    proved_at: datetime | None = field(default=None, compare=False)

    @property
    def city_ids(self) -> list[int]:
        """Cities in which the person holds any role, sorted."""
        return sorted({city for _, city in self.memberships if city is not None})

    @property
    def secretariat(self) -> bool:
        """Whether the person may see the whole portfolio (the auditor included)."""
        return self.system or any(role in SECRETARIAT for role, _ in self.memberships)

    @property
    def officer(self) -> bool:
        """Whether the person may act for the secretariat (the auditor may only look)."""
        acting = {Role.OFFICER, Role.ADMINISTRATOR}
        return self.system or any(role in acting for role, _ in self.memberships)

    @property
    def administrator(self) -> bool:
        """Whether the person looks after people, cities and keys for the secretariat."""
        return self.system or self.holds(None, Role.ADMINISTRATOR)

    def holds(self, city_id: int | None, *roles: Role) -> bool:
        """Whether the person holds one of `roles` in that city."""
        return any((role, city_id) in self.memberships for role in roles)


PUBLIC = Actor()
SYSTEM = Actor(name="the tracker", system=True)
"""Timetable jobs, migrations and imports at the command line act as the system."""
