"""What each role may do, where."""

import pytest

from tests.cast import ACTORS, Cast
from tracker.domain.actor import PUBLIC, Actor, Role
from tracker.domain.roles import DELEGABLE, ROLES, SECRETARIAT, Permission

P = Permission
EXPECTED = {
    "seoul_coordinator": {P.SEE_CITY, P.COMMENT, P.WRITE, P.PLAN, P.REPORT, P.JUDGE, P.AGREE},
    "seoul_approver": {P.SEE_CITY, P.COMMENT, P.WRITE, P.JUDGE, P.AGREE},
    "seoul_mayor": {P.SEE_CITY, P.COMMENT, P.DECIDE, P.CANCEL, P.DELEGATE},
}


def test_every_role_is_listed() -> None:
    assert set(ROLES) == set(Role)


@pytest.mark.parametrize("name", EXPECTED)
async def test_permission_in_ones_own_city(cast: Cast, name: str) -> None:
    assert {each for each in P if cast[name].may(each, cast.seoul)} == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
async def test_permission_in_a_foreign_city(cast: Cast, name: str) -> None:
    assert not any(cast[name].may(each, cast.nairobi) for each in P)
    assert not any(cast[name].may(each) for each in P)


@pytest.mark.parametrize("role", sorted(SECRETARIAT))
def test_permission_of_the_secretariat_in_every_city(role: Role) -> None:
    actor = Actor(1, memberships=frozenset({(role, None)}))
    assert {each for each in P if actor.may(each, 7)} == ROLES[role]
    assert {each for each in P if actor.may(each)} == ROLES[role]


def test_public_permitted_nothing() -> None:
    assert not any(PUBLIC.may(each, 1) or PUBLIC.may(each) for each in P)


def test_auditor_permitted_to_look_only() -> None:
    assert ROLES[Role.AUDITOR] == {P.SEE_PORTFOLIO}


def test_what_is_delegated_belongs_to_the_mayor_alone() -> None:
    for permission in DELEGABLE:
        assert [role for role in ROLES if permission in ROLES[role]] == [Role.MAYOR]


@pytest.mark.parametrize("name", ACTORS)
async def test_members_managed_by_administrators(cast: Cast, name: str) -> None:
    allowed = {"nairobi_administrator", "administrator", "system"}
    assert cast[name].may(P.MANAGE_MEMBERS, cast.nairobi) == (name in allowed)
    assert cast[name].may(P.MANAGE_MEMBERS, cast.seoul) == (
        name in allowed - {"nairobi_administrator"}
    )
