"""A digest's briefing: a page of PDF that comes with its mail, for those who wish it."""

import re
import unicodedata
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
import typst

from tests import factories
from tests.cast import Cast
from tests.papers import letters, pages, title, words
from tests.workers.conftest import Outbox, owe
from tests.workers.test_digests import late_project
from tracker.digests import briefing as briefings
from tracker.digests import letters as letters_of
from tracker.domain.database import fetch
from tracker.domain.deliveries.tables import Delivery
from tracker.domain.digests.actions import subscribe
from tracker.domain.digests.rules import Schedule
from tracker.domain.digests.tables import DigestIssue
from tracker.domain.people.tables import Person
from tracker.domain.resending import actions as resending
from tracker.mail import Mail

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


def html(mail: EmailMessage) -> str:
    """Of the mail."""
    body = mail.get_body(("html",))
    assert body
    return str(body.get_content())


def joined(text: str) -> str:
    """Without blanks, letters in whichever form."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def plain_text(mail: EmailMessage) -> str:
    """As the mail has it, its isolates left out."""
    body = mail.get_body(("plain",))
    assert body
    return re.sub("[\u2068\u2069]", "", body.get_content())


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
    for mail, said in ((nairobi, "Attached: "), (seoul, "첨부: ")):
        told = [said in plain_text(mail), said in html(mail), said in page]
        assert told == [mail is seoul, mail is seoul, False], "only a mail that has it says so"
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
    ("wanted", "read"),
    [
        ("تصاريح البناء في يوم واحد", "واحد"),
        ("ใบอนุญาตก่อสร้างในหนึ่งวัน", "ใบอนุญาต"),
        ("Permits 🚀👍🏽🇰🇪 in a day", "Permits in a day"),
        ("በአንድ ቀን ውስጥ: permits", "[…]: permits"),
        ("[\\d]🚀", "[\\d]"),
        ("Permit " + " ".join(map(chr, range(0x790, 0x7C1))), "Permit […]"),  # broke the setter off
        ("ნებართვა ერთ დღეში 𒀀", "ნებართვა ერთ დღეში […]"),
        ("Permis e\u0301\u0333\u0489 ✓ → ∀", "✓ → ∀"),
    ],
)
async def test_briefing_has_no_boxes_and_can_be_read_aloud(
    cast: Cast, outbox: Outbox, wanted: str, read: str
) -> None:
    await late_project(cast, 35, wanted)
    await wish(cast, "nairobi_mayor")
    await owe(cast, "nairobi_mayor")
    await outbox.drain()
    [mail] = outbox.mails()
    assert wanted in plain_text(mail)
    made = briefing(mail)
    assert b"pdfuaid" in made, "ISO 14289-1 forbids signs for none"
    [page] = pages(made)
    assert joined(read) in joined(page)
    assert "\ufffd" not in page


async def test_controls_of_old_texts_take_no_briefing_away(cast: Cast, outbox: Outbox) -> None:
    await late_project(cast, 35, "Permits")
    await fetch("UPDATE project SET title = $1", "Per\x02mits\x07 by \x1b\x7f\x9f phone")
    await wish(cast, "nairobi_mayor")
    await owe(cast, "nairobi_mayor")
    await outbox.drain()
    [mail] = outbox.mails()
    [page] = pages(briefing(mail))
    assert joined("Per mits by phone") in joined(page)
    said = Mail("en", "Per\x02mits", "", html(mail))
    assert title(briefings.drawn(said, datetime.now(UTC))) == "Per mits"


async def test_letters_that_no_font_has_cost_little_and_take_no_others_along(
    cast: Cast, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are: one process words the digests of all."""
    kept, tries = typst.compile, list[None]()

    def counted(*given: Any, **told: Any) -> Any:
        tries.append(None)
        return kept(*given, **told)

    monkeypatch.setattr(typst, "compile", counted)
    await late_project(cast, 35, "".join(map(chr, range(0x12000, 0x120C8))))
    await late_project(cast, 35, "시청 허가 许可证 एक 𒀀")
    await wish(cast, "nairobi_mayor")
    await owe(cast, "nairobi_mayor")
    await outbox.drain()
    [mail] = outbox.mails()
    [page] = pages(briefing(mail))
    assert joined("시청 허가 许可证 एक […]") in joined(page)
    assert not re.search("[\U00012000-\U00012400\ufffd]", page)
    assert len(tries) <= letters_of.TRIES + 2


