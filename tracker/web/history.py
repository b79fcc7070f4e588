"""The audit trail in sentences, for whoever may see it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tracker.graphql.registry import registry
from tracker.graphql.told import references
from tracker.locale import Reader
from tracker.web.labels import HEALTHS, LABELS, SUBJECTS
from tracker.web.places import page_of
from tracker.web.sentences import BEHALF, BY_MAIL, MORE, NTH, OTHERWISE, OWN, SENTENCES, TRACKER
from tracker.web.templates import number_of
from tracker.web.values_in_words import CAPITALISED, WORDS
from tracker.web.words import N_, ROLES, SECRETARIAT

REASONS = (
    "refusalReason",
    *("stateReason", "reason", "reviewNote", "waivedReason", "correctionReason"),
    *("moveReason", "confidentialityReason", "reopenReason"),
    *("disputeReason", "answer"),
)
FINDING_MOST = 80
"""Characters of a finding in words that a sentence quotes."""

CELL_MOST = 300
"""Characters of a changed field that are shown."""

YES, NO = N_("Yes"), N_("No")

Event = Mapping[str, Any]
Names = Mapping[str, str]
"""Global id -> what it is called."""

_ID = re.compile(r"[A-Z][A-Za-z]*:(\d+)")

REFERENCES = references(registry)
"""(Subject, field) -> the type of the row that it names."""

REFERRING = frozenset(name for _, name in REFERENCES)

KEPT = {("evidence", "value")}
"""Subject and field that name another row under a word for something else."""

REMOVED = frozenset(("milestone", "value"))
"""Subjects that may be gone since."""

HEALTHY = frozenset(("reportedHealth", "health", "schedule", "outcomes", "budget", "partnership"))
"""Fields that hold a health."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_COUNTED = frozenset(
    {"personDays", "value", "targetValue", "baselineValue", "numerator", "denominator"}
)


def told(
    reader: Reader, events: list[dict[str, Any]], names: Names | None = None
) -> list[dict[str, Any]]:
    """Events, as the fragment in `audit/events.graphql` reads them, in the reader's words: `at`,
    `text`, `href` of what it is about ("" for none), `code` and `href` of its project, and
    `changes` as (label, before, after)."""
    return [
        {
            "id": number_of(event["id"]),
            "at": event["at"],
            "text": sentence(reader, event),
            "href": _address(event),
            "project": event["project"],
            "request": event["requestId"],
            "changes": list(_changes(reader, event, names or {})),
        }
        for event in events
    ]


def sentence(reader: Reader, event: Event) -> str:
    """What happened, in one sentence."""
    before, after, about = event["before"] or {}, event["after"] or {}, event["about"]
    key = f"{event['subjectType']} {event['verb']}"
    old, new = _span(reader, before, after, about)
    words = SENTENCES.get(f"{key} {about.get('kind')}") or SENTENCES.get(key, OTHERWISE)
    if after.get("planChange"):
        words = SENTENCES.get(f"{key} agreed", words)
    if event["actor"] and about.get("title") == event["actor"]["name"]:
        words = OWN.get(key, words)
    return reader.gettext(words).format(
        who=_who(reader, event),
        what=about.get("title") or _called(before, after) or key.replace("_", " "),
        why=next((after[name] for name in REASONS if after.get(name)), "–"),
        health=reader.gettext(
            HEALTHS.get(str(after.get("reportedHealth")).lower(), HEALTHS["unknown"])
        ),
        figure=_figure(reader, after, about),
        role=_role(reader, about),
        nth=_nth(reader, after),
        old=old,
        new=new,
    )


def _who(reader: Reader, event: Event) -> str:
    who: str = event["actor"]["name"] if event["actor"] else reader.gettext(TRACKER)
    if event["onBehalfOf"]:
        who = reader.gettext(BEHALF).format(who=who, whom=event["onBehalfOf"]["name"])
    if (event["after"] or {}).get("byMail"):
        who = reader.gettext(BY_MAIL).format(who=who)
    return who


