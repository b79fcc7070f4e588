"""One's roles and colleagues: who decides in a mayor's place, and how a role ends."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Invalid
from tracker.domain.leaving import actions as leaving
from tracker.domain.leaving.actions import HandoverDraft
from tracker.domain.messages import say
from tracker.domain.people import delegations
from tracker.domain.people.delegations import DelegationPlan
from tracker.domain.roles import DEPUTY, Permission
from tracker.web.forms import NOTHING, Failure, Posted, PostedForm, failure, read_form, row_number
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, page, read, redirect
from tracker.web.places import page_of
from tracker.web.templates import number_of
from tracker.web.words import ROLES

ROLES_PAGE = "/account/roles"

SAY_WHO = say("Choose who takes it over, or leave it to the city.")

TO_CITY = "city"
"""What a select says for work that is left to the city."""


@get(ROLES_PAGE)
async def show(request: AnyRequest) -> Page:
    """One's roles, deputies, and the colleagues whom one looks after."""
    return await _page(request)


@post("/account/delegations")
async def delegate(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Let a colleague decide for a period."""
    actor = await person_of(request)
    try:
        await delegations.grant(
            actor, row_number(form.text("city")) or 0, read_form(DelegationPlan, form)
        )
    except (Invalid, Conflict) as refusal:
        return await _page(request, form=form, failed=failure(refusal))
    return redirect(ROLES_PAGE, "deputy")


@post("/delegations/{number:int}/end")
async def end_delegation(
    request: AnyRequest, number: FromPath[int], form: PostedForm
) -> Response[Any]:
    """Take the right back, or give it back."""
    try:
        actor = await person_of(request)
        await delegations.end_delegation(actor, number)
    except Invalid as refusal:
        return await _page(request, failed=failure(refusal))
    return redirect(ROLES_PAGE, "saved")


@get("/memberships/{number:int}/end")
async def leave(request: AnyRequest, number: FromPath[int]) -> Page:
    """What the end of a role brings with it, and who takes the open work over."""
    return await _leave_page(request, number, NOTHING, None)


@post("/memberships/{number:int}/end")
async def end_membership(
    request: AnyRequest, number: FromPath[int], form: PostedForm
) -> Response[Any]:
    """End it."""
    actor = await person_of(request)
    try:
        found = await leaving.consequences(actor, number)
        names = [f"{work.kind}-{work.number}" for work in found.work]
        if unsaid := {name: [SAY_WHO] for name in names if not form.text(name)}:
            return await _leave_page(request, number, form, Failure(422, unsaid))
        drafts = [
            HandoverDraft(subject_id=work.reference, person_id=row_number(chosen))
            for work in found.work
            if (chosen := form.text(f"{work.kind}-{work.number}"))
        ]
        ended = await leaving.end_membership(actor, number, drafts)
    except (Invalid, Conflict) as refusal:
        return await _leave_page(request, number, form, failure(refusal))
    own = ended.person == actor.person_id
    return redirect(ROLES_PAGE if own else f"/people/{ended.person}", "role-ended")


async def _leave_page(
    request: AnyRequest, number: int, form: Posted, failed: Failure | None
) -> Page:
    actor = await person_of(request)
    found = await leaving.consequences(actor, number)
    return await page(
        request,
        "people/leave",
        {"id": f"Membership:{number}"},
        status=failed.status if failed else 200,
        errors=failed.errors if failed else {},
        form=form,
        found=found,
        reader=f"Person:{actor.person_id}",
        roles=ROLES,
        to_city=TO_CITY,
    )


async def _page(
    request: AnyRequest, *, form: Posted = NOTHING, failed: Failure | None = None
) -> Page:
    actor = await person_of(request)
    data = await read(request, "people/roles", {})
    held = data["own"]["memberships"]["nodes"]
    cities = {each["city"]["id"]: each["city"] for each in held if each["city"]}
    return draw(
        request,
        "people/roles",
        data,
        status=failed.status if failed else 200,
        at=ROLES_PAGE,
        errors=failed.errors if failed else {},
        form=form,
        held=held,
        cities=list(cities.values()),
        deputies=_deputies(actor, list(cities.values())),
        managed=[
            each
            for each in cities.values()
            if actor.may(Permission.MANAGE_MEMBERS, number_of(each["id"]))
        ],
        me=actor.person_id,
        handed=await leaving.handed_over(actor),
        page_of=page_of,
        roles=ROLES,
    )


def _deputies(actor: Actor, cities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cities whose mayor one is, with the people who could decide in one's place."""
    return [
        {
            "number": number_of(city["id"]),
            "name": city["name"],
            "people": [
                (str(number_of(each["person"]["id"])), each["person"]["name"])
                for each in city["memberships"]["nodes"]
                if each["role"] == DEPUTY.upper()
                and number_of(each["person"]["id"]) != actor.person_id
            ],
        }
        for city in cities
        if actor.may(Permission.DELEGATE, number_of(city["id"]))
    ]