@pytest.mark.parametrize(
    "lacked",
    [
        {chr(0x13000 + number) for number in range(30)},
        {chr(block + number) for block in range(0x17000, 0x17800, 128) for number in (0, 1)},
    ],
    ids=["one block", "many blocks"],
)
def test_setter_is_asked_ever_less_about_letters_that_it_lacks(lacked: set[str]) -> None:
    asked = list[str]()

    def sets(words: str) -> bool:
        asked.append(words)
        return briefings.has(words)

    for _ in lacked:
        asked.clear()
        assert letters_of.lacking(lacked, briefings.files(), sets) == lacked
        assert len(asked) <= letters_of.TRIES
        if not asked:
            break
    assert not asked, "each mail learns some"


def test_letters_that_the_setter_lacks_take_none_along_of_another_script() -> None:
    lacked = {chr(0x780 + number) for number in range(38)}
    found = letters_of.lacking(lacked | {*"ჰიჶ"}, briefings.files(), briefings.has)
    assert found == lacked


def test_what_fonts_have_is_read_of_them_as_the_setter_reads_it() -> None:
    """A sign of each of their scripts, and their first and last ones."""
    read = letters_of.read(briefings.files())
    have = [chr(number) for number in range(0x20, 0x110000) if read[number]]
    signs = [each for each in have if unicodedata.category(each)[0] in "LNPS"]
    assert {*"aßøЖאकทعあ漢한"} <= {*have}
    assert not {*"𒀀ა🚀ሀ"} & {*have}
    assert briefings.has("".join(signs[::97]))


async def test_briefing_prints_where_its_links_lead(cast: Cast, outbox: Outbox) -> None:
    await factories.joint_project(cast, "under_review")
    for number in range(8):
        await late_project(cast, 35, f"Complaints {number}")
    await wish(cast, "nairobi_mayor")
    await owe(cast, "nairobi_mayor")
    await outbox.drain()
    [mail] = [each for each in outbox.mails() if [*each.iter_attachments()]]
    [page] = pages(briefing(mail))
    assert "e-Sharing tracker" in page
    assert re.search(r"and \d more\*", page)
    said = " ".join(page.replace("\u200b", "").split()).replace("/ ", "/")
    assert re.search(r"\* Read this on the web: tracker\.example\.org/digests/\d+ ", said)
    assert "or unsubscribe: tracker.example.org/preferences" in said
    assert re.search(r"Read and decide: tracker\.example\.org/decisions/\d+", said)
    assert "•" in page, "entries begin with a bullet"


async def test_briefing_tells_more_than_its_mail_has_room_for(cast: Cast, outbox: Outbox) -> None:
    titles = {f"Complaints {number}" for number in range(8)}
    for each in sorted(titles):
        await late_project(cast, 35, each)
    await wish(cast, "nairobi_mayor")
    await owe(cast, "nairobi_mayor", "nairobi_cio")
    await outbox.drain()
    mail, plain = sorted(outbox.mails(), key=lambda each: not [*each.iter_attachments()])
    [page] = pages(briefing(mail))
    in_mail, on_paper = (set(re.findall(r"Complaints \d", each)) for each in (html(mail), page))
    assert in_mail < on_paper <= titles
    kept = await DigestIssue.select(DigestIssue.html, DigestIssue.sheet).order_by(DigestIssue.id)
    assert [bool(each["sheet"]) for each in kept] == [True, False], "only where one was sent"
    assert len(html(plain)) < len(html(mail)) < len(kept[0]["sheet"])


async def test_briefing_is_frozen_with_its_mail(cast: Cast, outbox: Outbox) -> None:
    await late_project(cast, 35)
    await wish(cast, "nairobi_mayor")
    [number] = await owe(cast, "nairobi_mayor")
    await outbox.drain()
    kept = await Delivery.objects().get(Delivery.id == number)
    assert kept
    await resending.resend(cast.administrator, number, "It went astray.")
    await outbox.drain()
    first, second = (briefing(mail) for mail in outbox.mails())
    assert first == second
    names = [[each.get_filename() for each in mail.iter_attachments()] for mail in outbox.mails()]
    assert names[0] == names[1]
