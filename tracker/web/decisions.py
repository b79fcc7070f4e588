"""What only a mayor or the secretariat settles. The link in a digest leads here; nothing
is settled by opening it."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Invalid
from tracker.domain.projects import decisions
from tracker.domain.projects.rules import OFFICER
from tracker.domain.roles import Permission
from tracker.web.forms import NOTHING, Posted, PostedForm, failure
from tracker.web.identity import person_of
from tracker.web.naming import history
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.partners import partners
from tracker.web.plan_gaps import plan_gaps
from tracker.web.plan_in_brief import budget_in_brief
from tracker.web.templates import number_of
from tracker.web.values_in_words import WORDS


@get("/decisions/{number:int}")
async def show(request: AnyRequest, number: FromPath[int]) -> Page:
    """What is decided, and one button for it."""
    return await _page(request, number, NOTHING, 200, {})


@post("/decisions/{number:int}/give")
async def give(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Say yes: endorse, sign, hide or show."""
    actor = await person_of(request)
    return await _settled(
        request, number, form, lambda: decisions.give(actor, number, form.seen_version)
    )


@post("/decisions/{number:int}/answer")
async def answer(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Answer what was escalated."""
    actor, text = await person_of(request), form.text("answer")
    return await _settled(
        request, number, form, lambda: decisions.answer(actor, number, text, form.seen_version)
    )


@post("/decisions/{number:int}/refuse")
async def refuse(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Refuse, with a reason."""
    actor, reason = await person_of(request), form.text("reason")
    return await _settled(
        request, number, form, lambda: decisions.refuse(actor, number, reason, form.seen_version)
    )


async def _settled(
    request: AnyRequest, number: int, form: Posted, settle: Callable[[], Awaitable[Any]]
) -> Response[Any]:
    try:
        await settle()
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _page(request, number, form, failed.status, failed.errors)
    return redirect(f"/decisions/{number}", "decided")


async def _page(request: AnyRequest, number: int, form: Posted, status: int, errors: Any) -> Page:
    actor = await person_of(request)
    asked = {"id": f"Decision:{number}", "number": number}
    data = await read(request, "decisions/show", asked, shows="decision")
    decision = data["decision"]
    acting = settler(decision, decision["project"], actor)
    return draw(
        request,
        "decisions/show",
        data,
        status=status,
        form=form,
        errors=errors,
        gaps=plan_gaps(request, decision["project"], costs=True),
        budget=budget_in_brief(decision["project"], actor),
        requirements=WORDS["requirement"],
        may=acting is not None,
        history=await history(request, data["auditEvents"]["nodes"]),
        deputy=acting is not None and acting.on_behalf_of is not None,
        own=own(decision),
    )


def own(decision: dict[str, Any]) -> bool:
    """Whether whoever read it made what is to be decided on, so that somebody else settles it."""
    proposed = decision["kind"] != "ESCALATE" and decision["project"]["proposedByViewer"]
    return bool(proposed or decision["settledByViewerElsewhere"] or decision["askedByViewer"])


def settler(decision: dict[str, Any], project: dict[str, Any], actor: Actor) -> Actor | None:
    """As whom the actor settles it; None where somebody else does."""
    if decision["role"] == "OFFICER":
        return actor if OFFICER.holds(actor, partners(project, actor)) else None
    return actor.acting(Permission.DECIDE, number_of(decision["city"]["id"]))
