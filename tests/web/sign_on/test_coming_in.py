"""Whom a city's own sign-on brings in, and for what."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast, email
from tests.web.browser import HOST, Browser, forms
from tests.web.provider import Provider
from tests.web.sign_on.visits import as_, enter, go, is_in
from tracker.domain import clock
from tracker.domain.errors import Forbidden
from tracker.domain.people import factors, queries
from tracker.domain.people.actions import grant
from tracker.domain.people.addresses import ask_change
from tracker.domain.people.invitations import InvitationDraft, send_invitation
from tracker.domain.people.tables import Person, Session
from tracker.domain.people.tokens import issue_token
from tracker.domain.roles import Role


async def test_person_of_the_city_is_signed_in_and_known_by_subject_from_then_on(
    city: Browser, provider: Provider, cast: Cast, mails: list[dict[str, Any]]
) -> None:
    await enter(city, provider, as_("nairobi_mayor"), mails)
    assert city.page.headers["location"] == "/digests"
    await city.follow()
    assert "Nairobi: mayor" in city.text
    city.client.cookies.clear()
    changed = as_("nairobi_mayor") | {"email": email("nairobi_cio"), "email_verified": False}
    await go(city, provider, changed)
    await city.open("/preferences")
    assert "Nairobi: mayor" in city.text


async def test_invited_person_is_made_and_takes_the_role_up(
    city: Browser, provider: Provider, cast: Cast, mails: list[dict[str, Any]]
) -> None:
    draft = InvitationDraft(email="new@nairobi.example", role=Role.CIO, city_id=cast.nairobi)
    await send_invitation(cast.administrator, draft)
    user = {"sub": "7", "email": "New@nairobi.example", "email_verified": True, "name": "Wanjiru"}
    await enter(city, provider, user, mails)
    await city.open("/preferences")
    assert "Wanjiru" in city.text
    assert "Chief information officer, Nairobi" in city.text
    person = await Person.objects().get(Person.email == "new@nairobi.example")
    assert person
    assert person.time_zone == "Africa/Nairobi"


@pytest.mark.parametrize(
    "name", ["seoul_mayor", "administrator", "lima_coordinator", "officer", "nobody"]
)
async def test_sign_on_brings_in_nobody_of_elsewhere(
    city: Browser, provider: Provider, cast: Cast, name: str, mails: list[dict[str, Any]]
) -> None:
    if name == "lima_coordinator":  # who is invited to Nairobi as well keeps to the mail
        draft = InvitationDraft(email=email(name), role=Role.CIO, city_id=cast.nairobi)
        await send_invitation(cast.administrator, draft)
    people = await Person.count()
    await go(city, provider, as_("nobody_else"))
    nobody = city.text.replace("nobody_else", name)
    assert not mails
    await go(city, provider, as_(name))
    assert city.text == nobody, "the answer does not tell who has an account"
    assert not any(each["link"] for each in mails)
    assert len(mails) == (name != "nobody"), "the reason goes to the address"
    assert not is_in(city)
    assert await Person.count() == people


async def test_invitation_of_another_city_or_one_that_expired_brings_nobody_in(
    city: Browser, provider: Provider, cast: Cast, mails: list[dict[str, Any]]
) -> None:
    for to, place in (("a@example.org", cast.seoul), ("b@example.org", cast.nairobi)):
        draft = InvitationDraft(email=to, role=Role.CIO, city_id=place, days=1)
        with clock.at(clock.now() - timedelta(days=2 if place == cast.nairobi else 0)):
            await send_invitation(cast.administrator, draft)
        await go(city, provider, {"sub": to, "email": to, "email_verified": True})
        assert not is_in(city)
        assert not mails


@pytest.mark.parametrize("verified", [False, None, "true", 1])
async def test_address_that_is_not_confirmed_brings_nobody_in(
    city: Browser, provider: Provider, verified: object
) -> None:
    await go(city, provider, as_("nairobi_mayor") | {"email_verified": verified})
    assert city.page.status_code == 403
    assert "confirmed e-mail address" in city.text


async def test_address_that_was_given_to_somebody_else_brings_nobody_in(
    city: Browser, provider: Provider, mails: list[dict[str, Any]]
) -> None:
    await enter(city, provider, as_("nairobi_mayor"), mails)
    city.client.cookies.clear()
    await go(city, provider, as_("nairobi_mayor") | {"sub": "another"})
    assert "knows somebody else by your address" in mails[-1]["why"]
    assert not is_in(city)


NEW: dict[str, Any] = {"sub": "pre", "email": "newofficer@wego.example", "email_verified": True}


async def test_provider_claims_no_address_that_no_mail_has_proved(
    city: Browser, provider: Provider, cast: Cast, mails: list[dict[str, Any]]
) -> None:
    draft = InvitationDraft(email=NEW["email"], role=Role.CIO, city_id=cast.nairobi)
    await send_invitation(cast.nairobi_administrator, draft)
    await go(city, provider, NEW)
    assert not is_in(city)
    assert not await Person.exists().where(Person.email == NEW["email"])
    victim = Browser(city.app)
    link = mails[-1]["link"].removeprefix(HOST)
    await victim.open(link)
    assert "in another browser" in victim.text
    await victim.open("/sign-in")
    [token] = {form.fields["csrf_token"][0] for form in forms(victim.page.text)}
    secret = link.rpartition("/")[2]
    await victim.post("/sign-on/confirm", secret=secret, csrf_token=token)
    assert not is_in(victim)
    await city.open(link)
    with clock.at(clock.now() + timedelta(minutes=11)):
        await city.submit("/sign-on/confirm")
    assert not is_in(city)
    await city.open(link)
    await city.submit("/sign-on/confirm")
    assert is_in(city)
    city.client.cookies.delete("session")
    await city.open(link)
    await city.submit("/sign-on/confirm")
    assert not is_in(city), "a link works once"


async def test_session_by_a_sign_on_is_good_for_its_city_alone(
    city: Browser, provider: Provider, cast: Cast, mails: list[dict[str, Any]]
) -> None:
    await enter(city, provider, as_("nairobi_coordinator"), mails)
    await city.open("/account/security")
    password = {"password": "quiet lemons keep 77 secrets", "present": ""}
    assert (await city.submit("/account/security/password", **password)).status_code == 403
    assert "Sign in by mail" in city.text
    person = cast.nairobi_coordinator.person_id or 0
    secret = city.client.cookies["session"]
    actor = await queries.actor_by_session(secret)
    assert actor
    with pytest.raises(Forbidden):
        await issue_token(actor, person)
    with pytest.raises(Forbidden):
        await factors.begin(actor)
    with pytest.raises(Forbidden):
        await ask_change(actor, "other@example.org", "browser")
    await grant(cast.administrator, person, None, Role.OFFICER)
    assert await queries.actor_by_session(secret) is None
    ended = await Session.count().where(Session.person == person, Session.ended_at.is_not_null())
    assert ended == 1
