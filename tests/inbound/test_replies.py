"""Replies to mails of ours: comments and evidence, or refused."""

import logging
import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tests import factories
from tests.cast import Cast, email
from tests.domain.test_comments import draft
from tests.workers.conftest import Outbox
from tracker.domain import clock
from tracker.domain.answers import replies
from tracker.domain.answers.tables import InboundMail, InboundOutcome
from tracker.domain.comments import actions as comments
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.comments.tables import Comment
from tracker.domain.database import fetch
from tracker.domain.milestones.attaching import detach
from tracker.domain.milestones.tables import Evidence
from tracker.domain.problems import TEXT_MOST
from tracker.domain.reminders import mailing
from tracker.inbound import receive
from tracker.mail.reading import said_new, text_of

pytestmark = pytest.mark.usefixtures("reads")

BOX = "reply@tracker.example.org"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def answering(outbox: Outbox) -> Outbox:
    """An installation whose mails take replies."""
    return replace(outbox, settings=replace(outbox.settings, reply_address=f"Tracker <{BOX}>"))


async def test_reply_becomes_a_comment_on_what_the_mail_is_about(
    cast: Cast, answering: Outbox
) -> None:
    mail = await _mentioned(cast, answering)
    assert str(mail["Reply-To"]).startswith("reply+")
    assert "You can reply to this mail" in answering.bodies(email("nairobi_coordinator"))[0]
    reply = _reply(mail, "Done on Monday.\n\nOn Tue, 24 Nov 2026 at 08:00 Tracker wrote:\n> Dear\n")
    assert await receive(answering.settings, reply.as_bytes()) == InboundOutcome.RECORDED
    comment = await _last()
    assert comment.text == "Done on Monday."
    assert (comment.subject_type, comment.author) == (
        "milestone", cast.nairobi_coordinator.person_id,
    )  # fmt: skip
    assert await receive(answering.settings, reply.as_bytes()) == InboundOutcome.IGNORED
    assert await Comment.count() == 2, "the same mail is taken once"


async def test_files_of_a_reply_are_evidence_after_the_checks_of_uploads(
    cast: Cast, answering: Outbox
) -> None:
    mail = await _mentioned(cast, answering)
    reply = _reply(mail, "Here it is.")
    reply.add_attachment(PDF, maintype="application", subtype="pdf", filename="minutes.pdf")
    reply.add_attachment(b"<svg/>", maintype="image", subtype="svg+xml", filename="logo.svg")
    assert await receive(answering.settings, reply.as_bytes()) == InboundOutcome.RECORDED
    [evidence] = await Evidence.objects()
    assert (evidence.file_name, evidence.media_type) == ("minutes.pdf", "application/pdf")
    assert evidence.author == cast.nairobi_coordinator.person_id
    await answering.drain()
    [told] = [each for each in answering.mails() if "could not be recorded" in each["Subject"]]
    assert email("nairobi_coordinator") in told["To"]
    assert "logo.svg" in told.as_string()
    assert str(mail["Subject"]) in " ".join(text_of(told).split()), "which reply it was"
    assert "minutes.pdf" not in told.as_string()


async def test_files_beyond_the_tenth_are_told_to_whoever_sent_them(
    cast: Cast, answering: Outbox
) -> None:
    reply = _reply(await _mentioned(cast, answering), "Here they are.")
    for number in range(1, 13):
        content = PDF + b"%d" % number
        name = f"minutes-{number:02}.pdf"
        reply.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    assert await receive(answering.settings, reply.as_bytes()) == InboundOutcome.RECORDED
    assert await Evidence.count() == 10
    await answering.drain()
    [told] = [each for each in answering.mails() if "could not be recorded" in each["Subject"]]
    for part in told.iter_parts():
        body = part.get_content()
        assert re.findall(r"minutes-(\d+)\.pdf: One reply brings at most 10 files", body) == [
            "11",
            "12",
        ]
        assert "minutes-10" not in body


async def test_reply_that_comes_by_another_way_brings_no_file_back_that_was_removed(
    cast: Cast, answering: Outbox
) -> None:
    reply = _reply(await _mentioned(cast, answering), "Here it is.")
    reply.add_attachment(PDF, maintype="application", subtype="pdf", filename="minutes.pdf")
    assert await receive(answering.settings, reply.as_bytes()) == InboundOutcome.RECORDED
    [evidence] = await Evidence.objects()
    await detach(cast.nairobi_coordinator, evidence.milestone, evidence.id)
    again = b"Received: from another server\r\n" + reply.as_bytes()
    assert await receive(answering.settings, again) == InboundOutcome.IGNORED
    assert await Evidence.count() == 0


