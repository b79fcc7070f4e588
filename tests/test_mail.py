"""Mails as they are written, and as bytes."""

import email
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32, default
from html import unescape
from pathlib import Path
from typing import Any, cast

import jinja2
import pytest

from tests.browser.mail_kinds import BASE, KINDS, mails
from tests.idle import idle
from tracker import mail
from tracker.digests.room import Part
from tracker.locale import languages
from tracker.mail import Mail
from tracker.settings import Settings

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
MAIL = Mail("ko", "사업 3건 순조, 1건 결정 필요", "안녕하세요\n.\n끝\n", "<p>안녕하세요</p>")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of an installation that starts nothing."""
    return idle(tmp_path)


def parsed(settings: Settings, made: Mail = MAIL, name: str = "시장") -> EmailMessage:
    content = mail.message(made, settings, (name, "mayor@example.org"), "<1@example.org>", NOW)
    return email.message_from_bytes(content, policy=default)


def test_message_reads_as_it_was_written(settings: Settings) -> None:
    found = parsed(settings)
    assert found["Subject"] == MAIL.subject
    assert found["To"] == "시장 <mayor@example.org>"
    assert found["From"] == "e-Sharing <tracker@example.org>"
    assert found["Message-ID"] == "<1@example.org>"
    assert found["Date"].datetime == NOW
    assert found["Auto-Submitted"] == "auto-generated"
    plain, html = (cast(EmailMessage, part) for part in found.iter_parts())
    assert plain.get_content().splitlines() == MAIL.text.splitlines()
    assert html.get_content().strip() == MAIL.html
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")


@pytest.mark.parametrize("more", range(12))
def test_name_of_a_reader_keeps_its_blanks_however_it_is_folded(
    settings: Settings, more: int
) -> None:
    name = "א" * more + ' ראש העיר, סגן ראש העיר "והממונה" על השירות לתושב'
    content = mail.message(MAIL, settings, (name, "mayor@example.org"), "<1@example.org>", NOW)
    raw = email.message_from_bytes(content, policy=compat32)["To"]
    read = str(make_header(decode_header(raw)))  # the newer parser parts encoded words by blanks
    assert read == f"{name.strip()} <mayor@example.org>"
    [reader] = parsed(settings, name=name)["To"].addresses
    assert reader.addr_spec == "mayor@example.org"


@pytest.mark.parametrize("blanks", range(12))
def test_subject_keeps_its_blanks_however_it_is_folded(settings: Settings, blanks: int) -> None:
    subject = "א" * blanks + " פרויקט אחד לפי התוכנית, אחד בפיגור, 2 דורשים את החלטתכם"
    assert parsed(settings, replace(MAIL, subject=subject.strip()))["Subject"] == subject.strip()


@pytest.mark.parametrize(
    "subject",
    [
        "4 proposals to review, 3 things wait for you, 1 project off track, 2 at risk",
        "4 proposals to review, 3 things wait for you: " + "Permits in a day, " * 9 + "2 at risk",
        "x" * 66,
        "x" * 300 + " to review, 2 at risk",
    ],
)
def test_subject_begins_on_its_own_line_however_it_is_folded(
    settings: Settings, subject: str
) -> None:
    content = mail.message(
        replace(MAIL, subject=subject), settings, ("M", "m@example.org"), "<1@e.org>", NOW
    )
    assert re.search(rb"(?m)^Subject: \S", content)
    assert max(map(len, content.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78
    assert email.message_from_bytes(content, policy=default)["Subject"] == subject


def test_sender_with_many_words_begins_on_its_own_line(settings: Settings) -> None:
    sender = '"Tracker of cities that share with all: e-Governments Organization" <t@e.org>'
    content = mail.message(
        MAIL, replace(settings, mail_from=sender), ("M", "m@example.org"), "<1@e.org>", NOW
    )
    assert re.search(rb"(?m)^From: \S", content)
    assert email.message_from_bytes(content, policy=default)["From"] == sender


@pytest.mark.parametrize(
    "words",
    [
        "Permits =?utf-8?q?=E2=80=AEevil?= now",
        "=?utf-8?b?SGVsbG8NCkJjYzogeEB5LnpkZQ==?=",
        "To decide: =?utf-8?q?Sign_the_agreement=3A_other_project?=",
        "=?utf-8?q?=00?= x",
    ],
)
def test_words_that_look_encoded_are_read_as_they_were_written(
    settings: Settings, words: str
) -> None:
    """RFC 2047: no program decodes them to others."""
    content = mail.message(
        replace(MAIL, subject=words), settings, (words, "m@example.org"), "<1@example.org>", NOW
    )
    assert email.message_from_bytes(content, policy=default)["Subject"] == words
    raw = email.message_from_bytes(content, policy=compat32)["To"]
    assert str(make_header(decode_header(raw))) == f"{words} <m@example.org>"


def test_file_comes_with_the_mail_under_both_of_its_names(settings: Settings) -> None:
    file = mail.Attached(
        "सार-संक्षेप की PDF 2026.pdf", "briefing.pdf", "application/pdf", bytes(range(256))
    )
    content = mail.message(
        replace(MAIL, attached=(file,)), settings, ("시장", "m@example.org"), "<1@example.org>", NOW
    )
    assert max(len(line) for line in content.split(b"\r\n")) <= 78, "RFC 5322, 2.1.1"
    assert b"\n" not in content.replace(b"\r\n", b"")
    found = email.message_from_bytes(content, policy=default)
    assert not found.defects
    [part] = found.iter_attachments()
    assert (part.get_filename(), part["Content-Type"].params["name"]) == (file.name, file.plain)
    assert part.get_content() == file.data
    text, html = found.get_body(("plain",)), found.get_body(("html",))
    assert text
    assert html
    assert html.get_content().strip() == MAIL.html


def test_message_is_seven_bit_with_crlf(settings: Settings) -> None:
    content = mail.message(MAIL, settings, ("시장", "mayor@example.org"), "<1@example.org>", NOW)
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 998


PROJECT = {"title": "Permits", "code": "ES-2026-0001", "actualStartOn": None, "actualEndOn": None}
READING = {
    "title": "Permits are quick",
    "indicator": "Days to a permit",
    "baseline": "40",
    "actual": "12",
    "target": "10",
    "unit": "days",
    "achievement": "0.9333",
    "as_of": "2026-11-01",
    "narrative": "",
    "qualitative": False,
    "disputed": False,
}
CLOSING = {
    "project": PROJECT,
    "recipient": "Mayor",
    "donor": "Seoul",
    "recipient_city": "Nairobi",
    "results": [],
    "milestones": [],
    "lessons": [],
    "base_url": "https://tracker.example.org",
    "composed_at": NOW,
    "copy": "7",
    "mailed_at": None,
    "briefing": True,
    "contact": "",
    "verdict_url": "https://tracker.example.org/verdicts/x",
}
BREAKS = ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x0c", "\x1c", "\r\n\r\n"]


@pytest.mark.parametrize("line_break", BREAKS)
def test_line_breaks_in_names_and_titles_reach_no_header(
    settings: Settings, line_break: str
) -> None:
    attack = f"Mayor{line_break}Bcc: all@example.org{line_break}{line_break}<script>"
    made = mail.render("closing", "en", CLOSING | {"project": PROJECT | {"title": attack}})
    found = parsed(settings, made, name=attack)
    assert "Bcc: all@example.org" in found["Subject"]
    assert sorted(found.keys()) == sorted(parsed(settings).keys())
    assert len(list(found.iter_parts())) == 2


@pytest.mark.parametrize("kind", ["digest", "closing", "reminder"])
def test_choice_of_mails_needs_no_sign_in(settings: Settings, kind: str) -> None:
    """Of each kind that says where it is chosen, in both forms; where there is no link, they ask
    to sign in."""
    settings = replace(settings, base_url=BASE)
    link = f"{BASE}/unsubscribe/opaque"
    for _, made in mails("en", [kind]):
        for leave, other in ((link, f"{BASE}/preferences"), ("", link)):
            to = ("Mayor", "mayor@example.org")
            content = mail.message(made, settings, to, "<1@example.org>", NOW, leave)
            found = email.message_from_bytes(content, policy=default)
            for part in found.iter_parts():
                words = cast(EmailMessage, part).get_content()
                assert (leave or f"{BASE}/preferences") in words
                assert other not in words


@pytest.mark.parametrize("address", ["", "a", "a@b@c", "a@", "a@b\r\nBcc: c@d", "a, b@c"])
def test_address_that_is_none_is_refused(settings: Settings, address: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        mail.message(MAIL, settings, ("Mayor", address), "<1@example.org>", NOW)


def test_message_ids_are_unique_and_name_the_host(settings: Settings) -> None:
    ids = {mail.new_message_id(settings, "digest.7") for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch(r"<digest\.7\.[0-9a-f]{20}@tracker\.example\.org>", x) for x in ids)


def sign_in(language: str, **changes: Any) -> Mail:
    context = {"recipient": "Mayor", "link": "https://x.example/?a=1&b=2", "minutes": 10}
    return mail.render("sign_in", language, context | changes)


def test_sign_in_mail_is_in_the_readers_language() -> None:
    assert sign_in("en").subject == "Your link to sign in"
    assert sign_in("ko").subject == "로그인 링크"
    assert "10 minutes" in sign_in("en").text
    assert "10분" in sign_in("ko").html
    assert 'lang="ko" dir="ltr"' in sign_in("ko").html


def test_html_is_escaped_and_text_is_not() -> None:
    made = sign_in("en", recipient="<b>&")
    assert "&lt;b&gt;&amp;" in made.html
    assert "Dear <b>&," in made.text
    assert "https://x.example/?a=1&b=2" in made.text


@pytest.mark.parametrize("where", ["indicator", "unit", "narrative", "title"])
def test_markup_in_what_people_wrote_stays_text(where: str) -> None:
    reading = READING | {"actual": None, where: "<img src=x> & co"}
    result = {"title": reading["title"], "readings": Part([reading], 0, "")}
    told = {"results": Part([result], 0, ""), "donor": "<img> town"}
    made = mail.render("closing", "en", CLOSING | told)
    assert "<img" not in made.html
    assert "&lt;img src=x&gt; &amp; co" in made.html
    assert "&amp;amp;" not in made.html
    assert "<img src=x> & co" in made.text
    assert "<img> town" in made.text


@pytest.mark.parametrize("language", sorted(languages()))
def test_no_mark_follows_another(language: str) -> None:
    """Such as a sentence's full stop the one with which a date ends."""
    for kind, made in mails(language, KINDS):
        html = re.sub("(?s)<style>.*</style>|<[^>]+>", "", made.html)
        read = "\n".join([made.subject, made.text, unescape(html)])
        assert re.findall(r".*(?:(?<!\.)\.\.(?!\.)|[,:;] ?[,:;]).*", read) == [], kind


