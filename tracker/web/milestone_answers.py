"""The short form of one milestone: the very steps of its page, as the link's person."""

from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.answers.links import Gone, Opened
from tracker.domain.references import Reference
from tracker.graphql import execute
from tracker.web.forgotten import reword
from tracker.web.forms import NOTHING, Failure, rows
from tracker.web.milestone_steps import OWNER_STEPS
from tracker.web.milestones import EMPTY_ROWS, possible
from tracker.web.pages import AnyRequest, Page, draw, page, read, reader_of
from tracker.web.short_forms import Chosen, Filled, ShortForm
from tracker.web.steps import Step, take
from tracker.web.templates import document_of

OFFERED = ("submit", "start", "propose", "move", "miss")
"""What a mail's reader may answer, the first that is possible being asked first."""


async def _choose(found: Opened, filled: Filled) -> Chosen | None:
    step = _named(_steps(await _milestone(found), found.actor), filled.wanted)
    if step is None:
        return None

    async def act(actor: Actor, about: Reference) -> None:
        await take(step, actor, about.number, filled.form)

    return Chosen(act, step)


async def _done(request: AnyRequest, found: Opened, chosen: Chosen) -> Page:
    number = found.about.number
    asked = {"id": f"Milestone:{number}"}
    recorded = await execute(document_of("answers/recorded"), asked, found.actor)
    told = recorded["milestone"]
    return await page(
        request, "answers/done", once=True, number=number, milestone=told, step=chosen.what
    )


async def _page(request: AnyRequest, found: Opened, filled: Filled, failed: Failure | None) -> Page:
    milestone, form = await _milestone(found), filled.form
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
        at=f"/answers/{filled.secret}",
        errors=failed.errors if failed else {},
        form=form,
        secret=filled.secret,
        answering=found.actor.name,
        steps=steps,
        step=_named(steps, filled.wanted) or steps[0],
        evidence=evidence,
    )


FORM = ShortForm(_page, _choose, _done)


async def _milestone(found: Opened) -> dict[str, Any]:
    """What the link's person sees of it. Raises Gone where there is nothing to answer."""
    asked = {"id": f"Milestone:{found.about.number}"}
    data = await execute(document_of("milestones/step"), asked, found.actor)
    milestone: dict[str, Any] | None = data["milestone"]
    if milestone is None or not _steps(milestone, found.actor):
        raise Gone(found.about)
    return milestone


def _steps(milestone: dict[str, Any], actor: Actor) -> list[Step]:
    verbs = {step.verb for step in possible(milestone, actor)}
    return [OWNER_STEPS[verb] for verb in OFFERED if verb in verbs]


def _named(steps: list[Step], wanted: str) -> Step | None:
    return next((step for step in steps if step.verb == wanted), None)
