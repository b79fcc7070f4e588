"""Status reports: the list of a project's, one city's report from draft to addenda, and what both
cities say of a period side by side."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.messages import say
from tracker.domain.projects.actions import set_reporting_rhythm
from tracker.domain.projects.rules import ENDED, PARTNER
from tracker.domain.projects.states import ReportingRhythm
from tracker.domain.roles import Permission
from tracker.domain.status_reports import actions
from tracker.domain.status_reports.actions import (
    DIMENSIONS,
    NARRATIVE,
    NOT_REPORTER,
    StatusReportDraft,
)
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form
from tracker.web.identity import actor_of, person_of
from tracker.web.naming import history
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.partners import partners
from tracker.web.programs import by_token_too
from tracker.web.templates import number_of

NO_PERIOD = say("There is no report on such a period, or none that you can see.")


@get("/projects/{code:str}/reports")
async def listing(request: AnyRequest, code: FromPath[str]) -> Page:
    """What each city reported on each period, the latest first."""
    return await _list_page(request, code, NOTHING, 200, {})


@post("/projects/{code:str}/reports/rhythm")
async def choose_rhythm(
    request: AnyRequest, code: FromPath[str], form: PostedForm
) -> Response[Any]:
    """Have the cities report more or less often."""
    actor = await person_of(request)
    data = await read(request, "reports/list", {"code": code}, shows="projectByCode")
    number = number_of(data["projectByCode"]["id"])
    try:
        await set_reporting_rhythm(actor, number, _rhythm(form), form.seen_version)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _list_page(request, code, form, failed.status, failed.errors)
    return redirect(f"/projects/{code}/reports", "saved")


@get("/projects/{code:str}/reports/{starts_on:str}")
async def compare(request: AnyRequest, code: FromPath[str], starts_on: FromPath[str]) -> Page:
    """What the cities say of the period that began on that day."""
    asked = {"code": code, "from": _day(starts_on)}
    data = await read(request, "reports/compare", asked, shows="projectByCode")
    project = data["projectByCode"]
    reports = project["statusReports"]["nodes"]
    published = [each for each in reports if each["state"] == "PUBLISHED"]
    views = {each["city"]["id"]: each | {"article": _article(each, project)} for each in reports}
    latest = max(published, key=lambda each: each["publishedAt"], default=None)
    return draw(
        request,
        "reports/compare",
        {"project": project},
        views=views,
        starts_on=starts_on,
        ends_on=max((each["endsOn"] for each in reports), default=None),
        facts=latest and views[latest["city"]["id"]]["article"]["facts"],
    )


@get("/reports/{number:int}")
async def show(request: AnyRequest, number: FromPath[int]) -> Page:
    """A published report; or a draft, with its form beside the facts for who completes it."""
    return await _page(request, number, NOTHING, 200, {})


@get("/reports/{number:int}/document", guards=[by_token_too])
async def document(request: AnyRequest, number: FromPath[int]) -> Response[bytes]:
    """The report as it was frozen, byte for byte, for the partner cities and the secretariat."""
    await person_of(request)
    asked = {"id": f"StatusReport:{number}"}
    data = await read(request, "reports/document", asked, shows="statusReport")
    found = data["statusReport"]
    if found["document"] is None:
        raise NotFound(say("There is no such document, or it is not one that you can see."))
    name = f"{found['project']['code']}-{found['startsOn']}-{number}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(found["document"].encode(), media_type="application/json", headers=headers)


@post("/reports/{number:int}")
async def save(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Keep what is said so far; then look it over, if so wished."""
    actor = await person_of(request)
    try:
        draft = read_form(StatusReportDraft, form)
        await actions.edit(actor, number, draft, form.seen_version)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _page(request, number, form, failed.status, failed.errors)
    then = "/publish" if form.text("then") == "publish" else ""
    return redirect(f"/reports/{number}{then}", "saved")


@get("/reports/{number:int}/publish")
async def look_over(request: AnyRequest, number: FromPath[int]) -> Page:
    """How the report will read, what is missing, and the button that publishes it."""
    actor = await person_of(request)
    report = await _read(request, number)
    if not _reports(report, actor) or report["state"] == "PUBLISHED":
        raise Forbidden(NOT_REPORTER)
    return _publish_page(request, report, 200, actions.lacking(_said(report)))


