"""The short form of one decision: what is asked, by whom and until when, the plan in brief, what
was brought about where that is to be accepted, what follows from each answer, and one button for
it. Everything else of the project is behind a sign-in."""

from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.answers.links import Gone, Opened
from tracker.domain.projects import decisions
from tracker.domain.references import Reference
from tracker.graphql import execute
from tracker.web.decisions import own, settler
from tracker.web.forgotten import reword
from tracker.web.forms import Failure
from tracker.web.pages import AnyRequest, Page, draw, page, read, reader_of
from tracker.web.plan_gaps import plan_gaps
from tracker.web.plan_in_brief import budget_in_brief
from tracker.web.short_forms import Chosen, Filled, ShortForm
from tracker.web.templates import document_of

Data = dict[str, Any]

VERBS = ("give", "answer", "refuse")
"""What a form says for its answer: nothing else is one."""


async def settled(request: AnyRequest, reader: Actor, number: int) -> Data | None:
    """How the decision stands, as this reader sees it; None where they do not, or it is theirs to
    settle as it ever was."""
    decision: Data | None = (await _read(reader, number))["decision"]
    if decision is None or decision["state"] == "PENDING":
        return None
    reword(decision, reader_of(request))
    return decision


async def _choose(found: Opened, filled: Filled) -> Chosen | None:
    await _asked(found)
    form = filled.form
    if filled.wanted not in VERBS:
        return None

    async def act(actor: Actor, about: Reference) -> None:
        number, version = about.number, form.seen_version
        if filled.wanted == "refuse":
            await decisions.refuse(actor, number, form.text("reason"), version)
        elif filled.wanted == "answer":
            await decisions.answer(actor, number, form.text("answer"), version)
        else:
            await decisions.give(actor, number, version)

    return Chosen(act, filled.wanted)


async def _done(request: AnyRequest, found: Opened, _chosen: Chosen) -> Page:
    decision = await settled(request, found.actor, found.about.number)
    return await page(request, "answers/decided", once=True, decision=decision)


async def _page(request: AnyRequest, found: Opened, filled: Filled, failed: Failure | None) -> Page:
    asked = await _asked(found)
    decision = asked["decision"]
    data = await read(request, "answers/show")
    reword(asked, reader_of(request))
    acting = settler(decision, decision["project"], found.actor)
    return draw(
        request,
        "answers/decision",
        data | asked,
        status=failed.status if failed else 200,
        at=f"/answers/{filled.secret}",
        errors=failed.errors if failed else {},
        form=filled.form,
        secret=filled.secret,
        answering=found.actor.name,
        deputy=acting is not None and acting.on_behalf_of is not None,
        gaps=plan_gaps(request, decision["project"], costs=True),
        budget=budget_in_brief(decision["project"], found.actor),
    )


FORM = ShortForm(_page, _choose, _done)


async def _asked(found: Opened) -> Data:
    """What the link's person is asked. Raises Gone where it is not theirs to settle, or settled."""
    data = await _read(found.actor, found.about.number)
    decision = data["decision"]
    if decision is None:
        raise Gone(found.about)
    acting = settler(decision, decision["project"], found.actor)
    if decision["state"] != "PENDING" or acting is None or own(decision):
        raise Gone(found.about, found.actor)
    return data


async def _read(reader: Actor, number: int) -> Data:
    asked = {"id": f"Decision:{number}", "number": number}
    return await execute(document_of("answers/decision"), asked, reader)
