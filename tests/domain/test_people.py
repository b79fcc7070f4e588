"""People, their roles, their profiles and their programs' keys."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.cast import ACTORS, Cast, email
from tracker.domain import clock
from tracker.domain.actor import Actor, Role
from tracker.domain.audit import AuditEvent
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.leaving import actions as leaving
from tracker.domain.people import actions, queries, tokens
from tracker.domain.people.profiles import PersonDraft, Profile
from tracker.domain.people.tables import ApiToken, Membership

ADMINISTRATORS = {"administrator", "system"}

DRAFT = PersonDraft(
    email=" New.Person@Example.org ", name="Seoul: officer", language="ko", time_zone="Asia/Seoul"
)


def _id(actor: Actor) -> int:
    assert actor.person_id is not None
    return actor.person_id


async def _membership(actor: Actor) -> int:
    [row] = await Membership.select(Membership.id).where(Membership.person == _id(actor))
    number: int = row["id"]
    return number


async def test_adding_a_person(cast: Cast) -> None:
    person = await actions.add_person(cast.administrator, DRAFT)
    assert person.email == "new.person@example.org"
    actor = await queries.actor_by_email("NEW.person@example.org")
    assert actor
    assert (actor.person_id, actor.memberships) == (person.id, frozenset())


async def test_everything_wrong_with_a_person_at_once(cast: Cast) -> None:
    draft = PersonDraft(email="nobody", name="", language="Korean", time_zone="Seoul")
    with pytest.raises(Invalid) as refusal:
        await actions.add_person(cast.administrator, draft)
    assert set(refusal.value.fields) == {"email", "name", "language", "time_zone"}


@pytest.mark.parametrize(
    "address",
    [
        "a@b",
        "a b@c.de",
        "a@b@c.de",
        "a@b.c\r\nBcc: d@e.fg",
        "<a@b.cd>",
        "x" * 250 + "@a.bc",
        "@a.bc",
    ],
)
async def test_address_that_is_none(cast: Cast, address: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await actions.add_person(cast.administrator, replace(DRAFT, email=address))
    assert list(refusal.value.fields) == ["email"]


async def test_address_that_is_taken(cast: Cast) -> None:
    with pytest.raises(Invalid, match="is already here"):
        await actions.add_person(cast.administrator, replace(DRAFT, email=email("officer").upper()))


async def test_people_are_managed_by_the_administrator_only(cast: Cast) -> None:
    person = _id(cast.officer)
    for who in set(ACTORS) - ADMINISTRATORS:
        for attempt in (
            actions.add_person(cast[who], DRAFT),
            actions.grant(cast[who], person, cast.seoul, Role.MAYOR),
        ):
            with pytest.raises(Forbidden):
                await attempt


async def test_role_counts_from_the_next_request(cast: Cast) -> None:
    officer = _id(cast.officer)
    await actions.grant(cast.administrator, officer, cast.lima, Role.APPROVER)
    actor = await queries.actor_by_email(email("officer"))
    assert actor
    assert actor.memberships == {(Role.OFFICER, None), (Role.APPROVER, cast.lima)}
    await leaving.end_membership(cast.administrator, await _membership(cast.lima_mayor))
    actor = await queries.actor_by_email(email("lima_mayor"))
    assert actor
    assert actor.memberships == frozenset()


async def test_role_held_in_the_wrong_place(cast: Cast) -> None:
    person = _id(cast.auditor)
    with pytest.raises(Invalid, match="officer is a role in the secretariat; name no city"):
        await actions.grant(cast.administrator, person, cast.seoul, Role.OFFICER)
    with pytest.raises(Invalid, match="mayor is a role in a city; name the city"):
        await actions.grant(cast.administrator, person, None, Role.MAYOR)


async def test_role_held_twice(cast: Cast) -> None:
    for who, city, role in (
        (cast.seoul_mayor, cast.seoul, Role.MAYOR),
        (cast.officer, None, Role.OFFICER),
    ):
        with pytest.raises(Invalid, match="already"):
            await actions.grant(cast.administrator, _id(who), city, role)
        await leaving.end_membership(cast.administrator, await _membership(who))
        await actions.grant(cast.administrator, _id(who), city, role)


async def test_grant_to_nobody_and_nowhere(cast: Cast) -> None:
    with pytest.raises(NotFound, match="no such person"):
        await actions.grant(cast.administrator, 999, cast.seoul, Role.MAYOR)
    with pytest.raises(NotFound, match="no such city"):
        await actions.grant(cast.administrator, _id(cast.officer), 999, Role.MAYOR)


async def test_ending_a_membership_twice(cast: Cast) -> None:
    number = await _membership(cast.lima_mayor)
    await leaving.end_membership(cast.system, number)
    with pytest.raises(Invalid, match="already ended"):
        await leaving.end_membership(cast.system, number)


async def test_profile_is_edited_by_its_person_or_the_administrator(cast: Cast) -> None:
    profile = Profile(name="Lima: mayor's office", language="es-PE", time_zone="America/Lima")
    number = _id(cast.lima_mayor)
    for who in ("lima_mayor", "administrator", "system"):
        person = await actions.edit_profile(cast[who], number, profile)
        assert (person.name, person.language) == (profile.name, profile.language)
    for who in set(ACTORS) - {"lima_mayor", "administrator", "system"}:
        with pytest.raises(NotFound if who == "public" else Forbidden):
            await actions.edit_profile(cast[who], number, profile)
    with pytest.raises(Invalid):
        await actions.edit_profile(cast.lima_mayor, number, replace(profile, language="español"))


async def test_token_acts_for_its_person(cast: Cast) -> None:
    token, secret = await tokens.issue_token(cast.officer, _id(cast.officer), read_only=True)
    assert secret.startswith("est_")
    assert secret.startswith(token.prefix)
    assert await queries.actor_by_token(secret) == (cast.officer, True)
    _, writing = await tokens.issue_token(cast.seoul_mayor, _id(cast.seoul_mayor), days=1)
    assert await queries.actor_by_token(writing) == (cast.seoul_mayor, False)
    assert await queries.actor_by_token(secret + "x") is None


async def test_token_is_kept_as_a_hash_only(cast: Cast) -> None:
    _, secret = await tokens.issue_token(cast.officer, _id(cast.officer))
    [row] = await ApiToken.select()
    assert len(secret) >= len("est_") + 160 / 6
    assert secret not in str(row)
    event = await AuditEvent.select().where(AuditEvent.subject_type == "api_token").first()
    assert event
    assert row["token_hash"] not in str(event)
    assert secret not in str(event)


async def test_token_that_expired_or_was_revoked(cast: Cast) -> None:
    token, secret = await tokens.issue_token(cast.officer, _id(cast.officer), days=7)
    with clock.at(datetime.now(UTC) + timedelta(days=7, seconds=1)):
        assert await queries.actor_by_token(secret) is None
    await tokens.revoke_token(cast.officer, token.id)
    assert await queries.actor_by_token(secret) is None
    with pytest.raises(Invalid, match="already revoked"):
        await tokens.revoke_token(cast.administrator, token.id)


@pytest.mark.parametrize("days", [0, -1, 367])
async def test_token_for_too_long_or_no_time(cast: Cast, days: int) -> None:
    with pytest.raises(Invalid) as refusal:
        await tokens.issue_token(cast.officer, _id(cast.officer), days=days)
    assert list(refusal.value.fields) == ["days"]


async def test_token_of_another_person(cast: Cast) -> None:
    token, _ = await tokens.issue_token(cast.officer, _id(cast.officer))
    for who in set(ACTORS) - {"officer", "system"}:
        with pytest.raises(NotFound if who == "public" else Forbidden):
            await tokens.issue_token(cast[who], _id(cast.officer))
        if who in ADMINISTRATORS:
            continue
        with pytest.raises(Forbidden if who == "auditor" else NotFound):
            await tokens.revoke_token(cast[who], token.id)


@pytest.mark.parametrize("name", ["Seoul\u202ereciffo", "Seoul\x1b[2J", "Seoul\x00"])
async def test_name_that_is_not_what_it_looks_like(cast: Cast, name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await actions.edit_profile(cast.officer, _id(cast.officer), Profile(name=name))
    assert list(refusal.value.fields) == ["name"]
