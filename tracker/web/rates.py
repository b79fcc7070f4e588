"""Exchange rates: which there are, where they come from, and when they were read in; and reading
in the European Central Bank's file, which an administrator does."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import get, post
from litestar.response import Response

from tracker.domain import currencies
from tracker.domain.budgets import rates
from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.messages import say
from tracker.domain.roles import Permission
from tracker.storage import path, settle
from tracker.throttle import require_room
from tracker.web.forgery import FIELD, require_token
from tracker.web.forms import MISSING, NOTHING, Posted, failure
from tracker.web.identity import actor_of, person_of
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.proxies import address_of
from tracker.web.uploads import BadUpload, Received, multipart, receive

ROWS_TOLD = 20
"""Mistakes of a file that are told one by one."""

ONLY = say("Only the secretariat's administrator imports exchange rates.")


@get("/rates")
async def listing(request: AnyRequest) -> Page:
    """All currencies on the newest day; or one of them, day by day."""
    wanted = request.query_params.get("currency", "").strip().upper()
    wanted = wanted if currencies.known(wanted) else ""
    only = {"currency": {"eq": wanted}} if wanted else {}
    data = await read(request, "rates/list", {"filter": only})
    imports = (await actor_of(request)).may(Permission.IMPORT)
    return draw(
        request, "rates/list", data, rates=_shown(data, wanted), wanted=wanted, imports=imports
    )


@get("/rates/import")
async def ask(request: AnyRequest) -> Page:
    """A form for the file."""
    return await _import_page(request, NOTHING, None)


@post("/rates/import", request_max_body_size=None)
async def take(request: AnyRequest) -> Response[Any]:
    """Read the file in: all of it, or nothing."""
    actor, settings = await person_of(request), request.app.state.settings
    await multipart(request)
    await require_room("upload", f"person {actor.person_id}", address_of(request.scope))
    try:
        received = await receive(request, settings)
    except BadUpload as problem:
        return await _import_page(request, NOTHING, Invalid({"file": [problem.message]}))
    form = Posted(received.texts)
    try:
        require_token(request, form.text(FIELD))
        if not actor.may(Permission.IMPORT):
            raise Forbidden(ONLY)
        found = rates.read_rates(_bytes(received, settings))
        await rates.import_rates(actor, found, form.text("source") or rates.ECB)
    except (Invalid, Conflict) as refusal:
        return await _import_page(request, form, refusal)
    finally:
        await settle(settings, received.files.values())
    return redirect("/rates#imports", "rates")


def _told(errors: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """What is wrong with rows of the file, with the row, at the file; the first of very many."""
    told: dict[str, list[str]] = {"file": []}
    for name, messages in errors.items():
        if not name.startswith("row "):
            told.setdefault(name, []).extend(messages)
            continue
        told["file"] += [
            say("Row {number}: {wrong}", number=name.removeprefix("row "), wrong=message)
            for message in messages
        ]
    more = len(told["file"]) - ROWS_TOLD
    if more > 0:
        told["file"][ROWS_TOLD:] = [say("And so in {count} more places.", count=more)]
    return {name: messages for name, messages in told.items() if messages}


def _bytes(received: Received, settings: Any) -> bytes:
    """What the file holds. Raises Invalid where there is none, or none that may be kept."""
    file = received.files.get("file")
    if file is None or (not file.size and file.name == "file"):
        raise Invalid({"file": [MISSING]})
    if file.problem:
        raise Invalid({"file": [file.problem]})
    return path(settings, file.key).read_bytes()


async def _import_page(
    request: AnyRequest, form: Posted, refusal: Invalid | Conflict | None
) -> Page:
    actor = await person_of(request)
    if not actor.may(Permission.IMPORT):
        raise Forbidden(ONLY)
    failed = failure(refusal) if refusal else None
    data = await read(request, "rates/import")
    return draw(
        request, "rates/import", data, status=failed.status if failed else 200, form=form,
        errors=_told(failed.errors) if failed else {}, bank=rates.ECB,
    )  # fmt: skip


def _shown(data: dict[str, Any], wanted: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data["exchangeRates"]["nodes"]
    return found if wanted else [each for each in found if each["ratedOn"] == found[0]["ratedOn"]]
