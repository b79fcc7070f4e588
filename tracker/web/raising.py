"""What a coordinator brings before a mayor or the secretariat: a question, or the wish to do
without something. The form says who will read and settle it."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.messages import say
from tracker.domain.projects.raising import Escalation, WaiverRequest, ask_waiver, escalate
from tracker.domain.projects.rules import ENDED, PARTNER, asked_ahead
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.partners import partners
from tracker.web.templates import number_of
from tracker.web.values_in_words import WORDS

RAISING = {"question": (escalate, Escalation), "waiver": (ask_waiver, WaiverRequest)}
"""What is raised -> the action, and what its form asks."""


def raises(project: dict[str, Any], actor: Actor) -> bool:
    """Whether the actor may raise something in the project of a page's data."""
    going = project["state"].lower() not in {*ENDED, "draft"}
    return going and PARTNER.holds(actor, partners(project))


@get("/projects/{code:str}/raise/{verb:str}")
async def new(request: AnyRequest, code: FromPath[str], verb: FromPath[str]) -> Page:
    """A form for it."""
    return await _page(request, code, verb, NOTHING)


@post("/projects/{code:str}/raise/{verb:str}")
async def ask(
    request: AnyRequest, code: FromPath[str], verb: FromPath[str], form: PostedForm
) -> Response[Any]:
    """Put it before whoever settles it."""
    actor, (action, kind) = await person_of(request), _known(verb)
    data = await read(request, "projects/raise", {"code": code}, shows="projectByCode")
    try:
        draft: Any = read_form(kind, form)
        decision = await action(actor, number_of(data["projectByCode"]["id"]), draft)
    except (Invalid, Conflict) as refusal:
        return await _page(request, code, verb, form, refusal)
    return redirect(f"/decisions/{decision.id}", "saved")


def _known(verb: str) -> tuple[Any, Any]:
    if verb not in RAISING:
        raise NotFound(say("There is no such step."))
    return RAISING[verb]


async def _page(
    request: AnyRequest,
    code: str,
    verb: str,
    form: Posted,
    refusal: Invalid | Conflict | None = None,
) -> Page:
    actor, _ = await person_of(request), _known(verb)
    data = await read(request, "projects/raise", {"code": code}, shows="projectByCode")
    failed = failure(refusal) if refusal else None
    if failed is None and not raises(data["projectByCode"], actor):
        raise Forbidden(say("Only {who} may do this.", who=PARTNER.who))
    return draw(
        request, "projects/raise", data, status=failed.status if failed else 200,
        errors=failed.errors if failed else {}, form=form, verb=verb,
        requirements=[
            (name, words)
            for name, words in WORDS["requirement"].items()
            if name in asked_ahead(data["projectByCode"]["state"].lower())
        ],
    )  # fmt: skip
