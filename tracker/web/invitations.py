"""Asking people to come: who was invited, and what they see when they follow the link."""

from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from tracker import locale
from tracker.domain.actor import SECRETARIAT, Actor, Role
from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.messages import Message, say
from tracker.domain.people import invitations
from tracker.domain.people.invitations import INVITATION_DAYS, InvitationDraft, InvitationState
from tracker.domain.people.profiles import checked_email
from tracker.domain.people.rules import may_invite
from tracker.domain.problems import Problems
from tracker.graphql import ReadError
from tracker.throttle import require_room
from tracker.web.forms import (
    MISSING,
    NOTHING,
    Failure,
    Posted,
    PostedForm,
    failure,
    read_form,
    row_number,
)
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, own_name, read, reader_of, redirect
from tracker.web.proxies import address_of
from tracker.web.templates import number_of
from tracker.web.words import N_, ROLES
from tracker.web.words import SECRETARIAT as SECRETARIAT_WORD

PAGE_SIZE = 30

IN_SECRETARIAT = "secretariat"
"""What the form says for the secretariat; nothing stands for not having chosen yet."""

OF_SECRETARIAT = N_("{role} is a role in the secretariat: choose the secretariat here.")
OF_CITY = N_("{role} is a role in a city: choose the city here.")


@get("/invitations")
async def listing(request: AnyRequest) -> Page:
    """Who was invited, the newest first, and a form to invite somebody else."""
    return await _page(request)


@post("/invitations")
async def invite(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Ask somebody to take up a role."""
    actor = await person_of(request)
    try:
        draft = _draft(request, form)
        await require_room("invitation", address_of(request.scope))
        await invitations.send_invitation(actor, draft)
    except (Invalid, Conflict) as refusal:
        return await _page(request, form=form, failed=failure(refusal))
    return redirect("/invitations", "invited")


@post("/invitations/{number:int}/resend")
async def resend(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Mail a new link."""
    await require_room("invitation", address_of(request.scope))
    return await _changed(request, invitations.resend_invitation, number, "invited")


@post("/invitations/{number:int}/withdraw")
async def withdraw(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Take the invitation back."""
    return await _changed(request, invitations.withdraw_invitation, number, "saved")


async def _changed(
    request: AnyRequest, action: Any, number: int, flash: str
) -> Redirect | Response[Any]:
    try:
        await action(await person_of(request), number)
    except Invalid as refusal:
        return await _page(request, failed=failure(refusal))
    return redirect("/invitations", flash)


def _draft(request: AnyRequest, form: Posted) -> InvitationDraft:
    """What the form asks for. Raises Invalid naming everything that is wrong with it, in the words
    that the form itself has for roles and places."""
    problems, draft = Problems(), None
    text, where = form.text("email"), form.text("city_id")
    if text:
        checked_email(text, problems)
    else:
        problems.add("email", MISSING)
    plain = {**form.fields, "city_id": ["" if where == IN_SECRETARIAT else where]}
    try:
        draft = read_form(InvitationDraft, Posted(plain))
    except Invalid as refusal:
        for name, messages in refusal.fields.items():
            for message in messages:
                problems.add(name, message)
    _check_place(form.text("role"), where, problems)
    problems.raise_any()
    assert draft
    return draft


def require_place(role: str, where: str) -> tuple[Role, int | None]:
    """The role and the city, None for the secretariat, that a form names. Raises Invalid."""
    problems = Problems()
    problems.unless(role in set(Role), "role", MISSING)
    _check_place(role, where, problems)
    number = row_number(where)
    problems.unless(where in ("", IN_SECRETARIAT) or number is not None, "city_id", MISSING)
    problems.raise_any()
    return Role(role), number


def _check_place(role: str, where: str, problems: Problems) -> None:
    held = role in set(Role) and ROLES[Role(role).name]
    if not where:
        problems.add("city_id", MISSING)
    elif held and (Role(role) in SECRETARIAT) != (where == IN_SECRETARIAT):
        text = OF_SECRETARIAT if Role(role) in SECRETARIAT else OF_CITY
        problems.add("city_id", Message(text, {"role": Message(held)}))


async def _page(
    request: AnyRequest, *, form: Posted = NOTHING, failed: Failure | None = None
) -> Page:
    actor = await person_of(request)
    state = _state(request)
    if form is NOTHING and request.query_params.get("email"):
        form = Posted({"email": [request.query_params["email"][:254]]})
    data = await _read(request, state)
    places = _places(request, actor, data["cities"]["nodes"])
    if not places and not actor.secretariat:
        raise Forbidden(say("Administrators invite people; ask yours."))
    return draw(
        request,
        "invitations/list",
        data,
        status=failed.status if failed else 200,
        errors=failed.errors if failed else {},
        form=form,
        state=state,
        places=places,
        offered=_offered(request, actor),
        role_words=ROLES,
        tongues=[(tag, own_name(tag)) for tag in sorted(locale.languages())],
        days=INVITATION_DAYS,
    )


async def _read(request: AnyRequest, state: str) -> dict[str, Any]:
    query = request.query_params
    variables: dict[str, Any] = {"first": PAGE_SIZE}
    if query.get("after"):
        variables["after"] = query["after"]
    elif query.get("before"):
        variables = {"last": PAGE_SIZE, "before": query["before"]}
    variables["filter"] = {"state": {"eq": state}} if state else {}
    try:
        return await read(request, "invitations/list", variables)
    except ReadError as error:
        if not (query.get("after") or query.get("before")):
            raise
        raise Invalid({"": [say("This page of the list is no longer there.")]}) from error


def _state(request: AnyRequest) -> str:
    wanted = str(request.query_params.get("state", "")).upper()
    return wanted if wanted in InvitationState.__members__ else ""


def _places(
    request: AnyRequest, actor: Actor, cities: Sequence[dict[str, Any]]
) -> list[tuple[str, str]]:
    """Where this person may invite, as options of the form."""
    found = [(str(number_of(each["id"])), each["name"]) for each in cities]
    found = [each for each in found if may_invite(actor, int(each[0]))]
    if may_invite(actor, None):
        found.insert(0, (IN_SECRETARIAT, reader_of(request).gettext(SECRETARIAT_WORD)))
    return found


def _offered(request: AnyRequest, actor: Actor) -> list[tuple[str, str]]:
    """Roles as options; a city's administrator gives those of cities only."""
    words = reader_of(request).gettext
    roles = [each for each in Role if may_invite(actor, None) or each not in SECRETARIAT]
    return [(each.value, words(ROLES[each.name])) for each in roles]
