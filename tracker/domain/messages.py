"""Sentences to people, which are translated only where somebody reads them.

    say("The period begins on {day}; there is nothing to report yet.", day=period.starts_on)

is English text like any other, so logs, the command line and programs read it as it stands. It
also keeps what it was made of, and `locale.Reader.say` says the same in the reader's language, with
days as that writes them.
What varies is a parameter, never a part of the template: catalogues hold templates.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime


class Message(str):
    """A sentence in English that knows its `template` and its `parameters`."""

    template: str
    parameters: dict[str, object]

    def __new__(cls, template: str, parameters: dict[str, object] | None = None) -> "Message":
        """The template with its parameters filled in; without any, it stands for itself."""
        text = template.format(**parameters) if parameters else template
        made = super().__new__(cls, text)
        made.template, made.parameters = template, parameters or {}
        return made


class Listed(tuple[object, ...]):
    """Several values as one parameter, with `by` between them; None where one of them is meant,
    which each language says in its own way."""

    by: str | None

    def __new__(cls, values: Iterable[object], by: str | None = "; ") -> "Listed":
        """The values in their order."""
        made = super().__new__(cls, values)
        made.by = by
        return made

    def __format__(self, _: str) -> str:
        """In English."""
        return (self.by or " or ").join(str(each) for each in self)


class DayOf(date):
    """The civil date of an instant as one parameter: by UTC to programs, and by their own zone to
    whoever reads it."""

    instant: datetime

    def __new__(cls, instant: datetime) -> "DayOf":
        """The instant's, which has a time zone."""
        day = instant.astimezone(UTC)
        made = super().__new__(cls, day.year, day.month, day.day)
        made.instant = instant
        return made


def say(template: str, /, **parameters: object) -> Message:
    """The sentence. Its template is text written out here, for the catalogues to find. Values of
    enums are given as `word(value)`, and several values as `listed` or `either`."""
    return Message(template, parameters)


def untranslated(text: str) -> Message:
    """A text that is the same in every language, such as what another program said."""
    return Message("{text}", {"text": text})


def word(value: str) -> Message:
    """A value of an enum as people write it: under_review -> under review. The catalogues' list
    of them is `tracker.web.catalogues.SPOKEN`."""
    return Message(str(value).replace("_", " "))


def listed(values: Iterable[object]) -> Listed:
    """Titles and names as one parameter; they may have commas in them."""
    return Listed(values)


def words(values: Iterable[str]) -> Listed:
    """Values of enums as one parameter."""
    return Listed(map(word, values), ", ")


def either(values: Iterable[str]) -> Listed:
    """Values of enums, of which one is meant, as one parameter."""
    return Listed(map(word, values), None)
