"""Many values, or many milestones, handed in at once: a row for each that is due, one button, all
of them or none."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.errors import Conflict, Forbidden, Invalid, Refusal, Several
from tracker.domain.messages import say
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones.actions import MilestoneReportItem
from tracker.domain.milestones.rules import STEPS, may_change
from tracker.domain.outcomes import reporting
from tracker.domain.outcomes.reporting import ValueReportItem
from tracker.domain.projects.rules import RUNNING
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form, rows
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.templates import number_of
from tracker.web.values import rights

ROWS_MOST = 60
"""Rows of one form, which has room for 500 fields; what is left comes with the next one."""

Row = dict[str, Any]
Errors = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Batch:
    """What is handed in: the name of its template, the draft that a row fills, the action that
    takes all drafts, and the fields of a row. Those of `typed` make a row count."""

    name: str
    draft: Any
    action: Callable[..., Awaitable[Any]]
    key: str
    typed: tuple[str, ...]
    kept: tuple[str, ...] = ()


VALUES = Batch(
    "values/report", ValueReportItem, reporting.report_all, "period_id",
    ("value", "numerator", "denominator", "narrative"), ("city_id",),
)  # fmt: skip
MILESTONES = Batch(
    "milestones/report", MilestoneReportItem, milestones.report_all, "milestone_id",
    ("completed_on", "evidence.title", "evidence.url"), ("seen_version",),
)  # fmt: skip


@get("/projects/{code:str}/values/report")
async def ask_values(request: AnyRequest, code: FromPath[str]) -> Page:
    """A row for each value that may be reported."""
    return await _page(request, code, VALUES, NOTHING, {})


@post("/projects/{code:str}/values/report")
async def report_values(
    request: AnyRequest, code: FromPath[str], form: PostedForm
) -> Response[Any]:
    """Hand in those that are filled in."""
    return await _taken(request, code, VALUES, form, "outcomes")


@get("/projects/{code:str}/milestones/report")
async def ask_milestones(request: AnyRequest, code: FromPath[str]) -> Page:
    """A row for each milestone that may be handed in."""
    return await _page(request, code, MILESTONES, NOTHING, {})


@post("/projects/{code:str}/milestones/report")
async def report_milestones(
    request: AnyRequest, code: FromPath[str], form: PostedForm
) -> Response[Any]:
    """Hand in those that are filled in."""
    return await _taken(request, code, MILESTONES, form, "milestones")


def reportable(project: Row, actor: Any) -> list[Row]:
    """The periods of the project of a page's data for which the actor may report a value now, with
    their indicators, the one that ended first before the others."""
    held = rights(project, actor)
    found = [
        {**period, "indicator": indicator, "result": result["title"]}
        for result in project["results"]["nodes"]
        for indicator in result["indicators"]["nodes"]
        for period in indicator["periods"]["nodes"]
        if held.of(period).may_report(period, project["today"])
    ]
    return sorted(found, key=lambda each: str(each["endsOn"]))[:ROWS_MOST]


def deliverable(project: Row, actor: Any) -> list[Row]:
    """The milestones of the project of a page's data that the actor may hand in now."""
    if project["state"].lower() not in RUNNING:
        return []
    lead, agreed = number_of(project["leadCity"]["id"]), bool(project["agreedAt"])
    return [
        each
        for each in project["milestones"]["nodes"]
        if each["state"].lower() in STEPS["submit"].sources
        and may_change(actor, number_of(each["city"]["id"]), lead, agreed)
    ][:ROWS_MOST]


async def _taken(
    request: AnyRequest, code: str, batch: Batch, form: Posted, anchor: str
) -> Response[Any]:
    actor = await person_of(request)
    try:
        await batch.action(actor, _drafts(batch, form))
    except Several as several:
        numbers = [row[batch.key] for row in _filled(batch, form)]
        wrong = {numbers[index]: each for index, each in several.refusals.items()}
        return await _page(request, code, batch, form, _by_row(wrong))
    except _Unreadable as unreadable:
        return await _page(request, code, batch, form, _by_row(unreadable.refusals))
    except (Invalid, Conflict) as refusal:
        return await _page(request, code, batch, form, failure(refusal).errors)
    return redirect(f"/projects/{code}#{anchor}", "done")


class _Unreadable(Exception):
    """Rows that cannot be read: number of what a row is about -> why."""

    def __init__(self, refusals: Mapping[str, Refusal]) -> None:
        self.refusals = refusals
        super().__init__()


def _filled(batch: Batch, form: Posted) -> list[dict[str, str]]:
    """The rows in which something is typed."""
    found = rows(form, "rows", (batch.key, *batch.kept, *batch.typed))
    return [row for row in found if any(row[name] for name in batch.typed)]


def _drafts(batch: Batch, form: Posted) -> list[Any]:
    """A draft for each row that is filled in. Raises _Unreadable with all that cannot be read."""
    drafts: list[Any] = []
    wrong: dict[str, Refusal] = {}
    for row in _filled(batch, form):
        try:
            drafts.append(read_form(batch.draft, form.within({name: [row[name]] for name in row})))
        except Invalid as refusal:
            wrong[row[batch.key]] = refusal
    if wrong:
        raise _Unreadable(wrong)
    return drafts


def _by_row(refusals: Mapping[str, Refusal]) -> Errors:
    """Why rows were refused: `number.field`, or `number.` for what belongs to none of its fields,
    -> messages."""
    told: dict[str, list[str]] = {}
    for number, refusal in refusals.items():
        fields = refusal.fields if isinstance(refusal, Invalid) else {"": [refusal.message]}
        for name, messages in fields.items():
            told.setdefault(f"{number}.{name.partition('.')[0]}", []).extend(messages)
    return told


async def _page(request: AnyRequest, code: str, batch: Batch, form: Posted, errors: Errors) -> Page:
    actor = await person_of(request)
    data = await read(request, batch.name, {"code": code}, shows="projectByCode")
    project = data["projectByCode"]
    due = reportable(project, actor) if batch is VALUES else deliverable(project, actor)
    if not due and not errors:
        raise Forbidden(
            say("Nothing waits for you here: a value is reported by a coordinator of a partner"
                " city for a period that has begun and has none yet, a milestone handed in by its"
                " own city, while the project is under way.")
        )  # fmt: skip
    columns = (batch.key, *batch.kept, *batch.typed)
    typed = {row[batch.key]: row for row in rows(form, "rows", columns)}
    return draw(
        request, batch.name, data, status=422 if errors else 200, due=due, typed=typed,
        full=len(due) == ROWS_MOST,
        city_id=rights(project, actor).city_id or number_of(project["leadCity"]["id"]),
        errors=errors,
    )  # fmt: skip
