"""The audit trail of a project in sentences."""

from collections.abc import Mapping
from typing import Any

from tracker.locale import Reader
from tracker.web.words import N_

SENTENCES: dict[str, str] = {
    "project propose": N_("{who} drafted the proposal."),
    "project edit": N_("{who} rewrote the proposal."),
    "project report_health": N_("{who} reported how the project fares."),
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
    "decision ask": N_("{who} asked {what} to decide."),
    "decision give": N_("{who} agreed for {what}."),
    "decision refuse": N_("{who} refused for {what}: {why}"),
    "result add": N_("{who} added the result “{what}”."),
    "indicator add": N_("{who} added the indicator “{what}”."),
    "indicator edit": N_("{who} rewrote the indicator “{what}”."),
    "period add": N_("{who} set a target for {old} to {new}."),
    "period waive": N_("{who} waived a value: {why}"),
    "value report": N_("{who} reported a value."),
    "value revise": N_("{who} revised a value."),
    "value return": N_("{who} returned a value: {why}"),
    "value approve": N_("{who} approved a value."),
    "value correct": N_("{who} corrected a value: {why}"),
    "value supersede": N_("The earlier value was superseded."),
    "evaluation submit": N_("{who} submitted the evaluation of {what}."),
}
"""Subject and verb -> sentence. What is not listed is told as a bare change."""

OTHERWISE = N_("{who} changed something ({what}).")
TRACKER = N_("The tracker")

REASONS = ("state_reason", "reason", "review_note", "waived_reason", "correction_reason")


def sentences(reader: Reader, project: Mapping[str, Any]) -> list[dict[str, str]]:
    """The events of a project page's data as {at, text}, the newest first."""
    titles = _titles(project)
    return [
        {"at": event["at"], "text": _sentence(reader, event, titles)}
        for event in project["events"]["nodes"]
    ]


def _sentence(reader: Reader, event: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    before, after = event["before"] or {}, event["after"] or {}
    key = f"{event['subjectType']} {event['verb']}"
    known = titles.get(f"{event['subjectType']} {event['subjectId']}", "")
    old, new = _span(reader, before, after)
    return reader.gettext(SENTENCES.get(key, OTHERWISE)).format(
        who=event["actor"]["name"] if event["actor"] else reader.gettext(TRACKER),
        what=known or after.get("title") or key.replace("_", " "),
        why=next((after[name] for name in REASONS if after.get(name)), ""),
        old=old,
        new=new,
    )


def _span(reader: Reader, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, str]:
    """The two dates of a move or a period, "" where there are none."""
    old = before.get("due_on") or after.get("starts_on")
    new = after.get("due_on") or after.get("ends_on")
    return reader.day(old) if old else "", reader.day(new) if new else ""


def _titles(project: Mapping[str, Any]) -> dict[str, str]:
    """What events are about -> what a reader knows it by."""
    titles = {}
    for milestone in project["milestones"]["nodes"]:
        titles[_key(milestone["id"])] = milestone["title"]
    for name in ("decisions", "evaluations"):
        for each in project[name]["nodes"]:
            titles[_key(each["id"])] = each["city"]["name"]
    return titles


def _key(global_id: str) -> str:
    kind, _, number = global_id.partition(":")
    return f"{kind.lower()} {number}"
