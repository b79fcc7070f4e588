"""Permissions broken on purpose, one at a time: each that a role has is taken away, each that it
lacks is given to it; and each part of the rule that nobody approves their own. The attempts must
find each, or whoever looks about."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tests.matrix.attempts import Attempts
from tests.matrix.cells import Asking
from tests.matrix.mutants import Mutant
from tests.matrix.tally import Caught, Tally
from tests.matrix.world import World
from tracker.domain import actor as actors
from tracker.domain import independence
from tracker.domain.actor import Actor, Mandate, Role
from tracker.domain.roles import DELEGABLE, DEPUTY, ROLES, SECRETARIAT, Permission

P = Permission

EVERYWHERE = {P.SEE_PORTFOLIO, P.READ_METRICS, P.REVIEW, P.MANAGE_PEOPLE, P.OPERATE, P.IMPORT}
"""What is never asked of one city, so that no role held in a city gives it."""

MOST = 80
"""Rows that each mutation is attempted on."""

TELLING = {
    P.COMMENT: ("commentAdd", "commentEdit"),
    P.WRITE: ("practiceDraft", "requestOpen"),
    P.PLAN: ("resultAdd", "projectPropose"),
    P.REPORT: ("valueReport", "evaluationSubmit"),
    P.JUDGE: ("milestoneAccept", "valueApprove"),
    P.AGREE: ("planChangeAccept",),
    P.DECIDE: ("decisionGive",),
    P.CANCEL: ("projectCancel",),
    P.DELEGATE: ("delegationGrant",),
    P.REVIEW: ("projectReview", "projectClose"),
    P.MANAGE_MEMBERS: ("invitationResend", "membershipEnd"),
    P.MANAGE_PEOPLE: ("personEditProfile", "personAdd"),
    P.OPERATE: ("suppressionLift", "suppressionAdd", "deliveryResend"),
    P.IMPORT: ("citiesImport",),
}
"""Permission -> mutations that ask for it: those alone are attempted, to be done soon."""

APPROVING = (
    "milestoneAccept",
    "valueApprove",
    "planChangeAccept",
    "decisionGive",
    "projectReview",
    "projectAgree",
)


def why_equal(role: Role, permission: Permission) -> str:
    """Why nobody could tell the difference; "" where they must."""
    if role in SECRETARIAT and permission == P.SEE_CITY:
        return "it is asked of the cities in which the role is held, which are none"
    if role not in SECRETARIAT and permission in EVERYWHERE:
        return "it is asked of everywhere, which a role in a city does not reach"
    return ""


@dataclass(frozen=True)
class Right:
    """A mutant, whose rights it changes (everybody's, if no role) and which (of all approvals, if
    none)."""

    mutant: Mutant
    role: Role | None = None
    permission: Permission | None = None


def rights() -> Iterator[Right]:
    """All of them."""
    for role in Role:
        for permission in Permission:
            word = "without" if permission in ROLES[role] else "with"
            name = f"{role.value} {word} {permission.value}"
            broken = partial(_changed, role, permission)
            yield Right(Mutant(name, broken, why_equal(role, permission)), role, permission)
    for permission in Permission:
        word = "without" if permission in DELEGABLE else "with"
        broken = partial(_delegable, permission)
        equal = why_equal_for_deputies(permission)
        yield Right(Mutant(f"deputy {word} {permission.value}", broken, equal), DEPUTY, permission)
    yield Right(
        Mutant("deputy at any time", partial(_saying, Mandate, "counts", True)), DEPUTY, P.DECIDE
    )
    yield Right(Mutant("deputy in any role", _anybody), DEPUTY, P.DECIDE)
    for name, independent in _DEPENDENT.items():
        yield Right(Mutant(f"independent whatever {name}", partial(_believing, independent)))


def why_equal_for_deputies(permission: Permission) -> str:
    """Why nobody could tell the difference if it could be delegated; "" where they must."""
    if permission in EVERYWHERE:
        return "it is asked of everywhere, and deputies are of a city"
    if permission in ROLES[DEPUTY]:
        return "the only role that deputies have permits it anyway"
    return ""


@contextmanager
def _changed(role: Role, permission: Permission) -> Iterator[None]:
    roles: Any = ROLES
    before = roles[role]
    roles[role] = before ^ {permission}
    try:
        yield
    finally:
        roles[role] = before


@contextmanager
def _delegable(permission: Permission) -> Iterator[None]:
    with _saying(actors, "DELEGABLE", DELEGABLE ^ {permission}):
        yield


@contextmanager
def _anybody() -> Iterator[None]:
    """Who was made a deputy is one in whatever role they are, or none."""
    holds = Actor.holds

    def held(self: Actor, city_id: int | None, *roles: Role) -> bool:
        return roles == (DEPUTY,) or holds(self, city_id, *roles)

    with _saying(Actor, "holds", held):
        yield


@contextmanager
def _saying(home: Any, name: str, value: Any) -> Iterator[None]:
    """A name stands for something else."""
    before = vars(home)[name]
    setattr(home, name, value)
    try:
        yield
    finally:
        setattr(home, name, before)


def _people(actor: Actor, work: independence.Work) -> bool:
    return _RULE(actor, replace(work, authors=frozenset()))


def _mayors(actor: Actor, work: independence.Work) -> bool:
    return _RULE(replace(actor, on_behalf_of=None), work)


def _cities(actor: Actor, work: independence.Work) -> bool:
    return _RULE(actor, replace(work, city_ids=frozenset()))


_RULE = independence.independent

_DEPENDENT: dict[str, Callable[..., bool]] = {
    "they made": _people,
    "the mayor made for whom they decide": _mayors,
    "their city made": _cities,
}


@contextmanager
def _believing(independent: Callable[..., bool]) -> Iterator[None]:
    """The rule says something else: wherever it was imported to."""
    homes = [
        each for name, each in list(sys.modules.items())
        if name.startswith("tracker.domain.") and vars(each).get("independent") is _RULE
    ]  # fmt: skip
    for each in homes:
        each.independent = independent  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for each in homes:
            each.independent = _RULE  # type: ignore[attr-defined]


async def noticed(world: World, right: Right) -> str:
    """The first finding that the mutant leads to; "" when nobody notices."""
    with right.mutant.broken():
        try:
            for name, viewer in sorted(world.viewers.items(), key=_acts_for_nobody):
                if right.role and right.role not in {held for held, _ in viewer.memberships}:
                    continue
                await _look(Asking(world, name, Tally(first=True)), right.permission)
        except Caught as finding:
            return str(finding)
    return ""


def _acts_for_nobody(viewer: tuple[str, Actor]) -> bool:
    """To begin with deputies, who are few and whom most rules are about."""
    return not viewer[1].mandates


async def _look(asking: Asking, permission: Permission | None) -> None:
    if permission in (P.SEE_PORTFOLIO, P.SEE_CITY):
        await asking.type("Project")
    elif permission == P.READ_METRICS:
        _metrics(asking)
    else:
        names = TELLING[permission] if permission else APPROVING
        attempts = Attempts(asking, MOST)
        for mutation in names:
            await attempts.mutation(mutation)
        await attempts.by_token(names)


def _metrics(asking: Asking) -> None:
    """What the address of the counters asks; `doors` holds the address itself."""
    roles = {role for role, city in asking.viewer.memberships if city is None}
    found = [P.READ_METRICS] if asking.viewer.may(P.READ_METRICS) else []
    told = [P.READ_METRICS] if roles & {Role.OFFICER, Role.ADMINISTRATOR} else []
    asking.tally.compare(f"{asking.name} metrics", found, told)