def test_chinese_has_marks_of_its_own_width() -> None:
    for kind, made in mails("zh-Hans", KINDS):
        read = re.sub(r"https?://\S+|Re: ", "", f"{made.subject}\n{made.text}")
        assert re.findall(r".*(?:[一-鿿]\s?[,:;()]|[,:;()]\s?[一-鿿]).*", read) == [], kind


@pytest.mark.parametrize(
    ("language", "cities"),
    [
        ("en", "Nairobi and 1,234 more cities"),
        ("de", "Nairobi und 1.234 weitere Städte"),
        ("zh-Hans", "Nairobi，另有 1,234 个城市"),
        ("he", "Nairobi\u2069 ועוד 1,234 ערים"),
    ],
)
def test_what_is_left_out_joins_what_is_told(language: str, cities: str) -> None:
    _, made = next(mails(language, ["digest"]))
    assert cities in made.html
    assert cities in made.text


@pytest.mark.parametrize(
    ("kind", "said"),
    [("closing", "and 1,234 more indicators"), ("reminder", "and 1,234 more people")],
)
def test_what_is_left_out_of_a_list_in_a_list_is_named(kind: str, said: str) -> None:
    *_, (_, made) = mails("en", [kind])
    assert said in made.html
    assert f"  {said}: {BASE}/projects" in made.text


