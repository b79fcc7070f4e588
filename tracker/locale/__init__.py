"""The reader's language: words, dates, numbers, plurals and writing direction.

English is the source. Every other language is `<language>/LC_MESSAGES/tracker.po`, read when
it is first used; a string without a translation falls back to English alone, not
with its whole page or mail. To bring the catalogues up to date with the templates:

    pybabel extract -F tracker/locale/babel.cfg --no-location -k say -k MediaProblem \\
        -o tracker.pot .
    pybabel update -D tracker -i tracker.pot -d tracker/locale --no-fuzzy-matching --omit-header

Templates write `_("…")`, `ngettext("{n} day", "{n} days", n).format(n=n|number)`, and the filters
of `FILTERS`; all of them speak to the `reader` in the template's context.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property, lru_cache
from gettext import NullTranslations, c2py
from pathlib import Path
from typing import Any, Self, cast
from unicodedata import bidirectional

from babel import Locale, UnknownLocaleError, parse_locale
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.lists import format_list
from babel.messages import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision
from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from tracker.locale.notation import read_number, typed_number
from tracker.zones import known_zone

SOURCE = "en"
CATALOGUES = Path(__file__).parent
DOMAIN = "tracker"


CENT = Decimal("0.01")

LINE_MOST = 36
"""Characters of a line that a phone has room for."""

_DIRECTIONS = {"L": "ltr", "R": "rtl", "AL": "rtl"}
"""Strong characters, by their bidirectional class."""


@dataclass(frozen=True)
class Reader:
    """Somebody who reads, in a language (BCP 47) and a time zone (IANA).

    A language without a catalogue reads English throughout; an unknown zone reads UTC.
    """

    wanted: str = SOURCE
    time_zone: str = "UTC"

    @classmethod
    @lru_cache(1000)  # tags are whatever browsers send
    def of(cls, wanted: str, time_zone: str = "UTC") -> Self:
        """The same one for all who read so: what it has found out is not looked for again."""
        return cls(wanted, time_zone)

    @cached_property
    def language(self) -> str:
        """The language that is really used, BCP 47: for `lang` attributes. The wanted one, or one
        that is written alike (who wants pt-PT reads pt-BR, who wants zh-CN reads zh-Hans), or the
        same in another script, which is nearer than English: who wants zh-TW reads zh-Hans."""
        named = (tag for tag in _broader(self.wanted) if tag in languages())
        wanted = _written(self.wanted)
        alike = (tag for tag in sorted(languages()) if _written(tag) == wanted)
        same = (tag for tag in sorted(languages()) if wanted and _spoken(tag) == wanted[0])
        return next(named, None) or next(alike, None) or next(same, SOURCE)

    @cached_property
    def locale(self) -> Locale:
        """Babel's rules for the language, as near to the wanted region as they go."""
        wanted = _parsed(self.wanted)
        if wanted and _written(self.wanted) == _written(self.language):
            return wanted
        return Locale.parse(self.language, sep="-")

    @cached_property
    def direction(self) -> str:
        """ "ltr" or "rtl": for `dir` attributes."""
        return "rtl" if self.locale.character_order == "right-to-left" else "ltr"

    @cached_property
    def arrow(self) -> str:
        """From what was to what is, along the line as it is read: with marks, or it would point the
        wrong way between words that run from left to right (UAX 9)."""
        return "\u200f←\u200f" if self.direction == "rtl" else "→"

    @cached_property
    def gap(self) -> str:
        """Between two sentences: Chinese has it in its full stop."""
        return "" if self.locale.language == "zh" else " "

    @cached_property
    def mark(self) -> str:
        """Before digits: they would else be drawn as part of foreign words that stand before them
        in a line from right to left (UAX 9)."""
        return "\u200f" if self.direction == "rtl" else ""

    @cached_property
    def zone(self) -> tzinfo:
        """The time zone by which the reader's days begin and end."""
        return known_zone(self.time_zone)

    def gettext(self, message: str) -> str:
        """The message in the reader's language, or in English."""
        return _catalogue(self.language).gettext(message)

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """The message in the plural form that the language has for `count`."""
        return _catalogue(self.language).ngettext(singular, plural, count)

    def say(self, message: str) -> str:
        """A message of the domain (tracker/domain/messages.py) in the reader's language: its
        template and its parts, dates as the language writes them, and what people wrote apart,
        which English needs not. Other text as it stands in the catalogue."""
        if not message:
            return str(message)
        parameters = getattr(message, "parameters", {})
        text = self.gettext(getattr(message, "template", message))
        filled = {name: self._part(value) for name, value in parameters.items()}
        return text.format(**filled) if filled else text

    def _part(self, value: object) -> object:
        """A parameter of a message: a message, a date, several of them, or what needs no words."""
        if isinstance(value, tuple):
            parts = [str(self._part(each)) for each in value]
            by = getattr(value, "by", ", ")
            if by or self.language == SOURCE:
                return (by or " or ").join(parts)
            return format_list(parts, "or", self.locale)
        if hasattr(value, "template"):
            return self.say(cast(str, value))
        if isinstance(value, str):
            return value if self.language == SOURCE else self.apart(value)
        if isinstance(value, date):
            return self.day(getattr(value, "instant", value))
        return value

    def day(self, value: date | str, style: str = "medium") -> str:
        """A civil date (or its ISO 8601 text); an instant counts as its day in the zone."""
        if isinstance(value, datetime):  # two of one hour that comes twice count as equal
            value = value.astimezone(self.zone).date()
        return _day(self, value, style)

    def month(self, value: date | str) -> str:
        """The month of a civil date (or its ISO 8601 text) with its year."""
        value = date.fromisoformat(value) if isinstance(value, str) else value
        return str(format_skeleton("yMMM", value, locale=self.locale))

    def moment(self, value: datetime | str) -> str:
        """An instant (or its RFC 3339 text) by the reader's clock, to the minute of 24 hours."""
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
        local = instant.astimezone(self.zone)
        minute = local.replace(second=0, microsecond=0, tzinfo=None)
        return self.together(_moment(minute, self.locale))

    def towards(self, from_: str, to: str) -> str:
        """From this to that, along the line as it is read, whatever it stands in."""
        path = f"{from_} {self.arrow} {to}"
        return f"\u2067{path}\u2069" if self.direction == "rtl" else path

    def whole(self, text: str) -> str:
        """Figures that belong together, not broken between lines; but for those that a phone's line
        has no room for."""
        return text.replace(" ", "\u00a0") if len(text) <= LINE_MOST else text

    def together(self, text: str) -> str:
        """A date: in a line from right to left, where half of one would be read as another."""
        return self.mark + self.whole(text) if self.mark else text

    def number(self, value: Decimal | float | str) -> str:
        """A number, or its decimal text as GraphQL sends it, to read: with two decimals at most,
        since a percentage of counted people often never ends, and all of them where two would
        leave nothing."""
        return _number(self, str(value))

    def exactly(self, value: Decimal | str) -> str:
        """A number with all of its decimals, such as an exchange rate."""
        return format_decimal(Decimal(value), locale=self.locale, decimal_quantization=False)

    def typed(self, value: Decimal | str | None) -> str:
        """A number for a field to type in, such as 1250,5, which `read` reads back exactly; what
        is none as it stands, and nothing for None."""
        return "" if value is None else typed_number(value, self.locale)

    def read(self, text: str) -> Decimal | None:
        """The number that the reader means by a text that they typed; None where it is none."""
        return read_number(text, self.locale)

    def ratio(self, part: Decimal | str | None, whole: Decimal | str | None) -> str:
        """ "3 / 5", which is read from left to right in every language (UAX 9); – for None."""
        both = (self.number(each) if each is not None else "–" for each in (part, whole))
        text = " / ".join(both)
        return f"\u2066{text}\u2069" if self.direction == "rtl" else text

    def money(self, amount: Decimal | str, currency: str) -> str:
        """An amount with its currency (ISO 4217), with as many decimals as the currency has, or as
        the amount needs."""
        exact = Decimal(str(amount))
        digits = get_currency_precision(currency)
        usual = exact == exact.quantize(Decimal(1).scaleb(-digits))
        said = format_currency(exact, currency, locale=self.locale, currency_digits=usual)
        return _CODE_MEETS_NUMBER.sub("\u00a0", said)

    def percent(self, share: Decimal | float | str) -> str:
        """A share of a whole, 1 meaning 100 %, in whole percents, half a percent rounded up. Not
        quite there does not look like there, nor a little like nothing."""
        return _percent(self, str(share))

    def apart(self, text: str) -> str:
        """What somebody wrote, for a line of other words: where it begins in letters that run the
        other way it is isolated (UAX 9), or its punctuation would change sides."""
        strong = (each for each in map(bidirectional, text) if each in _DIRECTIONS)
        foreign = _DIRECTIONS.get(next(strong, ""), self.direction) != self.direction
        return f"\u2068{text}\u2069" if foreign else text

    def place(self, city: Mapping[str, Any]) -> str:
        """A city, as GraphQL tells it (`name`, `localName`, `languages`), by the name that its own
        people write, for those who read a language of theirs; else by the English one."""
        spoken = _spoken(self.language)
        own = spoken != SOURCE and spoken in map(_spoken, city["languages"])
        return str((own and city["localName"]) or city["name"])

    def listing(self, items: Iterable[str]) -> str:
        """ "a, b and c", as the language joins them."""
        return format_list(list(items), locale=self.locale)


