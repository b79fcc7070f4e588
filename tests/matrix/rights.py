"""Permissions broken on purpose, one at a time: each that a role has is taken away, each that it
lacks is given to it; and each part of the rule that nobody approves their own. The attempts must
find each, or whoever looks about."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from tests.matrix.attempts import Attempts
from tests.matrix.cells import Asking, Caught, Tally
from tests.matrix.mutants import Mutant
from tests.matrix.world import World
from tracker.domain import independence
from tracker.domain.actor import Actor, Role
from tracker.domain.roles import ROLES, SECRETARIAT, Permission

P = Permission

EVERYWHERE = {P.SEE_PORTFOLIO, P.READ_METRICS, P.REVIEW, P.MANAGE_PEOPLE, P.IMPORT}
"""What is never asked of one city, so that no role held in a city gives it."""

MOST = 60
"""Rows that each mutation is attempted on."""

TELLING = {
    P.WRITE: ("practiceDraft", "requestOpen"),
    P.PLAN: ("resultAdd", "projectPropose"),
    P.REPORT: ("valueReport", "evaluationSubmit"),
    P.JUDGE: ("milestoneAccept", "valueApprove"),
    P.DECIDE: ("decisionGive",),
    P.CANCEL: ("projectCancel",),
    P.DELEGATE: ("delegationGrant",),
    P.REVIEW: ("projectReview", "projectClose"),
    P.MANAGE_MEMBERS: ("invitationResend", "membershipEnd"),
    P.MANAGE_PEOPLE: ("personEditProfile", "personAdd"),
    P.IMPORT: ("citiesImport",),
}
"""Permission -> mutations that ask for it: those alone are attempted, to be done soon."""

APPROVING = ("milestoneAccept", "valueApprove", "decisionGive", "projectReview", "projectAgree")


def why_equal(role: Role, permission: Permission) -> str:
    """Why nobody could tell the difference; "" where they must."""
    if permission == P.SEE_CITY:
        return "any role in a city lets see it; the permission says so to readers of the list"
    if role not in SECRETARIAT and permission in EVERYWHERE:
        return "it is asked of everywhere, which a role in a city does not reach"
    return ""


def rights() -> Iterator[tuple[Mutant, Role | None, Permission | None]]:
    """Each mutant, whose rights it changes, and which; those that change nobody's in particular
    are of the rule that all approvals ask."""
    for role in Role:
        for permission in Permission:
            word = "without" if permission in ROLES[role] else "with"
            name = f"{role.value} {word} {permission.value}"
            broken = partial(_changed, role, permission)
            yield Mutant(name, broken, why_equal(role, permission)), role, permission
    for name, independent in _DEPENDENT.items():
        yield Mutant(f"independent whatever {name}", partial(_believing, independent)), None, None


@contextmanager
def _changed(role: Role, permission: Permission) -> Iterator[None]:
    roles: Any = ROLES
    before = roles[role]
    roles[role] = before ^ {permission}
    try:
        yield
    finally:
        roles[role] = before


def _people(actor: Actor, work: independence.Work) -> bool:
    return _RULE(actor, replace(work, authors=frozenset()))


def _cities(actor: Actor, work: independence.Work) -> bool:
    return _RULE(actor, replace(work, city_ids=frozenset()))


_RULE = independence.independent

_DEPENDENT: dict[str, Callable[..., bool]] = {
    "they made": _people,
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


async def noticed(
    world: World, mutant: Mutant, role: Role | None, permission: Permission | None
) -> str:
    """The first finding that the mutant leads to; "" when nobody notices."""
    with mutant.broken():
        try:
            for name, viewer in world.viewers.items():
                if role and role not in {held for held, _ in viewer.memberships}:
                    continue
                await _look(Asking(world, name, Tally(first=True)), permission)
        except Caught as finding:
            return str(finding)
    return ""


async def _look(asking: Asking, permission: Permission | None) -> None:
    if permission == P.SEE_PORTFOLIO:
        await asking.type("Project")
    elif permission == P.READ_METRICS:
        _metrics(asking)
    else:
        for mutation in TELLING[permission] if permission else APPROVING:
            await Attempts(asking, MOST).mutation(mutation)


def _metrics(asking: Asking) -> None:
    """What the address of the counters asks; `doors` holds the address itself."""
    roles = {role for role, city in asking.viewer.memberships if city is None}
    found = [P.READ_METRICS] if asking.viewer.may(P.READ_METRICS) else []
    told = [P.READ_METRICS] if roles & {Role.OFFICER, Role.ADMINISTRATOR} else []
    asking.tally.compare(f"{asking.name} metrics", found, told)