@pytest.mark.parametrize("kind", KINDS)
def test_titles_are_cut_at_their_own_end(kind: str) -> None:
    for _, made in mails("he", [kind]):
        cut = re.findall(r"<[^>]*text-overflow:ellipsis[^>]*>", made.html)
        assert [each for each in cut if 'dir="auto"' not in each] == []


@pytest.mark.parametrize(
    ("language", "days"),
    [("ko", ("2026. 11. 20.부터", "2026. 11. 20.까지")), ("zh-Hans", ("自2026年11月20日起",))],
)
def test_days_are_not_parted_from_their_particles(language: str, days: tuple[str, ...]) -> None:
    _, made = next(mails(language, ["digest"]))
    for each in days:
        whole = each.replace(" ", "\u00a0")
        assert made.html.count(f'white-space:nowrap;">{whole}') == made.html.count(whole) > 0


def test_dates_in_html_are_not_broken_between_lines() -> None:
    [(_, made)] = mails("en", ["delegation"])
    assert "Nov\u00a020,\u00a02026" in made.html
    assert "Nov 20, 2026" in made.text


def test_template_that_misses_something_says_what() -> None:
    with pytest.raises(jinja2.UndefinedError, match="recipient"):
        mail.render("sign_in", "en", {"link": "x", "minutes": 10})
