"""Where the administrator forgets people who asked for it: who they are, what follows, and one
button. There is no mutation for it: it cannot be undone, so it wants a fresh proof of who does it,
which a program's token never is."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.leaving import actions as leaving
from tracker.domain.leaving import erasure
from tracker.domain.messages import say
from tracker.domain.roles import Permission
from tracker.web.forms import PostedForm
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.templates import number_of
from tracker.web.words import ROLES


@get("/erasures")
async def listing(request: AnyRequest) -> Page:
    """Who asked to be forgotten, and what follows for each."""
    return await _page(request, 200, {})


@post("/erasures/{number:int}")
async def forget(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Forget somebody, for good."""
    actor = await _administrator(request)
    try:
        await erasure.erase(actor, number)
    except Invalid as refusal:
        return await _page(request, 422, refusal.fields)
    return redirect("/erasures", "forgotten")


async def _page(request: AnyRequest, status: int, errors: Mapping[str, Sequence[str]]) -> Page:
    actor = await _administrator(request)
    data = await read(request, "people/erasures", {})
    asking = [
        {**person, "number": number_of(person["id"]), "work": await _work(actor, person)}
        for person in data["people"]["nodes"]
    ]
    return draw(
        request, "people/erasures", data, status=status, errors=errors, asking=asking, roles=ROLES
    )


async def _work(actor: Actor, person: dict[str, Any]) -> list[str]:
    """Titles of what is left to the person's cities."""
    found = [
        work.title
        for each in person["memberships"]["nodes"]
        for work in (await leaving.consequences(actor, number_of(each["id"]))).work
        if work.title  # drafts are for their city alone
    ]
    return list(dict.fromkeys(found))


async def _administrator(request: AnyRequest) -> Actor:
    actor = await person_of(request)
    if not actor.may(Permission.MANAGE_PEOPLE):
        raise Forbidden(say("Only the secretariat's administrator forgets people."))
    return actor
