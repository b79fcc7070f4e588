"""Currencies after ISO 4217, as the Unicode CLDR data in the babel package keep them."""

from datetime import date
from functools import cache

from babel.core import get_global
from babel.numbers import is_currency

from tracker.domain.messages import say
from tracker.domain.problems import Problems

BASE = "EUR"
"""What exchange rates are quoted against: the European Central Bank's own currency."""


def known(code: str) -> bool:
    """Whether some country has, or once had, a currency with this code."""
    return is_currency(code)


def in_use(code: str, day: date) -> bool:
    """Whether the currency is legal tender somewhere on that day."""
    return any(
        (start is None or date(*start) <= day) and (end is None or day <= date(*end))
        for start, end in _tender().get(code, ())
    )


def check(code: str, day: date | None, problems: Problems, field: str) -> None:
    """Notes what is no currency, or none on the day; wherever somebody names one."""
    if not known(code):
        message = say(
            "{code!r} is no currency; write its ISO 4217 code, such as KES.", code=code[:20]
        )
        problems.add(field, message)
    elif day and not in_use(code, day):
        problems.add(
            field, say("{code} is no longer, or not yet, in use on {day}.", code=code, day=day)
        )


_Day = tuple[int, int, int] | None


@cache
def _tender() -> dict[str, list[tuple[_Day, _Day]]]:
    """Code -> from when to when it was tender in each country."""
    found: dict[str, list[tuple[_Day, _Day]]] = {}
    for currencies in get_global("territory_currencies").values():
        for code, start, end, tender in currencies:
            if tender:
                found.setdefault(code, []).append((start, end))
    return found
