"""The page of the channel that one's digests are posted to."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from tests.cast import Cast
from tests.web.conftest import SignedIn
from tracker.digests import posting
from tracker.domain import clock
from tracker.domain.database import fetch
from tracker.domain.digests import hooks
from tracker.domain.digests.hooks import HookDraft, Target
from tracker.domain.digests.tables import DigestHook, HookFormat
from tracker.domain.installation import choosing, chosen
from tracker.locale import Reader
from tracker.outward import NAMELESS
from tracker.settings import Settings

ADDRESS = "https://hooks.example.org/services/T0/s3cret"


async def test_channel_is_set_up_its_key_shown_once_and_ended(signed_in: SignedIn) -> None:
    mayor = await signed_in("nairobi_mayor")
    await mayor.open("/digests")
    assert "/digests/channel" in mayor.links
    await mayor.open("/digests/channel")
    await mayor.submit("/digests/channel", format="teams", address="hooks.example.org")
    assert mayor.page.status_code == 422
    assert "is no web address" in mayor.text
    assert 'value="teams" checked' in mayor.page.text
    await mayor.submit("/digests/channel", format="teams", address=" ")
    assert "Address of its incoming webhook: Write something here." in mayor.text
    assert "is no web address" not in mayor.text
    await mayor.submit("/digests/channel", format="teams", address=ADDRESS)
    assert len(set(re.findall(r"whsec_[\w+/=]{44}", mayor.page.text))) == 1
    await mayor.open("/digests/channel")
    assert "whsec_" not in mayor.page.text
    assert "s3cret" not in mayor.page.text
    assert "hooks.example.org" in mayor.text
    [action] = [each for each in mayor.actions if each.endswith("/end")]
    await mayor.submit(action)
    await mayor.open("/digests/channel")
    assert "Set up a channel" in mayor.text
    [hook] = await DigestHook.objects()
    assert hook.ended_at
    assert not hook.gave_up


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://hooks.example.org/x", ["posted by https alone"]),
        ("http://127.0.0.1:9/x", ["posted by https alone", "inside a private network"]),
        ("https://10.1.2.3/x", ["inside a private network"]),
        ("https://[::1]/x", ["inside a private network"]),
        ("https://LOCALHOST:8443/x", ["inside a private network"]),
        ("https://chat example.org/x", ["is no web address"]),
        ("https://a..b.example/x", ["“a..b.example” cannot be the name of a server"]),
        ("https://.b.example/x", ["cannot be the name of a server"]),
        ("https://chat%20.example.org/x", ["cannot be the name of a server"]),
        ("https://chat_a.example.org/x", ["cannot be the name of a server"]),
        ("https://-chat.example.org/x", ["cannot be the name of a server"]),
        ("https://xn--a.example/x", ["cannot be the name of a server"]),
        ("https://999.1.1.1/x", ["cannot be the name of a server"]),
        ("https://①.example/x", ["cannot be the name of a server"]),
        ("https://１.example/x", ["cannot be the name of a server"]),
        ("https://\u0301a.example/x", ["cannot be the name of a server"]),
        ("https://\u200da.example/x", ["cannot be the name of a server"]),
        ("https://www.xn--a.example/x", ["cannot be the name of a server"]),
        (f"https://{'a' * 64}.example/x", ["cannot be the name of a server"]),
        (f"https://{'ü' * 60}.example/x", ["cannot be the name of a server"]),
        (f"https://{'a.' * 125}example/x", ["cannot be the name of a server"]),
        ("http://a..b.example/x", ["posted by https alone", "cannot be the name of a server"]),
    ],
)
async def test_address_that_nothing_is_ever_posted_to_is_refused(
    signed_in: SignedIn, address: str, said: list[str]
) -> None:
    mayor = await signed_in("nairobi_mayor")
    await mayor.open("/digests/channel")
    await mayor.submit("/digests/channel", format="teams", address=address)
    assert mayor.page.status_code == 422
    assert all(each in mayor.text for each in said)
    assert address in mayor.page.text
    assert 'value="teams" checked' in mayor.page.text
    assert await DigestHook.count() == 0


@pytest.mark.parametrize(
    "address",
    [
        f"https://{'a' * 63}.Example.org./x",
        "https://münchen.example/x",
        "https://mu\u0308nchen.example/x",
        "https://MÜNCHEN.example./x",
        "https://J\u030c.example/x",
        "https://xn--mnchen-3ya.example/x",
        "https://Faß.example/x",
        "https://क्\u200dष.example/x",
        "https://r3---chat.example/x",
        "https://दिल्ली.भारत/x",
        "https://例子。中国/x",
        "https://8.8.8.8:8443/x",
    ],
)
async def test_names_of_servers_in_every_script_are_taken(
    signed_in: SignedIn, address: str
) -> None:
    mayor = await signed_in("nairobi_mayor")
    await mayor.open("/digests/channel")
    await mayor.submit("/digests/channel", format="slack", address=address)
    assert mayor.page.status_code == 200
    assert await DigestHook.count() == 1


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("http://127.0.0.1:9000/x", True),
        ("http://127.0.0.1:9001/x", False),
        ("http://Chat.city.example/x", True),
        ("https://chat.city.example:8443/x", True),
        ("http://elsewhere.city.example/x", False),
        ("http://[fd00::1]:80/x", True),
        ("http://[fd00::2]/x", False),
    ],
)
async def test_servers_that_the_operator_names_may_be_inside(
    signed_in: SignedIn, address: str, allowed: bool
) -> None:
    named = ("127.0.0.1:9000", "chat.city.example", "[fd00::1]")
    mayor = await signed_in("nairobi_mayor")
    await mayor.open("/digests/channel")
    with choosing(replace(chosen(), private_channels=named)):
        await mayor.submit("/digests/channel", format="mattermost", address=address)
    assert (mayor.page.status_code, await DigestHook.count()) == ((200, 1) if allowed else (422, 0))


async def test_trial_of_a_private_address_says_why_it_is_refused(
    signed_in: SignedIn, cast: Cast
) -> None:
    officer = cast.officer
    draft = HookDraft(format=HookFormat.SLACK, address="https://127.0.0.1:9/x")
    with choosing(replace(chosen(), private_channels=("127.0.0.1",))):
        await hooks.set_up_hook(officer, officer.person_id or 0, draft)
    browser = await signed_in("officer")
    await browser.open("/digests/channel")
    await browser.submit("/digests/channel/try")
    assert browser.page.status_code == 200
    assert "inside a private network" in browser.text


async def test_why_a_channel_fails_is_told_in_its_readers_language(signed_in: SignedIn) -> None:
    mayor = await signed_in("seoul_mayor")
    await mayor.open("/digests/channel")
    address = "https://chat.nowhere.invalid/x"
    await mayor.submit("/digests/channel", format="teams", address=address)
    await mayor.open("/digests/channel")
    await mayor.submit("/digests/channel/try")
    assert mayor.page.status_code == 200
    told = "이 이름의 서버가 없습니다. 주소를 확인하십시오."
    assert told in mayor.text
    for said, shown in ((str(NAMELESS), told), ("503 no_service", "503 no_service")):
        await fetch("UPDATE digest_hook SET failures = 1, last_error = $1", said)
        await mayor.open("/digests/channel")
        assert shown in mayor.text


async def test_trial_of_a_channel_that_nobody_can_read_says_what_to_do(
    signed_in: SignedIn, cast: Cast
) -> None:
    mayor = cast.nairobi_mayor
    draft = HookDraft(format=HookFormat.SLACK, address=ADDRESS)
    hook, _ = await hooks.set_up_hook(mayor, mayor.person_id or 0, draft)
    await DigestHook.update({DigestHook.key: "v1.xxx"}).where(DigestHook.id == hook.id)
    browser = await signed_in("nairobi_mayor")
    await browser.open("/digests/channel")
    await browser.submit("/digests/channel/try")
    assert browser.page.status_code == 200
    assert hooks.LOCKED in browser.text


async def test_trial_speaks_the_language_of_whose_channel_it_is(
    signed_in: SignedIn, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[bytes] = []

    async def send(_settings: Settings, _target: Target, _number: str, body: bytes) -> Any:
        posted.append(body)
        return 200, "ok"

    monkeypatch.setattr(posting, "send", send)
    actor = cast.seoul_mayor
    draft = HookDraft(format=HookFormat.SLACK, address=ADDRESS)
    await hooks.set_up_hook(actor, actor.person_id or 0, draft)
    mayor = await signed_in("seoul_mayor")
    await mayor.open("/digests/channel")
    await mayor.submit("/digests/channel/try")
    [body] = posted
    assert Reader("ko").gettext(posting.TRIAL) in str(orjson.loads(body))


async def test_channel_that_was_tried_too_often_says_when_it_can_be_tried_again(
    signed_in: SignedIn, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = 0

    async def send(*_: Any) -> Any:
        nonlocal tried
        tried += 1
        return 200, "ok"

    monkeypatch.setattr(posting, "send", send)
    draft = HookDraft(format=HookFormat.SLACK, address=ADDRESS)
    await hooks.set_up_hook(cast.nairobi_mayor, cast.nairobi_mayor.person_id or 0, draft)
    mayor = await signed_in("nairobi_mayor")
    await mayor.open("/digests/channel")
    for _ in range(20):
        await mayor.submit("/digests/channel/try")
        assert mayor.page.status_code == 200
    await mayor.submit("/digests/channel/try")
    assert (mayor.page.status_code, tried) == (429, 20)
    assert re.search(r"try it again after \w+ \d+, 20\d\d, \d\d:\d\d", mayor.text)
    assert "hooks.example.org" in mayor.text, "the channel stands there as before"


async def test_channel_takes_a_fresh_proof_and_is_nobody_elses(
    signed_in: SignedIn, cast: Cast
) -> None:
    mayor = await signed_in("nairobi_mayor")
    await mayor.open("/digests/channel")
    token = mayor.token
    with clock.at(clock.now() + timedelta(minutes=11)):
        await mayor.submit("/digests/channel", format="slack", address=ADDRESS)
        assert mayor.page.headers["location"] == "/sign-in?next=/digests/channel"
    assert await DigestHook.count() == 0
    draft = HookDraft(format=HookFormat.SLACK, address=ADDRESS)
    hook, _ = await hooks.set_up_hook(cast.officer, cast.officer.person_id or 0, draft)
    await mayor.post(f"/digests/channel/{hook.id}/end", csrf_token=token)
    assert mayor.page.status_code == 404
    await mayor.post("/digests/channel/try", csrf_token=token)
    assert mayor.page.status_code == 404
