"""What a person says about themselves, and whether it can be meant."""

from dataclasses import dataclass
from typing import Any

from tracker.domain import clock
from tracker.domain.messages import say
from tracker.domain.problems import Problems


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a person says about themselves."""

    name: str
    language: str = "en"
    time_zone: str = "UTC"


@dataclass(frozen=True, kw_only=True)
class PersonDraft(Profile):
    """A profile with the address that its person signs in with."""

    email: str


def checked_profile(draft: Profile, problems: Problems) -> dict[str, Any]:
    """The columns of a person that a profile fills; what is wrong with it goes to `problems`."""
    problems.unless(
        draft.time_zone in clock.zones(),
        "time_zone",
        say(
            "{time_zone!r} is no time zone; write one such as Africa/Nairobi.",
            time_zone=draft.time_zone[:64],
        ),
    )
    return {
        "name": problems.title("name", draft.name),
        "language": problems.language("language", draft.language),
        "time_zone": draft.time_zone,
    }


def checked_email(text: str, problems: Problems) -> str:
    """The address in lower case, as Problems.email has it."""
    return problems.email("email", text)
