"""The feed of one's digests: at an address that is made, replaced and revoked by its reader."""

import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from piccolo.columns import Column

from tests import factories
from tests.cast import Cast, email
from tests.web.browser import HOST, Browser, client
from tests.web.conftest import SignedIn
from tests.workers.conftest import Outbox, outbox, owe, reads
from tracker.domain import clock
from tracker.domain.deliveries import suppressing
from tracker.domain.deliveries.tables import Delivery
from tracker.domain.digests import actions, feeds
from tracker.domain.digests.tables import DigestFeed, DigestIssue
from tracker.domain.people.tables import Membership
from tracker.domain.resending import actions as resending
from tracker.graphql import execute

__all__ = ["outbox", "reads"]

ATOM = "{http://www.w3.org/2005/Atom}"
BODY = "<p>3 &amp; <b>more</b> \x0c🏙</p>"
HTML = f"""<!DOCTYPE html><html lang="en"><head><title>3</title><style>p {{}}</style></head>
<body class="paper" style="margin:0;">
<div style="display:none; max-height:0; overflow:hidden;">1 – 7 June</div>
{BODY}
</body>
</html>"""


async def test_feed_holds_each_digest_as_it_was_sent(signed_in: SignedIn, cast: Cast) -> None:
    issue = await _sent(cast, "nairobi_mayor", "3 on track <now>")
    await _sent(cast, "seoul_mayor", "Somebody else's")
    mayor = await signed_in("nairobi_mayor")
    program, address = await _program(mayor)
    answer = await program.get(address)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert answer.headers["referrer-policy"] == "no-referrer"
    root = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
    assert root.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated", "author"):
        assert root.find(f"{ATOM}{name}") is not None
    [entry] = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "3 on track <now>"
    fragment = f'<div lang="en" dir="ltr">{BODY}</div>'.replace("\x0c", "")
    assert entry.findtext(f"{ATOM}content") == fragment, "RFC 4287, 3.1.1.2"
    assert entry.findtext(f"{ATOM}id") == "mid:digest.1@tracker.test"
    links = {each.get("rel"): each.get("href") for each in entry.findall(f"{ATOM}link")}
    assert links == {"alternate": f"{HOST}/digests/{issue.id}"}


@pytest.mark.usefixtures("reads")
async def test_feed_holds_a_digest_whose_first_mail_was_never_written(
    signed_in: SignedIn, cast: Cast, outbox: Outbox
) -> None:
    await factories.joint_project(cast, "active")
    [number] = await owe(cast, "nairobi_mayor")
    stopped = await suppressing.add(cast.administrator, email("nairobi_mayor"), "It came back.")
    await outbox.drain()
    program, address = await _program(await signed_in("nairobi_mayor"))
    assert "<entry" not in (await program.get(address)).text
    await suppressing.lift(cast.administrator, stopped.id, "It exists again.")
    for reason in ("It can come now.", "It never came."):
        await resending.resend(cast.administrator, number, reason)
        await outbox.drain()
    first, _ = outbox.mails()
    root = ElementTree.fromstring((await program.get(address)).content)  # noqa: S314 - our own
    [entry] = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"mid:{str(first['Message-ID']).strip('<>')}"
    told = await execute("{ digestIssues { nodes { messageId sentAt } } }", {}, cast.nairobi_mayor)
    [node] = told["digestIssues"]["nodes"]
    assert node["messageId"] == str(first["Message-ID"])
    assert node["sentAt"]


