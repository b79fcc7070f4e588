"""Digests posted to channels, against a server that takes them, refuses them or says nothing."""

import asyncio
import base64
import hmac
import json
import re
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from tests import factories
from tests.cast import Cast, email
from tests.workers.channels import Channel, posts, set_up
from tests.workers.conftest import Outbox, owe
from tracker import outward
from tracker.digests.posting import send as posting_send
from tracker.digests.posting import written
from tracker.domain import sealing
from tracker.domain.actor import Role
from tracker.domain.database import fetch
from tracker.domain.deliveries.tables import DeliveryState, Lane
from tracker.domain.digests import hooks
from tracker.domain.digests.hooks import FAILURES_MOST, Post, Target
from tracker.domain.digests.tables import DigestHook, HookFormat
from tracker.domain.people.actions import grant
from tracker.exchange.channels import WRITTEN, Message, parts_of
from tracker.settings import Settings
from tracker.workers.deliveries import deliver_batch

pytestmark = pytest.mark.usefixtures("reads")


async def test_digest_is_posted_once_and_signed(
    cast: Cast, posting: Outbox, channel: Channel
) -> None:
    await factories.joint_project(cast, "active", title="Permits <!channel> *in* a day")
    key = await set_up(cast, channel)
    await owe(cast, "nairobi_mayor", "seoul_mayor")
    await posting.drain()
    [(headers, body)] = channel.taken
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    secret = base64.b64decode(key.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(secret, signed, sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    said = json.dumps(json.loads(body), ensure_ascii=False)
    assert "/digests" not in said, "others cannot open what is its reader's alone"
    assert re.search(r"<https://tracker.example.org/projects/(ES-\d{4}-\d{4})\|\1>", said)
    assert "<https://tracker.example.org/projects|All projects>" in said
    assert "Permits &lt;!channel&gt;" in said
    assert "Dear " not in said
    assert "<!channel>" not in said
    [row] = await posts()
    assert (row.state, row.address, row.attempts) == (DeliveryState.SENT, "127.0.0.1", 1)
    [hook] = await DigestHook.objects()
    assert hook.sent_at
    assert "hooks/secret" not in str(await fetch("SELECT h.* FROM digest_hook h"))


async def test_post_tells_of_a_decision_and_answers_nothing(
    cast: Cast, posting: Outbox, channel: Channel
) -> None:
    await factories.joint_project(cast, "under_review")
    await set_up(cast, channel)
    await owe(cast, "nairobi_mayor")
    await posting.drain()
    [said] = map(json.dumps, channel.said)
    assert "Endorse the proposal" in said
    assert "/answers/" not in said
    assert "Whoever has this mail" not in said
    assert "\\u000" not in said, "no mark is left"


async def test_post_that_fails_goes_again_with_the_same_bytes(
    cast: Cast, posting: Outbox, channel: Channel
) -> None:
    await set_up(cast, channel, HookFormat.MATTERMOST)
    channel.statuses[:] = [500, 0]
    await owe(cast, "nairobi_mayor")
    await _until_sent(posting)
    assert len(channel.taken) == 3
    assert len({body for _, body in channel.taken}) == 1
    assert len({headers["webhook-id"] for headers, _ in channel.taken}) == 1
    [row] = await posts()
    assert (row.state, row.attempts, row.doubts) == (DeliveryState.SENT, 3, 1)
    [hook] = await DigestHook.objects()
    assert hook.failures == 0
    assert hook.last_error is None


async def test_words_of_a_server_are_kept_without_the_secret_of_its_address(
    cast: Cast, posting: Outbox, channel: Channel
) -> None:
    """Slack's has 24 letters and digits, which look like many a word."""
    channel.address += "/T0123/XdkfjW92mfkQpz81nvAl0wre"
    await set_up(cast, channel)
    channel.statuses[:] = [403]
    await owe(cast, "nairobi_mayor")
    await deliver_batch(posting.settings, Lane.BULK)
    await deliver_batch(posting.settings, Lane.HOOKS)
    [hook] = await DigestHook.objects()
    [row] = await posts()
    assert hook.last_error == row.last_error == "403 Cannot POST /hooks/…/T0123/…"


async def test_channel_that_fails_too_often_is_given_up_with_a_mail(
    cast: Cast, posting: Outbox, channel: Channel
) -> None:
    await set_up(cast, channel)
    await fetch("UPDATE digest_hook SET failures = $1", FAILURES_MOST - 1)
    channel.statuses[:] = [503]
    await owe(cast, "nairobi_mayor")
    await posting.drain()
    [row] = await posts()
    assert row.state == DeliveryState.FAILED
    [hook] = await DigestHook.objects()
    assert hook.gave_up
    subjects = [
        str(each["Subject"]) for each in posting.mails() if email("nairobi_mayor") in each["To"]
    ]
    assert "Your digests are not posted to 127.0.0.1 any more" in subjects
    await owe(cast, "nairobi_coordinator")
    await posting.drain()
    assert len(channel.taken) == 1


async def test_channel_that_is_gone_is_given_up_at_once(
    cast: Cast, posting: Outbox, channel: Channel
) -> None:
    await set_up(cast, channel)
    channel.statuses[:] = [410]
    await owe(cast, "nairobi_mayor")
    await posting.drain()
    [hook] = await DigestHook.objects()
    assert (hook.gave_up, hook.last_error) == (True, "410 no_service")


async def test_channel_that_says_what_no_row_takes_harms_no_other(
    cast: Cast, posting: Outbox, channel: Channel
) -> None:
    for who in ("nairobi_mayor", "seoul_mayor"):
        await set_up(cast, channel, who=who)
    channel.statuses[:], channel.words = [500], b"no\0 \xff"
    await owe(cast, "nairobi_mayor", "seoul_mayor")
    await deliver_batch(posting.settings, Lane.BULK)
    await deliver_batch(posting.settings, Lane.HOOKS)
    assert len(channel.taken) == 2
    waiting, sent = sorted(await posts(), key=lambda each: each.state)
    assert (waiting.state, waiting.last_error) == (DeliveryState.READY, "500 no\ufffd \ufffd")
    assert (sent.state, sent.doubts) == (DeliveryState.SENT, 0)


@pytest.mark.parametrize(("words", "length"), [(b"x" * 400_000, None), (b"ok", 9)])
async def test_post_that_is_taken_with_many_words_or_too_few_goes_once(
    cast: Cast,
    posting: Outbox,
    channel: Channel,
    monkeypatch: pytest.MonkeyPatch,
    words: bytes,
    length: int | None,
) -> None:
    """The status says that it has it."""
    monkeypatch.setattr(outward, "WORDS_SECONDS", 0.1)
    await set_up(cast, channel)
    channel.words, channel.length = words, length
    await owe(cast, "nairobi_mayor")
    await posting.drain()
    assert len(channel.taken) == 1
    [row] = await posts()
    assert (row.state, row.attempts, row.doubts) == (DeliveryState.SENT, 1, 0)


@pytest.mark.parametrize("name", ["a..b.example", "xn--a.example"])
async def test_channel_whose_name_is_none_harms_no_other(
    cast: Cast, posting: Outbox, channel: Channel, name: str
) -> None:
    await set_up(cast, channel)
    await set_up(cast, channel, who="seoul_mayor")
    person = cast.seoul_mayor.person_id
    address = sealing.sealed(f"https://{name}/x", f"digest_hook {person}")
    await fetch("UPDATE digest_hook SET address = $1 WHERE person = $2", address, person)
    await owe(cast, "seoul_mayor", "nairobi_mayor")
    await deliver_batch(posting.settings, Lane.BULK)
    await deliver_batch(posting.settings, Lane.HOOKS)
    assert len(channel.taken) == 1
    waiting, _ = sorted(await posts(), key=lambda each: each.state)
    assert (waiting.state, waiting.doubts) == (DeliveryState.READY, 0)
    assert waiting.last_error == outward.NAMELESS


async def test_mail_of_a_channel_that_is_given_up_says_why_in_its_readers_language(
    cast: Cast, posting: Outbox
) -> None:
    await set_up(cast, Channel("https://chat.nowhere.invalid/x"), who="seoul_mayor")
    await fetch("UPDATE digest_hook SET failures = $1", FAILURES_MOST - 1)
    await owe(cast, "seoul_mayor")
    await posting.drain()
    [mail] = [each for each in posting.mails() if "chat.nowhere.invalid" in each["Subject"]]
    for part in mail.iter_parts():
        said = re.sub(r"<[^>]+>", "", part.get_content())
        assert "사유: 이 이름의 서버가 없습니다. 주소를 확인하십시오." in said


async def test_channel_that_is_sealed_with_another_key_harms_no_other(
    cast: Cast, posting: Outbox, channel: Channel
) -> None:
    for who in ("seoul_mayor", "nairobi_mayor"):
        await set_up(cast, channel, who=who)
    person = cast.seoul_mayor.person_id
    await fetch("UPDATE digest_hook SET address = 'v1.xxx' WHERE person = $1", person)
    await owe(cast, "seoul_mayor", "nairobi_mayor")
    await posting.drain()
    assert len(channel.taken) == 1
    locked, other = sorted(await posts(), key=lambda each: each.state)
    assert (locked.person, locked.state, locked.last_error) == (
        person,
        DeliveryState.FAILED,
        hooks.LOCKED,
    )
    assert other.state == DeliveryState.SENT
    [hook] = await DigestHook.objects().where(DigestHook.person == person)
    assert hook.last_error == hooks.LOCKED, "its person sees it"


async def test_post_of_which_nobody_knows_stays_in_doubt_and_the_others_go(
    cast: Cast, posting: Outbox, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in ("seoul_mayor", "nairobi_mayor"):
        await set_up(cast, channel, who=who)
    calls = 0

    async def send(*arguments: Any) -> tuple[int, str]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("a fault of ours")
        return await posting_send(*arguments)

    monkeypatch.setattr("tracker.workers.hooks.send", send)
    await owe(cast, "seoul_mayor", "nairobi_mayor")
    await deliver_batch(posting.settings, Lane.BULK)
    await deliver_batch(posting.settings, Lane.HOOKS)
    states = sorted(str(each.state) for each in await posts())
    assert states == [DeliveryState.IN_DOUBT, DeliveryState.SENT]


async def test_address_inside_is_not_asked(cast: Cast, outbox: Outbox, channel: Channel) -> None:
    await set_up(cast, channel)
    await owe(cast, "nairobi_mayor")
    await deliver_batch(outbox.settings, Lane.BULK)
    await deliver_batch(outbox.settings, Lane.HOOKS)
    assert channel.taken == []
    [row] = await posts()
    assert (row.state, row.doubts) == (DeliveryState.READY, 0)
    assert "Only https is asked" in str(row.last_error)


@pytest.mark.parametrize("another_role", [False, True])
async def test_what_waits_is_called_off_with_the_channel_and_its_persons_roles(
    cast: Cast, posting: Outbox, channel: Channel, another_role: bool
) -> None:
    """What is frozen tells of the city that they left, whatever other role they keep."""
    await set_up(cast, channel)
    await owe(cast, "nairobi_mayor")
    await deliver_batch(posting.settings, Lane.BULK)
    person = cast.nairobi_mayor.person_id or 0
    await fetch("UPDATE membership SET ended_at = now() WHERE person = $1", person)
    if another_role:
        await grant(cast.system, person, cast.lima, Role.COORDINATOR)
    await posting.drain()
    assert channel.taken == []
    [row] = await posts()
    assert row.state == DeliveryState.CANCELLED


OWN = """{subject}
3 May · Seoul

Decisions for you
-----------------

- Sign: Permits (ES-2026-0001), Seoul
  until 3 May
  https://tracker.example.org/decisions/4
  and 2 more: https://tracker.example.org/digests/7/whole#decisions

Lessons
-------

- Ask first
  and 1 more: https://tracker.example.org/projects/ES-2026-0001/results#lessons
"""


@pytest.mark.parametrize("name", list(HookFormat))
@pytest.mark.parametrize("project", [None, "ES-2026-0001"])
def test_channel_says_the_subject_once_and_leads_to_projects_alone(
    settings: Settings, name: HookFormat, project: str | None
) -> None:
    settings = replace(settings, base_url="https://tracker.example.org")
    target = Target(1, name, "https://chat.example.org/x", "")
    text = "Dear Zoë,\n\n" + OWN.format(subject="\u200f1 needs you") + "\n--\nOnly for you"
    said = json.dumps(
        json.loads(written(settings, Post(target, "1 needs you", text, "en", project))),
        ensure_ascii=False,
    )
    assert said.count("1 needs you") == (2 if name is HookFormat.SLACK else 1), "and its summary"
    assert "and 2 more" in said
    assert not re.search(r"tracker\.example\.org/(decisions|digests)", said)
    assert ("Read it on the web" in said, "All projects" in said) == (bool(project), not project)
    assert re.search(r"[(<]https://tracker.example.org/projects/ES-2026-0001[)|]", said)
    assert re.search(r"[(<]https://tracker.example.org/projects/ES-2026-0001/results#lessons", said)
    assert "Sign: Permits" in said


TEXT = """Dear Zoë,

2 projects on track

Decisions for you
-----------------

- Sign: [x](https://evil.example) @all (ES-2026-0001), Nairobi
  until 3 May
  https://tracker.example.org/decisions/4_a

--
Only for you: https://tracker.example.org/secret
"""


@pytest.mark.parametrize("name", list(HookFormat))
def test_message_shows_what_people_wrote_and_obeys_none_of_it(name: HookFormat) -> None:
    parts = parts_of(TEXT)
    assert [part.heading for part in parts] == ["", "Decisions for you"]
    projects = "https://tracker.example.org/projects"
    message = Message("2 on track <@U1>", parts, projects, "Read", projects)
    body = WRITTEN[name](message)
    said = body.decode()
    assert "Zo" not in said
    assert "/secret" not in said
    assert "https://tracker.example.org/decisions/4_a" in said
    if name is HookFormat.SLACK:
        assert json.loads(body)["text"] == "2 on track &lt;@U1&gt;"
        assert json.loads(body)["blocks"][2]["text"]["text"].startswith(
            "*Decisions for you*\n- Sign"
        )
    else:
        assert "@all" not in said
        assert "<@U1>" not in said
        assert "[x](" not in said
    sentence = parts_of(TEXT.replace("Sign", "Sign " + "long " * 9000))
    long = Message("T" * 400, sentence, "https://a", "b", projects)
    assert len(WRITTEN[name](long)) < 28_000


async def _until_sent(posting: Outbox) -> None:
    """Work, without the ledger's pauses and leases."""
    async with asyncio.timeout(20):
        while not (found := await posts()) or found[0].state != DeliveryState.SENT:
            for lane in (Lane.BULK, Lane.HOOKS):
                await deliver_batch(posting.settings, lane)
            await fetch("UPDATE delivery SET next_try_at = now() WHERE kind = 'hook'")
            await fetch("UPDATE delivery SET lease_until = now() WHERE kind = 'hook'"
                        " AND state = 'in_doubt'")  # fmt: skip