@post("/reports/{number:int}/publish")
async def publish(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Freeze the report and show it."""
    actor = await person_of(request)
    try:
        await actions.publish(actor, number, form.seen_version)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        report = await _read(request, number)
        return _publish_page(request, report, failed.status, failed.errors)
    return redirect(f"/reports/{number}", "published")


@post("/reports/{number:int}/addenda")
async def add(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Add to a report that is published."""
    actor = await person_of(request)
    try:
        await actions.add_addendum(actor, number, form.text("text"))
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _page(request, number, form, failed.status, failed.errors)
    return redirect(f"/reports/{number}#addenda", "saved")


async def _list_page(
    request: AnyRequest, code: str, form: Posted, status: int, errors: Any
) -> Page:
    actor = await actor_of(request)
    data = await read(request, "reports/list", {"code": code}, shows="projectByCode")
    project = data["projectByCode"]
    chooses = PARTNER.holds(actor, partners(project)) and project["state"].lower() not in ENDED
    return draw(
        request,
        "reports/list",
        {"project": project},
        status=status,
        periods=_periods(project["statusReports"]["nodes"]),
        chooses=chooses,
        form=form,
        errors=errors,
    )


def _periods(reports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each period, with the report of each city by the city's id."""
    rows: dict[str, dict[str, Any]] = {}
    for each in reports:
        row = rows.setdefault(each["startsOn"], {"starts_on": each["startsOn"], "cities": {}})
        row["ends_on"] = each["endsOn"]
        row["cities"][each["city"]["id"]] = each
    return sorted(rows.values(), key=lambda row: row["starts_on"], reverse=True)


async def _page(request: AnyRequest, number: int, form: Posted, status: int, errors: Any) -> Page:
    actor = await actor_of(request)
    asked = {"id": f"StatusReport:{number}", "number": number}
    data = await read(request, "reports/show", asked, shows="statusReport")
    report = data["statusReport"]
    return draw(
        request,
        "reports/show",
        {"report": report},
        status=status,
        article=_article(report, report["project"]),
        reports=_reports(report, actor),
        form=form,
        errors=errors,
        history=await history(request, data["auditEvents"]["nodes"]),
    )


async def _read(request: AnyRequest, number: int) -> dict[str, Any]:
    """What is about to be published."""
    asked = {"id": f"StatusReport:{number}"}
    data = await read(request, "reports/publish", asked, shows="statusReport")
    found: dict[str, Any] = data["statusReport"]
    return found


def _publish_page(
    request: AnyRequest, report: dict[str, Any], status: int, errors: Mapping[str, Any]
) -> Page:
    article = _article(report, report["project"])
    return draw(
        request,
        "reports/publish",
        {"report": report},
        status=status,
        article=article,
        errors=errors,
    )


def _article(report: dict[str, Any], project: dict[str, Any]) -> dict[str, Any]:
    """A report as its document has it: from the document itself, where the reader sees that."""
    if report.get("document"):
        found: dict[str, Any] = json.loads(report["document"])
        return found | {"city": _named(found["city"]["name"], report["city"])}
    names = ("achieved", "next", "atRisk", "decisionNeeded", "facts")
    return {
        "project": {"code": project["code"], "title": project["title"]},
        "city": report["city"],
        "health": {name: (report.get(name) or "").lower() for name in (*DIMENSIONS, "health")},
        **{name: report.get(name) for name in names},
    }


def _named(name: str, city: dict[str, Any]) -> dict[str, Any]:
    """The city by the name in a document, which stays when it is called otherwise later; while it
    is not, its own people read theirs."""
    return city if city["name"] == name else {"name": name, "localName": "", "languages": []}


def _said(report: dict[str, Any]) -> dict[str, Any]:
    """What a draft says, by the action's own names."""
    keys = dict(zip(NARRATIVE, ("achieved", "next", "atRisk", "decisionNeeded"), strict=True))
    return {name: report[keys.get(name, name)] for name in (*DIMENSIONS, *NARRATIVE)}


def _reports(report: dict[str, Any], actor: Actor) -> bool:
    """Whether the actor works on the report for its city."""
    return actor.may(Permission.REPORT, number_of(report["city"]["id"]))


def _rhythm(form: Posted) -> ReportingRhythm:
    try:
        return ReportingRhythm(form.text("rhythm"))
    except ValueError as error:
        raise Invalid({"rhythm": [say("Choose how often the cities report.")]}) from error


def _day(text: str) -> str:
    """The text, if it is a day. Raises NotFound."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise NotFound(NO_PERIOD) from error
