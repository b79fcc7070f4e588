"""What of a reply is its writer's own, wherever they write it, and what they hear where nothing
is."""

from email.message import EmailMessage

import pytest

from tests.cast import Cast, email
from tests.inbound.test_replies import PDF, _changed, _last, _mentioned, _reply, answering
from tests.workers.conftest import Outbox
from tracker.domain.answers.tables import InboundMail, InboundOutcome
from tracker.domain.comments.tables import Comment
from tracker.domain.database import fetch
from tracker.inbound import receive
from tracker.mail.quoting import own_words
from tracker.mail.reading import text_of

__all__ = ["answering"]

pytestmark = pytest.mark.usefixtures("reads")

ON = "On Tue, 24 Nov 2026 at 08:00, Tracker <t@x.org> wrote:\n"
FORM = "Name: Ada\n______________________\nthe answer is yes"

TEXTS = {
    "below": (f"{ON}> Dear Nairobi: coordinator,\n> When?\n\nOn Monday.", "On Monday."),
    "below, in German": (
        "Am Mo, 23. Nov 2026 um 08:00 schrieb Tracker <t@x>:\n> When?\n\nAm Montag.", "Am Montag.",
    ),
    "between": (
        f"Both.\n{ON}> When?\n\nOn Monday.\n\n>> You can reply to this mail: what you\n\nAmina.",
        "Both.\n\nOn Monday.\n\nAmina.",
    ),
    "below what no mark shows": ("-----Original Message-----\nWhen?\n\nOn Monday.", "On Monday."),
    "below a signature": (f"Soon.\n-- \nAda\n\n{ON}> When?\nOn Monday.", "Soon.\nOn Monday."),
    "own mark": ("Left:\n> two days, no more\nDone", "Left:\n> two days, no more\nDone"),
    "own introduction": ("As the mayor wrote on 2026-11-24:\nwe stop.",) * 2,
    "own list": ("Please send it to otieno@nairobi.example before 10:30, namely:\n- minutes",) * 2,
    "own report": ("All is well.\nKim wrote to us at 9:15 that this is late:\n1. server",) * 2,
    "own lines": ("Summary\n----- Budget -----\n1000 EUR\n----- Dates -----\nMonday",) * 2,
    "own form": (FORM, FORM),
    "own dates": ("From: 1 December\nTo: 5 December\nWhere: Nairobi\nWe come with three.",) * 2,
    "own dashes": ("Yes.\n--\nSecond thought: no.",) * 2,
    "same words": ("When?\n\nOn Monday.",) * 2,
}  # fmt: skip

HEAD = "{}: T <t@x.org>\n{}: 24/11/2026 08:00\n{}: Ada\n{}: When?\n\n"
HEADS = [
    ("From", "Sent", "To", "Subject"),
    ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
    ("De", "Enviado el", "Para", "Asunto"),
    ("De", "Enviat el", "Per a", "Assumpte"),
    ("发件人", "发送时间", "收件人", "主题"),
    ("Von", "Gesendet", "An", "Betreff"),
    ("प्रेषक", "दिनांक", "प्रति", "विषय"),
    ("Kutoka", "Imetumwa", "Kwa", "Mada"),
    ("De", "Enviada em", "Para", "Assunto"),
    ("מאת", "נשלח", "אל", "נושא"),
    ("От", "Отправлено", "Кому", "Тема"),
]

HTML = {
    f"<div>{ON}<br></div><blockquote>When?</blockquote><div>On Monday.</div>": "On Monday.",
    "<html><head><title>x</title><body><p>My answer</p><p>Ada</p></body></html>": "My answer\nAda",
    "<p>Left:</p><blockquote>two days<br>no more</blockquote>": "Left:\n> two days\n> no more",
    "<p>R&amp;D: 5 < 7 &amp; 8 &lt; 9</p><p>Ada &amp": "R&D: 5 < 7 & 8 < 9\nAda &",
    "<style>p{}</style><p>Yes &amp; no<br><br>Ada</p><script>x</script>": "Yes & no\n\nAda",
}


UNKNOWN = {
    f"{ON}> When?\n>\n> Who?\n\nOn Monday.\n> Where?\nHere.": "On Monday.\nHere.",
    "> When?\nOn Monday.\n> Who?\nAda": "On Monday.\nAda",
    "Yes.\n\n> Dear Ada,\n> When?\n> Who?": "Yes.",
    "Left:\n> two days, no more\nDone": "Left:\n> two days, no more\nDone",
    f"See below.\n\n{HEAD.format(*HEADS[0])}> Dear Ada,\n> When?\nOn Monday.\n> Who?\nAda": (
        "See below.\n\nOn Monday.\nAda"
    ),
    f"See below.\n\n{HEAD.format(*HEADS[0])}Dear Ada,\nWhen?": "See below.",
}
"""Replies to mails of which nothing is kept any more -> what of them counts."""


@pytest.mark.parametrize("text", UNKNOWN)
def test_own_words_count_where_the_answered_mail_is_gone(text: str) -> None:
    assert own_words(text) == UNKNOWN[text]


