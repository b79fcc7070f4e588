"""The plan of a project: how it changed, and a form to propose another change of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.messages import Message, say
from tracker.domain.plan_changes import actions
from tracker.domain.plan_changes.drafting import PlanChangeDraft
from tracker.domain.projects.rules import ENDED
from tracker.domain.roles import Permission
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form, rows
from tracker.web.identity import actor_of, person_of
from tracker.web.pages import AnyRequest, Page, draw, read, reader_of, redirect
from tracker.web.partners import inside
from tracker.web.plan_changes import answering
from tracker.web.plan_chart import drawn
from tracker.web.templates import number_of

LISTS = {
    "moves": ("milestone_id", "due_on"),
    "targets": ("period_id", "target_value"),
    "changed_lines": (
        *("budget_line_id", "title", "amount", "currency", "person_days", "value_on"),
    ),
}
"""List of the draft -> its columns in the form. Each row says in `was` how it was drawn."""

TYPED = {
    "moves": ("due_on",),
    "targets": ("target_value",),
    "changed_lines": ("amount", "person_days"),
}
"""The columns that a person types into."""


@get("/projects/{code:str}/plan")
async def show(request: AnyRequest, code: FromPath[str]) -> Page:
    """How the plan was agreed, and what has become of it."""
    data = await read(request, "plans/show", {"code": code}, shows="projectByCode")
    project, actor = data["projectByCode"], await actor_of(request)
    waiting = {each["id"]: answering(each, project) for each in project["planChanges"]["nodes"]}
    return draw(
        request,
        "plans/show",
        data,
        inside=inside(project, actor),
        answering=waiting,
        chart=drawn(reader_of(request), project),
        proposes=may_propose(project, actor),
    )


@get("/projects/{code:str}/plan/propose")
async def new(request: AnyRequest, code: FromPath[str]) -> Page:
    """A form with the plan as it is."""
    await person_of(request)
    return await _form_page(request, code, NOTHING, 200, {})


@post("/projects/{code:str}/plan/propose")
async def propose(request: AnyRequest, code: FromPath[str], form: PostedForm) -> Response[Any]:
    """Put what was changed before the other side."""
    actor = await person_of(request)
    data = await read(request, "plans/propose", {"code": code}, shows="projectByCode")
    project = data["projectByCode"]
    changed = _changed(form)
    try:
        draft = read_form(PlanChangeDraft, changed)
        made = await actions.propose(
            actor, number_of(project["id"]), _city(form, project, actor), draft
        )
    except Invalid as refusal:
        named = Invalid(_named(refusal.fields, project, changed))
        return await _form_page(request, code, form, 422, failure(named).errors)
    except Conflict as refusal:
        failed = failure(refusal)
        return await _form_page(request, code, form, failed.status, failed.errors)
    return redirect(f"/plan-changes/{made.id}", "done")


def may_propose(project: Mapping[str, Any], actor: Actor) -> bool:
    """Whether the actor may propose to change the plan of a page's project."""
    over = project["state"].lower() in ENDED or not project["agreedAt"]
    return not over and bool(_cities(project, actor))


def _cities(project: Mapping[str, Any], actor: Actor) -> list[dict[str, Any]]:
    """The partner cities for which the actor proposes."""
    found = (each["city"] for each in project["participations"]["nodes"])
    return [
        {"number": number_of(city["id"]), "name": city["name"]}
        for city in found
        if actor.may(Permission.PLAN, number_of(city["id"]))
    ]


def _city(form: Posted, project: Mapping[str, Any], actor: Actor) -> int:
    wanted = form.text("city_id")
    for city in _cities(project, actor):
        if str(city["number"]) == wanted:
            return int(city["number"])
    raise Forbidden(say("Only a coordinator of a partner city proposes changes, for that city."))


