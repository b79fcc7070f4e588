"""A proposed change of an agreed plan: read by both sides, answered by the other one."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Invalid
from tracker.domain.plan_changes import actions
from tracker.domain.plan_changes.rules import across
from tracker.domain.projects.rules import settled_plan
from tracker.domain.roles import Permission
from tracker.web.forms import NOTHING, Posted, PostedForm, failure
from tracker.web.identity import person_of
from tracker.web.naming import history
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.templates import number_of


@get("/plan-changes/{number:int}")
async def show(request: AnyRequest, number: FromPath[int]) -> Page:
    """What would change, and one button for it."""
    return await _page(request, number, NOTHING, 200, {})


@post("/plan-changes/{number:int}/accept")
async def accept(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Agree to it; the plan changes."""
    actor = await person_of(request)
    return await _settled(
        request, number, form, lambda: actions.accept(actor, number, form.seen_version)
    )


@post("/plan-changes/{number:int}/refuse")
async def refuse(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Say no, with a reason."""
    actor, reason = await person_of(request), form.text("reason")
    return await _settled(
        request, number, form, lambda: actions.refuse(actor, number, reason, form.seen_version)
    )


@post("/plan-changes/{number:int}/withdraw")
async def withdraw(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Take it back."""
    actor = await person_of(request)
    return await _settled(
        request, number, form, lambda: actions.withdraw(actor, number, form.seen_version)
    )


async def _settled(
    request: AnyRequest, number: int, form: Posted, settle: Callable[[], Awaitable[Any]]
) -> Response[Any]:
    try:
        await settle()
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _page(request, number, form, failed.status, failed.errors)
    return redirect(f"/plan-changes/{number}", "done")


async def _page(request: AnyRequest, number: int, form: Posted, status: int, errors: Any) -> Page:
    actor = await person_of(request)
    asked = {"id": f"PlanChange:{number}", "number": number}
    data = await read(request, "plan_changes/show", asked, shows="planChange")
    change = data["planChange"]
    return draw(
        request,
        "plan_changes/show",
        data,
        status=status,
        form=form,
        errors=errors,
        answering=answering(change, change["project"]),
        withdraws=_withdraws(change, actor),
        settled=settled_plan(change["project"]["state"].lower()),
        history=await history(request, data["auditEvents"]["nodes"]),
    )


def answering(change: dict[str, Any], project: dict[str, Any]) -> list[str]:
    """The names of the cities whose answer the change waits for."""
    if change["decider"]:
        return [change["decider"]["name"]]
    partners = project["participations"]["nodes"]
    sides = {number_of(each["city"]["id"]): each["side"].lower() for each in partners}
    other = across(sides, number_of(change["city"]["id"]))
    return [each["city"]["name"] for each in partners if number_of(each["city"]["id"]) in other]


def _withdraws(change: dict[str, Any], actor: Actor) -> bool:
    return actor.may(Permission.PLAN, number_of(change["city"]["id"]))
