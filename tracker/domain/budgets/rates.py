"""Importing exchange rates: the table that the European Central Bank publishes -> rates.

https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/
offers the last day (`eurofxref.csv`) and all days since 1999 (`eurofxref-hist.csv`): a column a
currency, a row a day, units of the currency for one euro.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from io import StringIO

from tracker.domain import clock, currencies
from tracker.domain.actor import Actor
from tracker.domain.audit import create
from tracker.domain.budgets.tables import ExchangeRate, RateImport
from tracker.domain.database import transaction
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.messages import Message, say
from tracker.domain.problems import Problems, plausible
from tracker.domain.roles import Permission

ECB = "European Central Bank, euro foreign exchange reference rates"
ABSENT = ("", "N/A")
"""Cells of days on which there was no rate. They are absent, never zero."""

CELLS_MOST = 500_000
"""All days since 1999 are half of it."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What one euro was worth."""

    currency: str
    rated_on: date
    rate: Decimal


def read_rates(data: str | bytes) -> list[Rate]:
    """The rates of a table `Date,USD,JPY,…`; a comma at the end of its lines is no column.

    Raises Invalid naming every row that does not fit, and every cell that is no rate.
    """
    lines = _lines(data)
    if len(lines) < 2:
        raise Invalid({"file": [say("There is no rate in it; write Date,USD,… and a day a line.")]})
    problems = Problems()
    codes = _codes(lines[0][1], problems)
    problems.raise_any()
    rates: list[Rate] = []
    first: dict[date, int] = {}
    for number, cells in lines[1:]:
        day = _day(number, cells, len(codes), first, problems)
        if day:
            rates += _row(number, day, codes, cells[1:], problems)
    problems.unless(bool(rates) or bool(problems.fields), "file", say("There is no rate in it."))
    problems.raise_any()
    return rates


async def import_rates(actor: Actor, rates: Sequence[Rate], source: str = ECB) -> RateImport:
    """Add the rates, or bring those of a known day and currency up to date.

    Raises Invalid, or Forbidden for anybody but the administrator.
    """
    if not actor.may(Permission.IMPORT):
        raise Forbidden(say("Only the secretariat's administrator imports exchange rates."))
    problems = Problems()
    source = problems.title("source", source)
    problems.unless(bool(rates), "rates", say("There is none."))
    _check(rates, problems)
    problems.raise_any()
    days = [rate.rated_on for rate in rates]
    columns = [list(each) for each in zip(*map(_columns, rates), strict=True)]
    async with transaction():
        [known] = await ExchangeRate.raw(_REVISED, *columns)
        batch = RateImport(
            source=source,
            first_on=min(days),
            last_on=max(days),
            rates=len(rates),
            revised=known["revised"],
            imported_at=clock.now(),
        )
        await create(actor, batch, "import")
        await ExchangeRate.raw(_WRITE, batch.id, source, *columns)
    return batch


def _check(rates: Sequence[Rate], problems: Problems) -> None:
    """Notes what no file would be let in with either, whoever sends the rates."""
    today = clock.today("Pacific/Kiritimati")
    first: dict[tuple[str, date], int] = {}
    for number, each in enumerate(rates):
        at = f"rates.{number}"
        problems.unless(_quoted(each.currency), f"{at}.currency", _unquoted(each.currency))
        problems.not_future(f"{at}.rated_on", problems.day(f"{at}.rated_on", each.rated_on), today)
        if problems.number(f"{at}.rate", each.rate) is not None:
            problems.unless(each.rate > 0, f"{at}.rate", say("A rate is more than nothing."))
        earlier = first.setdefault((each.currency, each.rated_on), number)
        problems.unless(
            earlier == number,
            at,
            say("The same currency and day as number {earlier}.", earlier=earlier),
        )


def _quoted(code: str) -> bool:
    """Whether it is a currency that rates are given for."""
    return currencies.known(code) and code != currencies.BASE


def _unquoted(code: str) -> Message:
    return say("{code!r} is no ISO 4217 code of a currency other than the euro.", code=code[:20])


