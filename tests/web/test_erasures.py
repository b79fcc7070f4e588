"""What those who stay hear of it: handed-over work, and requests to be forgotten."""

from datetime import timedelta
from pathlib import Path

import pytest
from litestar import Litestar

from tests import factories
from tests.cast import ACTORS, Cast, email
from tests.domain.test_leaving import membership_of
from tests.relay import mails
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker.domain import clock
from tracker.domain.people.tables import Person, Session


async def test_successor_is_told_and_finds_what_was_handed_over(
    mailing: Litestar, cast: Cast, tmp_path: Path
) -> None:
    project = await factories.joint_project(cast, "active")
    number = await membership_of(cast.nairobi_coordinator)
    browser = await Browser(mailing).sign_in(cast, "nairobi_administrator")
    await browser.open(f"/memberships/{number}/end")
    cio = str(cast.nairobi_cio.person_id)
    await browser.submit(f"/memberships/{number}/end", **{f"milestone-{project.milestone_id}": cio})
    told = _only_mail(tmp_path, email("nairobi_cio"))
    assert "Permit portal is live" in told
    assert "Nairobi: coordinator has left a role" in told
    successor = await Browser(mailing).sign_in(cast, "nairobi_cio")
    await successor.open("/account/roles")
    assert "Permit portal is live" in successor.text
    assert f"/milestones/{project.milestone_id}" in successor.links
    await browser.open("/account/roles")
    assert "Handed over to you" not in browser.text


async def test_administrator_hears_of_a_request_and_forgets_the_person(
    mailing: Litestar, cast: Cast, tmp_path: Path
) -> None:
    project = await factories.joint_project(cast, "active")
    asking = await Browser(mailing).sign_in(cast, "nairobi_coordinator")
    number = cast.nairobi_coordinator.person_id
    await asking.open("/account/data")
    await asking.submit("/account/data/erase")
    await asking.follow()
    assert "An administrator carries it out." in asking.text
    assert "/account/data/erase" not in asking.actions
    told = _only_mail(tmp_path, email("administrator"))
    assert "Nairobi: coordinator asks" in told
    assert "/erasures" in told
    browser = await Browser(mailing).sign_in(cast, "administrator")
    await browser.open("/erasures")
    assert "Left to the city: Permit portal is live" in browser.text
    await browser.submit(f"/erasures/{number}")
    await browser.follow()
    assert "Nobody has asked to be forgotten." in browser.text
    [row] = await Person.select().where(Person.id == number)
    assert row["name"] == "A former member"
    reader = await Browser(mailing).sign_in(cast, "seoul_mayor")
    await reader.open(f"/projects/{(await project.row()).code}")
    assert "이전 구성원" in reader.text, "it is no name, so Koreans read it in Korean"
    assert "A former member" not in reader.text


async def test_forgetting_wants_a_fresh_proof(signed_in: SignedIn, cast: Cast) -> None:
    number = cast.nairobi_coordinator.person_id
    asking = await signed_in("nairobi_coordinator")
    await asking.open("/account/data")
    await asking.submit("/account/data/erase")
    browser = await signed_in("administrator")
    await browser.open("/erasures")
    await Session.update({Session.proved_at: clock.now() - timedelta(minutes=11)}, force=True)
    await browser.submit(f"/erasures/{number}")
    assert browser.page.status_code == 303
    assert browser.page.headers["location"].startswith("/sign-in?next=")
    [row] = await Person.select().where(Person.id == number)
    assert row["erased_at"] is None


@pytest.mark.parametrize("who", sorted(set(ACTORS) - {"administrator", "public", "system"}))
async def test_nobody_else_forgets_people(signed_in: SignedIn, cast: Cast, who: str) -> None:
    browser = await signed_in(who)
    assert (await browser.open("/erasures")).status_code == 403


def _only_mail(folder: Path, address: str) -> str:
    """The text of the one mail that was sent, which was to this address."""
    [mail] = mails(folder)
    assert address in mail["to"]
    body = mail.get_body(("plain",))
    assert body
    return str(body.get_content())
