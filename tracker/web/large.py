"""Large pages: compressed for the way, and not sent again while the browser's copy holds."""

from collections.abc import Sequence

from litestar.datastructures import Cookie
from litestar.response import Response

from tracker.web.encodings import gzipped, has, tag_of, wants_gzip
from tracker.web.pages import AnyRequest
from tracker.web.visits import header


async def delivered(
    request: AnyRequest, body: str, kind: str, cookies: Sequence[Cookie] = ()
) -> Response[bytes]:
    """The body in the media type `kind`. The viewer's own browser may keep it, and asks each time
    whether it still holds."""
    content = body.encode()
    gzip = wants_gzip(header(request.scope, b"accept-encoding"))
    tag = tag_of(content, kind.encode(), gzip=gzip)
    headers = {
        "ETag": tag.decode(),
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding, Accept-Language, Authorization, Cookie",
    }
    if has(header(request.scope, b"if-none-match"), tag):
        return Response(b"", status_code=304, headers=headers, cookies=cookies)
    if gzip:
        content = await gzipped(content)
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=kind, headers=headers, cookies=cookies)
