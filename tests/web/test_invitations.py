"""The page of invitations."""

import re

import pytest

from tests import letters
from tests.cast import Cast, email
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker.domain.deliveries import ledger
from tracker.domain.deliveries.claims import Verdict
from tracker.domain.deliveries.tables import DeliveryState
from tracker.domain.people.invitations import InvitationDraft, send_invitation
from tracker.domain.people.queries import holds
from tracker.domain.roles import Role


async def test_invitation_is_listed_sent_again_and_withdrawn(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("administrator")
    await browser.open("/invitations")
    assert "Nobody was invited yet." in browser.text
    await browser.submit(
        "/invitations", email="new@example.org", role="approver", city_id=str(cast.lima)
    )
    await browser.follow()
    assert "The invitation is on its way." in browser.text
    assert "The mail is about to be sent." in browser.text
    no = [Verdict(each, "550 no such mailbox") for each in await letters.claims()]
    await ledger.end(no, DeliveryState.FAILED)
    await browser.open("/invitations?state=open")
    assert "550 no such mailbox" in browser.text
    [number] = re.findall(r"/invitations/(\d+)/resend", browser.page.text)
    await browser.submit(f"/invitations/{number}/resend")
    await browser.open("/invitations")
    await browser.submit(f"/invitations/{number}/withdraw")
    await browser.open("/invitations?state=withdrawn")
    assert "new@example.org" in browser.text
    assert f"/invitations/{number}/resend" not in browser.actions


async def test_accepting_opens_a_session(browser: Browser, cast: Cast) -> None:
    draft = InvitationDraft(email="new@example.org", role=Role.CIO, city_id=cast.lima)
    await send_invitation(cast.administrator, draft)
    letter = await letters.invitation()
    assert letter
    path = f"/invitation/{letter.secret}"
    await browser.open(path)
    assert "You are invited: Chief information officer, Lima" in browser.text
    assert "America/Lima" in browser.page.text
    await browser.submit("/invitation", name=" ")
    assert browser.page.status_code == 422
    assert "session" not in browser.client.cookies
    await browser.submit("/invitation", name="Rosa")
    await browser.follow()
    assert "Welcome! Your role stands below." in browser.text
    assert "Chief information officer , Lima" in browser.text
    assert "/account/security" in browser.links
    browser.client.cookies.clear()
    for page in (await browser.open(path), await browser.open("/invitation/x")):
        assert page.status_code == 410


async def test_accepting_adds_the_role_to_somebody_who_is_here(
    browser: Browser, signed_in: SignedIn, cast: Cast
) -> None:
    draft = InvitationDraft(email=email("seoul_mayor"), role=Role.CIO, city_id=cast.lima)
    await send_invitation(cast.administrator, draft)
    letter = await letters.invitation()
    assert letter
    path = f"/invitation/{letter.secret}"
    for stranger in (browser, await signed_in("lima_mayor")):
        await stranger.open(path)
        assert "You are here already as Seoul: mayor" in stranger.text
        assert "/invitation" not in stranger.actions
        assert f"/sign-in?next={path}" in stranger.links
        await stranger.post("/invitation", secret=letter.secret)
        assert "session" not in browser.client.cookies
    assert not await holds(cast.seoul_mayor.person_id or 0, cast.lima, Role.CIO)
    mayor = await signed_in("seoul_mayor")
    await mayor.open(path)
    await mayor.submit("/invitation")
    await mayor.open("/preferences")
    assert "정보화책임관, Lima" in mayor.text


@pytest.mark.parametrize(
    ("role", "told"), [(Role.OFFICER, "each Monday"), (Role.AUDITOR, "")], ids=str
)
async def test_digest_that_a_role_brings_along_is_told_before_and_chosen_afterwards(
    browser: Browser, cast: Cast, role: Role, told: str
) -> None:
    await send_invitation(cast.administrator, InvitationDraft(email="new@example.org", role=role))
    letter = await letters.invitation()
    assert letter
    await browser.open(f"/invitation/{letter.secret}")
    assert ("With this role comes the digest" in browser.text) == bool(told)
    assert told in browser.text
    await browser.submit("/invitation", name="Rosa")
    await browser.open("/preferences")
    assert ("You get the digest. The next one comes" in browser.text) == bool(told)


async def test_form_comes_back_with_everything_that_is_wrong(signed_in: SignedIn) -> None:
    browser = await signed_in("administrator")
    await browser.open("/invitations")
    await browser.submit("/invitations", email="nobody", role="mayor", city_id="secretariat")
    assert browser.page.status_code == 422
    assert "is no e-mail address" in browser.text
    assert "Mayor is a role in a city: choose the city here." in browser.text
    assert 'value="nobody"' in browser.page.text
    assert 'value="secretariat" selected' in browser.page.text
    await browser.submit("/invitations", email="", role="", city_id="")
    assert browser.page.status_code == 422
    for field in ("email", "role", "city_id"):
        assert f'id="error-{field}"' in browser.page.text
    await browser.submit("/invitations", email="x@example.org", role="officer", city_id="1")
    assert "Officer is a role in the secretariat" in browser.text
    await browser.submit("/invitations", role="officer", city_id="secretariat")
    assert browser.page.status_code == 303
    browser.client.cookies.set("language", "ko", domain="tracker.test", path="/")
    await browser.open("/invitations")
    assert "응답 대기 중" in browser.text
    assert "모집 중" not in browser.text


async def test_page_is_for_those_whom_it_concerns(signed_in: SignedIn, browser: Browser) -> None:
    assert (await browser.open("/invitations")).headers["location"].startswith("/sign-in")
    auditor = await signed_in("auditor")
    await auditor.open("/invitations")
    assert auditor.page.status_code == 200
    assert "/invitations" not in auditor.actions
    mayor = await signed_in("nairobi_mayor")
    assert (await mayor.open("/invitations")).status_code == 403
