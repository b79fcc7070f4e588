"""Collects everything wrong with an input, so that a person hears of all of it at once."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

from tracker.domain.errors import Invalid
from tracker.domain.messages import Message, say

TITLE_MOST, TEXT_MOST, ADDRESS_MOST, WORD_MOST = 200, 10_000, 2_000, 60
"""Characters. A title fits a mail's subject; a text fits a screenful or five."""

EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)
"""No project of e-government lies outside. The driver stores Python's very first and last day as
infinity, with which nothing can be computed any more."""

UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
"""What PostgreSQL's text cannot hold: NUL, and halves of surrogate pairs."""

UNSEEN: dict[int, str | None] = {
    **dict.fromkeys({*range(0x01, 0x20), *range(0x7F, 0xA0)} - {*b"\t\n\r"}),
    **dict.fromkeys((0x0B, 0x0C, 0x85), "\n"),  # they end lines or pages
}
"""Controls that come along unseen with what people copy, and what stands for them in a text. NUL is
refused: where it is, something else went wrong."""

DISGUISE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u115f\u1160\u200b\u202a-\u202e\u2060-\u2069\u3164\ufeff\uffa0\ud800-\udfff]"
)
"""Characters that a line is not written with: controls, those that reorder what is shown
(Unicode's bidirectional embeddings, overrides and isolates) and those without a width (not the
joiners, which Hindi and Persian are written with), which make one name look like another."""

EMAIL, EMAIL_MOST = re.compile(r"[^@\s\x00-\x1f<>,;:\"]+@[^@\s\x00-\x1f<>,;:\"]+\.[^@\s.]+"), 254

UNLINKABLE = re.compile(r"[\s\x00-\x1f\x7f\"'<>]")
"""What an address must write percent-encoded, so that it ends where its reader thinks it does."""


class Problems:
    """Field -> messages. Ask `title`/`day`/`unless`, then `raise_any()`. An item of a list is
    named by its index from 0, and so is what it holds: `sectors.1.code`."""

    def __init__(self) -> None:
        self.fields: dict[str, list[Message]] = {}

    def add(self, field: str, message: Message) -> None:
        """Note one thing that is wrong and what to do about it."""
        self.fields.setdefault(field, []).append(message)

    def unless(self, holds: bool, field: str, message: Message) -> None:
        """Note `message` when the rule does not hold."""
        if not holds:
            self.add(field, message)

    def include(self, noted: "Problems", at: str) -> None:
        """What was noted of a part of the input; `at` says where that part stands."""
        for field, messages in noted.fields.items():
            self.fields.setdefault(f"{at}{field}", []).extend(messages)

    def title(self, field: str, text: str) -> str:
        """The text trimmed; must be one non-empty line of at most 200 characters."""
        text = self.line(field, text, TITLE_MOST)
        self.unless(bool(text), field, say("Write something here."))
        return text

    def line(self, field: str, text: str, most: int) -> str:
        """The text trimmed, as one line that shows all of its characters; it may be empty."""
        text = " ".join(text.split())
        if DISGUISE.search(text):
            self.add(field, say("Contains control characters, which nobody sees; remove them."))
        self._at_most(field, text, most)
        return text

    def text(self, field: str, text: str | None, *, required: bool = False) -> str:
        """The text trimmed and without control characters but tabs and line ends ("" when absent),
        at most 10,000 characters."""
        text = (text or "").translate(UNSEEN).strip()
        self.unless(bool(text) or not required, field, say("Write something here."))
        if UNSTORABLE.search(text):
            self.add(field, say("Contains a NUL or half a character; remove it."))
        self._at_most(field, text, TEXT_MOST)
        return text

    def words(self, field: str, words: Sequence[str], *, most: int) -> list[str]:
        """Short labels in lower case, each once, in the order given."""
        plain = [" ".join(word.lower().split()) for word in words]
        found = list(dict.fromkeys(plain))
        self.unless(
            len(found) <= most,
            field,
            say("{count} are too many; at most {most}.", count=len(found), most=most),
        )
        for word in found:
            at = f"{field}.{plain.index(word)}"
            self.unless(bool(word), at, say("Each is one to 60 characters long."))
            self.line(at, word, WORD_MOST)
        return found

    def web_address(self, field: str, text: str) -> str:
        """An absolute http or https address of at most 2,000 characters, its scheme in lower
        case. White space, quotes and angle brackets must be percent-encoded."""
        text = text.strip()
        if not text:
            self.add(field, say("Write something here."))
            return text
        try:
            parts = urlsplit(text)
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        good = good and len(text) <= ADDRESS_MOST
        good = good and not UNLINKABLE.search(text) and not UNSTORABLE.search(text)
        if not good:
            self.add(field, say("{text!r} is no web address; write https://…", text=text[:80]))
            return text
        self.unless(
            "@" not in parts.netloc,
            field,
            say("Leave name and password out of the address; everybody will see it."),
        )
        return parts.scheme + text[len(parts.scheme) :]

    def email(self, field: str, text: str) -> str:
        """The address in lower case. Only a mail shows that it works, so the check is a rough
        one."""
        email = text.strip().lower()
        good = EMAIL.fullmatch(email) and len(email) <= EMAIL_MOST and not DISGUISE.search(email)
        self.unless(
            bool(good),
            field,
            say(
                "{email!r} is no e-mail address; write one such as name@example.org.",
                email=email[:80],
            ),
        )
        return email

    def language(self, field: str, tag: str) -> str:
        """A language tag after BCP 47, such as en or pt-BR, trimmed."""
        tag = tag.strip()
        self.unless(
            re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", tag) is not None,
            field,
            say(
                "{tag!r} is no language; write a BCP 47 tag such as en, ko or pt-BR.", tag=tag[:40]
            ),
        )
        return tag

    def number(self, field: str, number: Decimal | None) -> Decimal | None:
        """A finite decimal that a person could have meant: below 10^15, at most 6 decimals."""
        if number is None:
            return None
        good = plausible(number)
        self.unless(
            good,
            field,
            say(
                "{number} is too large, too fine, or no number; check it.", number=str(number)[:40]
            ),
        )
        return number if good else None

    def day(self, field: str, day: date | None) -> date | None:
        """A day on which something of a project could happen."""
        if day is None or EARLIEST <= day <= LATEST:
            return day
        self.add(
            field,
            say(
                "{day} cannot be meant; choose a day from {earliest} to {latest}.",
                day=day,
                earliest=EARLIEST,
                latest=LATEST,
            ),
        )
        return None

    def not_future(self, field: str, day: date | None, today: date) -> None:
        """An actual date says what happened, so it cannot lie ahead."""
        day = self.day(field, day)
        if day and day > today:
            self.add(
                field,
                say(
                    "{day} is in the future; an actual date is at most today ({today}).",
                    day=day,
                    today=today,
                ),
            )

    def raise_any(self) -> None:
        """Raises Invalid with everything noted so far, if anything was."""
        if self.fields:
            raise Invalid(self.fields)

    def _at_most(self, field: str, text: str, most: int) -> None:
        if len(text) > most:
            self.add(
                field,
                say(
                    "{count:,} characters; shorten it to {most:,} at most.",
                    count=len(text),
                    most=most,
                ),
            )


def plausible(number: Decimal) -> bool:
    """Whether arithmetic with the number stays within what a person could have meant. Looks at
    its exponent only: any arithmetic with 1e999999999 fails."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -6 and number.adjusted() < 15