_REVISED = """
SELECT count(*)::int AS revised
FROM unnest({}::text[], {}::date[], {}::numeric[]) AS g (currency, rated_on, rate)
JOIN exchange_rate x ON x.currency = g.currency AND x.rated_on = g.rated_on AND x.rate <> g.rate
"""

_WRITE = """
INSERT INTO exchange_rate AS x (batch, source, currency, rated_on, rate)
SELECT {}::integer, {}::text, g.currency, g.rated_on, g.rate
FROM unnest({}::text[], {}::date[], {}::numeric[]) AS g (currency, rated_on, rate)
ON CONFLICT (currency, rated_on) DO UPDATE
SET batch = excluded.batch, source = excluded.source, rate = excluded.rate
WHERE x.rate <> excluded.rate
"""


def _columns(rate: Rate) -> tuple[str, date, Decimal]:
    return rate.currency, rate.rated_on, rate.rate


def _lines(data: str | bytes) -> list[tuple[int, list[str]]]:
    """Line number and trimmed cells of every line that is not empty."""
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        message = say(
            "Byte {start} is not UTF-8; take the file as it was published.", start=error.start
        )
        raise Invalid({"file": [message]}) from error
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    lines: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            trimmed = [cell.strip() for cell in cells]
            if any(trimmed):
                lines.append((reader.line_num, trimmed))
    except csv.Error as error:
        raise Invalid(
            {f"row {reader.line_num}": [say("Cannot be read: {error}.", error=error)]}
        ) from error
    if sum(len(cells) for _, cells in lines) > CELLS_MOST:
        raise Invalid({"file": [say("More than {most:,} cells; split it.", most=CELLS_MOST)]})
    return lines


def _codes(cells: list[str], problems: Problems) -> list[str]:
    """The currencies of the columns after the first."""
    if cells[-1] == "":
        cells = cells[:-1]
    problems.unless(
        bool(cells) and cells[0].lower() == "date" and len(cells) > 1,
        "row 1",
        say("{header!r} must be Date and then a currency a column.", header=", ".join(cells)[:200]),
    )
    codes = [cell.upper() for cell in cells[1:]]
    for code in codes:
        problems.unless(_quoted(code), "row 1", _unquoted(code))
    problems.unless(len(codes) == len(set(codes)), "row 1", say("Name each currency only once."))
    return codes


def _day(
    number: int, cells: list[str], width: int, first: dict[date, int], problems: Problems
) -> date | None:
    """The row's day; notes rows of another width, days that are none, doubled or ahead."""
    field = f"row {number}"
    extra = cells[width + 1 :]
    if len(cells) < width + 1 or any(extra) or len(extra) > 1:
        problems.add(
            field,
            say("Cells: {count}, but the header has {width}.", count=len(cells), width=width + 1),
        )
        return None
    day = _date(cells[0])
    if day is None:
        problems.add(
            field, say("{cells!r} is not a date; write it as YYYY-MM-DD.", cells=cells[0][:40])
        )
        return None
    problems.not_future(field, day, clock.today("Pacific/Kiritimati"))
    earlier = first.setdefault(day, number)
    problems.unless(
        earlier == number,
        field,
        say("{day} is already in row {earlier}.", day=day, earlier=earlier),
    )
    return day


def _date(text: str) -> date | None:
    """The bank writes 2026-11-24 in its history and 24 November 2026 in its daily file."""
    for pattern in ("%Y-%m-%d", "%d %B %Y"):
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    return None


def _row(
    number: int, day: date, codes: list[str], cells: list[str], problems: Problems
) -> Iterator[Rate]:
    for code, cell in zip(codes, cells, strict=False):
        if cell in ABSENT:
            continue
        rate = _rate(cell)
        if rate is None:
            message = say(
                "{code}: {cell!r} is no rate; write a positive number, or N/A for none.",
                code=code,
                cell=cell[:40],
            )
            problems.add(f"row {number}", message)
        else:
            yield Rate(currency=code, rated_on=day, rate=rate)


def _rate(text: str) -> Decimal | None:
    try:
        rate = Decimal(text)
    except InvalidOperation:
        return None
    return rate if rate.is_finite() and rate > 0 and plausible(rate) else None
