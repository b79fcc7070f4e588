"""Signing in with a city's own sign-on, against a provider on a real port."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from litestar import Litestar
from uvicorn import Config, Server

from tests.cast import Cast, email
from tests.web.browser import HOST, Browser, forms
from tests.web.conftest import SignedIn
from tests.web.provider import CLIENT, SECRET, Provider
from tracker.app import create_app
from tracker.domain import clock
from tracker.domain.actor import Limit
from tracker.domain.errors import Forbidden
from tracker.domain.installation import choosing
from tracker.domain.people import factors, queries
from tracker.domain.people.actions import grant
from tracker.domain.people.addresses import ask_change
from tracker.domain.people.invitations import InvitationDraft, send_invitation
from tracker.domain.people.sign_on import SignOnDraft, confirm, set_up
from tracker.domain.people.sign_on_tables import SignOn
from tracker.domain.people.tables import Person, Session
from tracker.domain.people.tokens import issue_token
from tracker.domain.roles import Role
from tracker.settings import Settings
from tracker.sign_on import provider as providers
from tracker.sign_on.outward import Unasked, _is_public, ask
from tracker.web import posting


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Nairobi's provider, at an address of its own."""
    made = Provider()
    server = Server(config := Config(made, port=0, lifespan="off", log_level="error"))
    listening = config.bind_socket()
    made.issuer = f"http://127.0.0.1:{listening.getsockname()[1]}"
    task = asyncio.create_task(server.serve([listening]))
    yield made
    server.should_exit = True
    await task


@pytest.fixture
async def city(
    settings: Settings, app: Litestar, cast: Cast, provider: Provider
) -> AsyncIterator[Browser]:
    """A browser at an installation where Nairobi's people sign in with their own sign-on."""
    private = replace(settings, base_url=HOST, sign_on_private=True)
    with choosing(private):
        draft = SignOnDraft(issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET)
        row = await set_up(cast.nairobi_administrator, cast.nairobi, draft)
        await confirm(cast.administrator, row.id)
        yield Browser(create_app(private))


def as_(name: str) -> dict[str, Any]:
    """A member of the cast as the provider knows them."""
    return {"sub": f"subject of {name}", "email": email(name), "email_verified": True}


async def go(browser: Browser, provider: Provider, user: dict[str, Any]) -> httpx.Response:
    """There and back."""
    provider.user = user
    await browser.open("/sign-on?next=/digests")
    [link] = [each for each in browser.links if each.startswith("/sign-on/")]
    await browser.open(link)
    assert browser.page.status_code == 303, browser.text
    async with httpx.AsyncClient() as client:
        answer = await client.get(browser.page.headers["location"])
    return await browser.open(answer.headers["location"].removeprefix(HOST))


