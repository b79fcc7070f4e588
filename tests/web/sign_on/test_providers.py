"""Providers that lie, are down or are somewhere else."""

import asyncio
import socket
import ssl
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.cast import Cast
from tests.web.browser import HOST, Browser
from tests.web.provider import CLIENT, Provider
from tests.web.sign_on.visits import as_, enter, go, is_in
from tracker.domain import clock
from tracker.domain.networks import is_public
from tracker.domain.people.sign_on_tables import SignOn
from tracker.outward import Unasked, ask
from tracker.settings import Settings
from tracker.sign_on import provider as providers


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
    assert is_public(number) is public


@pytest.mark.parametrize("name", ["a..b.example", "xn--a.example", "a" * 64 + ".example"])
async def test_name_that_is_none_names_no_server(settings: Settings, name: str) -> None:
    with pytest.raises(Unasked, match="There is no server with this name"):
        await ask(settings, "GET", f"https://{name}/")


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("Faß.example", "xn--fa-hia.example"),
        ("xn--fa-hia.example", "xn--fa-hia.example"),
        ("βόλος.example", "xn--nxasmm1c.example"),
        ("क्\u200dष.example", "xn--11b2ezcw70k.example"),
        ("Mu\u0308nchen.example", "xn--mnchen-3ya.example"),
        ("J\u030c.example", "xn--ska.example"),
        ("chat.example", "chat.example"),
    ],
)
async def test_server_is_found_and_vouched_for_by_the_name_that_it_has(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, host: str, asked: str
) -> None:
    """`ß`, `ς` and joiners make names of their own (RFC 5894, 7.2), which resolvers change."""
    greeted, kept = list[str | None](), socket.getaddrinfo
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def greets(_socket: object, name: str | None, _secure: object) -> None:
        greeted.append(name)

    def found(name: Any, *given: Any, **told: Any) -> Any:
        here = name in (asked, asked.encode())
        return kept("127.0.0.1" if here else name, *given, **told)

    secure.sni_callback = greets
    monkeypatch.setattr(socket, "getaddrinfo", found)
    async with await asyncio.start_server(print, "127.0.0.1", 0, ssl=secure) as server:
        port = server.sockets[0].getsockname()[1]
        inside = replace(settings, sign_on_private=True)
        with pytest.raises(Unasked, match="cannot be reached"):
            await ask(inside, "GET", f"https://{host}:{port}/")
    assert greeted == [asked]


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
        "https://[::g]/",
        "https://[x/",
    ):
        with pytest.raises(Unasked):
            await ask(settings, "GET", address)
