"""The web copy of a digest: one's own, as it was sent, where it can do nothing."""

import re
from typing import Any

import pytest
from piccolo.columns import Column

from tests import factories
from tests.cast import Cast, email
from tests.domain.test_delegations import delegate
from tests.web.conftest import SignedIn
from tracker.domain import clock
from tracker.domain.database import fetch
from tracker.domain.deliveries import suppressing
from tracker.domain.deliveries.tables import Delivery
from tracker.domain.digests import actions
from tracker.domain.digests.tables import DigestIssue
from tracker.domain.people.delegations import end_delegation
from tracker.domain.resending.actions import resend
from tracker.graphql import execute
from tracker.locale import Reader

HTML = '<p style="color: #123456">3 projects on track</p><script>alert(1)</script>'


async def test_digest_is_shown_in_a_sandbox(signed_in: SignedIn, cast: Cast) -> None:
    issue = await _issue(cast)
    mayor = await signed_in("nairobi_mayor")
    await mayor.open("/digests")
    assert f"/digests/{issue.id}" in mayor.links
    await mayor.open(f"/digests/{issue.id}")
    assert f'src="/digests/{issue.id}/mail"' in mayor.page.text
    assert f"/digests/{issue.id}/mail" in mayor.links, "to read it without a frame"
    assert "3 projects on track" in mayor.text
    assert "<script>alert" not in mayor.page.text
    answer = await mayor.open(f"/digests/{issue.id}/mail")
    assert answer.text == HTML
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "script-src" not in policy
    assert "allow-scripts" not in policy


async def test_frame_of_a_digest_is_about_as_high_as_what_it_says(
    signed_in: SignedIn, cast: Cast
) -> None:
    issue = await _issue(cast)
    mayor = await signed_in("nairobi_mayor")
    style = (await mayor.open("/digests")).text
    heights = {}
    for lines in (0, 1, 60, 300):
        said: dict[Column | str, Any] = {
            DigestIssue.text: "x" * 60 + "\n" if lines == 1 else "x\n" * lines
        }
        await DigestIssue.update(said).where(DigestIssue.id == issue.id)
        await mayor.open(f"/digests/{issue.id}")
        [heights[lines]] = re.findall(r'class="letter ([^"]*)"', mayor.page.text)
    assert heights == {
        0: "",
        1: "phone-20 desk-20",
        60: "phone-100 desk-100",
        300: "phone-400 desk-400",
    }
    [sheet] = re.findall(r'href="(/static/tracker[^"]*\.css[^"]*)"', style)
    rules = (await mayor.open(sheet)).text
    for each in " ".join(heights.values()).split():
        assert f".{each} {{ block-size: {each.partition('-')[2]}rem; }}" in rules


@pytest.mark.parametrize(
    "name", ["seoul_mayor", "nairobi_coordinator", "lima_mayor", "officer", "administrator"]
)
async def test_digest_is_nobody_elses(signed_in: SignedIn, cast: Cast, name: str) -> None:
    issue = await _issue(cast)
    browser = await signed_in(name)
    for part in ("mail", "whole", "briefing"):
        assert (await browser.open(f"/digests/{issue.id}/{part}")).status_code == 404
    await browser.open(f"/digests/{issue.id}")
    assert "3 projects on track" not in browser.page.text
    assert browser.page.status_code == 404
    await browser.open("/digests")
    assert f"/digests/{issue.id}" not in browser.links


async def test_digest_that_is_not_written_yet_says_so(signed_in: SignedIn, cast: Cast) -> None:
    assert cast.nairobi_mayor.person_id
    issue = await actions.send_now(cast.nairobi_mayor, cast.nairobi_mayor.person_id)
    mayor = await signed_in("nairobi_mayor")
    await mayor.open(f"/digests/{issue.id}")
    assert "This digest is not written yet" in mayor.text
    assert (await mayor.open(f"/digests/{issue.id}/mail")).status_code == 404


async def _issue(cast: Cast) -> DigestIssue:
    """A digest of Nairobi's mayor, as a worker leaves it."""
    assert cast.nairobi_mayor.person_id
    issue = await actions.send_now(cast.nairobi_mayor, cast.nairobi_mayor.person_id)
    sent: dict[Column | str, Any] = {
        DigestIssue.subject: "3 projects on track",
        DigestIssue.html: HTML,
        DigestIssue.text: "3 projects on track",
        DigestIssue.composed_at: clock.now(),
    }
    await DigestIssue.update(sent).where(DigestIssue.id == issue.id)
    gone: dict[Column | str, Any] = {Delivery.state: "sent", Delivery.sent_at: clock.now()}
    await Delivery.update(gone).where(Delivery.id == issue.delivery)
    return issue