@pytest.fixture(autouse=True)
def mails(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the mails say that would be sent, the newest last."""
    sent: list[dict[str, Any]] = []

    async def keep(_: Any, to: tuple[str, str], _template: str, told: Any, _reader: Any) -> None:
        sent.append({**told, "to": to[1]})

    monkeypatch.setattr(posting, "_mail", keep)
    return sent


async def enter(
    browser: Browser, provider: Provider, user: dict[str, Any], mails: list[dict[str, Any]]
) -> httpx.Response:
    """There and back for the first time, and by the mail to the address."""
    await go(browser, provider, user)
    assert browser.page.status_code == 200, browser.text
    assert not is_in(browser), "a mail has to prove the address"
    await browser.open(mails[-1]["link"].removeprefix(HOST))
    return await browser.submit("/sign-on/confirm")


def is_in(browser: Browser) -> bool:
    """Whether the browser has a session."""
    return "session" in browser.client.cookies


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


async def test_address_that_the_provider_tells_when_asked(
    city: Browser, provider: Provider, mails: list[dict[str, Any]]
) -> None:
    provider.lies = {"email": None, "email_verified": None}
    provider.told = {"sub": "somebody else"}
    await go(city, provider, as_("nairobi_mayor"))
    assert city.page.status_code == 503
    assert not is_in(city)
    provider.told = {}
    await enter(city, provider, as_("nairobi_mayor"), mails)
    assert city.page.headers["location"] == "/digests"


async def test_address_that_was_given_to_somebody_else_brings_nobody_in(
    city: Browser, provider: Provider, mails: list[dict[str, Any]]
) -> None:
    await enter(city, provider, as_("nairobi_mayor"), mails)
    city.client.cookies.clear()
    await go(city, provider, as_("nairobi_mayor") | {"sub": "another"})
    assert "knows somebody else by your address" in mails[-1]["why"]
    assert not is_in(city)


LIES: dict[str, dict[str, Any]] = {
    "issuer": {"iss": "https://elsewhere.example"},
    "audience": {"aud": "another client"},
    "two audiences without a party": {"aud": [CLIENT, "another"]},
    "another party": {"azp": "another"},
    "nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "expired": {"exp": int(time.time()) - 3600},
    "no expiry": {"exp": None},
    "long ago": {"iat": int(time.time()) - 7200},
    "not yet": {"iat": int(time.time()) + 7200},
    "no subject": {"sub": None},
    "hash of another token": {"at_hash": "AAAA"},
}


@pytest.mark.parametrize("lie", list(LIES))
async def test_id_token_that_is_not_to_be_believed(
    city: Browser, provider: Provider, lie: str
) -> None:
    provider.lies = LIES[lie]
    await go(city, provider, as_("nairobi_mayor"))
    assert city.page.status_code == 503
    assert not is_in(city)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_signature_that_anybody_can_make(
    city: Browser, provider: Provider, algorithm: str
) -> None:
    provider.algorithm = algorithm
    await go(city, provider, as_("nairobi_mayor"))
    assert city.page.status_code == 503
    assert not is_in(city)


async def test_keys_are_kept_and_asked_for_anew_when_they_changed(
    city: Browser, provider: Provider, monkeypatch: pytest.MonkeyPatch, mails: list[dict[str, Any]]
) -> None:
    await enter(city, provider, as_("nairobi_mayor"), mails)
    for _ in range(2):
        await go(city, provider, as_("nairobi_mayor"))
    assert provider.asked.count("/keys") == 1
    provider.rotate()
    await go(city, provider, as_("nairobi_mayor"))
    assert city.page.status_code == 503, "asked again at most once a minute"
    monkeypatch.setattr(providers, "ANEW_SECONDS", 0.0)
    await go(city, provider, as_("nairobi_mayor"))
    assert city.page.headers["location"] == "/digests"


async def test_answer_of_another_provider_or_browser_or_time(
    city: Browser, provider: Provider, cast: Cast
) -> None:
    provider.user = as_("nairobi_mayor")
    row = await SignOn.objects().first()
    assert row
    for change in ("iss", "no iss", "state", "no cookie", "old"):
        await city.open(f"/sign-on/{row.id}")
        query = httpx.URL(city.page.headers["location"]).params
        back = httpx.URL(provider.authorized(dict(query))).copy_remove_param("none")
        if change == "iss":
            back = back.copy_set_param("iss", "https://evil.example")
        elif change == "no iss":
            back = back.copy_remove_param("iss")
        elif change == "state":
            back = back.copy_set_param("state", "another")
        elif change == "no cookie":
            city.client.cookies.clear()
        moment = clock.now() + timedelta(minutes=11 if change == "old" else 0)
        with clock.at(moment):
            await city.open(str(back).removeprefix(HOST))
        assert city.page.status_code in (400, 503), change
        assert not is_in(city)


async def test_provider_that_is_down_or_talks_nonsense(city: Browser, provider: Provider) -> None:
    discovery = "/.well-known/openid-configuration"
    for path, answer in (
        ("/token", (500, b"oops")),
        ("/keys", (200, b'{"keys": 3}')),
        ("/token", (200, b"{" + b" " * 300_000 + b"}")),
        (discovery, (302, b"{}")),
        (discovery, (200, b'{"issuer": "https://elsewhere.example"}')),
    ):
        providers._known.clear()
        provider.broken = {path: answer}
        if path == discovery:
            row = await SignOn.objects().first()
            assert row
            await city.open(f"/sign-on/{row.id}")
        else:
            await go(city, provider, as_("nairobi_mayor"))
        assert city.page.status_code == 503
        assert "/sign-in" in city.links, "there is another way in"


@pytest.mark.parametrize(
    ("number", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::a00:1", False),
        ("2002:a00:1::1", False),
        ("2001::1", False),
        ("2001:db8::1", False),
        ("::10.0.0.1", False),
        ("fec0::1", False),
        ("fe80::1%eth0", False),
        ("ff02::1", False),
        ("192.88.99.1", False),
    ],
)
def test_only_addresses_of_the_public_are_asked(number: str, public: bool) -> None:
    assert _is_public(number) is public


async def test_nobody_is_asked_inside_a_private_network(settings: Settings) -> None:
    for address in (
        "http://example.org/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "ftp://example.org/",
        "https://user@example.org/",
    ):
        with pytest.raises(Unasked):
            await ask(settings, "GET", address)


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


async def test_issuer_that_is_missing_or_without_https_says_so(
    signed_in: SignedIn, cast: Cast
) -> None:
    admin = await signed_in("nairobi_administrator")
    await admin.open("/sign-ons")
    for issuer, text in (("", "own address here"), ("http://login.example", "Only https is safe")):
        await admin.submit("/sign-ons", city_id=str(cast.nairobi), issuer=issuer, client_id=CLIENT)
        assert admin.page.status_code == 422
        assert text in admin.text


async def test_server_that_there_is_not_is_told_in_words(
    settings: Settings, signed_in: SignedIn, browser: Browser, cast: Cast
) -> None:
    draft = SignOnDraft(issuer="https://login.nowhere.invalid", client_id=CLIENT)
    row = await set_up(cast.administrator, cast.nairobi, draft)
    admin = await signed_in("nairobi_administrator")
    await admin.open("/sign-ons")
    await admin.submit(f"/sign-ons/{row.id}/test")
    assert "there is no server called login.nowhere.invalid" in admin.text
    assert "Errno" not in admin.text
    await browser.open(f"/sign-on/{row.id}")
    assert browser.page.status_code == 503
    assert "nowhere.invalid" not in browser.text


async def test_secret_is_for_the_issuer_that_gave_it(city: Browser, cast: Cast) -> None:
    moved = SignOnDraft(issuer="https://other.example", client_id=CLIENT)
    row = await set_up(cast.administrator, cast.nairobi, moved)
    await row.refresh()
    assert urlsplit(row.issuer).hostname == "other.example"
    assert not await SignOn.exists().where(SignOn.sealed.is_not_null())


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
    await office.submit(f"/sign-ons/{row.id}/confirm")
    await row.refresh()
    assert row.active


async def test_programs_and_stale_browsers_set_no_sign_on_up(cast: Cast) -> None:
    draft = SignOnDraft(issuer="https://id.example.org", client_id=CLIENT)
    program = Limit(None, clock.now() + timedelta(days=1))
    old = clock.now() - timedelta(hours=1)
    for change in ({"limit": program}, {"proved_at": old}, {"sign_on_city": cast.nairobi}):
        with pytest.raises(Forbidden):
            await set_up(replace(cast.nairobi_administrator, **change), cast.nairobi, draft)
    assert not await SignOn.exists()
