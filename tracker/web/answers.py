"""The short form that a link in a mail opens, without a password: one milestone, one answer.

A GET changes nothing, because mail scanners follow links; only the form's POST uses the link up.
What is shown and done is what the link's person may see and do at that moment, whoever is signed
in with this browser.
"""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.answers import links
from tracker.domain.answers.links import Gone, Opened
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.graphql import execute
from tracker.throttle import require_room
from tracker.web.forgotten import reword
from tracker.web.forms import NOTHING, Failure, Posted, PostedForm, failure, rows
from tracker.web.identity import actor_of
from tracker.web.milestone_steps import OWNER_STEPS
from tracker.web.milestones import EMPTY_ROWS, possible
from tracker.web.noting import note
from tracker.web.pages import AnyRequest, Page, draw, page, read, reader_of, speak_to
from tracker.web.proxies import address_of
from tracker.web.steps import Step, take
from tracker.web.templates import document_of
from tracker.web.visits import visit_of

OFFERED = ("submit", "start", "propose", "move", "miss")
"""What a mail's reader may answer, the first that is possible being asked first."""


@get("/answers/{secret:str}")
async def look(request: AnyRequest, secret: FromPath[str]) -> Page:
    """The form of the answer that `do` names, and the way to the others."""
    try:
        found = await links.opened(secret)
    except Gone as gone:
        return await _gone(request, gone)
    await speak_to(request, found.actor)
    wanted = str(request.query_params.get("do", ""))
    return await _page(request, secret, found, wanted)


@post("/answers")
async def answer(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Answer, and use the link up. A form with mistakes comes back, and the link still counts."""
    await require_room("sign_in", address_of(request.scope))
    secret, wanted = form.text("secret"), form.text("do")
    visit = visit_of(request.scope)
    try:
        found = await links.opened(secret)
        await speak_to(request, found.actor)
        if form.text("more"):
            return await _page(request, secret, found, wanted, form)
        step = _chosen(await _offered(found), wanted)

        async def act(actor: Actor, number: int) -> None:
            await take(step, actor, number, form)

        number = await links.answer(secret, act, visit.request_id)
    except Gone as gone:
        return await _gone(request, gone)
    except (Forbidden, NotFound):
        return await _gone(request, Gone(found.milestone_id))
    except (Invalid, Conflict) as refusal:
        return await _page(request, secret, found, wanted, form, failure(refusal))
    note(request.scope, "answered from a mail", acted=found.actor.person_id, milestone=number)
    asked = {"id": f"Milestone:{number}"}
    recorded = await execute(document_of("answers/recorded"), asked, found.actor)
    told = recorded["milestone"]
    return await page(request, "answers/done", once=True, number=number, milestone=told, step=step)


async def _offered(found: Opened) -> list[Step]:
    """What the link's person may answer now. Raises Gone where that is nothing."""
    return _steps((await _milestone(found))["milestone"], found.actor)


def _steps(milestone: dict[str, Any], actor: Actor) -> list[Step]:
    verbs = {step.verb for step in possible(milestone, actor)}
    return [OWNER_STEPS[verb] for verb in OFFERED if verb in verbs]


def _chosen(steps: list[Step], wanted: str) -> Step:
    return next((step for step in steps if step.verb == wanted), steps[0])


async def _milestone(found: Opened) -> dict[str, Any]:
    """What the link's person sees of it. Raises Gone where there is nothing to answer."""
    asked = {"id": f"Milestone:{found.milestone_id}"}
    data = await execute(document_of("milestones/step"), asked, found.actor)
    if data["milestone"] is None or not _steps(data["milestone"], found.actor):
        raise Gone(found.milestone_id)
    return data


async def _page(
    request: AnyRequest,
    secret: str,
    found: Opened,
    wanted: str,
    form: Posted = NOTHING,
    failed: Failure | None = None,
) -> Page:
    try:
        milestone = (await _milestone(found))["milestone"]
    except Gone as gone:
        return await _gone(request, gone)
    data = await read(request, "answers/show")
    reword(milestone, reader_of(request))
    steps = _steps(milestone, found.actor)
    evidence = rows(form, "evidence", ("title", "url"))
    evidence += [{"title": "", "url": ""}] * (EMPTY_ROWS if form is NOTHING else 1)
    return draw(
        request,
        "answers/show",
        data | {"milestone": milestone},
        status=failed.status if failed else 200,
        at=f"/answers/{secret}",
        errors=failed.errors if failed else {},
        form=form,
        secret=secret,
        answering=found.actor.name,
        steps=steps,
        step=_chosen(steps, wanted),
        evidence=evidence,
    )


async def _gone(request: AnyRequest, gone: Gone) -> Page:
    """What to do instead: sign in, and go on there."""
    await actor_of(request)
    return await page(request, "answers/gone", status=410, number=gone.milestone_id)
