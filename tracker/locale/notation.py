"""Numbers as people type them: read by their locale, and written so that they read back exactly."""

import re
from decimal import Decimal, InvalidOperation

from babel import Locale
from babel.numbers import (
    NumberFormatError,
    get_decimal_symbol,
    get_group_symbol,
    parse_decimal,
)

_PLAIN = {ord("−"): "-", **dict.fromkeys(map(ord, "\u061c\u200e\u200f\u2066\u2067\u2068\u2069"))}
"""Minus signs of typography, and marks of direction that are copied along."""

_GAP = re.compile(r"(?<=\d)[\s'’](?=\d)")
"""What separates groups of digits in any locale, since it means nothing else in a number."""

_MACHINE = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")

_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
"""What most who write a decimal comma mean as thousands."""


def read_number(text: str, locale: Locale) -> Decimal | None:
    """The number that the text is in the locale; else in machine notation (1250.5), which counts
    only where nothing else can be meant by it: in German 1.250 is 1250, and 1.25 a quarter more
    than one; in Russian, which writes 1 250, somebody who writes 1.250 is asked. None for what is
    neither."""
    plain = text.translate(_PLAIN).strip()
    group, point = get_group_symbol(locale), get_decimal_symbol(locale)
    local = _GAP.sub(group, plain) if _GAP.match(f"1{group}1", 1) or group not in plain else plain
    if re.fullmatch(rf"[-+]?[\d{re.escape(group + point)}]+", local):
        try:
            return parse_decimal(local, locale=locale, strict=True)
        except NumberFormatError:
            pass
    unsure = point != "." and _GROUPED.fullmatch(plain)
    return Decimal(plain) if _MACHINE.fullmatch(plain) and not unsure else None


def typed_number(value: Decimal | str, locale: Locale) -> str:
    """A number as somebody would type it into a field: with the locale's decimal sign, all of its
    decimals, and without groups. What is no number stays as it is."""
    try:
        return f"{Decimal(value):f}".replace(".", get_decimal_symbol(locale))
    except InvalidOperation:
        return str(value)
