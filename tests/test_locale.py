"""The catalogues themselves."""

import re
import warnings
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po

from tracker.domain.messages import DayOf, either, listed, say, untranslated, word, words
from tracker.locale import CATALOGUES, DOMAIN, Reader, languages


def test_catalogues_have_the_plurals_of_their_languages_and_no_more() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for path in CATALOGUES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"):
            with path.open("rb") as file:
                read_po(file, locale=path.parts[-3], domain=DOMAIN, abort_invalid=True)
            told = re.findall(r'^msgid "(.+)"$', path.read_text(), re.MULTILINE)
            assert [text for text, times in Counter(told).items() if times > 1] == []
    assert "ko" in languages()
    assert "msgstr[1]" not in (CATALOGUES / "ko/LC_MESSAGES" / f"{DOMAIN}.po").read_text()
    assert Reader("ko").ngettext("{n} day", "{n} days", 3) == "{n}일"


@pytest.mark.parametrize(
    ("share", "said"),
    [
        *((2 / 3, "67%"), (1 / 26, "4%"), ("0.9386", "94%"), ("0.125", "13%"), ("-0.125", "-13%")),
        *((0, "0%"), ("0.004", "1%"), ("-0.004", "-1%"), ("0.996", "99%"), (1, "100%")),
    ],
)
def test_percents_are_rounded_but_not_to_all_or_nothing(share: float | str, said: str) -> None:
    assert Reader("en").percent(share) == said


def test_language_without_a_catalogue_reads_one_that_is_written_alike() -> None:
    for wanted in ("pt-BR", "pt-br", "pt", "pt-PT", "pt-AO"):
        assert Reader(wanted).language == "pt-BR"
    assert str(Reader("pt-PT").locale) == "pt_PT"
    assert Reader("es-MX").language == "es"
    assert Reader("ca-ES-valencia").language == "ca"
    simplified = Reader("zh-Hans").language
    assert {Reader(tag).language for tag in ("zh", "zh-CN", "zh-SG")} == {simplified}
    traditional = ("zh-TW", "zh-HK", "zh-Hant", "zh-Hant-TW")
    assert {Reader(tag).language for tag in traditional} == {simplified}, "nearer than English"
    assert {Reader(tag).locale.script for tag in traditional} == {"Hans"}, "dates like the words"
    assert {Reader(tag).language for tag in ("xx", "", "i-klingon")} == {"en"}


def test_message_in_english_and_in_another_language() -> None:
    day = say(
        "The period begins on {starts_on}; there is nothing to report yet.",
        starts_on=date(2026, 12, 1),
    )
    assert day == "The period begins on 2026-12-01; there is nothing to report yet."
    english = Reader("en").say(day)
    assert english == "The period begins on Dec 1, 2026; there is nothing to report yet."
    assert Reader("ko").say(day).startswith("기간이 2026. 12. 1.에 시작합니다.")
    state = say("The project is {state}.", state=word("under_review"))
    assert (state, Reader("ko").say(state)) == (
        "The project is under review.",
        "프로젝트가 ‘심사 중’ 상태입니다.",
    )
    parts = say(
        "{titles} {states} {verbs}",
        titles=listed(["A, b", "c"]),
        states=either(["draft", "returned"]),
        verbs=words(["submit", "withdraw"]),
    )
    assert parts == "A, b; c draft or returned submit, withdraw"
    assert Reader("en").say(parts) == parts
    assert Reader("ko").say(parts) == "A, b; c 초안 또는 반려됨 제출, 철회"
    assert Reader("ko").say(untranslated("{as} it is")) == "{as} it is"


def test_instant_is_a_day_of_its_readers_zone() -> None:
    said = say("{due_on} is past.", due_on=DayOf(datetime(2026, 11, 27, 22, tzinfo=UTC)))
    assert said == "2026-11-27 is past."
    assert Reader("en", "Asia/Seoul").say(said) == "Nov 28, 2026 is past."


