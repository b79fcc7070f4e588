"""One's digests as an Atom feed, at an address that only its reader knows; no cookie, no password.

The address is a secret: it stands in no log of ours, and its pages name nobody as the one who led
elsewhere.
"""

import re
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from litestar import get, post
from litestar.enums import MediaType
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.digests import feeds
from tracker.domain.digests.feeds import Ended
from tracker.domain.errors import Invalid
from tracker.exchange import atom
from tracker.graphql import execute
from tracker.locale import Reader
from tracker.settings import Settings
from tracker.throttle import require_room_for_call
from tracker.web.digests import overview
from tracker.web.forms import PostedForm, failure
from tracker.web.identity import person_of
from tracker.web.large import delivered
from tracker.web.pages import AnyRequest, redirect
from tracker.web.proxies import address_of
from tracker.web.templates import document_of, number_of
from tracker.web.words import N_

TITLE, PRODUCT = N_("Your digests"), N_("e-Sharing tracker")
BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)
PREVIEW = re.compile(r'\s*<div style="display:none;[^>]*>.*?</div>', re.DOTALL)
"""What inboxes show after a subject (emails/layout.html), and nothing else does."""

SINCE = "2026"
"""The year in which the host's owner gives names that begin with it (RFC 4151)."""


@get("/feeds/{secret:str}")
async def show(request: AnyRequest, secret: FromPath[str]) -> Response[bytes]:
    """The newest digests, as they were sent."""
    await require_room_for_call(address_of(request.scope))
    try:
        feed = await feeds.feed_of(secret)
    except Ended:
        return Response(b"", status_code=410, media_type=MediaType.TEXT)
    data = await execute(
        document_of("digests/feed"), {"person": f"Person:{feed.reader.person_id}"}, feed.reader
    )
    settings: Settings = request.app.state.settings
    written = atom.written(_feed(settings, secret, feed, data)).decode()
    response = await delivered(request, written, f"{atom.MEDIA_TYPE}; charset=utf-8")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@post("/digests/feed")
async def issue(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Make an address, in place of the former one. The page that answers is the only one that ever
    shows it."""
    actor = await person_of(request)
    assert actor.person_id is not None
    _, secret = await feeds.issue_feed(actor, actor.person_id)
    return await overview(request, feed=f"{request.app.state.settings.base_url}/feeds/{secret}")


@post("/digests/feed/{number:int}/revoke")
async def revoke(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Have the address lead nowhere from now on."""
    try:
        await feeds.revoke_feed(await person_of(request), number)
    except Invalid as refusal:
        return await overview(request, failed=failure(refusal))
    return redirect("/digests#feed", "saved")


def _feed(settings: Settings, secret: str, feed: feeds.Feed, data: dict[str, Any]) -> atom.Feed:
    entries = [_entry(settings, each) for each in data["digestIssues"]["nodes"]]
    language = data["viewer"]["language"]
    words = Reader(language).gettext
    host = urlsplit(settings.base_url).hostname or "localhost"
    return atom.Feed(
        id=f"tag:{host},{SINCE}:people/{feed.reader.person_id}/digests",
        title=words(TITLE),
        author=words(PRODUCT),
        address=f"{settings.base_url}/feeds/{secret}",
        site=f"{settings.base_url}/digests",
        updated=max((each.updated for each in entries), default=feed.since),
        language=language,
        entries=entries,
    )


def _entry(settings: Settings, issue: dict[str, Any]) -> atom.Entry:
    """The mail's own id is the entry's (RFC 2392): whoever reads both knows them for the same."""
    return atom.Entry(
        id="mid:" + quote(_message_id(issue["delivery"]).strip("<>"), safe="@.-_"),
        title=issue["subject"],
        address=f"{settings.base_url}/digests/{number_of(issue['id'])}",
        updated=datetime.fromisoformat(issue["composedAt"]),
        language=issue["language"],
        html=_fragment(issue["html"], issue["language"]),
    )


def _fragment(html: str, language: str) -> str:
    """What stands in the mail's body, as an entry may hold it (RFC 4287, 3.1.1.2): styles of mails
    are inline, so that only language and direction have to be told once more."""
    found = BODY.search(html)
    inner = PREVIEW.sub("", found[1] if found else html, count=1).strip()
    reader = Reader(language)
    return f'<div lang="{reader.language}" dir="{reader.direction}">{inner}</div>'


def _message_id(mail: dict[str, Any]) -> str:
    """Of the mail, or of the first that said the same once more, where it was never written."""
    found: str = mail["messageId"] or mail["resent"]["nodes"][0]["messageId"]
    return found
