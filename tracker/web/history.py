"""The audit trail of a project in sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tracker.locale import Reader
from tracker.web.words import N_

SENTENCES: dict[str, str] = {
    "project propose": N_("{who} drafted the proposal."),
    "project edit": N_("{who} rewrote the proposal."),
    "project report_health": N_("{who} reported health: {health}."),
    "project submit": N_("{who} submitted the proposal."),
    "project withdraw": N_("{who} withdrew the proposal."),
    "project review": N_("{who} took the proposal under review."),
    "project return": N_("{who} returned the proposal: {why}"),
    "project reject": N_("{who} rejected the proposal: {why}"),
    "project agree": N_("{who} agreed to the project; its dates are the baseline now."),
    "project start": N_("{who} started the work."),
    "project suspend": N_("{who} suspended the project: {why}"),
    "project resume": N_("{who} resumed the work."),
    "project cancel": N_("{who} cancelled the project: {why}"),
    "project finalise": N_("{who} said that the work is done."),
    "project close": N_("{who} closed the project."),
    "project reopen": N_("{who} reopened the project: {why}"),
    "milestone add": N_("{who} planned the milestone “{what}”."),
    "milestone edit": N_("{who} rewrote the milestone “{what}”."),
    "milestone move": N_("{who} moved the milestone “{what}” from {old} to {new}."),
    "milestone start": N_("{who} began the milestone “{what}”."),
    "milestone submit": N_("{who} submitted the milestone “{what}”."),
    "milestone accept": N_("{who} accepted the milestone “{what}”."),
    "milestone return": N_("{who} returned the milestone “{what}”: {why}"),
    "milestone miss": N_("{who} reported the milestone “{what}” as missed: {why}"),
    "milestone waive": N_("{who} waived the milestone “{what}”: {why}"),
    "milestone attach": N_("{who} attached evidence to the milestone “{what}”."),
    "evidence attach": N_("{who} attached “{what}” as evidence."),
    "evidence detach": N_("{who} took the evidence “{what}” away."),
    "decision ask": N_("{who} asked {what} to decide."),
    "decision give": N_("{who} agreed for {what}."),
    "decision refuse": N_("{who} refused for {what}: {why}"),
    "result add": N_("{who} added the result “{what}”."),
    "indicator add": N_("{who} added the indicator “{what}”."),
    "indicator edit": N_("{who} rewrote the indicator “{what}”."),
    "period add": N_("{who} set a target of “{what}” for {old} to {new}: {figure}."),
    "period waive": N_("{who} waived the value of “{what}” for {old} to {new}: {why}"),
    "value report": N_("{who} reported “{what}” for {old} to {new}: {figure}."),
    "value revise": N_("{who} revised “{what}” for {old} to {new}: {figure}."),
    "value return": N_("{who} returned “{what}” for {old} to {new} ({figure}): {why}"),
    "value approve": N_("{who} approved “{what}” for {old} to {new}: {figure}."),
    "value correct": N_("{who} corrected “{what}” for {old} to {new} to {figure}: {why}"),
    "value supersede": N_(
        "The earlier value of “{what}” for {old} to {new}, {figure}, was superseded."
    ),
    "budget_line add": N_("{who} planned the cost “{what}”."),
    "budget_line edit": N_("{who} rewrote the cost “{what}”."),
    "budget_line remove": N_("{who} took the cost “{what}” out of the plan."),
    "evaluation submit": N_("{who} submitted the evaluation of {what}."),
}
"""Subject and verb -> sentence. What is not listed is told as a bare change."""

OTHERWISE = N_("{who} changed something ({what}).")
TRACKER = N_("The tracker")

HEALTHS = {
    "green": N_("On track"),
    "amber": N_("At risk"),
    "red": N_("Off track"),
    "unknown": N_("Unknown"),
}
REASONS = ("state_reason", "reason", "review_note", "waived_reason", "correction_reason")
FINDING_MOST = 80
"""Characters of a finding in words that a sentence quotes."""


@dataclass(frozen=True)
class Subject:
    """What events are about, as the page knows it: by which name, for which days, how much."""

    title: str
    unit: str = ""
    starts_on: str = ""
    ends_on: str = ""
    value: str | None = None
    narrative: str = ""


NOBODY = Subject("")


def sentences(reader: Reader, project: Mapping[str, Any]) -> list[dict[str, str]]:
    """The events of a project page's data as {at, text}, the newest first."""
    subjects = dict(_subjects(project))
    return [
        {"at": event["at"], "text": _sentence(reader, event, subjects)}
        for event in project["events"]["nodes"]
    ]