_CODE_MEETS_NUMBER = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
"""Where CLDR's currencySpacing (UTS 35, part 3) wants a space, which Babel leaves out."""

# Many readers of one language read the same days and figures.


@lru_cache(10_000)
def _day(reader: Reader, value: date | str, style: str) -> str:
    if isinstance(value, str):
        if "T" in value:
            return reader.day(datetime.fromisoformat(value), style)
        value = date.fromisoformat(value)
    return reader.together(format_date(value, style, locale=reader.locale))


@lru_cache(10_000)
def _moment(value: datetime, locale: Locale) -> str:
    pattern = str(get_datetime_format("medium", locale=locale))
    day = format_date(value, "medium", locale=locale)
    return pattern.format(format_time(value, "HH:mm", locale=locale), day)


@lru_cache(10_000)
def _number(reader: Reader, text: str) -> str:
    exact = Decimal(text)
    places = exact.as_tuple().exponent
    if isinstance(places, int) and places < -2 and abs(exact) >= CENT:
        exact = exact.quantize(CENT).normalize()
    return format_decimal(exact, locale=reader.locale, decimal_quantization=False)


@lru_cache(10_000)
def _percent(reader: Reader, text: str) -> str:
    share = Decimal(text)
    rounded = share.quantize(CENT, ROUND_HALF_UP)
    if share < 1 <= rounded:
        rounded = 1 - CENT
    if share and not rounded:
        rounded = CENT.copy_sign(share)
    return format_percent(rounded, locale=reader.locale)


