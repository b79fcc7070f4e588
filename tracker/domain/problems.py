"""Collects everything wrong with an input, so that a person hears of all of it at once."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

from tracker.domain.errors import Invalid

TITLE_MOST, TEXT_MOST, ADDRESS_MOST = 200, 10_000, 2_000
"""Characters. A title fits a mail's subject; a text fits a screenful or five."""


class Problems:
    """Field -> messages. Ask `clean`/`dated`/`add`, then `raise_any()`."""

    def __init__(self) -> None:
        self.fields: dict[str, list[str]] = {}

    def add(self, field: str, message: str) -> None:
        """Note one thing that is wrong and what to do about it."""
        self.fields.setdefault(field, []).append(message)

    def unless(self, holds: bool, field: str, message: str) -> None:
        """Note `message` when the rule does not hold."""
        if not holds:
            self.add(field, message)

    def title(self, field: str, text: str) -> str:
        """The text trimmed; must be one non-empty line of at most 200 characters."""
        text = " ".join(text.split())
        self.unless(bool(text), field, "Write something here.")
        self._at_most(field, text, TITLE_MOST)
        return text

    def text(self, field: str, text: str | None, *, required: bool = False) -> str:
        """The text trimmed ("" when absent), at most 10,000 characters."""
        text = (text or "").strip()
        self.unless(bool(text) or not required, field, "Write something here.")
        self._at_most(field, text, TEXT_MOST)
        return text

    def words(self, field: str, words: Sequence[str], *, most: int) -> list[str]:
        """Short labels in lower case, each once, in the order given."""
        found = list(dict.fromkeys(" ".join(word.lower().split()) for word in words))
        self.unless(len(found) <= most, field, f"{len(found)} are too many; at most {most}.")
        for word in found:
            self.unless(0 < len(word) <= 60, field, "Each is one to 60 characters long.")
            self.unless("\x00" not in word, field, "Contains a NUL character; remove it.")
        return found

    def web_address(self, field: str, text: str) -> str:
        """An absolute http or https address without white space, at most 2,000 characters."""
        text = text.strip()
        try:
            parts = urlsplit(text)
            good = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            good = False
        good = good and len(text) <= ADDRESS_MOST and not re.search(r"[\s\x00-\x1f]", text)
        self.unless(good, field, f"{text[:80]!r} is no web address; write https://…")
        return text

    def language(self, field: str, tag: str) -> str:
        """A language tag after BCP 47, such as en or pt-BR, trimmed."""
        tag = tag.strip()
        self.unless(
            re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", tag) is not None,
            field,
            f"{tag[:40]!r} is no language; write a BCP 47 tag such as en, ko or pt-BR.",
        )
        return tag

    def number(self, field: str, number: Decimal | None) -> Decimal | None:
        """A finite decimal that a person could have meant: below 10^15, at most 6 decimals."""
        if number is None:
            return None
        exponent = number.as_tuple().exponent
        good = isinstance(exponent, int) and exponent >= -6 and abs(number) < 10**15
        self.unless(
            good, field, f"{str(number)[:40]} is too large, too fine, or no number; check it."
        )
        return number if good else None

    def not_future(self, field: str, day: date | None, today: date) -> None:
        """An actual date says what happened, so it cannot lie ahead."""
        if day and day > today:
            self.add(field, f"{day} is in the future; an actual date is at most today ({today}).")

    def raise_any(self) -> None:
        """Raises Invalid with everything noted so far, if anything was."""
        if self.fields:
            raise Invalid(self.fields)

    def _at_most(self, field: str, text: str, most: int) -> None:
        if "\x00" in text:
            self.add(field, "Contains a NUL character; remove it.")
        if len(text) > most:
            self.add(field, f"{len(text):,} characters; shorten it to {most:,} at most.")