async def test_what_is_not_from_the_mails_reader_is_refused_and_logged(
    cast: Cast, answering: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    mail = await _mentioned(cast, answering)
    good, settings = _reply(mail, "Hello"), answering.settings
    with caplog.at_level(logging.WARNING):
        for number, changes in enumerate(
            (
                {"From": email("seoul_coordinator")},
                {"From": "stranger@example.net"},
                {"To": BOX},
                {"To": str(mail["Reply-To"]).replace("-", "-a", 1)},
                {"To": f"reply+1-{'a' * 26}@tracker.example.org"},
            )
        ):
            forged = _changed(good, **changes, **{"Message-ID": f"<forged.{number}@x>"})
            assert await receive(settings, forged.as_bytes()) == InboundOutcome.FORGED, changes
    assert caplog.text.count("is forged") == 5
    strict = replace(settings, reply_authserv="mx.example.org")
    for number, (result, expected) in enumerate(
        (
            ("mx.example.org; spf=fail; dmarc=fail (p=none dmarc=pass)", InboundOutcome.FORGED),
            ("evil.example; dmarc=pass", InboundOutcome.FORGED),
            ("mx.example.org; dkim=pass; dmarc=pass (p=reject)", InboundOutcome.RECORDED),
        )
    ):
        checked = _changed(
            good, **{"Authentication-Results": result, "Message-ID": f"<{number}@y>"}
        )
        assert await receive(strict, checked.as_bytes()) == expected, result
    await answering.drain()
    assert not [m for m in answering.mails() if "could not" in str(m["Subject"])], "no backscatter"


@pytest.mark.parametrize(
    "header",
    [
        ("Auto-Submitted", "auto-replied"),
        ("Precedence", "bulk"),
        ("X-Autoreply", "yes"),
        ("Return-Path", "<>"),
    ],
)
async def test_automatic_replies_are_ignored(
    cast: Cast, answering: Outbox, header: tuple[str, str]
) -> None:
    mail = await _mentioned(cast, answering)
    reply = _changed(_reply(mail, "I am on leave."), **{header[0]: header[1]})
    assert await receive(answering.settings, reply.as_bytes()) == InboundOutcome.IGNORED
    assert await Comment.count() == 1


async def test_reply_of_whoever_may_no_longer_see_it_is_refused(
    cast: Cast, answering: Outbox
) -> None:
    mail = await _mentioned(cast, answering)
    await fetch("UPDATE membership SET city = $1 WHERE person = $2",
                cast.lima, cast.nairobi_coordinator.person_id)  # fmt: skip
    reply = _reply(mail, "Still here?")
    assert await receive(answering.settings, reply.as_bytes()) == InboundOutcome.REFUSED
    assert await Comment.count() == 1
    [row] = await InboundMail.objects()
    assert (row.outcome, row.comment) == (InboundOutcome.REFUSED, None)
    assert "you may not see it" in (row.reason or "")
    await answering.drain()
    [told] = [each for each in answering.mails() if "was not recorded" in each["Subject"]]
    for part in told.iter_parts():
        assert "https://tracker.example.org/sign-in" in part.get_content()
        assert "/discussions/" not in part.get_content(), "they see nothing of it any more"


async def test_refused_reply_leads_to_what_can_be_answered_and_forged_ones_to_nothing(
    cast: Cast, answering: Outbox
) -> None:
    mail = await _mentioned(cast, answering)
    [milestone] = [each["subject_id"] for each in await fetch("SELECT subject_id FROM comment")]
    forged = _changed(_reply(mail, "Me too."), From="stranger@example.org")
    assert await receive(answering.settings, forged.as_bytes()) == InboundOutcome.FORGED
    known = len(answering.mails())
    await answering.drain()
    assert len(answering.mails()) == known, "nobody is written to"
    reply = _reply(mail, "x" * (TEXT_MOST + 1))
    assert await receive(answering.settings, reply.as_bytes()) == InboundOutcome.REFUSED
    await answering.drain()
    [told] = [each for each in answering.mails() if "was not recorded" in each["Subject"]]
    plain, html = (part.get_content() for part in told.iter_parts())
    for body in (plain, html):
        assert f"https://tracker.example.org/discussions/milestone/{milestone}" in body
        assert "because you replied to one of ours." in body
        assert f"{'x' * 4000}…" in body.replace("\n", ""), "what was written comes back, capped"
        assert "x" * 4001 not in body
    reasons = [row.reason for row in await InboundMail.objects().order_by(InboundMail.id)]
    assert reasons[0] == "It is not from the mail's reader."
    assert "characters" in (reasons[1] or "")


async def test_reply_to_what_was_about_several_projects_comes_back_with_links_to_each(
    cast: Cast, answering: Outbox
) -> None:
    """Its mail gives no address for replies; one that was sent before may have."""
    made = [
        await factories.joint_project(cast, "active", title=title) for title in ("One", "Two & so")
    ]
    await answering.drain()
    with clock.at(factories.noon(factories.today(30))):
        await mailing.sweep()
        await answering.drain()
    [mail] = [
        each
        for each in answering.mails()
        if email("nairobi_coordinator") in each["To"] and "Reminder" in each["Subject"]
    ]
    assert mail["Reply-To"] is None
    [row] = await fetch(
        "SELECT delivery FROM reminder WHERE person = $1 GROUP BY 1"
        " HAVING count(DISTINCT project) = 2 AND bool_or(subject_type = 'milestone')",
        cast.nairobi_coordinator.person_id,
    )
    mail["Reply-To"] = f"reply+{replies.token_of(row['delivery'])}@tracker.example.org"
    reply = _reply(mail, "Both on <b>Monday</b>.")
    assert await receive(answering.settings, reply.as_bytes()) == InboundOutcome.REFUSED
    await answering.drain()
    [told] = [
        each for each in answering.mails() if each["Subject"] == "Your reply was not recorded"
    ]
    plain, html = (part.get_content() for part in told.iter_parts())
    assert "> Both on <b>Monday</b>." in plain
    assert "Both on &lt;b&gt;Monday&lt;/b&gt;." in html
    for body in (plain, html):
        assert "Nothing of what you wrote on" in body
        for project in made:
            link = f"https://tracker.example.org/discussions/milestone/{project.milestone_id}"
            assert link in body


async def test_mails_without_a_discussion_take_no_replies(cast: Cast, outbox: Outbox) -> None:
    mail = await _mentioned(cast, outbox)
    assert mail["Reply-To"] is None


@pytest.mark.parametrize(
    ("written", "new"),
    [
        ("Yes.\r\n\r\nAm 24.11.2026 um 08:00 schrieb Tracker:\r\n> Dear\r\n> you\r\n", "Yes."),
        ("כן.\n\nבתאריך יום ג׳, 24 בנוב׳ 2026, מאת Tracker:\n> Dear\n", "כן."),
        ("हाँ।\n\n24 नव॰ 2026 को Tracker ने लिखा:\n> Dear\n> you\n", "हाँ।"),
        ("Да.\n\n24.11.2026 08:00, Tracker пишет:\n> Dear\n", "Да."),
        ("네.\n\n2026년 11월 24일 (화) 오전 8:00, Tracker <t@x.org>님이 작성:\n> Dear\n", "네."),
        ("One\nTwo\n-- \nAda, Nairobi\n", "One\nTwo"),
        ("> quoted only\n", ""),
        ("Sí.\n\nEl mar, 24 nov 2026 a las 8:00, T (<t@x.org>) escribió:\n\nDear\n", "Sí."),
        ("Ja.\n\nAm 24.11.26 um 08:00 schrieb Tracker:\n\nDear\n", "Ja."),
        ("Oui.\n\nLe mar. 24 nov. 2026 à 08:00, Tracker\n<t@x.org> a écrit :\n\nDear\n", "Oui."),
        ("好。\n\nTracker <t@x.org> 于2026年11月24日周二 08:00写道：\n\nDear\n", "好。"),
        ("כן.\n\n\u202bב-24 בנוב׳ 2026 ב-8:00 מאת T <t@x.org>:\u202c\n\nDear\n", "כן."),
        ("Ja.\n\nVon: T <t@x.org>\nGesendet: Dienstag\nAn: Ada\nBetreff: X\n\nDear\n", "Ja."),
        ("Yes.\n\n*From:* T <t@x.org>\n*Sent:* Tuesday\n*To:* Ada\n*Subject:* X\n\nDear\n", "Yes."),
        ("Yes.\n________________________________\nDear\n", "Yes."),
        ("Yes.\n\n-----Original Message-----\nDear\n", "Yes."),
        (
            "It costs:\n2 days: a@x.org\nFrom: here\nto there\n",
            "It costs:\n2 days: a@x.org\nFrom: here\nto there",
        ),
        ("First.\n> one?\nYes.\n> two?\nNo.\n", "First.\nYes.\nNo."),
        (f"Done: https://x.org/answers/{'aB3-' * 10}xyz\n", "Done: https://x.org/answers/…"),
        (
            f"https://safe.org/?url=https%3A%2F%2Fx.org%2Fanswers%2F{'aB3-' * 10}xyz&data=1",
            "https://safe.org/?url=https%3A%2F%2Fx.org/answers/…&data=1",
        ),
        (
            f"https://safe.org/v2/url?u=https-3A__x.org_answers_{'aB3-' * 10}xyz&d=1",
            "https://safe.org/v2/url?u=https-3A__x.org/answers/…&d=1",
        ),
    ],
)
def test_quoted_text_and_signatures_are_left_out(written: str, new: str) -> None:
    assert said_new(written, "Dear\nyou\n" * ("\nDear\n" in written)) == new


async def test_reply_that_comes_twice_is_taken_once_and_nobody_else_takes_its_place(
    cast: Cast, answering: Outbox
) -> None:
    mail = await _mentioned(cast, answering)
    good, settings = _reply(mail, "Done on Monday."), answering.settings
    for change in ({"From": "stranger@example.net"}, {"Auto-Submitted": "auto-replied"}):
        before = _changed(good, **change).as_bytes()
        assert await receive(settings, before) in (InboundOutcome.FORGED, InboundOutcome.IGNORED)
    assert await receive(settings, good.as_bytes()) == InboundOutcome.RECORDED, (
        "for all its Message-ID"
    )
    again = b"Received: from mx2.example.org\r\n" + good.as_bytes()
    assert await receive(settings, again) == InboundOutcome.IGNORED
    other = _changed(good)
    other.set_content("No, on Tuesday.")
    assert await receive(settings, other.as_bytes()) == InboundOutcome.RECORDED
    assert await Comment.count() == 3


async def test_reply_without_a_message_id_is_taken_once_whichever_way_it_comes(
    cast: Cast, answering: Outbox
) -> None:
    settings = answering.settings
    reply = _reply(await _mentioned(cast, answering), "Done.\n\nOn Monday.")
    reply.add_attachment("a;b\n1;2\n", subtype="csv", filename="list.csv", cte="7bit")
    reply = _changed(reply, Date="Mon, 23 Nov 2026 09:00:00 +0300")
    del reply["Message-ID"]
    raw = reply.as_bytes()
    assert await receive(settings, raw) == InboundOutcome.RECORDED
    in_mailbox = b"Return-Path: <a@x.org>\nDelivered-To: b@x.org\nReceived: from mx2\n"
    assert (
        await receive(settings, in_mailbox + raw.replace(b"\r\n", b"\n")) == InboundOutcome.IGNORED
    )
    utc = {"Message-ID": "<added.by@gateway>", "Date": "Mon, 23 Nov 2026 06:00:00 +0000"}
    named = _changed(reply, **utc)
    assert await receive(settings, named.as_bytes()) == InboundOutcome.IGNORED
    for later in ({"Date": "Mon, 23 Nov 2026 10:00:00 +0300"}, {"Date": "Some day"}):
        assert (
            await receive(settings, _changed(reply, **later).as_bytes()) == InboundOutcome.RECORDED
        )
    assert await Comment.count() == 4


async def _mentioned(cast: Cast, outbox: Outbox) -> EmailMessage:
    """The mail to Nairobi's coordinator, whom a comment on a milestone names."""
    project = await factories.joint_project(cast, "active")
    about = draft(CommentSubject.MILESTONE, project.milestone_id, "When?", cast.nairobi_coordinator)
    await comments.add(cast.seoul_coordinator, about)
    await outbox.drain()
    [mail] = [m for m in outbox.mails() if email("nairobi_coordinator") in m["To"]]
    return mail


def _reply(mail: EmailMessage, text: str) -> EmailMessage:
    """What a mail program makes of an answer."""
    made = EmailMessage(policy=SMTP)
    made["From"] = f"Ada <{email('nairobi_coordinator').upper()}>"
    made["To"] = str(mail["Reply-To"]).upper()
    made["Subject"] = f"Re: {mail['Subject']}"
    made["Message-ID"] = "<reply.1@example.org>"
    made["In-Reply-To"] = mail["Message-ID"]
    made.set_content(text)
    return made


def _changed(mail: EmailMessage, **headers: str) -> EmailMessage:
    made = message_from_bytes(mail.as_bytes(), policy=SMTP)
    for name, value in headers.items():
        del made[name]
        made[name] = value
    return made


async def _last() -> Comment:
    comment = await Comment.objects().order_by(Comment.id, ascending=False).first()
    assert comment
    return comment
