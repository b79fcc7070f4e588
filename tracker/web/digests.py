"""The web copy of one's digests: as they were sent, unchanged."""

from litestar import get
from litestar.enums import MediaType
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.errors import NotFound
from tracker.web.headers import MAIL_POLICY
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, page, read


@get("/digests")
async def listing(request: AnyRequest) -> Page:
    """One's own digests, the newest first."""
    actor = await person_of(request)
    return await page(request, "digests/list", {"person": f"Person:{actor.person_id}"})


@get("/digests/{number:int}")
async def show(request: AnyRequest, number: FromPath[int]) -> Page:
    """One digest in the frame of the site."""
    await person_of(request)
    return await page(request, "digests/show", {"id": f"DigestIssue:{number}"}, shows="digestIssue")


@get("/digests/{number:int}/mail")
async def mail(request: AnyRequest, number: FromPath[int]) -> Response[str]:
    """The digest's HTML alone, for the sandbox in which the page shows it. Only its reader has
    one: it holds what they were allowed to see."""
    await person_of(request)
    variables = {"id": f"DigestIssue:{number}"}
    data = await read(request, "digests/mail", variables, shows="digestIssue")
    if data["digestIssue"]["html"] is None:
        raise NotFound("This digest is not yet written.")
    return sandboxed(data["digestIssue"]["html"])


def sandboxed(html: str) -> Response[str]:
    """A mail's HTML, which is styled inline, where it can do nothing but look."""
    headers = {"Content-Security-Policy": MAIL_POLICY}
    return Response(html, media_type=MediaType.HTML, headers=headers)
