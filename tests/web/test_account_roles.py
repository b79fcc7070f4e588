"""The pages of one's roles: deputies, the end of a role, one's data."""

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tests.domain.test_delegations import delegate
from tests.domain.test_independence import decision
from tests.domain.test_leaving import membership_of
from tests.factories import today
from tests.web.conftest import SignedIn
from tracker.domain.people.tables import Delegation, Handover, Membership, Person


async def test_mayor_lets_the_cio_decide_and_takes_it_back(signed_in: SignedIn, cast: Cast) -> None:
    browser = await signed_in("nairobi_mayor")
    await browser.open("/account/roles")
    days = {"starts_on": str(today(2)), "ends_on": str(today(9))}
    person = str(cast.nairobi_cio.person_id)
    await browser.submit("/account/delegations", person_id=person, **days | {"ends_on": "soon"})
    assert browser.page.status_code == 422
    assert str(today(2)) in browser.page.text
    await browser.submit("/account/delegations", person_id=person, **days)
    await browser.open("/account/roles")
    assert "Nairobi: cio for Nairobi: mayor" in browser.text
    [row] = await Delegation.select()
    await browser.submit(f"/delegations/{row['id']}/end")
    [row] = await Delegation.select()
    assert row["ended_at"]


async def test_deputy_decides_and_the_page_says_for_whom(signed_in: SignedIn, cast: Cast) -> None:
    await delegate(cast)
    project = await factories.joint_project(cast, "under_review")
    number = await decision(project.id, cast.nairobi)
    browser = await signed_in("nairobi_cio")
    await browser.open(f"/decisions/{number}")
    assert "You decide on behalf of the mayor of Nairobi" in browser.text
    await browser.submit(f"/decisions/{number}/give")
    await browser.open(f"/decisions/{number}")
    assert "Nairobi: cio, for Nairobi: mayor" in browser.text


async def test_role_ends_with_its_work_handed_over(signed_in: SignedIn, cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    number = await membership_of(cast.nairobi_coordinator)
    browser = await signed_in("nairobi_administrator")
    await browser.open("/account/roles")
    assert f"/memberships/{number}/end" in browser.links
    await browser.open(f"/memberships/{number}/end")
    await browser.submit(f"/memberships/{number}/end")
    assert browser.page.status_code == 422
    assert 'aria-invalid="true"' in browser.page.text
    assert "Choose who takes it over" in browser.text
    name = f"milestone-{project.milestone_id}"
    mayor = cast.nairobi_mayor.person_id
    assert f'<option value="{mayor}"' not in browser.page.text
    await browser.submit(f"/memberships/{number}/end", **{name: str(mayor)})
    assert browser.page.status_code == 422
    await browser.submit(f"/memberships/{number}/end", **{name: str(cast.nairobi_cio.person_id)})
    [row] = await Handover.select()
    assert row["successor"] == cast.nairobi_cio.person_id
    [row] = await Membership.select().where(Membership.id == number)
    assert row["ended_at"]


@pytest.mark.parametrize("who", sorted(set(ACTORS) - {"system"}))
async def test_end_of_a_role_by_each_member_of_the_cast(
    signed_in: SignedIn, cast: Cast, who: str
) -> None:
    may = {"nairobi_approver", "nairobi_administrator", "administrator"}
    browser = await signed_in(who)
    await browser.open(f"/memberships/{await membership_of(cast.nairobi_approver)}/end")
    if who == "public":
        assert browser.page.status_code in (302, 303, 401)
    else:
        assert browser.page.status_code == (200 if who in may else 403)


async def test_one_s_data_and_the_wish_to_be_forgotten(signed_in: SignedIn, cast: Cast) -> None:
    browser = await signed_in("lima_mayor")
    await browser.open("/account/data/export")
    assert browser.page.json()["person"][0]["name"] == "Lima: mayor"
    assert "attachment" in browser.page.headers["content-disposition"]
    await browser.open("/account/data")
    await browser.submit("/account/data/erase")
    [row] = await Person.select().where(Person.id == cast.lima_mayor.person_id)
    assert row["erasure_asked_at"]
