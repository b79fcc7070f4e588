"""The channel that one's digests are posted to: set up, tried out and ended by its person."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.digests import posting
from tracker.domain.digests import hooks
from tracker.domain.digests.hooks import HookDraft
from tracker.domain.errors import Conflict, Invalid, NotFound
from tracker.domain.people.sessions import is_fresh
from tracker.domain.sealing import Unreadable
from tracker.mail import new_message_id
from tracker.outward import Unasked
from tracker.settings import Settings
from tracker.throttle import TooOften, require_room
from tracker.web.forms import NOTHING, Failure, Posted, PostedForm, failure, read_form, too_often
from tracker.web.identity import person_of
from tracker.web.pages import ABSENT, AnyRequest, Page, page, reader_of, redirect, speak_to
from tracker.web.proxies import address_of


@get("/digests/channel")
async def show(request: AnyRequest) -> Page:
    """The channel as it stands, or a form for one."""
    return await _page(request)


@post("/digests/channel")
async def set_up(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Have digests posted there. The page that answers is the only one that ever shows the key."""
    actor = await person_of(request)
    assert actor.person_id is not None
    try:
        draft = read_form(HookDraft, form)
        _, key = await hooks.set_up_hook(actor, actor.person_id, draft)
    except (Invalid, Conflict) as refusal:
        return await _page(request, form=form, failed=failure(refusal))
    return await _page(request, key=key)


@post("/digests/channel/try")
async def try_out(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Post a trial there now, and say what became of it."""
    actor = await person_of(request)
    try:
        await require_room("trial", f"person {actor.person_id}", address_of(request.scope))
    except TooOften as much:
        return await _page(request, failed=too_often(reader_of(request), much))
    try:
        target = await hooks.target_of(actor.person_id or 0)
    except Unreadable:
        return await _page(request, tried=(False, reader_of(request).say(hooks.LOCKED)))
    if target is None:
        raise NotFound(ABSENT)
    settings: Settings = request.app.state.settings
    await speak_to(request, actor)
    body = posting.trial(settings, target, reader_of(request))
    number = new_message_id(settings, "trial").strip("<>")
    try:
        status, said = await posting.send(settings, target, number, body)
    except Unasked as error:
        status, said = 0, reader_of(request).say(error.why)
    return await _page(request, tried=(200 <= status < 300, f"{status or ''} {said}".strip()))


@post("/digests/channel/{number:int}/end")
async def end(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Have nothing more posted there."""
    try:
        await hooks.end_hook(await person_of(request), number)
    except Invalid as refusal:
        return await _page(request, failed=failure(refusal))
    return redirect("/digests/channel", "saved")


async def _page(
    request: AnyRequest,
    *,
    form: Posted = NOTHING,
    key: str = "",
    tried: tuple[bool, str] | None = None,
    failed: Failure | None = None,
) -> Page:
    actor = await person_of(request)
    return await page(
        request,
        "digests/channel",
        {"person": f"Person:{actor.person_id}"},
        status=failed.status if failed else 200,
        at="/digests/channel",
        once=bool(key),
        errors=failed.errors if failed else {},
        form=form,
        fresh=is_fresh(actor),
        key=key,
        tried=tried,
    )
