"""What a token leaves of its person's rights."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast, email
from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.digests.actions import subscribe
from tracker.domain.digests.rules import Schedule
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.installation import choosing
from tracker.domain.leaving.actions import end_membership
from tracker.domain.leaving.erasure import ask_erasure
from tracker.domain.people import everywhere
from tracker.domain.people.actions import edit_profile, grant
from tracker.domain.people.passwords import sign_in
from tracker.domain.people.profiles import Profile
from tracker.domain.people.queries import actor_by_token
from tracker.domain.people.sessions import open_session
from tracker.domain.people.tables import Membership
from tracker.domain.people.tokens import TokenScope, issue_token, revoke_token
from tracker.domain.roles import Role
from tracker.graphql import execute, serving
from tracker.settings import Settings


async def of_two_cities(cast: Cast) -> int:
    """Nairobi's coordinator, who is Seoul's CIO and the secretariat's officer as well."""
    person = cast.nairobi_coordinator.person_id
    assert person
    await grant(cast.administrator, person, cast.seoul, Role.CIO)
    await grant(cast.administrator, person, None, Role.OFFICER)
    return person


async def by(secret: str) -> tuple[Actor, bool]:
    """Who acts with the token, and whether they may only read."""
    found = await actor_by_token(secret)
    assert found
    return found


async def test_token_for_one_city_knows_nothing_of_other_roles(cast: Cast) -> None:
    person = await of_two_cities(cast)
    _, all_of_it = await issue_token(cast.nairobi_coordinator, person)
    _, secret = await issue_token(cast.nairobi_coordinator, person, city_id=cast.seoul)
    assert len((await by(all_of_it))[0].memberships) == 3
    actor, read_only = await by(secret)
    assert actor.memberships == {(Role.CIO, cast.seoul)}
    assert not actor.secretariat
    assert not read_only


async def test_token_does_not_grow_with_later_roles(cast: Cast) -> None:
    person = await of_two_cities(cast)
    _, secret = await issue_token(cast.nairobi_coordinator, person, city_id=cast.seoul)
    await grant(cast.administrator, person, cast.seoul, Role.APPROVER)
    actor, _ = await by(secret)
    assert actor.memberships == {(Role.CIO, cast.seoul)}
    _, whole = await issue_token(cast.nairobi_coordinator, person)
    await grant(cast.administrator, person, None, Role.ADMINISTRATOR)
    assert (Role.ADMINISTRATOR, None) not in (await by(whole))[0].memberships


async def test_token_of_a_role_that_needs_a_factor_was_issued_with_one(
    cast: Cast, settings: Settings
) -> None:
    person = cast.officer.person_id
    _, without = await issue_token(cast.officer, person)
    _, behind = await issue_token(replace(cast.officer, second_factor=True), person)
    with choosing(replace(settings, second_factor_for="secretariat")):
        assert await actor_by_token(without) is None
        assert await actor_by_token(behind)


async def test_token_for_one_city_reaches_nothing_of_the_account(cast: Cast) -> None:
    person = await of_two_cities(cast)
    other, _ = await issue_token(cast.nairobi_coordinator, person, city_id=cast.nairobi)
    _, secret = await issue_token(cast.nairobi_coordinator, person, city_id=cast.seoul)
    actor, _ = await by(secret)
    elsewhere = await Membership.objects().get(
        (Membership.person == person) & (Membership.city == cast.nairobi)
    )
    assert elsewhere
    profile = Profile(name="Somebody else")
    for act in (
        end_membership(actor, elsewhere.id, left_to_city=True),
        issue_token(actor, person, days=1, city_id=cast.seoul),
        edit_profile(actor, person, profile),
        subscribe(actor, person, Schedule()),
        ask_erasure(actor, person),
    ):
        with pytest.raises(Forbidden):
            await act
    with pytest.raises(NotFound):
        await revoke_token(actor, other.id)


async def test_scope_goes_before_what_it_replaced(cast: Cast) -> None:
    person = cast.officer.person_id
    assert person
    for scope, read_only, only_reads in (
        (TokenScope.READ, False, True),
        (TokenScope.WRITE, True, False),
        (None, True, True),
        (None, False, False),
    ):
        _, secret = await issue_token(cast.officer, person, scope=scope, read_only=read_only)
        assert (await by(secret))[1] is only_reads


async def test_token_for_a_city_in_which_its_person_holds_no_role(cast: Cast) -> None:
    person = cast.nairobi_coordinator.person_id
    assert person
    with pytest.raises(Invalid, match="holds no role in this city"):
        await issue_token(cast.nairobi_coordinator, person, city_id=cast.seoul)


async def test_token_issues_no_token_that_is_wider_or_lasts_longer(cast: Cast) -> None:
    person = await of_two_cities(cast)
    _, secret = await issue_token(cast.nairobi_coordinator, person, days=30)
    actor, _ = await by(secret)
    for days in (31, 2**31 - 1):  # the second is more than Python counts
        with pytest.raises(Invalid) as refusal:
            await issue_token(actor, person, days=days)
        assert set(refusal.value.fields) == {"days"}
    with clock.at(clock.now() + timedelta(days=10)):
        assert await issue_token(actor, person, days=19, city_id=cast.seoul)


async def test_only_a_token_for_everything_knows_of_sessions_and_tokens(
    cast: Cast, settings: Settings
) -> None:
    person = await of_two_cities(cast)
    await open_session(person)
    with pytest.raises(Invalid):
        await sign_in(email("nairobi_coordinator"), "not my password")
    kinds = "session", "api_token", "password", "second_factor", "sign_in_link"
    document = (
        "{ sessions { totalCount } apiTokens { totalCount } viewer { accountEvents {"
        " nodes { subjectType } } } auditEvents { nodes { subjectType subjectId } } }"
    )
    limited: list[dict[str, Any]] = [{"city_id": cast.seoul}, {"scope": TokenScope.READ}]
    async with serving(settings):
        for each in limited:
            actor, _ = await by((await issue_token(cast.nairobi_coordinator, person, **each))[1])
            assert not actor.whole
            seen = await execute(document, actor=actor)
            assert (seen["sessions"]["totalCount"], seen["apiTokens"]["totalCount"]) == (0, 0)
            told = seen["auditEvents"]["nodes"] + seen["viewer"]["accountEvents"]["nodes"]
            assert not [event for event in told if event["subjectType"] in kinds]
            if "city_id" in each:
                assert not seen["viewer"]["accountEvents"]["nodes"]
        actor, _ = await by((await issue_token(cast.nairobi_coordinator, person))[1])
        seen = await execute(document, actor=actor)
        assert (seen["sessions"]["totalCount"], seen["apiTokens"]["totalCount"]) == (1, 3)
        told = {event["subjectType"] for event in seen["viewer"]["accountEvents"]["nodes"]}
        assert {"session", "api_token"} <= told


async def test_token_ends_no_sessions(cast: Cast) -> None:
    person = cast.officer.person_id
    assert person
    actor, _ = await by((await issue_token(cast.officer, person))[1])
    with pytest.raises(Forbidden):
        await everywhere.sign_out_everywhere(actor, tokens=True)
    with pytest.raises(Forbidden):
        await everywhere.end_one(actor, 1)