async def test_own_words_count_wherever_they_stand(cast: Cast, answering: Outbox) -> None:
    mail = await _mentioned(cast, answering)
    for name, (text, own) in TEXTS.items():
        reply = _changed(_reply(mail, text), **{"Message-ID": f"<{name.replace(' ', '.')}@x>"})
        assert await receive(answering.settings, reply.as_bytes()) == InboundOutcome.RECORDED, name
        assert (await _last()).text == own, name


async def test_mail_quoted_without_marks_is_known_by_its_own_words(
    cast: Cast, answering: Outbox
) -> None:
    mail = await _mentioned(cast, answering)
    text = f"Monday.\n\n{ON}\n{text_of(mail)}\nAda, after all."
    assert await receive(answering.settings, _reply(mail, text).as_bytes()) == "recorded"
    assert (await _last()).text == "Monday.\n\nAda, after all."


@pytest.mark.parametrize("names", HEADS)
def test_what_stands_below_a_former_mails_head_is_left_out(names: tuple[str, ...]) -> None:
    quoted = f"{'_' * 32}\n{HEAD.format(*names)}Dear Ada,\nWhen will the plan be agreed on?\n"
    assert own_words(f"Yes.\n\n{quoted}") == "Yes."
    said = "Dear Ada,\n\nWhen will the plan be agreed on?"
    set_anew = quoted.replace("the plan", "the *plan*").replace("Dear", "Dear  ")
    assert own_words(f"See below.\n\n{set_anew}\nOn Monday.", said) == "See below.\n\nOn Monday."


@pytest.mark.parametrize("html", HTML)
async def test_own_words_of_html_count(cast: Cast, answering: Outbox, html: str) -> None:
    mail = await _mentioned(cast, answering)
    for number, made in enumerate((_html(mail, html), _html(mail, html, plain=" \n"))):
        reply = _changed(made, **{"Message-ID": f"<{number}@x>"})
        assert await receive(answering.settings, reply.as_bytes()) == InboundOutcome.RECORDED
        assert (await _last()).text == HTML[html]


async def test_words_below_a_picture_count(cast: Cast, answering: Outbox) -> None:
    reply = _reply(await _mentioned(cast, answering), "Look:\n")
    reply.add_attachment(PDF, maintype="application", subtype="pdf", filename="plan.pdf")
    reply.add_attachment("It is done.\n", disposition="inline")
    reply.add_attachment("a;b\n", subtype="csv", filename="list.csv")
    assert await receive(answering.settings, reply.as_bytes()) == InboundOutcome.RECORDED
    assert (await _last()).text == "Look:\n\nIt is done."


async def test_reply_that_says_nothing_is_told_of_and_counts_once_it_says_something(
    cast: Cast, answering: Outbox
) -> None:
    mail, settings = await _mentioned(cast, answering), answering.settings
    empty = _reply(mail, f"{ON}> When?\n")
    assert await receive(settings, empty.as_bytes()) == InboundOutcome.REFUSED
    again = b"Received: from another server\r\n" + empty.as_bytes()
    assert await receive(settings, again) == InboundOutcome.IGNORED, "they are told once"
    await answering.drain()
    [told] = [each for each in answering.mails() if "was not recorded" in each["Subject"]]
    assert email("nairobi_coordinator") in told["To"]
    for part in told.iter_parts():
        assert "above or below the quoted text" in " ".join(part.get_content().split())
        assert "https://tracker.example.org/discussions/milestone/" in part.get_content()
    assert told["Auto-Submitted"] == "auto-generated"
    assert told["Reply-To"] is None
    [row] = await InboundMail.objects()
    assert row.comment is None
    said = _changed(empty, **{"Message-ID": "<said@x>"})
    said.set_content(f"{ON}> When?\nOn Monday.\n")
    assert await receive(settings, said.as_bytes()) == InboundOutcome.RECORDED
    assert (await _last()).text == "On Monday."


async def test_same_reply_counts_once_more_is_found_in_it(cast: Cast, answering: Outbox) -> None:
    reply = _reply(await _mentioned(cast, answering), "> two days").as_bytes()
    [kept] = await fetch("SELECT id, message FROM delivery WHERE message IS NOT NULL")
    await fetch("UPDATE delivery SET message = NULL")
    assert await receive(answering.settings, reply) == InboundOutcome.REFUSED
    await fetch("UPDATE delivery SET message = $2 WHERE id = $1", kept["id"], kept["message"])
    assert await receive(answering.settings, reply) == InboundOutcome.RECORDED
    assert await receive(answering.settings, reply) == InboundOutcome.IGNORED


@pytest.mark.parametrize(
    "header",
    [
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("Content-Type", "multipart/report; report-type=disposition-notification; boundary=x"),
    ],
)
async def test_program_that_says_nothing_is_told_nothing(
    cast: Cast, answering: Outbox, header: tuple[str, str]
) -> None:
    mail = await _mentioned(cast, answering)
    reply = _changed(_reply(mail, "> When?\n"), **dict([header]))
    assert await receive(answering.settings, reply.as_bytes()) in ("ignored", "refused")
    known = len(answering.mails())
    await answering.drain()
    assert len(answering.mails()) == known
    assert await Comment.count() == 1


def _html(mail: EmailMessage, html: str, plain: str | None = None) -> EmailMessage:
    made = _reply(mail, plain or "")
    if plain is None:
        made.set_content(html, subtype="html")
    else:
        made.add_alternative(html, subtype="html")
    return made