async def test_next_digest_is_read_before_it_comes(signed_in: SignedIn, cast: Cast) -> None:
    await factories.joint_project(cast, "active", title="Permits in a day")
    browser = await signed_in("nairobi_mayor")
    await browser.open("/digests/preview")
    assert "You do not get the digest at present" in browser.text
    await browser.open("/preferences")
    await browser.submit("/preferences", digest="true")
    await browser.open("/preferences")
    assert "The next one comes" in browser.text
    await browser.open("/digests/preview")
    assert "Subject: 1 project on track" in browser.text
    await browser.open("/digests/preview/mail")
    assert "Permits in a day" in browser.page.text
    assert await DigestIssue.count() == 0


async def test_digest_comes_when_quiet_hours_end(signed_in: SignedIn, cast: Cast) -> None:
    browser = await signed_in("nairobi_mayor")
    await browser.open("/preferences")
    await browser.submit("/preferences", digest="true", hour="1", cadence="daily", working_days="")
    for quiet, put_off in {("22", "7"): True, ("", ""): False}.items():
        await browser.open("/preferences")
        await browser.submit("/preferences", quiet_from=quiet[0], quiet_until=quiet[1])
        for page in ("/preferences", "/digests"):
            await browser.open(page)
            assert ("when your quiet hours end." in browser.text) == put_off, page
            comes = browser.text.partition("The next one comes ")[2][:60]
            assert ("7:00" in comes, "1:00" in comes) == (put_off, not put_off), comes


async def test_reader_whose_address_gets_no_mail_is_told(signed_in: SignedIn, cast: Cast) -> None:
    browser = await signed_in("nairobi_mayor")
    await browser.open("/preferences")
    await browser.submit("/preferences", digest="true")
    await actions.send_now(cast.nairobi_mayor, cast.nairobi_mayor.person_id or 0)
    await suppressing.add(cast.administrator, email("nairobi_mayor"), "Asked by telephone")
    for page in ("/preferences", "/digests", "/digests/preview"):
        await browser.open(page)
        assert "Mail to your address was stopped" in browser.text, page
        assert "comes " not in browser.text.replace("no digest comes. ", ""), page
    await browser.open("/digests")
    assert "not sent: mail to your address was stopped" in browser.text
    assert "not sent yet" not in browser.text


