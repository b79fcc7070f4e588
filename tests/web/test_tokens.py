"""The page of one's API tokens."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cast import Cast
from tests.web.browser import Browser, client
from tests.web.conftest import SignedIn
from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.errors import Forbidden
from tracker.domain.people.tables import ApiToken, ApiTokenUse
from tracker.domain.people.tokens import issue_token
from tracker.domain.people.uses import EVERY

ME = {"query": "{ viewer { name } }"}


def secret_in(browser: Browser) -> str:
    """The token that the page shows."""
    [secret] = set(re.findall(r"est_[\w-]{20,}", browser.page.text))
    return str(secret)


async def test_token_is_issued_shown_once_and_works(signed_in: SignedIn, cast: Cast) -> None:
    browser = await signed_in("officer")
    await browser.open("/tokens")
    assert "You have no tokens." in browser.text
    await browser.submit("/tokens", purpose="Monthly export", days="30")
    secret = secret_in(browser)
    program = client(browser.app, {"Authorization": f"Bearer {secret}"})
    answer = await program.post("/graphql", json=ME)
    assert answer.json()["data"]["viewer"]["name"] == cast.officer.name
    await browser.open("/tokens")
    assert secret not in browser.page.text
    assert "Monthly export" in browser.text
    assert "Read only" in browser.text
    [token] = await ApiToken.objects()
    assert token.read_only
    assert (token.expires_at - token.created_at).days == 30


async def test_wrong_wish_comes_back_with_what_was_typed(signed_in: SignedIn) -> None:
    browser = await signed_in("officer")
    await browser.open("/tokens")
    await browser.submit("/tokens", purpose="x" * 101, scope="write", days="900")
    assert browser.page.status_code == 422
    assert "Must lie between 1 and 366." in browser.text
    assert 'value="900"' in browser.page.text
    assert 'value="write" checked' in browser.page.text
    assert await ApiToken.count() == 0
    await browser.submit("/tokens", days="soon")
    assert "“soon” is no whole number" in browser.text


async def test_token_is_revoked_after_a_question(signed_in: SignedIn, cast: Cast) -> None:
    browser = await signed_in("officer")
    await browser.open("/tokens")
    await browser.submit("/tokens", purpose="Old export", scope="write")
    secret = secret_in(browser)
    await browser.open("/tokens")
    [link] = [each for each in browser.links if re.fullmatch(r"/tokens/\d+", each)]
    await browser.open(link)
    assert "Revoke this token?" in browser.text
    await browser.submit(f"{link}/revoke")
    await browser.follow()
    assert "The token is revoked." in browser.text
    assert link not in browser.links
    program = client(browser.app, {"Authorization": f"Bearer {secret}"})
    assert (await program.post("/graphql", json=ME)).status_code == 401
    await browser.open(link)
    assert "It is revoked already." in browser.text


async def test_nobody_sees_or_revokes_anothers_token(signed_in: SignedIn, cast: Cast) -> None:
    mayor = cast.nairobi_mayor
    assert mayor.person_id
    token, _ = await issue_token(mayor, mayor.person_id, purpose="Hers alone")
    for name in ("officer", "administrator", "auditor", "nairobi_coordinator", "seoul_mayor"):
        browser = await signed_in(name)
        await browser.open("/tokens")
        assert "Hers alone" not in browser.text
        csrf = re.findall(r'name="csrf_token" value="([^"]+)"', browser.page.text)[0]
        assert (await browser.open(f"/tokens/{token.id}")).status_code == 404
        page = await browser.post(f"/tokens/{token.id}/revoke", csrf_token=csrf)
        assert page.status_code == 404
    [kept] = await ApiToken.objects()
    assert kept.revoked_at is None


async def test_page_is_for_people_who_signed_in(browser: Browser) -> None:
    for path in ("/tokens", "/tokens/1"):
        page = await browser.open(path)
        assert page.headers["location"].startswith("/sign-in")


async def test_last_use_is_noted_now_and_then(signed_in: SignedIn, cast: Cast) -> None:
    browser = await signed_in("officer")
    assert cast.officer.person_id
    _, secret = await issue_token(cast.officer, cast.officer.person_id)
    program = client(browser.app, {"Authorization": f"Bearer {secret}"})
    began = clock.now()
    seen = []
    for after in (timedelta(0), EVERY / 2, EVERY * 2):
        with clock.at(began + after):
            await program.post("/graphql", json=ME)
        [use] = await ApiTokenUse.objects()
        seen.append(use.last_used_at - began)
    assert seen == [timedelta(0), timedelta(0), EVERY * 2]
    await browser.open("/tokens")
    assert "Never" not in browser.text


async def test_late_wish_is_kept_through_signing_in_once_more(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("officer")
    await browser.open("/tokens")
    with clock.at(clock.now() + timedelta(minutes=11)):
        page = await browser.submit("/tokens", purpose="Export & “more”", scope="write", days="30")
        address = urlsplit(page.headers["location"])
        assert address.path == "/sign-in"
        [back] = parse_qs(address.query)["next"]
    assert await ApiToken.count() == 0
    browser = await signed_in("officer")
    await browser.open(back)
    await browser.submit("/tokens")
    [token] = await ApiToken.objects()
    assert (token.purpose, token.read_only) == ("Export & “more”", False)
    assert (token.expires_at - token.created_at).days == 30


async def test_own_token_needs_no_person(cast: Cast) -> None:
    token, _ = await issue_token(cast.officer)
    assert token.person == cast.officer.person_id
    with pytest.raises(Forbidden):
        await issue_token(Actor())
