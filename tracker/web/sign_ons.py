"""The page where cities' own sign-ons are set up."""

from dataclasses import dataclass
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from tracker import sign_on as talk
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.messages import say
from tracker.domain.people import sign_on_providers as providers
from tracker.domain.people.rules import may_set_up_sign_on
from tracker.domain.people.sign_on_providers import CHANGED, SignOnDraft
from tracker.domain.problems import Problems
from tracker.domain.roles import Permission
from tracker.sign_on import back_address
from tracker.throttle import require_room
from tracker.web.forms import MISSING, NOTHING, Failure, Posted, PostedForm, failure, read_form
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, read, reader_of, redirect
from tracker.web.proxies import address_of
from tracker.web.templates import number_of


@dataclass(frozen=True, kw_only=True)
class _Where:
    """Whose sign-on the form is about."""

    city_id: int


@get("/sign-ons")
async def listing(request: AnyRequest) -> Page:
    """How cities' sign-ons are set up."""
    return await _page(request)


@post("/sign-ons")
async def set_up(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Set a city's sign-on up, or change it."""
    actor = await person_of(request)
    try:
        draft = read_form(SignOnDraft, form)
        city_id = _chosen(form, draft)
        await _require_meant(request, form, city_id)
        row = await providers.set_up(actor, city_id, draft)
    except (Invalid, Conflict) as refusal:
        return await _page(request, form=form, failed=failure(refusal))
    return redirect("/sign-ons", "saved" if row.confirmed_at else "sign-on-waits")


@post("/sign-ons/{number:int}/confirm")
async def confirm(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Vouch for a provider that a city's administrator has set up."""
    try:
        await providers.confirm(await person_of(request), number, form.text("issuer"))
    except Invalid as refusal:
        return await _page(request, failed=failure(refusal))
    return redirect("/sign-ons", "saved")


@post("/sign-ons/{number:int}/test")
async def test(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Ask the provider how it is, and say what is wrong."""
    actor = await person_of(request)
    sign_on = (await _managed(request, number, "sign_on/off"))["signOn"]
    await require_room("invitation", f"person {actor.person_id}", address_of(request.scope))
    found = await talk.examine(request.app.state.settings, sign_on["issuer"])
    told = [reader_of(request).say(each) for each in found]
    return await _page(request, findings=(sign_on["city"]["name"], told))


@get("/sign-ons/{number:int}/off")
async def ask_off(request: AnyRequest, number: FromPath[int]) -> Page:
    """What follows from switching a sign-on off; only the button does it."""
    return draw(request, "sign_on/off", await _managed(request, number, "sign_on/off"))


@post("/sign-ons/{number:int}/off")
async def switch_off(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Redirect:
    """Nobody signs in there any more."""
    await _switch(request, number, on=False)
    return redirect("/sign-ons", "saved")


@post("/sign-ons/{number:int}/on")
async def switch_on(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """People sign in there again."""
    try:
        await _switch(request, number, on=True)
    except Invalid as refusal:
        return await _page(request, failed=failure(refusal))
    return redirect("/sign-ons", "saved")


@get("/sign-ons/{number:int}/remove")
async def ask_remove(request: AnyRequest, number: FromPath[int]) -> Page:
    """What follows from removing a sign-on; only the button does it."""
    return draw(request, "sign_on/remove", await _managed(request, number, "sign_on/remove"))


@post("/sign-ons/{number:int}/remove")
async def remove(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """The city has none any more."""
    try:
        await providers.remove(await person_of(request), number)
    except Invalid as refusal:
        return await _page(request, failed=failure(refusal))
    return redirect("/sign-ons", "sign-on-removed")


async def _switch(request: AnyRequest, number: int, *, on: bool) -> None:
    """All else stays as it was set up, the client secret too. Switching on vouches for nobody."""
    row = (await _managed(request, number, "sign_on/off"))["signOn"]
    if on and not row["confirmedAt"]:
        raise Invalid({"sign_on_id": [CHANGED]})
    draft = SignOnDraft(issuer=row["issuer"], client_id=row["clientId"], active=on)
    await providers.set_up(await person_of(request), number_of(row["city"]["id"]), draft)


def _chosen(form: Posted, draft: SignOnDraft) -> int:
    """The city's number. Where none is chosen, raises Invalid for that and all else at once."""
    problems = Problems()
    if not form.text("city_id"):
        problems.add("city_id", MISSING)
        providers.checked(draft, problems)
    problems.raise_any()
    return read_form(_Where, form).city_id


async def _require_meant(request: AnyRequest, form: Posted, city_id: int) -> None:
    """Raises Invalid for a new sign-on in place of one that the form did not show."""
    held = (await read(request, "sign_on/list"))["signOns"]["nodes"]
    there = any(number_of(each["city"]["id"]) == city_id for each in held)
    if there and form.text("instead") != "true":
        raise Invalid({"city_id": [say("This city has a sign-on already: change that one above.")]})


async def _managed(request: AnyRequest, number: int, name: str) -> dict[str, Any]:
    """What the document says of the sign-on, which this person may set up. Raises NotFound."""
    actor = await person_of(request)
    data = await read(request, name, {"id": f"SignOn:{number}"}, shows="signOn")
    sign_on = data["signOn"]
    if sign_on["endedAt"] or not may_set_up_sign_on(actor, number_of(sign_on["city"]["id"])):
        raise NotFound(say("There is no such sign-on, or you may not see it."))
    return data


async def _page(
    request: AnyRequest,
    *,
    form: Posted = NOTHING,
    failed: Failure | None = None,
    findings: tuple[str, list[str]] | None = None,
) -> Page:
    actor = await person_of(request)
    data = await read(request, "sign_on/list")
    cities = [(str(number_of(each["id"])), each["name"]) for each in data["cities"]["nodes"]]
    places = [each for each in cities if may_set_up_sign_on(actor, int(each[0]))]
    if not places and not actor.secretariat:
        raise Forbidden(say("Administrators set sign-ons up; ask yours."))
    held = {str(number_of(each["city"]["id"])) for each in data["signOns"]["nodes"]}
    if form is NOTHING:
        form = _held(request, data["signOns"]["nodes"])
    changing = form.text("instead") == "true" and form.text("city_id") in held
    settings = request.app.state.settings
    return draw(
        request,
        "sign_on/list",
        data,
        status=failed.status if failed else 200,
        errors=failed.errors if failed else {},
        form=form,
        places=places,
        free=[each for each in places if each[0] not in held],
        changing=dict(places).get(form.text("city_id")) if changing else None,
        may_confirm=actor.may(Permission.MANAGE_PEOPLE),
        back=lambda number: back_address(settings, number),
        base_back=back_address(settings, 0).replace("/0/", "/…/"),
        findings=findings,
    )


def _held(request: AnyRequest, held: list[dict[str, Any]]) -> Posted:
    """The form as the city in the page's address has it."""
    wanted = str(request.query_params.get("city", ""))
    for each in held:
        if str(number_of(each["city"]["id"])) == wanted:
            return Posted(
                {
                    "city_id": [wanted],
                    "instead": ["true"],
                    "issuer": [each["issuer"]],
                    "client_id": [each["clientId"]],
                    "active": ["true" if each["active"] else ""],
                }
            )
    return NOTHING