async def test_feed_is_sent_again_only_when_it_changed(signed_in: SignedIn, cast: Cast) -> None:
    await _sent(cast, "nairobi_mayor", "First")
    program, address = await _program(await signed_in("nairobi_mayor"))
    first = await program.get(address)
    known = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
    again = await program.get(address, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    await _sent(cast, "nairobi_mayor", "Second", number=2)
    changed = await program.get(address, headers=known)
    assert changed.status_code == 200
    titles = re.findall("<title>(.*?)</title>", changed.text)
    assert titles == ["Your digests", "Second", "First"]


async def test_feed_that_is_renewed_or_revoked_leads_nowhere(signed_in: SignedIn) -> None:
    mayor = await signed_in("nairobi_mayor")
    program, former = await _program(mayor)
    assert (await program.get(former)).status_code == 200
    await mayor.open("/digests")
    assert former.rpartition("/")[2] not in mayor.page.text, "shown once"
    assert "It was shown once and cannot be shown again." in mayor.text
    assert "Last used: Never" not in mayor.text
    _, address = await _program(mayor)
    assert (await program.get(former)).status_code == 410
    assert (await program.get(address)).status_code == 200
    await mayor.open("/digests")
    [revoke] = [each for each in mayor.actions if each.endswith("/revoke")]
    token = mayor.token
    await mayor.submit(revoke)
    assert (await program.get(address)).status_code == 410
    assert (await program.get("/feeds/esf_unknown")).status_code == 404
    await mayor.post(revoke, csrf_token=token)
    assert "already revoked" in mayor.text


async def test_feed_of_somebody_who_left_ends(signed_in: SignedIn, cast: Cast) -> None:
    await _sent(cast, "nairobi_mayor", "First")
    program, address = await _program(await signed_in("nairobi_mayor"))
    gone: dict[Column | str, Any] = {Membership.ended_at: clock.now()}
    await Membership.update(gone).where(Membership.person == cast.nairobi_mayor.person_id)
    assert (await program.get(address)).status_code == 410


async def test_address_takes_a_fresh_proof(signed_in: SignedIn) -> None:
    mayor = await signed_in("nairobi_mayor")
    await mayor.open("/digests")
    with clock.at(clock.now() + timedelta(minutes=11)):
        await mayor.submit("/digests/feed")
        assert mayor.page.headers["location"] == "/sign-in?next=/digests"
        await mayor.open("/digests")
        assert "Confirm that it is you" in mayor.text
    assert await DigestFeed.count() == 0


@pytest.mark.parametrize("name", ["seoul_mayor", "nairobi_administrator", "officer"])
async def test_feed_is_nobody_elses_to_revoke(signed_in: SignedIn, cast: Cast, name: str) -> None:
    mayor = cast.nairobi_mayor
    feed, _ = await feeds.issue_feed(mayor, mayor.person_id or 0)
    other = await signed_in(name)
    await other.open("/digests")
    await other.submit("/digests/feed")
    await other.post(f"/digests/feed/{feed.id}/revoke", csrf_token=other.token)
    assert other.page.status_code in (403, 404)
    assert not (await DigestFeed.objects().get(DigestFeed.id == feed.id)).revoked_at  # type: ignore[union-attr]


async def _program(browser: Browser) -> tuple[Any, str]:
    """Another program, and the address that the page shows."""
    await browser.open("/digests")
    await browser.submit("/digests/feed")
    [address] = set(re.findall(rf"{HOST}(/feeds/esf_[\w-]{{43}})", browser.page.text))
    return client(browser.app, {}), address


async def _sent(cast: Cast, name: str, subject: str, number: int = 1) -> DigestIssue:
    """A digest, as a worker leaves it."""
    person = cast[name].person_id
    assert person
    issue = await actions.send_now(cast[name], person)
    said: dict[Column | str, Any] = {
        DigestIssue.period_key: f"turn {number}",
        DigestIssue.subject: subject,
        DigestIssue.html: HTML,
        DigestIssue.composed_at: clock.now(),
    }
    await DigestIssue.update(said).where(DigestIssue.id == issue.id)
    message_id = f"<digest.{number}@tracker.test>" if name == "nairobi_mayor" else "<other@x>"
    gone: dict[Column | str, Any] = {
        Delivery.state: "sent",
        Delivery.key: f"turn {number}",
        Delivery.sent_at: clock.now(),
        Delivery.message_id: message_id,
    }
    await Delivery.update(gone).where(Delivery.id == issue.delivery)
    return issue
