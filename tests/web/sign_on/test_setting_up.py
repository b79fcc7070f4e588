"""Cities' own sign-ons are set up, confirmed, switched off and removed."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.cast import Cast
from tests.web.browser import HOST, Browser, forms
from tests.web.conftest import SignedIn
from tests.web.provider import CLIENT, SECRET, Provider
from tests.web.sign_on.visits import as_, enter, go, is_in
from tracker.domain import clock
from tracker.domain.actor import Limit
from tracker.domain.database import fetch
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.people import queries
from tracker.domain.people.proofs import Method
from tracker.domain.people.second_step import Over, half_of
from tracker.domain.people.sessions import Entry, admit
from tracker.domain.people.sign_on_providers import SignOnDraft, confirm, remove, set_up
from tracker.domain.people.sign_on_tables import SignOn, SignOnIdentity
from tracker.domain.people.tables import SecondFactor
from tracker.settings import Settings


async def test_sign_on_is_set_up_tested_and_switched_off(
    signed_in: SignedIn, city: Browser, provider: Provider, cast: Cast
) -> None:
    admin = await Browser(city.app).sign_in(cast, "nairobi_administrator")
    await admin.open(f"/sign-ons?city={cast.nairobi}")
    assert SECRET not in admin.page.text
    assert provider.issuer in admin.page.text
    row = await SignOn.objects().first()
    assert row
    assert f"{HOST}/sign-on/{row.id}/back" in admin.text
    await admin.submit(f"/sign-ons/{row.id}/test")
    assert "Nairobi's sign-on answers" in admin.text
    provider.broken = {"/keys": (500, b"")}
    await admin.submit(f"/sign-ons/{row.id}/test")
    assert "cannot be used" in admin.text
    await admin.open(f"/sign-ons?city={cast.nairobi}")
    await admin.submit("/sign-ons", client_id="", issuer="nowhere")
    assert admin.page.status_code == 422
    assert "is no web address" in admin.text
    assert "Change the sign-on: Nairobi" in admin.text
    await admin.submit("/sign-ons", client_id=CLIENT, issuer=provider.issuer)
    assert admin.page.status_code == 303
    await admin.open(f"/sign-ons/{row.id}/off")
    assert "Switch the sign-on off: Nairobi" in admin.text
    await admin.submit(f"/sign-ons/{row.id}/off")
    assert (await city.open(f"/sign-on/{row.id}")).status_code == 404
    await admin.follow()
    await admin.submit(f"/sign-ons/{row.id}/on")
    assert (await city.open(f"/sign-on/{row.id}")).status_code == 303
    assert await SignOn.exists().where(SignOn.sealed.is_not_null()), "the secret is kept"
    token = {"csrf_token": "x"}
    for name in ("seoul_mayor", "nairobi_mayor", "auditor"):
        other = await Browser(city.app).sign_in(cast, name)
        assert (await other.post(f"/sign-ons/{row.id}/test", **token)).status_code in (403, 404)


async def test_hasty_save_replaces_no_sign_on(
    signed_in: SignedIn, city: Browser, cast: Cast
) -> None:
    admin = await Browser(city.app).sign_in(cast, "administrator")
    await admin.open("/sign-ons")
    form = next(each for each in forms(admin.page.text) if each.action == "/sign-ons")
    assert "city_id" not in form.fields, "no city is chosen"
    new = {"issuer": "https://other.example", "client_id": CLIENT}
    await admin.submit("/sign-ons", **new, city_id=str(cast.nairobi))
    assert admin.page.status_code == 422
    assert "has a sign-on already" in admin.text
    await admin.submit("/sign-ons", **new, city_id=str(cast.seoul))
    assert admin.page.status_code == 303


async def test_issuer_that_is_missing_without_https_or_at_no_server_says_so(
    signed_in: SignedIn, cast: Cast
) -> None:
    admin = await signed_in("nairobi_administrator")
    await admin.open("/sign-ons")
    assert "Choose a city" not in admin.text, "there is one only"
    await admin.submit("/sign-ons", city_id="", issuer="", client_id="")
    for field in ("city_id", "issuer", "client_id"):
        assert f'id="error-{field}"' in admin.page.text
    for issuer, text in (
        ("", "own address here"),
        ("http://login.example", "Only https is safe"),
        ("https://login..example", "“login..example” cannot be the name of a server"),
        ("https://login_a.example/x", "cannot be the name of a server"),
        (f"https://{'a' * 64}.example", "cannot be the name of a server"),
    ):
        await admin.submit("/sign-ons", city_id=str(cast.nairobi), issuer=issuer, client_id=CLIENT)
        assert admin.page.status_code == 422
        assert text in admin.text
        assert f'value="{issuer}"' in admin.page.text or not issuer


async def test_server_that_there_is_not_is_told_in_words(
    settings: Settings, signed_in: SignedIn, browser: Browser, cast: Cast
) -> None:
    draft = SignOnDraft(issuer="https://login.nowhere.invalid", client_id=CLIENT)
    row = await set_up(cast.administrator, cast.nairobi, draft)
    admin = await signed_in("nairobi_administrator")
    await admin.open("/sign-ons")
    await admin.submit(f"/sign-ons/{row.id}/test")
    told = "login.nowhere.invalid: There is no server with this name; check the address."
    assert told in admin.text
    assert "Errno" not in admin.text
    person = cast.nairobi_administrator.person_id
    await fetch("UPDATE person SET language = 'de' WHERE id = $1", person)
    await admin.submit(f"/sign-ons/{row.id}/test")
    assert "login.nowhere.invalid: Es gibt keinen Server mit diesem Namen;" in admin.text
    await browser.open(f"/sign-on/{row.id}")
    assert browser.page.status_code == 503
    assert "nowhere.invalid" not in browser.text


async def test_secret_is_for_the_issuer_that_gave_it(city: Browser, cast: Cast) -> None:
    moved = SignOnDraft(issuer="https://other.example", client_id=CLIENT)
    row = await set_up(cast.administrator, cast.nairobi, moved)
    await row.refresh()
    assert urlsplit(row.issuer).hostname == "other.example"
    assert not await SignOn.exists().where(SignOn.sealed.is_not_null())


async def test_sign_on_waits_for_the_secretariat_and_its_sessions_end_with_it(
    city: Browser, provider: Provider, cast: Cast, mails: list[dict[str, Any]]
) -> None:
    await enter(city, provider, as_("nairobi_mayor"), mails)
    secret = city.client.cookies["session"]
    moved = SignOnDraft(issuer=f"{provider.issuer}/other", client_id=CLIENT)
    row = await set_up(cast.nairobi_administrator, cast.nairobi, moved)
    assert not any((row.active, row.confirmed_at))
    assert await queries.actor_by_session(secret) is None
    assert (await city.open(f"/sign-on/{row.id}")).status_code == 404
    with pytest.raises(Forbidden):
        await confirm(cast.nairobi_administrator, row.id)
    with pytest.raises(Forbidden):
        await confirm(cast.officer, row.id)
    office = await Browser(city.app).sign_in(cast, "administrator")
    await office.open("/sign-ons")
    assert "Waits for the secretariat" in office.text
    again = SignOnDraft(issuer=f"{provider.issuer}/third", client_id=CLIENT)
    await set_up(cast.nairobi_administrator, cast.nairobi, again)
    await office.submit(f"/sign-ons/{row.id}/confirm")
    assert "was changed in the meantime" in office.text, "not the one that they looked at"
    token = await office.client.post(
        f"/sign-ons/{row.id}/on", data=forms(office.page.text)[-1].fields
    )
    assert "was changed in the meantime" in token.text
    assert not await SignOn.exists().where(SignOn.active == True)  # noqa: E712
    await office.submit(f"/sign-ons/{row.id}/confirm")
    await row.refresh()
    assert row.active


async def test_sign_on_that_is_switched_off_while_its_provider_answers_lets_nobody_in(
    city: Browser, provider: Provider, cast: Cast, mails: list[dict[str, Any]]
) -> None:
    await enter(city, provider, as_("nairobi_mayor"), mails)
    city.client.cookies.clear()
    provider.waits = asyncio.Event()
    coming = asyncio.create_task(go(city, provider, as_("nairobi_mayor")))
    await provider.reached.wait()
    off = SignOnDraft(issuer=provider.issuer, client_id=CLIENT, active=False)
    await set_up(cast.administrator, cast.nairobi, off)
    provider.waits.set()
    assert (await coming).status_code == 404
    assert not is_in(city)


async def test_programs_and_stale_browsers_set_no_sign_on_up(cast: Cast) -> None:
    draft = SignOnDraft(issuer="https://id.example.org", client_id=CLIENT)
    program = Limit(None, clock.now() + timedelta(days=1))
    old = clock.now() - timedelta(hours=1)
    for change in ({"limit": program}, {"proved_at": old}, {"sign_on_city": cast.nairobi}):
        with pytest.raises(Forbidden):
            await set_up(replace(cast.nairobi_administrator, **change), cast.nairobi, draft)
    assert not await SignOn.exists()


async def test_sign_on_that_is_removed_signs_everybody_out_and_knows_nobody_when_it_comes_back(
    city: Browser, provider: Provider, cast: Cast, mails: list[dict[str, Any]]
) -> None:
    await enter(city, provider, as_("nairobi_mayor"), mails)
    secret = city.client.cookies["session"]
    half = await half_signed_in(cast.nairobi_cio.person_id)
    admin = await Browser(city.app).sign_in(cast, "nairobi_administrator")
    await admin.open("/sign-ons")
    [path] = [each for each in admin.links if each.endswith("/remove")]
    await admin.open(path)
    assert "connections of accounts with this provider end" in admin.text
    await admin.submit(path)
    await admin.follow()
    assert "The sign-on is removed." in admin.text
    assert not [each for each in admin.links if each.endswith("/remove")]
    assert (await admin.open(path)).status_code == 404
    assert await queries.actor_by_session(secret) is None
    with pytest.raises(Over):
        await half_of(half.secret)
    await admin.open("/audit")
    assert "removed the own sign-on of Nairobi" in admin.text
    [kept] = await SignOn.objects()
    assert kept.ended_at
    assert (await city.open(f"/sign-on/{kept.id}")).status_code == 404
    assert not await SignOn.exists().where(SignOn.sealed.is_not_null()), "its secret is gone"
    with pytest.raises(Invalid, match="was removed"):
        await remove(cast.administrator, kept.id)
    with pytest.raises(Invalid, match="was removed"):
        await confirm(cast.administrator, kept.id)
    again = SignOnDraft(issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET)
    row = await set_up(cast.administrator, cast.nairobi, again)
    assert row.id != kept.id
    city.client.cookies.clear()
    await enter(city, provider, as_("nairobi_mayor"), mails)
    assert is_in(city), "after another mail"


async def half_signed_in(person_id: int | None) -> Entry:
    """By the only sign-on, and owing a code of their app."""
    now = clock.now()
    await SecondFactor(
        person=person_id, sealed="x", recovery_hashes=[], created_at=now, confirmed_at=now
    ).save()
    half = await admit(person_id or 0, Method.OPENID, sign_on=await SignOn.objects().first())
    assert await half_of(half.secret)
    return half


async def test_provider_of_another_city_as_well_keeps_whom_it_knows(
    city: Browser, provider: Provider, cast: Cast, mails: list[dict[str, Any]]
) -> None:
    await enter(city, provider, as_("nairobi_mayor"), mails)
    shared = SignOnDraft(issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET)
    await set_up(cast.administrator, cast.seoul, shared)
    [row] = await SignOn.objects().where(SignOn.city == cast.nairobi)
    for other in (cast.seoul_mayor, cast.nairobi_mayor, cast.auditor):
        with pytest.raises((Forbidden, NotFound)):
            await remove(other, row.id)
    await remove(cast.administrator, row.id)
    assert await SignOnIdentity.exists().where(SignOnIdentity.ended_at.is_null())