def _changed(form: Posted) -> Posted:
    """The form without the rows that are as they were drawn, and without those whose budget line
    is given up altogether."""
    fields = {
        name: texts for name, texts in form.fields.items() if name.partition(".")[0] not in LISTS
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
    if not any(form.text(f"new_lines.{name}") for name in ("title", "amount", "person_days")):
        fields = {name: texts for name, texts in fields.items() if name[:10] != "new_lines."}
    return Posted(fields)


def _typed(row: Mapping[str, str], columns: Sequence[str]) -> str:
    return " ".join(row[column] for column in columns)


def _named(
    fields: Mapping[str, Sequence[Message]], project: Mapping[str, Any], changed: Posted
) -> dict[str, list[Message]]:
    """What is wrong with a row, by what the row is called."""
    titles = {
        "moves": _titles(project["milestones"]["nodes"]),
        "changed_lines": _titles(project["budgetLines"]["nodes"]),
    }
    found: dict[str, list[Message]] = {}
    for name, messages in fields.items():
        head, _, rest = name.partition(".")
        index = rest.partition(".")[0]
        if head in titles and index.isdigit():
            numbers = changed.texts(f"{head}.{LISTS[head][0]}")
            called = titles[head].get(numbers[int(index)], "")
            messages = [
                say("{row}: {message}", row=called, message=message) for message in messages
            ]
        found.setdefault(head, []).extend(messages)
    return found


def _titles(nodes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {str(number_of(node["id"])): node["title"] for node in nodes}


async def _form_page(
    request: AnyRequest, code: str, form: Posted, status: int, errors: Any
) -> Page:
    data = await read(request, "plans/propose", {"code": code}, shows="projectByCode")
    project, actor = data["projectByCode"], await actor_of(request)
    if status == 200 and not may_propose(project, actor):
        raise Forbidden(
            say(
                "Changes are proposed by a coordinator of a partner city, while the plan is agreed"
                " and the project goes on."
            )
        )
    targets, lines = _targets(project, form), _lines(project, form)
    return draw(
        request,
        "plans/propose",
        data,
        status=status,
        form=form,
        errors=errors,
        cities=_cities(project, actor) or [{"number": "", "name": ""}],
        moves=_moves(project, form),
        targets=targets,
        lines=lines,
        budget=bool(form.text("new_lines.title")) or any(line["changed"] for line in lines),
    )


def _moves(project: Mapping[str, Any], form: Posted) -> list[dict[str, Any]]:
    typed = _earlier(form, "moves")
    return [
        {
            "number": number_of(row["id"]),
            "title": row["title"],
            "city": row["city"]["name"],
            "was": row["dueOn"],
            "typed": typed.get(str(number_of(row["id"])), {}).get("due_on", row["dueOn"]),
            "waits": bool(row["proposedChange"]),
        }
        for row in project["milestones"]["nodes"]
    ]


def _targets(project: Mapping[str, Any], form: Posted) -> list[dict[str, Any]]:
    typed = _earlier(form, "targets")
    found = []
    for indicator in project["indicators"]["nodes"]:
        for row in indicator["periods"]["nodes"]:
            if row["waivedReason"] or indicator["measure"] == "QUALITATIVE":
                continue
            number, was = str(number_of(row["id"])), row["targetValue"] or ""
            text = typed.get(number, {}).get("target_value", str(was))
            found.append(
                {
                    "number": number,
                    "title": indicator["title"],
                    "unit": indicator["unit"],
                    "starts": row["startsOn"],
                    "ends": row["endsOn"],
                    "was": str(was),
                    "typed": text,
                    "changed": text != str(was),
                }
            )
    return found


def _lines(project: Mapping[str, Any], form: Posted) -> list[dict[str, Any]]:
    typed, removed = _earlier(form, "changed_lines"), form.texts("removed_lines.budget_line_id")
    found = []
    for row in project["budgetLines"]["nodes"]:
        number = str(number_of(row["id"]))
        amount, days = (str(row[name] or "") for name in ("amount", "personDays"))
        earlier = typed.get(number, {"amount": amount, "person_days": days})
        found.append(
            {
                "number": number,
                "title": row["title"],
                "city": row["city"]["name"],
                "currency": row["currency"],
                "day": row["valueOn"],
                "was": f"{amount} {days}",
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
