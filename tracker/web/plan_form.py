"""The form that proposes to change a plan: the plan as it is, with what was typed over it, and back
to what differs."""

from collections.abc import Mapping, Sequence
from typing import Any

from tracker.domain.messages import Message, say
from tracker.locale import Reader
from tracker.web import plan_additions
from tracker.web.forms import Posted, rows
from tracker.web.templates import number_of

LISTS = {
    "moves": ("milestone_id", "due_on"),
    "weights": ("milestone_id", "weight"),
    "targets": ("period_id", "target_value"),
    "changed_lines": (
        *("budget_line_id", "title", "amount", "currency", "person_days", "value_on"),
    ),
}
"""List of the draft -> its columns in the form. Each row says in `was` how it was drawn."""

TYPED = {
    "moves": ("due_on",),
    "weights": ("weight",),
    "targets": ("target_value",),
    "changed_lines": ("amount", "person_days"),
}
"""The columns that a person types into."""


def changed(form: Posted) -> Posted:
    """The form without what is as it was drawn, without rows whose budget line is given up
    altogether, and without what nobody said should be added."""
    drawn = LISTS.keys() | plan_additions.COLUMNS.keys()
    fields = {
        name: texts for name, texts in form.fields.items() if name.partition(".")[0] not in drawn
    }
    removed = form.texts("removed_lines.budget_line_id")
    for name, columns in LISTS.items():
        for row in rows(form, name, (*columns, "was")):
            typed = _typed(row, TYPED[name])
            if typed == row["was"] or (name == "changed_lines" and row[columns[0]] in removed):
                continue
            for column in columns:
                fields.setdefault(f"{name}.{column}", [])
                fields[f"{name}.{column}"] = [*fields[f"{name}.{column}"], row[column]]
    for name in plan_additions.COLUMNS:
        fields |= plan_additions.listed(form, name)
    if form.text("planned_end_on") == form.text("planned_end_was"):
        fields.pop("planned_end_on", None)
    return Posted(fields)


def _typed(row: Mapping[str, str], columns: Sequence[str]) -> str:
    """What a row says. A blank could not part its texts: forms are read trimmed."""
    return "|".join(row[column] for column in columns)


def named(
    fields: Mapping[str, Sequence[Message]], project: Mapping[str, Any], form: Posted
) -> dict[str, list[Message]]:
    """What is wrong with a row, by what the row is called; with something new, at its place in the
    form: another milestone at its field, another budget line as a whole."""
    sent, milestones = changed(form), _titles(project["milestones"]["nodes"])
    titles = {
        "moves": milestones,
        "weights": milestones,
        "targets": _measured(project["indicators"]["nodes"]),
        "changed_lines": _titles(project["budgetLines"]["nodes"]),
    }
    found: dict[str, list[Message]] = {}
    for name, messages in fields.items():
        head, _, rest = name.partition(".")
        index, _, field = rest.partition(".")
        if head in titles and index.isdigit():
            numbers = sent.texts(f"{head}.{LISTS[head][0]}")
            called = titles[head].get(numbers[int(index)], "")
            messages = [_said_of(called, message) for message in messages]
        if head in plan_additions.COLUMNS and index.isdigit():
            head = f"{head}.{plan_additions.filled(form, head)[int(index)]}"
        if head.startswith("new_milestones."):
            head = f"{head}.{field}"
        if head.startswith("new_lines.") and field in plan_additions.CALLED:
            messages = [_said_of(plan_additions.CALLED[field], message) for message in messages]
        found.setdefault(head, []).extend(messages)
    return found


def _said_of(row: str | Message, message: Message) -> Message:
    return say("{row}: {message}", row=row, message=message)


def _titles(nodes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {str(number_of(node["id"])): node["title"] for node in nodes}


def _measured(nodes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Number of a period -> what is measured in it."""
    return {
        str(number_of(period["id"])): node["title"]
        for node in nodes
        for period in node["periods"]["nodes"]
    }


def milestones(project: Mapping[str, Any], form: Posted) -> list[dict[str, Any]]:
    """The open milestones, each with its due date and its weight."""
    moves, weights = (_earlier(form, name) for name in ("moves", "weights"))
    found = []
    for row in project["milestones"]["nodes"]:
        number, weight = str(number_of(row["id"])), str(row["weight"])
        found.append(
            {
                "number": number,
                "title": row["title"],
                "city": row["city"]["name"],
                "was": row["dueOn"],
                "typed": moves.get(number, {}).get("due_on", row["dueOn"]),
                "weight_was": weight,
                "weight": (weighed := weights.get(number, {}).get("weight", weight)),
                "reweighed": weighed != weight,
                "waits": bool(row["proposedChange"]),
            }
        )
    return found


def targets(project: Mapping[str, Any], form: Posted, reader: Reader) -> list[dict[str, Any]]:
    """The periods that have numbers, each with its target."""
    typed = _earlier(form, "targets")
    found = []
    for indicator in project["indicators"]["nodes"]:
        for row in indicator["periods"]["nodes"]:
            if row["waivedReason"] or indicator["measure"] == "QUALITATIVE":
                continue
            number, was = str(number_of(row["id"])), reader.typed(row["targetValue"])
            text = typed.get(number, {}).get("target_value", was)
            found.append(
                {
                    "number": number,
                    "title": indicator["title"],
                    "unit": indicator["unit"],
                    "starts": row["startsOn"],
                    "ends": row["endsOn"],
                    "was": was,
                    "typed": text,
                    "changed": text != was,
                }
            )
    return found


def lines(project: Mapping[str, Any], form: Posted, reader: Reader) -> list[dict[str, Any]]:
    """The budget lines, each with what is set aside for it."""
    typed, removed = _earlier(form, "changed_lines"), form.texts("removed_lines.budget_line_id")
    found = []
    for row in project["budgetLines"]["nodes"]:
        number = str(number_of(row["id"]))
        amount, days = (reader.typed(row[name]) for name in ("amount", "personDays"))
        drawn = {"amount": amount, "person_days": days}
        earlier = typed.get(number, drawn)
        found.append(
            {
                "number": number,
                "title": row["title"],
                "city": row["city"]["name"],
                "currency": row["currency"],
                "day": row["valueOn"],
                "was": _typed(drawn, TYPED["changed_lines"]),
                "amount": earlier["amount"],
                "days": earlier["person_days"],
                "removed": number in removed,
                "changed": number in removed
                or (earlier["amount"], earlier["person_days"]) != (amount, days),
            }
        )
    return found


def _earlier(form: Posted, name: str) -> dict[str, dict[str, str]]:
    """Number of what a row is about -> the row as it was typed."""
    first = LISTS[name][0]
    return {row[first]: row for row in rows(form, name, LISTS[name])}
