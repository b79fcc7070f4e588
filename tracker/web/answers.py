"""The short form that a link in a mail opens, without a password: one thing, one answer.

A GET changes nothing, because mail scanners follow links; only the form's POST uses the link up.
What is shown and done is what the link's person may see and do at that moment. That is so whoever
is signed in with this browser; but for a decision, which only a named role settles: in the browser
of somebody else, who may have been passed the mail, it is not even offered.
"""

from contextlib import suppress
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.answers import links
from tracker.domain.answers.links import DECISION, Gone, Opened
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.throttle import TooOften, require_room
from tracker.web import decision_answers, milestone_answers
from tracker.web.forms import Failure, PostedForm, failure, too_often
from tracker.web.identity import actor_of
from tracker.web.noting import note
from tracker.web.pages import AnyRequest, Page, page, reader_of, speak_to
from tracker.web.places import page_of
from tracker.web.proxies import address_of
from tracker.web.short_forms import Filled, ShortForm
from tracker.web.visits import visit_of

FORMS: dict[str, ShortForm] = {
    links.MILESTONE: milestone_answers.FORM,
    links.DECISION: decision_answers.FORM,
}
"""By the kind of what is answered for."""


@get("/answers/{secret:str}")
async def look(request: AnyRequest, secret: FromPath[str]) -> Page:
    """The form of the answer that `do` names, and the way to the others."""
    filled = Filled(secret, str(request.query_params.get("do", "")))
    try:
        found = await links.opened(secret)
        if not await _answers_here(request, found):
            return await _elsewhere(request, found)
        await speak_to(request, found.actor)
        return await FORMS[found.about.kind].page(request, found, filled, None)
    except Gone as gone:
        return await _gone(request, gone)


@post("/answers")
async def answer(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Answer, and use the link up. A form with mistakes comes back, and the link still counts."""
    filled = Filled(form.text("secret"), form.text("do"), form)
    try:
        await require_room("sign_in", address_of(request.scope))
    except TooOften as much:
        return await _too_often(request, filled, much)
    try:
        found = await links.opened(filled.secret)
        if not await _answers_here(request, found):
            return await _elsewhere(request, found)
        await speak_to(request, found.actor)
        return await _answered(request, found, filled)
    except Gone as gone:
        return await _gone(request, gone)


async def _answered(request: AnyRequest, found: Opened, filled: Filled) -> Response[Any]:
    asks = FORMS[found.about.kind]
    if filled.form.text("more"):
        return await asks.page(request, found, filled, None)
    chosen = await asks.choose(found, filled)
    if chosen is None:
        await links.opened(filled.secret)  # unless somebody was faster, and it is gone
        return await asks.page(request, found, filled, Failure(422, {}))
    try:
        await links.answer(filled.secret, chosen.act, visit_of(request.scope).request_id)
    except Gone:
        raise
    except (Forbidden, NotFound) as refusal:
        raise Gone(found.about) from refusal
    except (Invalid, Conflict) as refusal:
        return await asks.page(request, found, filled, failure(refusal))
    told = {found.about.kind: found.about.number}
    note(request.scope, "answered from a mail", acted=found.actor.person_id, **told)
    return await asks.done(request, found, chosen)


async def _too_often(request: AnyRequest, filled: Filled, much: TooOften) -> Page:
    """The form as it was filled in, if its link opens one: nothing that was typed is lost."""
    with suppress(Gone):
        found = await links.opened(filled.secret)
        if await _answers_here(request, found):
            await speak_to(request, found.actor)
            failed = too_often(reader_of(request), much)
            return await FORMS[found.about.kind].page(request, found, filled, failed)
    raise much


async def _answers_here(request: AnyRequest, found: Opened) -> bool:
    """Whether whoever is signed in here, if anybody, is the link's person; of a decision alone."""
    here = await actor_of(request)
    return found.about.kind != DECISION or here.person_id in (None, found.actor.person_id)


async def _elsewhere(request: AnyRequest, found: Opened) -> Page:
    address = page_of(found.about.kind, found.about.number)
    owner = found.actor.name
    return await page(request, "answers/elsewhere", status=403, owner=owner, address=address)


async def _gone(request: AnyRequest, gone: Gone) -> Page:
    """What became of it, where the link's person, or whoever is signed in here, may know, and what
    to do instead: sign in, and go on there. In the person's language, whatever may be known."""
    reader = here = await actor_of(request)
    if gone.addressee and here.person_id in (None, gone.addressee.person_id):
        reader = gone.reader or here
        await speak_to(request, gone.addressee)
    about, address, settled = gone.about, "", None
    if about:
        address = page_of(about.kind, about.number)
        if about.kind == DECISION:
            settled = await decision_answers.settled(request, reader, about.number)
    return await page(request, "answers/gone", status=410, address=address, settled=settled)