FILTERS: dict[str, Callable[..., str]] = {
    "date": Reader.day,
    "month": Reader.month,
    "datetime": Reader.moment,
    "number": Reader.number,
    "exactly": Reader.exactly,
    "ratio": Reader.ratio,
    "typed": Reader.typed,
    "percent": Reader.percent,
    "money": Reader.money,
    "listing": Reader.listing,
    "apart": Reader.apart,
    "place": Reader.place,
    "whole": Reader.whole,
    "say": Reader.say,
}
"""Jinja filter -> what the reader does with the value."""


def install(environment: Environment) -> None:
    """Teach a Jinja environment `_`, `gettext`, `ngettext` and FILTERS, each for the `reader`
    in the context of the template that is rendered."""
    for name in ("gettext", "ngettext"):
        environment.globals[name] = _for_reader(getattr(Reader, name))
    environment.globals["_"] = environment.globals["gettext"]
    for name, method in FILTERS.items():
        environment.filters[name] = _for_reader(method)


@cache
def languages() -> frozenset[str]:
    """What there are catalogues for, as BCP 47 tags, the source included."""
    folders = CATALOGUES.glob(f"*/LC_MESSAGES/{DOMAIN}.po")
    return frozenset({SOURCE, *(file.parts[-3].replace("_", "-") for file in folders)})


def accepted(header: str) -> str:
    """The first language of an Accept-Language that there is a catalogue for, or English.
    Browsers list them by preference."""
    for part in header[:200].split(","):
        tag = part.partition(";")[0].strip()
        if Reader(tag).language != SOURCE or tag.startswith(SOURCE):
            return tag
    return SOURCE


class _Catalogue(NullTranslations):
    """What a .po file says. It is not compiled: that takes as long again as reading it does."""

    def __init__(self, read: Catalog) -> None:
        super().__init__()
        self._said = {
            each.id if isinstance(each.id, str) else each.id[0]: each.string or ""
            for each in read
            if each.id and not each.fuzzy
        }
        self._form = c2py(read.plural_expr)

    def gettext(self, message: str) -> str:
        return self._of(message, 1) or message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self._of(msgid1, n) or (msgid1 if n == 1 else msgid2)

    def _of(self, message: str, count: int) -> str:
        said = self._said.get(message, "")
        return said if isinstance(said, str) else said[self._form(count)]


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == SOURCE:
        return NullTranslations()
    name = language.replace("-", "_")
    with (CATALOGUES / name / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return _Catalogue(read_po(file, locale=name, domain=DOMAIN))


def _broader(tag: str) -> list[str]:
    """zh-Hant-TW -> zh-Hant-TW, zh-Hant, zh."""
    parts = tag.replace("_", "-").split("-")
    return ["-".join(parts[:size]) for size in range(len(parts), 0, -1)]


def _parsed(tag: str) -> Locale | None:
    """Babel's rules for the tag, as far as it is known."""
    for part in _broader(tag):
        try:
            return Locale.parse(part, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


@lru_cache(maxsize=1000)  # tags are whatever browsers send
def _written(tag: str) -> tuple[str, str | None] | None:
    """The language and its script (ISO 15924), most likely as CLDR's likely subtags say where the
    tag does not: zh-SG is (zh, Hans), zh-TW (zh, Hant), pt (pt, Latn). None for unknown ones."""
    if not (known := _parsed(tag)):
        return None
    likely = get_global("likely_subtags").get(known.language, known.language)
    return known.language, known.script or parse_locale(likely)[2]


def _spoken(tag: str) -> str:
    """The language alone: zh of zh-Hans."""
    return tag.partition("-")[0]


def _for_reader(method: Callable[..., str]) -> Callable[..., str]:
    @pass_context
    def call(context: Context, *arguments: Any, **options: Any) -> str:
        return method(context["reader"], *arguments, **options)

    return call