def test_instants_of_an_hour_that_comes_twice_are_days_of_their_own() -> None:
    berlin, reader = ZoneInfo("Europe/Berlin"), Reader.of("en", "Atlantic/Cape_Verde")
    days = [reader.day(datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=berlin)) for fold in (0, 1)]
    assert days == ["Oct 24, 2026", "Oct 25, 2026"]


def test_what_is_read_from_right_to_left_keeps_its_order() -> None:
    hebrew, day = Reader("he"), date(2026, 12, 1)
    said = hebrew.say(say("{row}: {message}", row="Open (311)!", message=say("This is needed.")))
    assert said.startswith("\u2068Open (311)!\u2069: ")
    assert (Reader("de").arrow, hebrew.direction, hebrew.arrow) == ("→", "rtl", "\u200f←\u200f")
    assert hebrew.day(day) == "\u200f1\u00a0בדצמ׳\u00a02026"
    assert hebrew.moment("2026-12-01T10:00:00Z").startswith("\u200f1\u00a0בדצמ׳\u00a02026,\u00a0")
    assert Reader("ru").day(day) == "1 дек. 2026\u202fг."


def test_words_that_run_the_other_way_are_kept_apart() -> None:
    assert Reader("he").apart("(311) One app!") == "\u2068(311) One app!\u2069"
    assert Reader("en").apart("יישומון אחד!") == "\u2068יישומון אחד!\u2069"
    for language, same in (("he", "יישומון!"), ("en", "One app!"), ("he", "311!"), ("ko", "")):
        assert Reader(language).apart(same) == same


@pytest.mark.parametrize("language", sorted(languages() | {"de-CH", "es-MX", "pt-PT"}))
@pytest.mark.parametrize("number", ["1250.5", "1.25", "1250", "0.001", "1234567.89", "-1250.5"])
def test_number_reads_back_as_fields_and_pages_write_it(language: str, number: str) -> None:
    reader = Reader(language)
    for written in (reader.typed(number), reader.exactly(number)):
        assert reader.read(written) == Decimal(number), written
        assert reader.read(written.replace("-", "−")) == Decimal(number), written


@pytest.mark.parametrize(
    ("language", "typed", "number"),
    [
        ("de", "1.250", "1250"),
        ("de", "1.250,50", "1250.5"),
        ("de", "70,5", "70.5"),
        ("de", "1.25", "1.25"),
        ("de", "1250.5", "1250.5"),
        ("de", "1\u202f250", "1250"),
        ("de", "1,250.50", None),
        ("de", "1 250.500", None),
        ("es", "12.500", "12500"),
        ("en", "1.250", "1.25"),
        ("en", "1,000,000", "1000000"),
        ("en", "12,5", None),
        ("de-CH", "1'250.5", "1250.5"),
        ("hi", "10,00,000", "1000000"),
        ("ru", "1 250,5", "1250.5"),
        ("ru", "1250.5", "1250.5"),
        ("ru", "1.250", None),
        ("en", "1e3", None),
        ("en", "NaN", None),
        ("en", "", None),
    ],
)
def test_number_is_read_by_its_reader_or_not_at_all(
    language: str, typed: str, number: str | None
) -> None:
    assert Reader(language).read(typed) == (number and Decimal(number))


def test_fraction_is_read_from_left_to_right_in_every_language() -> None:
    assert Reader("he").ratio("39870", "149500") == "\u206639,870 / 149,500\u2069"
    assert Reader("de").ratio(None, "149500") == "– / 149.500"


def test_currency_code_does_not_touch_its_number() -> None:
    for language, said in {
        "en": "KES\u00a021,500,000.00",
        "hi": "KES\u00a02,15,00,000.00",
        "pt-BR": "KES\u00a021.500.000,00",
        "de": "21.500.000,00\u00a0KES",
    }.items():
        assert Reader(language).money("21500000", "KES") == said
    assert Reader("en").money("-5", "KES") == "-KES\u00a05.00"
    assert Reader("en").money("5", "USD") == "$5.00"