async def test_reader_whose_mail_came_back_is_told_whatever_they_take(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("nairobi_coordinator")
    await browser.open("/preferences")
    assert "came back" not in browser.text
    await fetch(
        "INSERT INTO suppression (address, reason, detail, created_at)"
        " VALUES ($1, 'bounced', '550', '2026-11-20 23:00Z')",
        email("nairobi_coordinator"),
    )
    await browser.open("/preferences")
    assert "came back on Nov 21, 2026" in browser.text, "by the reader's clock"
    assert f"none is sent to {email('nairobi_coordinator')}" in browser.text
    assert browser.text.index("came back") < browser.text.index("Time zone")
    assert "/account/security#email" in browser.links
    await fetch("UPDATE suppression SET lifted_at = now(), lift_reason = 'Asked'")
    await browser.open("/preferences")
    assert "came back" not in browser.text


async def test_that_mail_came_back_is_told_to_its_reader_alone(cast: Cast) -> None:
    asked = "{ people { nodes { email mailCameBackAt } } }"
    address = email("nairobi_coordinator")
    await fetch(
        "INSERT INTO suppression (address, reason, detail, created_at)"
        " VALUES ($1, 'bounced', '550', now())",
        address,
    )
    for name in ("nairobi_coordinator", "nairobi_mayor", "administrator"):
        people = (await execute(asked, {}, cast[name]))["people"]["nodes"]
        told = [each["mailCameBackAt"] for each in people if each["email"] == address]
        assert [at is not None for at in told] == [name == "nairobi_coordinator"], name


BECAME = {
    "state = 'failed', last_error = '554 no'": "could not be delivered. Read it here, or ask",
    "state = 'bounced', sent_at = now()": "came back: the mail server says",
    "state = 'cancelled', last_error = 'Its reader has left.'": "not sent: Its reader has left.",
    "state = 'in_doubt', sent_at = NULL, attempts = 1, lease_token = gen_random_uuid(),"
    " lease_until = now() + interval '1 hour'": "not sent yet",
    "lease_until = NULL, lease_token = NULL": "it may have arrived",
    "state = 'ready', sent_at = NULL, attempts = 1, next_try_at = '2126-11-27 09:00Z'":
        "could not be delivered yet; the next try is Nov 27, 2126",
    "waits_for = 'quiet_hours', next_try_at = '2126-11-27 04:00Z', attempts = 0":
        r"comes Nov 27, 2126, 07:00 ?, when your quiet hours end",
    "state = 'due', waits_for = NULL": "not sent yet",
}  # fmt: skip
"""What became of a digest's mail -> what its reader is told."""


async def test_reader_is_told_what_became_of_each_digest(signed_in: SignedIn, cast: Cast) -> None:
    issue = await _issue(cast)
    browser = await signed_in("nairobi_mayor")
    frozen = "message = 'x', message_id = '<1@example.org>', address = 'nobody@example.org'"
    await fetch(f"UPDATE delivery SET {frozen}")
    for change, said in BECAME.items():
        await fetch(f"UPDATE delivery SET {change}")
        for page in ("/digests", f"/digests/{issue.id}"):
            await browser.open(page)
            assert re.search(said, browser.text), (change, page)
            assert ("not sent yet" in browser.text) == (said == "not sent yet"), change
    await fetch("UPDATE delivery SET state = 'failed'")
    again = await resend(cast.administrator, issue.delivery, "Lost")
    await fetch("UPDATE delivery SET state = 'sent', sent_at = now() WHERE id = $1", again.id)
    await browser.open(f"/digests/{issue.id}")
    assert ", sent " in browser.text
    assert "could not be delivered" not in browser.text, "a later one has come"


async def test_digest_that_was_never_written_says_why(signed_in: SignedIn, cast: Cast) -> None:
    mayor = cast.nairobi_mayor
    issue = await actions.send_now(mayor, mayor.person_id or 0)
    why = "There was nothing to say, and the reader was told something lately."
    await fetch("UPDATE delivery SET state = 'cancelled', last_error = $1", why)
    browser = await signed_in("nairobi_mayor")
    await browser.open(f"/digests/{issue.id}")
    assert "This digest was not written" in browser.text
    assert f"not sent: {why}" in browser.text
    await browser.open("/preferences")
    await browser.submit("/preferences", language="de")
    await browser.open("/digests")
    assert "nicht gesendet: Es gab nichts zu sagen" in browser.text


async def test_more_leads_to_all_of_it(signed_in: SignedIn, cast: Cast) -> None:
    issue = await _issue(cast)
    project = await factories.joint_project(cast)
    for number in range(1, 17):
        due_on = factories.today(number)
        await factories.add_milestone(cast, project.id, title=f"Step no. {number}", due_on=due_on)
    await factories.advance(cast, project, "submit", "review", "decide", "agree", "decide", "start")
    mayor = await signed_in("nairobi_mayor")
    await mayor.open("/digests/preview/mail")
    upcoming = mayor.page.text.partition('id="upcoming"')[2].partition("<h2")[0]
    assert [f"Step no. {number}<" in upcoming for number in (1, 2, 3, 14, 15, 16)] == (
        [True] * 3 + [False] * 3
    )
    assert '/digests/preview/whole#upcoming"' in upcoming
    shown = upcoming.count("Step no.")
    assert f"and {16 + 1 - shown} more" in upcoming, "the project's own is the latest"
    now = Reader("en", "Africa/Nairobi").moment(clock.now()).rpartition(",")[0]
    for page, said in (("preview", False), (issue.id, True)):
        answer = await mayor.open(f"/digests/{page}/whole")
        read = answer.text.replace("\u00a0", " ")
        assert (f"As of {now}" in read) == ("the mail said what was known on" in read) == said
        assert f'/digests/{page}"' in answer.text, "it leads back"
        upcoming = answer.text.partition('id="upcoming"')[2].partition("<h2")[0]
        assert all(f"Step no. {number}<" in upcoming for number in range(1, 17))
        assert "data-more" not in upcoming
        assert "sandbox" in answer.headers["content-security-policy"]


async def test_what_was_achieved_in_a_period_stands_there_after_the_project_has_closed(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "closed")
    issue = await _issue(cast)
    await fetch("UPDATE digest_issue SET period_to = now() + interval '1 hour'")
    await fetch("UPDATE project SET ended_at = now() + interval '2 hours'")
    mayor = await signed_in("nairobi_mayor")
    answer = await mayor.open(f"/digests/{issue.id}/whole")
    achieved = answer.text.partition('id="achieved"')[2].partition("<h2")[0]
    assert f"/projects/{(await project.row()).code}" in achieved


async def test_web_copy_tells_a_deputy_that_the_delegation_ended_since(
    signed_in: SignedIn, cast: Cast
) -> None:
    cio = cast.nairobi_cio
    delegation = await delegate(cast)
    issue = await actions.send_now(cio, cio.person_id or 0)
    await fetch("UPDATE digest_issue SET subject = 'S', html = '<p>', composed_at = now()")
    browser = await signed_in("nairobi_cio")
    await browser.open(f"/digests/{issue.id}")
    assert "You no longer decide" not in browser.text
    await end_delegation(cast.nairobi_mayor, delegation.id)
    await browser.open(f"/digests/{issue.id}")
    assert "You no longer decide for the mayor of Nairobi: that ended" in browser.text
    await delegate(cast)
    await browser.open(f"/digests/{issue.id}")
    assert "You no longer decide" not in browser.text, "another one has begun"
