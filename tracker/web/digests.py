"""The web copy of one's digests: as they were sent, unchanged."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from litestar import get
from litestar.enums import MediaType
from litestar.params import FromPath
from litestar.response import Response

from tracker.digests import briefing as briefings
from tracker.digests import writing
from tracker.domain import clock
from tracker.domain.digests import queries, reading
from tracker.domain.digests.rules import Period
from tracker.domain.errors import NotFound
from tracker.domain.messages import say
from tracker.domain.people.sessions import is_fresh
from tracker.mail import Mail
from tracker.web.forms import Failure
from tracker.web.headers import MAIL_POLICY
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, page, read, reader_of
from tracker.web.templates import number_of


@get("/digests")
async def listing(request: AnyRequest) -> Page:
    """One's own digests, the newest first, and where programs read them."""
    return await overview(request)


async def overview(request: AnyRequest, *, feed: str = "", failed: Failure | None = None) -> Page:
    """The page of one's digests; `feed` is the address that was just made."""
    actor = await person_of(request)
    return await page(
        request,
        "digests/list",
        {"person": f"Person:{actor.person_id}"},
        status=failed.status if failed else 200,
        at="/digests",
        once=bool(feed),
        errors=failed.errors if failed else {},
        fresh=is_fresh(actor),
        coming=await queries.coming(actor.person_id or 0),
        feed=feed,
    )


@get("/digests/preview")
async def preview(request: AnyRequest) -> Page:
    """The next digest, as it would be if it came now."""
    actor = await person_of(request)
    made = await _preview(request)
    coming = await queries.coming(actor.person_id or 0)
    return await page(
        request, "digests/preview", subject=made.subject, text=made.text, coming=coming
    )


@get("/digests/preview/mail")
async def preview_mail(request: AnyRequest) -> Response[str]:
    """Its HTML alone, for the sandbox in which the page shows it."""
    return sandboxed((await _preview(request)).html)


@get("/digests/preview/whole")
async def preview_whole(request: AnyRequest) -> Response[str]:
    """The same with everything that a mail has no room for."""
    return sandboxed((await _whole(request)).html)


@get("/digests/preview/briefing")
async def preview_briefing(request: AnyRequest) -> Response[bytes]:
    """The same as a PDF of one page."""
    actor = await person_of(request)
    recipient = await queries.recipient(actor.person_id or 0)
    made = await writing.sheet(request.app.state.settings, recipient, actor)
    return await _printed(request, made, clock.now())


@get("/digests/{number:int}")
async def show(request: AnyRequest, number: FromPath[int]) -> Page:
    """One digest in the frame of the site."""
    data = await _own(request, "digests/show", number)
    if data["digestIssue"]["html"] and not data["digestIssue"]["openedAt"] and not _ahead(request):
        await reading.open_copy(await person_of(request), number)
    return draw(request, "digests/show", data, ended=list(_ended_since(data)))


@get("/digests/{number:int}/mail")
async def mail(request: AnyRequest, number: FromPath[int]) -> Response[str]:
    """The digest's HTML alone, for the sandbox in which the page shows it."""
    data = await _own(request, "digests/mail", number)
    if data["digestIssue"]["html"] is None:
        raise NotFound(say("This digest is not yet written."))
    return sandboxed(data["digestIssue"]["html"])


@get("/digests/{number:int}/whole")
async def whole(request: AnyRequest, number: FromPath[int]) -> Response[str]:
    """What the digest has no room for, and the rest of it, as of now: to where it says that there
    is more."""
    issue = (await _own(request, "digests/show", number))["digestIssue"]
    if issue["html"] is None:
        raise NotFound(say("This digest is not yet written."))
    names = ("periodFrom", "periodTo", "composedAt")
    from_, to, at = (datetime.fromisoformat(issue[name]) for name in names)
    of = writing.Sent(number, Period("", from_, to), at)
    return sandboxed((await _whole(request, of)).html)


@get("/digests/{number:int}/briefing")
async def briefing(request: AnyRequest, number: FromPath[int]) -> Response[bytes]:
    """The digest as a PDF of one page: the one that was sent with it, or else made of its HTML. So
    it says what was sent, and no more."""
    data = await _own(request, "digests/briefing", number)
    issue = data["digestIssue"]
    if issue["html"] is None:
        raise NotFound(say("This digest is not yet written."))
    sent = Mail(issue["language"], issue["subject"], "", issue["sheet"] or issue["html"])
    return await _printed(request, sent, datetime.fromisoformat(issue["composedAt"]))


async def _printed(request: AnyRequest, made: Mail, at: datetime) -> Response[bytes]:
    zone = reader_of(request).time_zone
    file = await asyncio.to_thread(briefings.attached, made, zone, at)
    names = f"filename=\"{file.plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"
    headers = {"Content-Disposition": f"attachment; {names}", "Cache-Control": "private, no-store"}
    return Response(file.data, media_type=file.media_type, headers=headers)


async def _preview(request: AnyRequest) -> Mail:
    """The digest as this session may see it, which is less where a city's sign-on opened it."""
    actor = await person_of(request)
    recipient = await queries.recipient(actor.person_id or 0)
    return await writing.preview(request.app.state.settings, recipient, actor)


async def _whole(request: AnyRequest, of: writing.Sent | None = None) -> Mail:
    """The same with all of the period, or that of a digest that was written."""
    actor = await person_of(request)
    recipient = await queries.recipient(actor.person_id or 0)
    return await writing.whole(request.app.state.settings, recipient, actor, of)


def _ended_since(data: dict[str, Any]) -> Iterator[tuple[dict[str, Any], datetime]]:
    """Cities for whose mayors the reader decided when the digest was written and does no more, and
    until when they did: what is frozen says that they may."""
    written, delegations = data["digestIssue"]["composedAt"], data["delegations"]["nodes"]
    still = {each["city"]["id"] for each in delegations if each["inForce"]}
    for each in delegations if written else ():
        starts, *ends = (
            datetime.fromisoformat(each[name])
            for name in ("startsAt", "expiresAt", "endedAt")
            if each[name]
        )
        now_ended = starts <= datetime.fromisoformat(written) <= min(ends) <= clock.now()
        if now_ended and each["city"]["id"] not in still:
            yield each["city"], min(ends)


def sandboxed(html: str) -> Response[str]:
    """A mail's HTML, which is styled inline, where it can do nothing but look."""
    headers = {"Content-Security-Policy": MAIL_POLICY}
    # Links open beside the frame: our pages refuse to be framed, whoever asks.
    html = html.replace("<head>", '<head><base target="_blank">', 1)
    return Response(html, media_type=MediaType.HTML, headers=headers)


def _ahead(request: AnyRequest) -> bool:
    """Whether the browser fetches it in case its reader comes here."""
    return "prefetch" in request.headers.get("sec-purpose", "")


async def _own(request: AnyRequest, name: str, number: int) -> dict[str, Any]:
    """What the document says of one's own digest. The secretariat sees that others' exist, but
    each holds what only its reader was allowed to see."""
    actor = await person_of(request)
    asked = {"id": f"DigestIssue:{number}", "person": f"Person:{actor.person_id}"}
    data = await read(request, name, asked, shows="digestIssue")
    if number_of(data["digestIssue"]["person"]["id"]) != actor.person_id:
        raise NotFound(say("This is somebody else's digest."))
    return data