def _sentence(reader: Reader, event: Mapping[str, Any], subjects: Mapping[str, Subject]) -> str:
    before, after = event["before"] or {}, event["after"] or {}
    kind = event["subjectType"]
    subject = subjects.get(f"{kind} {event['subjectId']}", NOBODY)
    if subject is NOBODY and "period" in after:  # an old value, of which the page has no more
        subject = subjects.get(f"period {after['period']}", NOBODY)
    key = f"{kind} {event['verb']}"
    untold = kind in ("period", "value") and subject is NOBODY
    old, new = _span(reader, before, after, subject)
    return reader.gettext(OTHERWISE if untold else SENTENCES.get(key, OTHERWISE)).format(
        who=event["actor"]["name"] if event["actor"] else reader.gettext(TRACKER),
        what=subject.title or after.get("title") or before.get("title") or key.replace("_", " "),
        why=next((after[name] for name in REASONS if after.get(name)), ""),
        health=reader.gettext(HEALTHS.get(after.get("reported_health") or "", HEALTHS["unknown"])),
        figure=_figure(reader, after, subject),
        old=old,
        new=new,
    )


def _span(
    reader: Reader, before: Mapping[str, Any], after: Mapping[str, Any], subject: Subject
) -> tuple[str, str]:
    """The two dates of a move or a period, "" where there are none."""
    old = before.get("due_on") or after.get("starts_on") or subject.starts_on
    new = after.get("due_on") or after.get("ends_on") or subject.ends_on
    return reader.day(old) if old else "", reader.day(new) if new else ""


def _figure(reader: Reader, after: Mapping[str, Any], subject: Subject) -> str:
    """What the event says, else what stands now; a target, a number or a finding."""
    number = after.get("target_value") or after.get("value") or subject.value
    if number is not None:
        return f"{reader.number(number)} {subject.unit}".strip()
    finding = after.get("narrative") or subject.narrative
    if not finding:
        return "–"
    return f"“{finding[:FINDING_MOST]}{'…' if len(finding) > FINDING_MOST else ''}”"


def _subjects(project: Mapping[str, Any]) -> Iterator[tuple[str, Subject]]:
    """Type and number -> subject, of everything on the page that has a history."""
    for name in ("milestones", "results"):
        for each in project[name]["nodes"]:
            yield _key(each["id"]), Subject(each["title"])
    for name in ("decisions", "evaluations"):
        for each in project[name]["nodes"]:
            yield _key(each["id"]), Subject(each["city"]["name"])
    for result in project["results"]["nodes"]:
        for indicator in result["indicators"]["nodes"]:
            yield from _measured(indicator)


def _measured(indicator: Mapping[str, Any]) -> Iterator[tuple[str, Subject]]:
    """An indicator, its periods, and what was reported for them."""
    title, unit = indicator["title"], indicator["unit"] or ""
    yield _key(indicator["id"]), Subject(title)
    for period in indicator["periods"]["nodes"]:
        span = (title, unit, period["startsOn"], period["endsOn"])
        yield _key(period["id"]), Subject(*span, period["targetValue"])
        for value in period["values"]["nodes"]:
            yield _key(value["id"]), Subject(*span, value["value"], value["narrative"] or "")


def _key(global_id: str) -> str:
    kind, _, number = global_id.partition(":")
    return f"{kind.lower()} {number}"
