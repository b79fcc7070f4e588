"""The list of people, and the page of one of them."""

import pytest

from tests.cast import Cast
from tests.factories import today
from tests.web.browser import forms
from tests.web.conftest import SignedIn
from tracker.domain.actor import Role
from tracker.domain.people import delegations
from tracker.domain.people.delegations import DelegationPlan
from tracker.domain.people.tables import Membership


async def test_administrator_finds_people_and_gives_and_ends_their_roles(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("administrator")
    await browser.open("/people?q=mayor,+Nairobi&role=MAYOR")
    assert "Nairobi: mayor" in browser.text
    assert "Nairobi: coordinator" not in browser.text
    assert "Seoul: mayor" not in browser.text
    page = f"/people/{cast.nairobi_mayor.person_id}"
    assert page in browser.links
    assert 'href="/people" aria-current="page"' in browser.page.text
    await browser.open(page)
    assert 'href="/people" aria-current="page"' in browser.page.text  # its tab
    await browser.submit(f"{page}/roles", role="officer", city_id=str(cast.lima))
    assert browser.page.status_code == 422
    assert "Officer is a role in the secretariat" in browser.text
    await browser.submit(f"{page}/roles", role="approver", city_id=str(cast.lima))
    [held] = await Membership.objects().where(
        Membership.person == cast.nairobi_mayor.person_id, Membership.city == cast.lima
    )
    assert held.role == Role.APPROVER
    await browser.open(page)
    assert f"/memberships/{held.id}/end" in browser.links
    await browser.open(f"/memberships/{held.id}/end")
    await browser.submit(f"/memberships/{held.id}/end")
    assert browser.page.headers["location"] == page
    assert "The role has ended." in (await browser.open(page)).text
    assert "Former roles" in browser.text
    assert (
        "Secretariat: administrator ended the role Approver, Lima of Nairobi: mayor" in browser.text
    )


async def test_city_s_administrator_looks_after_the_city_alone(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("nairobi_administrator")
    await browser.open("/people")
    assert "Nairobi: mayor" in browser.text
    assert "Seoul: mayor" not in browser.text
    assert (await browser.open(f"/people/{cast.seoul_mayor.person_id}")).status_code == 403
    page = f"/people/{cast.nairobi_mayor.person_id}"
    assert (await browser.open(page)).status_code == 200
    assert f"{page}/roles" not in browser.actions
    assert "Last sign-in" in browser.text
    [held] = await Membership.objects().where(
        Membership.person == cast.nairobi_mayor.person_id, Membership.city == cast.nairobi
    )
    leave = f"/memberships/{held.id}/end"
    await browser.open(leave)
    assert page in browser.links, "who keeps the role goes back to the person"
    await browser.submit(leave)
    await browser.open(page)
    assert "Last sign-in" not in browser.text, "what one may no longer see is not “never”"
    assert (await browser.open("/people?state=erased&city=City:1&after=nonsense")).status_code in (
        400,
        200,
    )


async def test_number_that_no_row_can_have_breaks_no_page(signed_in: SignedIn) -> None:
    browser = await signed_in("administrator")
    for page in ("/people", "/audit", "/projects"):
        for city in ("City:٣", "12", "City:99999999999", "City:2147483648"):
            assert (await browser.open(f"{page}?city={city}")).status_code == 200, city
    given = {
        "role": "mayor",
        "email": "new@example.org",
        "issuer": "https://x.example",
        "days": "1",
    }
    for page, action in (
        ("/people/1", "/people/1/roles"),
        ("/invitations", "/invitations"),
        ("/sign-ons", "/sign-ons"),
        ("/tokens", "/tokens"),
    ):
        for city in ("2147483648", "9" * 30, "٣"):
            await browser.open(page)
            token = forms(browser.page.text)[-1].fields["csrf_token"]
            answer = await browser.post(action, csrf_token=token, city_id=city, **given)
            assert answer.status_code == 422, (action, city)


@pytest.mark.parametrize("name", ["nairobi_mayor", "lima_coordinator"])
async def test_list_of_people_is_for_those_who_look_after_them(
    signed_in: SignedIn, name: str
) -> None:
    browser = await signed_in(name)
    assert (await browser.open("/people")).status_code == 403
    assert "/people" not in browser.links


async def test_page_of_a_person_tells_who_decides_for_whom(signed_in: SignedIn, cast: Cast) -> None:
    deputy, mayor = cast.nairobi_cio.person_id or 0, cast.nairobi_mayor.person_id or 0
    first = today(0, "Africa/Nairobi")
    plan = DelegationPlan(person_id=deputy, starts_on=first, ends_on=first)
    await delegations.grant(cast.nairobi_mayor, cast.nairobi, plan)
    browser = await signed_in("nairobi_administrator")
    await browser.open(f"/people/{deputy}")
    assert "Decides in place of Nairobi: mayor" in browser.text
    await browser.open(f"/people/{mayor}")
    assert "Nairobi: cio decides in their place" in browser.text
    await browser.open(f"/people/{cast.nairobi_coordinator.person_id}")
    assert "in place of" not in browser.text
