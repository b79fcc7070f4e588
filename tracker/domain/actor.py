"""Who acts: a person with roles in cities or in the secretariat, the public, or the system."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from tracker.domain import clock
from tracker.domain.roles import (
    DELEGABLE,
    DEPUTY,
    SECRETARIAT,
    SYSTEM_MAY,
    Permission,
    Role,
    permits,
)

__all__ = ["PUBLIC", "SECRETARIAT", "SYSTEM", "Actor", "Mandate", "Role"]


@dataclass(frozen=True)
class Mandate:
    """What a delegation lets its deputy do: decide for a mayor, from one instant to another."""

    city_id: int
    mayor_id: int
    starts_at: datetime
    expires_at: datetime

    @property
    def counts(self) -> bool:
        """Whether it does so now. It is remembered with the person's rights, and time passes."""
        return self.starts_at <= clock.now() < self.expires_at


@dataclass(frozen=True)
class Limit:
    """What an API token leaves of its person's rights: the roles in `city_id`, or all without one,
    until it expires. The endpoint keeps one that is `read_only` from writing."""

    city_id: int | None
    until: datetime
    read_only: bool = False


@dataclass(frozen=True)
class Actor:
    """One person's rights at one moment; the default is the public.

    `memberships` holds (role, city id) pairs; the city is None in the secretariat. `rights` is
    set while they are remembered rather than read: a statement then has to check that the stamp
    still holds (see `people/identities.py`). `on_behalf_of` is the person whose right an action
    uses, set by `replace` for that action only; the trail keeps it.
    `mandates` are the delegations to the person, those that are yet to begin included, and
    `affiliated` all cities in which they hold a role, also where a token leaves them fewer.
    `proved_at` is when the person behind a browser last proved who they are; None for programs,
    jobs and commands. `second_factor` is whether they gave one, or their token's issuer did.
    `sign_on_city` is the city whose sign-on opened the session, if one did:
    `memberships` then holds the roles there alone. `by_mail` says that they answer through the link
    of a mail, and have proved nothing else; the trail keeps that, too.
    """

    person_id: int | None = None
    name: str = ""
    memberships: frozenset[tuple[Role, int | None]] = frozenset()
    request_id: str | None = None
    system: bool = False
    rights: int | None = field(default=None, compare=False)
    on_behalf_of: int | None = None
    proved_at: datetime | None = field(default=None, compare=False)
    limit: Limit | None = field(default=None, compare=False)
    second_factor: bool = field(default=False, compare=False)
    mandates: tuple[Mandate, ...] = ()
    affiliated: frozenset[int] = frozenset()
    sign_on_city: int | None = None
    by_mail: bool = field(default=False, compare=False)

    @property
    def city_ids(self) -> list[int]:
        """Cities in which the person holds any role, sorted."""
        return sorted({city for _, city in self.memberships if city is not None})

    def cities_with(self, permission: Permission) -> list[int]:
        """Cities in which the person holds a role and may do this, sorted."""
        return [city for city in self.city_ids if self.may(permission, city)]

    @property
    def seen_city_ids(self) -> list[int]:
        """Cities whose drafts and inside matters a role of the person's shows, sorted."""
        return sorted(
            {
                city
                for role, city in self.memberships
                if city is not None and permits(role, city, Permission.SEE_CITY, city)
            }
        )

    @property
    def whole(self) -> bool:
        """Whether nothing of the person's rights is left out, as a token for one city or for
        reading leaves some: only then does one see what opens accounts, sessions and keys."""
        return self.limit is None or (self.limit.city_id is None and not self.limit.read_only)

    @property
    def only_city(self) -> int | None:
        """The one city that a token is limited to: what is the person's own elsewhere, or belongs
        to their account, is then out of reach. None without such a limit."""
        return self.limit.city_id if self.limit else None

    def owns(self, person_id: int | None, city_id: int | None = None) -> bool:
        """Whether what belongs to this person, in the city or to the account, is the actor's."""
        own = self.person_id is not None and self.person_id == person_id
        return own and self.only_city in (None, city_id)

    @cached_property
    def secretariat(self) -> bool:
        """Whether the person may see the whole portfolio (the auditor included)."""
        return self.may(Permission.SEE_PORTFOLIO)

    def may(self, permission: Permission, city_id: int | None = None) -> bool:
        """Whether the person may do this in the city or, without one, everywhere: by a role of
        theirs, or as a mayor's deputy."""
        return self.acting(permission, city_id) is not None

    def acting(self, permission: Permission, city_id: int | None) -> "Actor | None":
        """As whom the person may do this in the city: as themselves by a role of theirs, or on
        behalf of the mayor who lets them. None where they may not. Who is no longer the city's
        chief information officer is nobody's deputy, whatever was agreed."""
        if self.system:
            return self if permission in SYSTEM_MAY else None
        if any(permits(role, city, permission, city_id) for role, city in self.memberships):
            return self
        if permission in DELEGABLE and self.holds(city_id, DEPUTY):
            for each in self.mandates:
                if each.city_id == city_id and each.counts:
                    return replace(self, on_behalf_of=each.mayor_id)
        return None

    def may_in(self, permission: Permission, city_ids: Iterable[int | None]) -> bool:
        """Whether the person may do this in one of the cities; None stands for everywhere."""
        return any(self.may(permission, city_id) for city_id in city_ids)

    def holds(self, city_id: int | None, *roles: Role) -> bool:
        """Whether the person holds one of `roles` in that city."""
        return any((role, city_id) in self.memberships for role in roles)


PUBLIC = Actor()
SYSTEM = Actor(name="the tracker", system=True)
"""Timetable jobs, migrations and imports at the command line act as the system."""
