"""The front door."""

from litestar import get

from tracker.web.pages import AnyRequest, Page, page


@get("/")
async def home(request: AnyRequest) -> Page:
    """What the tracker is for, in figures that everybody may see."""
    return await page(request, "home/show")
