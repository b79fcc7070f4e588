"""What people say about themselves: language, time zone, and which mails come when."""

from typing import Any

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect, Response

from tracker import locale
from tracker.domain import clock
from tracker.domain.batches import together
from tracker.domain.deliveries.quiet import QuietHours
from tracker.domain.digests import actions as digests
from tracker.domain.digests import queries
from tracker.domain.digests.rules import Schedule
from tracker.domain.errors import Conflict, Invalid
from tracker.domain.people import actions
from tracker.domain.people.profiles import Profile
from tracker.domain.preferences import actions as mails
from tracker.domain.preferences.actions import OFFERED
from tracker.web.entering import local
from tracker.web.forms import NOTHING, Failure, Posted, PostedForm, failure, read_form
from tracker.web.identity import cookie, person_of
from tracker.web.pages import LANGUAGE_COOKIE, AnyRequest, Page, draw, read, reader_of, redirect
from tracker.web.templates import number_of

YEAR = 365 * 24 * 60 * 60
"""Seconds."""


@post("/language")
async def language(request: AnyRequest, form: PostedForm) -> Redirect:
    """Read the pages of this browser in another language. Mails follow the profile."""
    response = redirect(local(form.text("next", "/")))
    if form.text("language") in locale.languages():
        response.set_cookie(_language_cookie(request, form.text("language"), YEAR))
    return response


@get("/preferences")
async def preferences(request: AnyRequest) -> Page:
    """The profile, and which mails come when."""
    return await _page(request)


@post("/preferences")
async def save(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Change all of it, or nothing; the language chosen there is that of the pages as well."""
    actor = await person_of(request)
    assert actor.person_id is not None
    person_id, wanted = actor.person_id, form.texts("kinds")

    async def profile() -> None:
        await actions.edit_profile(actor, person_id, read_form(Profile, form))

    async def digest() -> None:
        if form.text("digest"):
            await digests.subscribe(actor, person_id, read_form(Schedule, form))
        else:
            await _stop_digest(request)

    async def others() -> None:
        for kind in OFFERED:
            await mails.choose_mails(actor, person_id, kind, kind.value in wanted)

    async def quiet() -> None:
        await mails.set_quiet_hours(actor, person_id, read_form(QuietHours, form))

    try:
        await together(profile, digest, others, quiet)
    except (Invalid, Conflict) as refusal:
        return await _page(request, form=form, failed=failure(refusal))
    response = redirect("/preferences", "saved")
    response.set_cookie(_language_cookie(request, "", 0))
    return response


async def _stop_digest(request: AnyRequest) -> None:
    actor = await person_of(request)
    for each in (await _read(request))["digestSubscriptions"]["nodes"]:
        if each["active"]:
            await digests.unsubscribe(actor, number_of(each["id"]))


async def _read(request: AnyRequest) -> dict[str, Any]:
    actor = await person_of(request)
    return await read(request, "people/preferences", {"person": f"Person:{actor.person_id}"})


async def _page(
    request: AnyRequest,
    *,
    form: Posted = NOTHING,
    failed: Failure | None = None,
) -> Page:
    data = await _read(request)
    actor = await person_of(request)
    days = reader_of(request).locale.days["format"]["wide"]
    return draw(
        request,
        "people/preferences",
        data,
        coming=await queries.coming(actor.person_id or 0),
        weekdays=[(number + 1, words) for number, words in sorted(days.items())],
        zones=zones,
        status=failed.status if failed else 200,
        errors=failed.errors if failed else {},
        form=form,
        hours=[(hour, f"{hour:02}:00") for hour in range(24)],
    )


def zones(held: str) -> list[tuple[str, str]]:
    """The IANA zones of places, and UTC, as options; with the one held, whatever it is, so that
    saving a form does not change what nobody touched."""
    places = {zone for zone in clock.zones() if "/" in zone and zone[:4] != "Etc/"}
    return [(zone, zone.replace("_", " ")) for zone in sorted({*places, "UTC", held})]


def _language_cookie(request: AnyRequest, tag: str, max_age: int) -> Cookie:
    return cookie(request.app.state.settings, LANGUAGE_COOKIE, tag, max_age)
