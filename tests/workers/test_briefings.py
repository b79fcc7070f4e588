"""A digest's briefing: a page of PDF that comes with its mail, for those who wish it."""

from email.message import EmailMessage

import pytest

from tests import factories
from tests.cast import Cast
from tests.papers import letters, pages, title, words
from tests.workers.conftest import Outbox, owe
from tests.workers.test_digests import late_project
from tracker.domain.deliveries import operating
from tracker.domain.deliveries.tables import Delivery
from tracker.domain.digests.actions import subscribe
from tracker.domain.digests.rules import Schedule
from tracker.domain.people.tables import Person

pytestmark = pytest.mark.usefixtures("reads")


async def wish(cast: Cast, name: str) -> None:
    person_id = cast[name].person_id or 0
    await subscribe(cast[name], person_id, Schedule(briefing=True))


def briefing(mail: EmailMessage) -> bytes:
    [file] = mail.iter_attachments()
    assert file.get_content_type() == "application/pdf"
    data = file.get_content()
    assert isinstance(data, bytes)
    return data


async def test_briefing_comes_with_the_mail_where_it_is_wished(cast: Cast, outbox: Outbox) -> None:
    await late_project(cast, 35)
    await wish(cast, "seoul_mayor")
    await owe(cast, "seoul_mayor", "nairobi_mayor")
    await outbox.drain()
    nairobi, seoul = outbox.mails()
    assert nairobi.get_content_type() == "multipart/alternative"
    assert seoul.get_content_type() == "multipart/mixed"
    [file] = seoul.iter_attachments()
    name = file.get_filename("")
    assert name.startswith("PDF 요약 20"), "as its reader calls it"
    assert file["Content-Type"].params["name"] == f"briefing-{name.split()[-1]}"
    [page] = pages(briefing(seoul))
    assert letters("2026") in page
    for said in ("주의가 필요한 사업", "차질", "Data migration", "서울"):
        assert letters(said) in letters(page)


@pytest.mark.parametrize(
    "language", ["en", "ko", "es", "ca", "zh-Hans", "de", "hi", "sw", "pt-BR", "he", "ru"]
)
async def test_briefing_says_what_the_mail_says(cast: Cast, outbox: Outbox, language: str) -> None:
    await late_project(cast, 35)
    await factories.joint_project(cast, "active", title="Permits by phone")
    await Person.update({Person.language: language}).where(
        Person.id == (cast.nairobi_mayor.person_id or 0)
    )
    await wish(cast, "nairobi_mayor")
    await owe(cast, "nairobi_mayor")
    await outbox.drain()
    [mail] = outbox.mails()
    text = mail.get_body(("plain",))
    assert text
    [page] = pages(briefing(mail))
    body = text.get_content().rpartition("\n-- \n")[0] or text.get_content()
    body = body.rpartition("\n--\n")[0]  # below, the page has links where the text has addresses
    said = letters(page)
    assert not {word for word in words(body) if word not in said}
    made = briefing(mail)
    assert title(made) == mail["Subject"]
    assert f"/Lang({language[:2]}".encode() in made.replace(b" (", b"(")
    assert (b"/digests/" in made, b"/verdicts/" in made) == (True, False), "it may be passed on"


@pytest.mark.parametrize(
    ("title_", "known"),
    [
        ("تصاريح البناء في يوم واحد", True),
        ("ใบอนุญาตก่อสร้างในหนึ่งวัน", True),
        ("በአንድ ቀን ውስጥ የግንባታ ፈቃድ", False),
    ],
)
async def test_briefing_can_be_read_aloud_where_its_fonts_have_all_letters(
    cast: Cast, outbox: Outbox, title_: str, *, known: bool
) -> None:
    await late_project(cast, 35, title_)
    await wish(cast, "nairobi_mayor")
    await owe(cast, "nairobi_mayor")
    await outbox.drain()
    [mail] = outbox.mails()
    assert (b"pdfuaid" in briefing(mail)) == known, "ISO 14289-1 forbids signs for none"


async def test_briefing_is_frozen_with_its_mail(cast: Cast, outbox: Outbox) -> None:
    await late_project(cast, 35)
    await wish(cast, "nairobi_mayor")
    [number] = await owe(cast, "nairobi_mayor")
    await outbox.drain()
    kept = await Delivery.objects().get(Delivery.id == number)
    assert kept
    await operating.resend(cast.administrator, number, "It went astray.")
    await outbox.drain()
    first, second = (briefing(mail) for mail in outbox.mails())
    assert first == second
    names = [[each.get_filename() for each in mail.iter_attachments()] for mail in outbox.mails()]
    assert names[0] == names[1]