def _called(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The name of what is gone, from the event itself."""
    names = (side.get(key) for side in (after, before) for key in ("title", "name", "email"))
    return next((str(name) for name in names if name), "")


def _span(
    reader: Reader, before: Mapping[str, Any], after: Mapping[str, Any], about: Mapping[str, Any]
) -> tuple[str, str]:
    """The two dates of a move or a period, "–" where there are none."""
    if "plannedEndOn" in before:
        before, after = ({"dueOn": side.get("plannedEndOn")} for side in (before, after))
    old = before.get("dueOn") or after.get("startsOn") or about.get("startsOn")
    new = after.get("dueOn") or after.get("endsOn") or about.get("endsOn")
    return reader.day(old) if old else "–", reader.day(new) if new else "–"


def _figure(reader: Reader, after: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    """What the event says, else what stands now; a target, a number or a finding."""
    number = after.get("targetValue") or after.get("value") or about.get("value")
    if number is not None and not _ID.fullmatch(str(number)):
        return f"{reader.number(number)} {about.get('unit') or ''}".strip()
    finding = after.get("narrative") or about.get("narrative")
    if not finding:
        return "–"
    return f"“{_cut(finding, FINDING_MOST)}”"


def _role(reader: Reader, about: Mapping[str, Any]) -> str:
    """Such as "Mayor, Seoul"."""
    role = ROLES.get(str(about.get("role") or "").upper())
    place = about.get("city") or reader.gettext(SECRETARIAT)
    return f"{reader.gettext(role)}, {place}" if role else "–"


def _nth(reader: Reader, after: Mapping[str, Any]) -> str:
    """Which move it was; those before the agreement are not counted."""
    moves = after.get("moves")
    if not isinstance(moves, int) or moves < 1:
        return ""
    if moves <= len(NTH):
        return reader.gettext(NTH[moves - 1])
    return reader.gettext(MORE).format(n=reader.number(moves))


def _address(event: Event) -> str:
    """The page of what it is about, "" where it has none or is gone."""
    kind, number = event["subjectType"], event["subjectId"]
    page = page_of(kind, number)
    gone = not event["about"] or event["about"].get("gone")
    if page and not (gone and kind in REMOVED):
        return page
    return f"/projects/{event['project']['code']}" if event["project"] else ""


def _changes(reader: Reader, event: Event, names: Names) -> Iterator[tuple[str, str, str]]:
    before, after = event["before"] or {}, event["after"] or {}
    for name, label in LABELS.items():
        if (name in before or name in after) and (event["subjectType"], name) not in KEPT:
            old, new = (cell(reader, name, side.get(name), names) for side in (before, after))
            if old != new:
                yield reader.gettext(label), old, new


def cell(reader: Reader, name: str, value: Any, names: Names) -> str:
    """A value of the trail, which keeps dates and decimals as text, as the reader writes it."""
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return reader.gettext(YES if value else NO)
    if isinstance(value, Mapping):
        return _compound(reader, value, names)
    if isinstance(value, list):
        return reader.listing(cell(reader, "", each, names) for each in value)
    text = str(value)
    if name in REFERRING and (named := _ID.fullmatch(text)):
        return names.get(text, f"#{named[1]}")
    if name.endswith("On") and _DAY.fullmatch(text):
        return reader.day(text)
    if name.endswith("At") and _INSTANT.fullmatch(text):
        return reader.moment(text)
    if isinstance(value, int | float) or (name in _COUNTED and _NUMBER.fullmatch(text)):
        return reader.number(text)
    if name in HEALTHY and text.lower() in HEALTHS:
        return reader.gettext(HEALTHS[text.lower()])
    if text.lower() in WORDS.get(name, {}):
        return reader.gettext(WORDS[name][text.lower()])
    if name in CAPITALISED:
        return reader.gettext(text.replace("_", " ").capitalize())
    return _cut(text, CELL_MOST)


def _compound(reader: Reader, value: Mapping[str, Any], names: Names) -> str:
    """What has a title, such as a lesson, with its text; else each share under its name."""
    told = {key: cell(reader, "", each, names) for key, each in value.items()}
    if "title" in told:
        return ": ".join(told[key] for key in ("title", "narrative") if value.get(key))
    return reader.listing(f"{key}: {each}" for key, each in told.items()) or "–"


def _cut(text: str, most: int) -> str:
    return f"{text[:most]}{'…' if len(text) > most else ''}"


def kinds(reader: Reader) -> list[tuple[str, str]]:
    """What events can be about: (name, words), to choose from."""
    return [(name, reader.gettext(words)) for name, words in SUBJECTS.items()]
