"""What a proposal would add to the plan, row by row: each field is named by the place of its row,
such as `new_milestones.0.title`. A button asks for another row, without a script."""

from tracker.domain.messages import say
from tracker.web.forms import Posted

COLUMNS = {
    "new_milestones": ("title", "kind", "city_id", "due_on", "acceptance_criteria", "weight"),
    "new_lines": ("title", "city_id", "amount", "currency", "person_days", "value_on"),
}
"""List of the draft -> its columns in the form."""

CALLED = {
    "title": say("Purpose"),
    "city_id": say("City that pays"),
    "amount": say("Amount"),
    "currency": say("Currency"),
    "person_days": say("Person-days"),
    "value_on": say("Value date"),
}
"""What the form calls the fields of a budget line, which tells what is wrong as a whole."""

TYPED = {
    "new_milestones": ("title", "due_on", "acceptance_criteria"),
    "new_lines": ("title", "amount", "person_days"),
}
"""The columns whose texts say that something would be added."""


def rows(form: Posted, name: str) -> int:
    """How many rows to draw: those that there are, and one more where that was asked for."""
    return max(_sent(form, name), 1) + (form.text("more") == name)


def filled(form: Posted, name: str) -> list[int]:
    """The places of the rows that add something; the others count for nothing."""
    return [
        place
        for place in range(_sent(form, name))
        if any(form.text(f"{name}.{place}.{column}") for column in TYPED[name])
    ]


def listed(form: Posted, name: str) -> dict[str, list[str]]:
    """Those rows as a form has a nested list."""
    places = filled(form, name)
    return {
        f"{name}.{column}": [form.text(f"{name}.{place}.{column}") for place in places]
        for column in COLUMNS[name]
    }


def with_milestone(form: Posted) -> Posted:
    """The form for another milestone, as a proposal to add it to the agreed plan."""
    return Posted({f"new_milestones.0.{name}": texts for name, texts in form.fields.items()})


def _sent(form: Posted, name: str) -> int:
    """How many rows came, one after the other."""
    place = 0
    while any(f"{name}.{place}.{column}" in form.fields for column in COLUMNS[name]):
        place += 1
    return place
