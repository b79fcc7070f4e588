"""What somebody sees who was invited and follows the link, and taking up the role."""

from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker import locale
from tracker.domain.errors import Invalid
from tracker.domain.joining import actions as joining
from tracker.domain.people import invitations
from tracker.domain.people.profiles import Profile
from tracker.domain.people.proofs import Method
from tracker.domain.people.sessions import admit
from tracker.throttle import require_room
from tracker.web.entering import let_in
from tracker.web.forms import NOTHING, Failure, Posted, PostedForm, failure, read_form
from tracker.web.identity import actor_of
from tracker.web.pages import AnyRequest, Page, own_name, page, redirect
from tracker.web.people import zones
from tracker.web.proxies import address_of
from tracker.web.visits import visit_of
from tracker.web.words import ROLES

WELCOME = "/account/roles"
"""Where the new role and its city stand, and from where the way to a password leads."""


@get("/invitation/{secret:str}")
async def look(request: AnyRequest, secret: FromPath[str]) -> Page:
    """What is offered. Only the button accepts: mail scanners follow links, but press none."""
    return await _page(request, secret)


@post("/invitation")
async def accept(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Take up the role, once. Somebody new is signed in; who is here already has to be."""
    await require_room("sign_in", address_of(request.scope))
    secret, actor = form.text("secret"), await actor_of(request)
    try:
        person = await joining.accept(secret, _profile(form), actor.person_id)
    except Invalid as refusal:
        return await _page(request, secret, form=form, failed=failure(refusal))
    if person.id == actor.person_id:
        return redirect(WELCOME, "welcome")
    request_id = visit_of(request.scope).request_id
    entry = await admit(person.id, Method.INVITATION, request_id=request_id)
    return await let_in(request, entry, WELCOME, "welcome")


def _profile(form: Posted) -> Profile:
    """Somebody who is here already was not asked."""
    return read_form(Profile, form) if "name" in form.fields else Profile(name="")


async def _page(
    request: AnyRequest, secret: str, *, form: Posted = NOTHING, failed: Failure | None = None
) -> Page:
    try:
        offer = await invitations.offer_of(secret)
    except Invalid:
        return await page(request, "invitations/gone", status=410)
    return await page(
        request,
        "invitations/accept",
        status=failed.status if failed else 200,
        at=f"/invitation/{quote(secret, safe='')}",
        errors=failed.errors if failed else {},
        form=form,
        offer=offer,
        digest=await joining.offered(offer.role, offer.person.id if offer.person else None),
        secret=secret,
        signed_in=(await actor_of(request)).person_id,
        role_words=ROLES,
        tongues=[(tag, own_name(tag)) for tag in sorted(locale.languages())],
        zones=zones,
    )
